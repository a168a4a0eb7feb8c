"""Listings: rows as a table for people, JSON lines or CSV for programs.

Every listing command takes `--format` by `format_option`. JSON is one object a line; CSV
puts a quote before text that a spreadsheet would run as a formula.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, TypeVar

import click

Format = Literal["table", "json", "csv"]
Row = Mapping[str, object]
F = TypeVar("F", bound=Callable[..., Any])

_RUNS = ("=", "+", "-", "@", "\t", "\r")


def format_option(command: F) -> F:
    """`--format table|json|csv`, given to the command as `output`."""
    return click.option(
        "--format",
        "output",
        type=click.Choice(["table", "json", "csv"]),
        default="table",
        show_default=True,
        help="How rows are written.",
    )(command)


def show(rows: Iterable[Row], *, columns: Sequence[str], output: Format) -> None:
    """Print rows; `columns` names what is shown, and in which order (JSON shows all that a row has)."""
    if output == "json":
        for row in rows:
            click.echo(json.dumps({name: plain(value) for name, value in row.items()}, ensure_ascii=False))
    elif output == "csv":
        click.echo(as_csv(rows, columns), nl=False)
    else:
        click.echo(as_table(rows, columns), nl=False)


def as_csv(rows: Iterable[Row], columns: Sequence[str]) -> str:
    """Rows as CSV with a header."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_harmless(row.get(name)) for name in columns] for row in rows)
    return text.getvalue()


def as_table(rows: Iterable[Row], columns: Sequence[str]) -> str:
    """Rows as aligned columns under a header; numbers to the right."""
    found = list(rows)
    cells = [[_cell(row.get(name)) for name in columns] for row in found]
    widths = [max(len(name), *(len(line[i]) for line in cells), 0) for i, name in enumerate(columns)]
    right = [bool(found) and all(_is_number(row.get(name)) for row in found) for name in columns]
    lines = [[name.upper().replace("_", " ") for name in columns], *cells]
    return "".join(_aligned(line, widths, right) + "\n" for line in lines)


def plain(value: object) -> object:
    """A value as JSON has it: decimals are strings, instants UTC with `Z`, durations seconds."""
    match value:
        case Decimal():
            return format(value, "f")
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case Mapping():
            return {str(name): plain(inner) for name, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(inner) for inner in value]
        case str() | int() | float() | None:
            return value
        case _:
            return str(value)


def _cell(value: object) -> str:
    simple = plain(value)
    match simple:
        case None:
            return ""
        case bool():
            return "yes" if simple else "no"
        case list():
            return ", ".join(_cell(inner) for inner in simple)
        case dict():
            return ", ".join(f"{name}={_cell(inner)}" for name, inner in simple.items())
        case _:
            return " ".join(str(simple).split())  # a line break in a cell would break the table


def _harmless(value: object) -> str:
    text = _cell(value)
    return "'" + text if text.startswith(_RUNS) and not _is_number(value) else text


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _aligned(line: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    cells = [
        cell.rjust(width) if number else cell.ljust(width)
        for cell, width, number in zip(line, widths, right, strict=True)
    ]
    return "  ".join(cells).rstrip()
