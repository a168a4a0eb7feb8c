"""Daily sums of streams that are named one by one, whether or not they count in KPIs.

For reconciliation: it sets beside each other what two sources tell, and of two sources of
one site only one counts elsewhere. Reads the kept roll-up, plain numbers by day.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, func, select

from collector.store.codec import MILLION
from collector.store.measures import member_names
from collector.store.schema import WHOLE, daily, dimension, measure, part, stream

PARTS_AT_ONCE = 5_000
RECENT_DAYS = 28
"""By these the biggest members are chosen."""

StreamName = tuple[str, str]
"""The source, and the stream's name; of a ledger the system, and `LEDGER`."""
LEDGER = "#ledger"
"""The stream of what is rolled up from a system's entities."""


class DailySum(NamedTuple):
    """A measure on a day (an ordinal), as one stream delivered it; `member` None is the whole."""

    stream: StreamName
    measure: str
    day: int
    member: str | None
    currency: str
    value: float


def daily_sums(
    tx: Connection,
    project: str,
    names: Iterable[StreamName],
    *,
    measures: Iterable[str],
    first: int,
    last: int,
    by: str | None = None,
    most: int | None = None,
) -> list[DailySum]:
    """Of the days from `first` to `last`; with `by`, by the members of that dimension.

    Days outside a stream's life are left out. With `most`, only so many members of each
    measure: those that had most in the last four weeks.
    """
    rows = tx.execute(select(measure.c.id, measure.c.name).where(measure.c.name.in_(list(measures))))
    known = {row.id: row.name for row in rows}
    number: int | None = WHOLE
    if by is not None:
        number = tx.execute(select(dimension.c.id).where(dimension.c.name == by)).scalar()
    lives = _lives(tx, project, set(names))
    if not known or number is None or not lives:
        return []
    groups = (daily.c.part_id, daily.c.measure_id, daily.c.day, daily.c.member_id, daily.c.currency)
    query = select(*groups, daily.c.value).where(
        daily.c.measure_id.in_(list(known)), daily.c.dimension_id == number, daily.c.day.between(first, last)
    )
    found: list[tuple[int, int, int, int, str, int]] = []
    ids = list(lives)
    for start in range(0, len(ids), PARTS_AT_ONCE):
        asked = query.where(daily.c.part_id.in_(ids[start : start + PARTS_AT_ONCE]))
        if most is not None:
            asked = asked.where(daily.c.member_id.in_(_biggest(tx, asked, list(known), last, most)))
        found += map(tuple, tx.execute(asked))
    titles: Mapping[int, str] = {} if by is None else member_names(tx, (row[3] for row in found))
    return [
        DailySum(life.name, known[of], day, titles.get(member), currency, value / MILLION)
        for number, of, day, member, currency, value in found
        if (life := lives[number]).first <= day <= life.last
    ]


def _biggest(tx: Connection, asked: Select[Any], measures: list[int], last: int, most: int) -> list[int]:
    found: set[int] = set()
    recent = asked.where(daily.c.day > last - RECENT_DAYS).with_only_columns(daily.c.member_id)
    for number in measures:
        of_one = recent.where(daily.c.measure_id == number).group_by(daily.c.member_id)
        found |= set(tx.execute(of_one.order_by(func.sum(daily.c.value).desc()).limit(most)).scalars())
    return sorted(found)


class _Life(NamedTuple):
    name: StreamName
    first: int
    last: int


def _lives(tx: Connection, project: str, wanted: set[StreamName]) -> dict[int, _Life]:
    """The live parts of these streams, with the first and last day of their lives."""
    query = (
        select(part.c.id, stream.c.source, stream.c.name, stream.c.active_from, stream.c.active_until)
        .join(stream, stream.c.id == part.c.stream_id)
        .where(stream.c.project == project, part.c.live)
    )
    return {
        number: _Life((source, name), begins or 0, 10**7 if ends is None else ends)
        for number, source, name, begins, ends in tx.execute(query)
        if (source, name) in wanted
    }


def versions_of(tx: Connection, project: str, names: Iterable[StreamName]) -> dict[StreamName, int]:
    """How often the data of these streams have changed."""
    wanted = set(names)
    query = select(stream.c.source, stream.c.name, stream.c.version).where(stream.c.project == project)
    return {(source, name): version for source, name, version in tx.execute(query) if (source, name) in wanted}
