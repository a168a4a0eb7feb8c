"""KPI values and source states as rows: what the JSON API gives and CSV tables hold.

Keys are those of `kpi show --format json`, plus the project.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from collector.kpi.values import Value
from collector.snapshot.inputs import SourceHealth

Cell = str | bool | int | float | None
Row = Mapping[str, Cell]

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def value_row(value: Value) -> dict[str, Cell]:
    """One value; a break-down's has the dimension's name as a key, with the member's title."""
    row: dict[str, Cell] = {
        "project": value.project,
        "kpi": value.kpi,
        "window": value.window,
        "from": value.first.isoformat() if value.first else None,
        "through": value.last.isoformat() if value.last else None,
        "value": decimal_text(value.value),
        "unit": value.unit,
        "currency": value.currency,
        "fresh": value.fresh,
        "undefined": value.undefined,
    }
    if value.dimension is not None:
        row[value.dimension] = value.title if value.title is not None else value.member
    row["member"] = value.member
    return row


def decimal_text(value: Decimal | None) -> str | None:
    """All its digits, never an exponent."""
    return None if value is None else format(value, "f")


def source_rows(source: SourceHealth) -> list[dict[str, Cell]]:
    """One row a stream."""
    return [
        {
            "project": source.project,
            "source": source.source,
            "connector": source.connector,
            "up": source.up,
            "stream": stream.state.stream,
            "state": stream.state.state,
            "freshness": stream.freshness,
            "last_attempt": instant_text(stream.state.last_attempt),
            "last_success": instant_text(stream.state.last_success),
            "data_through": stream.state.data_through.isoformat() if stream.state.data_through else None,
            "history_complete": stream.state.history_complete,
            "days_missing": stream.days_missing,
            "waits_until": instant_text(stream.state.waits_until),
            "interval_seconds": stream.interval.total_seconds(),
            "reason": stream.state.reason,
            "message": stream.state.message,
        }
        for stream in source.streams
    ]


def instant_text(at: datetime | None) -> str | None:
    """UTC with `Z`."""
    return None if at is None else at.isoformat(timespec="seconds").replace("+00:00", "Z")


def as_csv(rows: Sequence[Row]) -> str:
    """A table with the keys of all rows; nothing in it is taken for a formula by a spreadsheet."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(columns)
    table.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return out.getvalue()


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    # a negative number is no formula, and a quoted one could not be added up
    return f"'{text}" if text.startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(text) else text


def all_rows(sources: Iterable[SourceHealth]) -> list[dict[str, Cell]]:
    """The streams of all sources."""
    return [row for source in sources for row in source_rows(source)]
