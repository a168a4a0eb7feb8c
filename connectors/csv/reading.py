"""One file, from opening it to its last record, in memory that does not grow with it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from collector.plugin import BadFile, Record, TemporaryFailure
from connectors.csv import entities, facts
from connectors.csv.faults import BadRow, BadRows
from connectors.csv.files import Found
from connectors.csv.mapping import Plan
from connectors.csv.seen import Seen
from connectors.csv.table import Table, is_filled
from connectors.csv.text import Text, unpacked
from connectors.csv.values import Values


@dataclass(frozen=True)
class Making:
    """What the settings say of every file: what rows become, how values are written, what bad rows do."""

    plan: Plan
    values: Values
    constants: Values
    currency: str
    spread: bool
    skip: bool
    warn: Callable[[str], None]


@contextmanager
def opened(found: Found, *, delimiter: str, encoding: str) -> Iterator[Table]:
    """The file's table, its header read.

    Raises:
        BadFile: it cannot be opened or read, is empty, or begins as no table.
    """
    if found.status is not None and not found.is_regular:
        raise BadFile(part=found.name, fault="is no file; for a folder write a pattern, such as spend/*.csv")
    try:
        with found.path.open("rb") as packed, unpacked(packed) as stream:
            yield Table(Text(stream, part=found.name, encoding=encoding), part=found.name, delimiter=delimiter)
    except FileNotFoundError as error:
        raise TemporaryFailure(f"{found.name} vanished before it was read") from error
    except OSError as error:
        raise BadFile(part=found.name, fault=f"cannot be read: {error.strerror or error}") from error


def records(table: Table, making: Making, *, part: str, modified_at: datetime) -> Iterator[Record]:
    """All records of the file; the rows that make none are met as `making` says.

    Raises:
        BadFile: at the first bad row, unless they are skipped.
    """
    bad_rows = BadRows(part, skip=making.skip, warn=making.warn)
    places = table.places(making.plan.columns)
    needed = max(places.values(), default=-1) + 1
    good = False
    with Seen() as seen:
        convert = _converter(table, making, places, part, modified_at, seen)
        for row in table.rows(bad_rows, needed=needed):
            try:
                made = convert(row)
            except BadRow as bad:
                if is_filled(row):
                    bad_rows.met(bad, table.line)
                continue
            good = True
            yield from made
    bad_rows.ended(good=good)


def _converter(
    table: Table, making: Making, places: dict[str, int], part: str, modified_at: datetime, seen: Seen
) -> Callable[[list[str]], Sequence[Record]]:
    plan, currency = making.plan, making.currency
    if plan.record == "fact":
        return facts.converter(
            plan,
            places,
            cells=making.values,
            constants=making.constants,
            default_currency=currency,
            spread=making.spread,
            seen=seen,
        )
    one = entities.converter(
        plan,
        places,
        cells=making.values,
        constants=making.constants,
        part=part,
        modified_at=modified_at,
        currency=currency,
        seen=seen,
    )
    return lambda row: [one(row, table.line)]
