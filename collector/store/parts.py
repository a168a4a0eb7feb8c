"""Parts: batches of rows that appear and vanish as one.

A file is staged under a hidden part, in transactions of their own, and published by one
flip; the rows that it replaces are hidden in the same transaction and removed afterwards.
A crash anywhere leaves hidden rows only, and the next poll of the stream removes them.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Table, delete, insert, select, update

from collector.plugin.window import Part
from collector.store import bites
from collector.store.codec import optional_day, optional_instant, to_instant
from collector.store.connect import Store
from collector.store.schema import daily, entity, fact, part, post_reading, posting, rate, reading, sample, visit

ROWS: tuple[Table, ...] = (fact, daily, entity, posting, visit, sample, reading, post_reading, rate)
"""The tables whose rows belong to a part."""


@dataclass(frozen=True)
class LivePart:
    """A part whose rows count."""

    id: int
    name: str
    fingerprint: str
    modified_at: datetime | None
    missing: bool
    first_day: date | None
    last_day: date | None


def live_parts(tx: Connection, stream_id: int) -> dict[str, LivePart]:
    """The stream's parts that count, by name."""
    rows = tx.execute(select(part).where(part.c.stream_id == stream_id, part.c.live))
    return {
        row.name: LivePart(
            row.id,
            row.name,
            row.fingerprint,
            optional_instant(row.modified),
            row.missing,
            optional_day(row.first_day),
            optional_day(row.last_day),
        )
        for row in rows
    }


def begin(
    tx: Connection, stream_id: int, *, name: str, fingerprint: str = "", modified_at: datetime | None = None
) -> int:
    """A new hidden part."""
    values = {
        "stream_id": stream_id,
        "name": name,
        "fingerprint": fingerprint,
        "modified": None if modified_at is None else to_instant(modified_at),
        "live": False,
        "missing": False,
        "records": 0,
    }
    return int(tx.execute(insert(part).values(values).returning(part.c.id)).scalar_one())


def only_part(tx: Connection, stream_id: int, *, rolled: str | None = None) -> int:
    """The one part of a stream that is not read by parts; made at first use, to be rolled up by `rolled`."""
    query = select(part.c.id).where(part.c.stream_id == stream_id, part.c.name == "", part.c.live)
    found = tx.execute(query).scalar()
    if found is not None:
        return int(found)
    number = begin(tx, stream_id, name="")
    tx.execute(update(part).where(part.c.id == number).values(live=True, rolled=rolled))
    return number


def publish(
    tx: Connection, part_id: int, *, records: int, span: tuple[date, date] | None, rolled: str | None = None
) -> None:
    """Show a hidden part, in place of the live one of its stream and name."""
    row = tx.execute(select(part).where(part.c.id == part_id)).one()
    hidden = {"live": False}
    same = (part.c.stream_id == row.stream_id) & (part.c.name == row.name) & part.c.live
    tx.execute(update(part).where(same).values(hidden))
    first, last = (span[0].toordinal(), span[1].toordinal()) if span else (None, None)
    shown = {"live": True, "records": records, "first_day": first, "last_day": last, "rolled": rolled}
    tx.execute(update(part).where(part.c.id == part_id).values(shown))


def refresh(tx: Connection, part_id: int, seen: Part) -> None:
    """The file was looked at and holds the rows that we have."""
    values = {"missing": False, "modified": to_instant(seen.modified_at)}
    tx.execute(update(part).where(part.c.id == part_id).values(values))


def mark_missing(tx: Connection, part_id: int) -> None:
    """The file is gone; its rows are kept."""
    tx.execute(update(part).where(part.c.id == part_id).values(missing=True))


def hide(tx: Connection, part_id: int) -> None:
    """The part's rows count no more."""
    tx.execute(update(part).where(part.c.id == part_id).values(live=False))


def remove_hidden(store: Store, stream_id: int) -> None:
    """Remove the rows of all hidden parts of a stream. Call only while polling it: one poll, one owner."""
    with store.read() as tx:
        numbers = list(tx.execute(select(part.c.id).where(part.c.stream_id == stream_id, ~part.c.live)).scalars())
    for number in numbers:
        for table in ROWS:
            bites.of_part(store, table, number)
        with store.write() as tx:
            tx.execute(delete(part).where(part.c.id == number))
