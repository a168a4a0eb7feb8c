"""Readings and titles, written: figures that exist only in the present, and names for ids."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, select

from collector.clock import day_of
from collector.plugin.records import Member
from collector.plugin.window import Window
from collector.store.bulk import Row, insert_rows
from collector.store.codec import from_instant, to_instant
from collector.store.schema import daily, fact, reading, title

ReadingRow = tuple[int, int, int]
"""measure, dimset, value"""


def append(tx: Connection, part_id: int, rows: Iterable[ReadingRow], *, at: datetime, zone: ZoneInfo) -> Window:
    """Append readings; a day's value is its last one. Returns the day that they change."""
    day = day_of(at, zone)
    kept: list[Row] = [(part_id, measure, dimset, to_instant(at), value) for measure, dimset, value in rows]
    insert_rows(tx, reading, kept, on_conflict="ON CONFLICT DO UPDATE SET value = excluded.value")
    of_day: list[Row] = [(part_id, day.toordinal(), row[1], row[2], "", row[4], 0) for row in kept]
    insert_rows(tx, fact, of_day, on_conflict="ON CONFLICT DO UPDATE SET value = excluded.value")
    return Window(day, day)


def place(tx: Connection, part_id: int, *, zone: ZoneInfo, besides: Iterable[int] = ()) -> None:
    """Put all readings of a part on their days in another zone; days whose readings are gone stay as they are.

    `besides`: measures that are not of readings, which stay as well.
    """
    rows = tx.execute(select(reading).where(reading.c.part_id == part_id).order_by(reading.c.at)).all()
    last = {(day_of(from_instant(row.at), zone).toordinal(), row.measure_id, row.dimset_id): row.value for row in rows}
    if not last:
        return
    begin = min(day for day, _, _ in last) - 1  # the day that the first reading may have had in the former zone
    of_readings = fact.c.measure_id.not_in(list(besides))
    tx.execute(delete(fact).where(fact.c.part_id == part_id, fact.c.day >= begin, of_readings))
    tx.execute(delete(daily).where(daily.c.part_id == part_id))
    insert_rows(tx, fact, [(part_id, *key, "", value, 0) for key, value in last.items()])


def store_titles(tx: Connection, stream_id: int, members: Iterable[Member], dimensions: Mapping[str, int]) -> None:
    """Store what people call these members."""
    rows: list[Row] = [(stream_id, dimensions[each.dimension], each.id, each.title) for each in members]
    insert_rows(tx, title, rows, on_conflict="ON CONFLICT DO UPDATE SET title = excluded.title")
