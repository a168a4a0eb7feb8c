"""Measures, read: what the KPI engine asks of the store.

Each function takes the caller's transaction and one project. Values of sums come from
the kept daily roll-up; distincts and medians from the purchases of exactly the window.
`owner` is the source of a fact's measure, the system (CRM) of an entity's. Only sources
that are configured and live have rows here.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, literal, or_, select

from collector.store.codec import MILLION, from_flags, from_micros
from collector.store.ledger import STOCKS
from collector.store.rollup import any_flag
from collector.store.schema import (
    WHOLE,
    daily,
    dimension,
    measure,
    member,
    part,
    sample,
    stream,
    title,
    visit,
)


@dataclass(frozen=True)
class Total:
    """A measure's sum over a window, for one owner, currency and member.

    `member` is None for the whole; `currency` None for what is no money.
    """

    owner: str
    measure: str
    currency: str | None
    member: str | None
    value: Decimal
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Daily:
    """The same for one day."""

    day: date
    owner: str
    measure: str
    currency: str | None
    member: str | None
    value: Decimal
    flags: frozenset[str] = frozenset()


def window_totals(
    tx: Connection, project: str, *, measures: Iterable[str], first: date, last: date, by: str | None = None
) -> list[Total]:
    """Sums over the days from `first` to `last`; with `by`, by that dimension's members.

    A stock that is kept as changes (the pipeline) counts all days through `last`. No row
    means that nothing happened (or nothing was read: the stream states tell which).
    """
    flows, stocks = _split(measures)
    found: dict[tuple[str, int, str, int], list[int]] = {}
    asked = _Asked(tx, project, [*flows, *stocks], by)
    for names, since in ((flows, first), (stocks, date.min)):
        for owner, query in asked.queries(names, since, last):
            groups = (daily.c.measure_id, daily.c.currency, daily.c.member_id)
            query = query.with_only_columns(*groups, *_exact_sum(daily.c.value), any_flag(daily.c.flags))
            for measure_id, currency, member_id, whole, rest, flags in tx.execute(query.group_by(*groups)):
                row = found.setdefault((owner, measure_id, currency, member_id), [0, 0])
                row[0] += whole * MILLION + rest
                row[1] |= flags
    names_of = member_names(tx, (key[3] for key in found))
    return [
        Total(
            owner, asked.names[measure_id], currency or None, names_of.get(member_id), from_micros(row[0]),
            from_flags(row[1]),
        )
        for (owner, measure_id, currency, member_id), row in found.items()
    ]  # fmt: skip


def daily_values(
    tx: Connection, project: str, *, measures: Iterable[str], first: date, last: date, by: str | None = None
) -> list[Daily]:
    """The same day by day: for stocks, given figures, other currencies and histories.

    A stock that is kept as changes has a row for each day.
    """
    flows, stocks = _split(measures)
    found: list[Daily] = []
    if flows:
        asked = _Asked(tx, project, flows, by)
        columns = (daily.c.day, daily.c.measure_id, daily.c.currency, daily.c.member_id, daily.c.value, daily.c.flags)
        rows = [
            (owner, *row)
            for owner, query in asked.queries(flows, first, last)
            for row in tx.execute(query.with_only_columns(*columns))
        ]
        names_of = member_names(tx, (row[4] for row in rows))
        found += [
            Daily(
                date.fromordinal(day), owner, asked.names[measure_id], currency or None, names_of.get(member_id),
                from_micros(value), from_flags(flags),
            )
            for owner, day, measure_id, currency, member_id, value, flags in rows
        ]  # fmt: skip
    for day in range(first.toordinal(), last.toordinal() + 1) if stocks else ():
        through = date.fromordinal(day)
        totals = window_totals(tx, project, measures=stocks, first=through, last=through, by=by)
        found += [Daily(through, *(getattr(each, name) for name in _TOTAL)) for each in totals]
    return found


def money_rows(tx: Connection, project: str) -> dict[tuple[str, str], int]:
    """How many daily figures of money each counted stream gives, by source (of a ledger: the system) and name."""
    query = (
        select(stream.c.source, stream.c.name, func.count())
        .select_from(daily)
        .join(part, part.c.id == daily.c.part_id)
        .join(stream, stream.c.id == part.c.stream_id)
        .where(
            stream.c.project == project,
            stream.c.counted,
            part.c.live,
            daily.c.dimension_id == WHOLE,
            daily.c.currency != "",
        )
        .group_by(stream.c.source, stream.c.name)
    )
    return {(source, name): int(number) for source, name, number in tx.execute(query)}


def _exact_sum(value: ColumnElement[int]) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """Whole units and the rest apart: days of trillions may come to more than 64 bits of millionths."""
    return func.sum((value - value % MILLION) // MILLION), func.sum(value % MILLION)


def _split(measures: Iterable[str]) -> tuple[list[str], list[str]]:
    names = sorted(set(measures))
    return [name for name in names if name not in STOCKS], [name for name in names if name in STOCKS]


class _Asked:
    """Rows of `daily` of some measures, by numbers alone.

    The table's key begins with part, measure, dimension and day: given as numbers, a
    window is a range of it. Joined by names it would be searched the other way round.
    """

    def __init__(self, tx: Connection, project: str, names: Iterable[str], by: str | None) -> None:
        rows = tx.execute(select(measure.c.id, measure.c.name).where(measure.c.name.in_(list(names))))
        self.names = {row.id: row.name for row in rows}
        self._dimension: int | None = WHOLE
        if by is not None:
            self._dimension = tx.execute(select(dimension.c.id).where(dimension.c.name == by)).scalar()
        self._parts = _counted(tx, project)

    def queries(self, names: Iterable[str], first: date, last: date) -> Iterator[tuple[str, Select[Any]]]:
        """One for each owner (and life of its sources): the days that lie in it."""
        wanted = set(names)
        ids = [number for number, name in self.names.items() if name in wanted]
        if not ids or self._dimension is None:
            return
        for (owner, begins, ends), parts in self._parts.items():
            days = (
                max(first.toordinal(), begins or 0),
                min(last.toordinal(), last.toordinal() if ends is None else ends),
            )
            if wanted <= _STOCKS:  # changes before the life began are in the stock that it began with
                if days[1] != last.toordinal() or last.toordinal() < (begins or 0):
                    continue  # outside the life: a true zero
                days = (first.toordinal(), last.toordinal())
            for start in range(0, len(parts), _PARTS_AT_ONCE):
                yield (
                    owner,
                    select(daily.c.day).where(
                        daily.c.part_id.in_(parts[start : start + _PARTS_AT_ONCE]),
                        daily.c.measure_id.in_(ids),
                        daily.c.dimension_id == self._dimension,
                        daily.c.day.between(*days),
                    ),
                )


_PARTS_AT_ONCE = 5_000
_STOCKS = frozenset(STOCKS)
_TOTAL = ("owner", "measure", "currency", "member", "value", "flags")


def _counted(tx: Connection, project: str) -> dict[tuple[str, int | None, int | None], list[int]]:
    """The live parts of counted streams, by owner and first and last day of its life."""
    query = (
        select(stream.c.source, stream.c.active_from, stream.c.active_until, part.c.id)
        .join(stream, stream.c.id == part.c.stream_id)
        .where(stream.c.project == project, stream.c.counted, part.c.live)
    )
    found: dict[tuple[str, int | None, int | None], list[int]] = {}
    for owner, begins, ends, number in tx.execute(query):
        found.setdefault((owner, begins, ends), []).append(number)
    return found


def _alive(day: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a day lies inside the stream's life (`active`)."""
    return and_(
        or_(stream.c.active_from.is_(None), day >= stream.c.active_from),
        or_(stream.c.active_until.is_(None), day <= stream.c.active_until),
    )


def _counted_parts(project: str, kind: str) -> Select[Any]:
    mine = and_(stream.c.project == project, stream.c.counted, part.c.live, stream.c.kind == kind)
    return select(part.c.id).join(stream, stream.c.id == part.c.stream_id).where(mine)


@dataclass(frozen=True)
class Customers:
    """Different customers of exactly the window: those with a won deal in it, and which of these had
    one before it, or two purchase days through its end."""

    active: int = 0
    returning: int = 0
    repeat: int = 0

    def __add__(self, other: "Customers") -> "Customers":
        return Customers(self.active + other.active, self.returning + other.returning, self.repeat + other.repeat)

    def __sub__(self, other: "Customers") -> "Customers":
        return Customers(self.active - other.active, self.returning - other.returning, self.repeat - other.repeat)


def distinct_customers(
    tx: Connection, project: str, *, first: date, last: date, by: str | None = None
) -> dict[tuple[str, str | None], Customers]:
    """Customers by system and member, or None for the whole.

    By `channel` customers are cut by their acquisition; by other dimensions each member
    counts its own.
    """
    begin, end = first.toordinal(), last.toordinal()
    # a visit counts once: where the member's one before it lies outside the window, or outside the source's life
    since = case((stream.c.active_from > begin, stream.c.active_from), else_=begin)
    query = (
        select(
            stream.c.source,
            member.c.value,
            func.count(),
            func.sum(case((visit.c.first < since, 1), else_=0)),
            func.sum(case((visit.c.second.between(1, end), 1), else_=0)),
        )
        .select_from(visit)
        .join(part, part.c.id == visit.c.part_id)
        .join(stream, stream.c.id == part.c.stream_id)
        .outerjoin(member, member.c.id == visit.c.member_id)
        .where(
            visit.c.part_id.in_(_counted_parts(project, "ledger")),
            visit.c.dimension_id == _dimension(by),
            visit.c.day.between(begin, end),
            visit.c.previous < since,
            _alive(visit.c.day),
        )
        .group_by(stream.c.source, member.c.value)
    )
    return {(row[0], row[1]): Customers(int(row[2]), int(row[3]), int(row[4])) for row in tx.execute(query)}


@dataclass(frozen=True)
class Sampled:
    """A number of one entity, and its members by dimension."""

    owner: str
    value: int
    members: tuple[int, ...]


def samples(tx: Connection, project: str, measure_name: str, first: date, last: date) -> list[Sampled]:
    """The numbers of all entities of these days, such as each won deal's seconds to win."""
    query = _samples(project, measure_name).with_only_columns(stream.c.source, sample.c.value, sample.c.members)
    query = query.where(sample.c.day.between(first.toordinal(), last.toordinal()))
    return [Sampled(owner, value, tuple(map(int, ids.split(",")))) for owner, value, ids in tx.execute(query)]


def percentile(tx: Connection, project: str, measure_name: str, *, share: Decimal) -> int | None:
    """The number that a share of all entities' numbers do not exceed (nearest rank); None without any."""
    query = _samples(project, measure_name)
    count = tx.execute(query.with_only_columns(func.count())).scalar_one()
    if not count:
        return None
    rank = math.ceil(share * count)
    ranked = query.with_only_columns(sample.c.value).order_by(sample.c.value).offset(rank - 1).limit(1)
    return int(tx.execute(ranked).scalar_one())


def median(
    tx: Connection, project: str, measure_name: str, first: date, last: date, *, owners: Iterable[str]
) -> Decimal | None:
    """The median of all entities' numbers of these days, sorted by the database; None without any."""
    query = _samples(project, measure_name).where(
        sample.c.day.between(first.toordinal(), last.toordinal()), stream.c.source.in_(list(owners))
    )
    count = tx.execute(query.with_only_columns(func.count())).scalar_one()
    middle = query.with_only_columns(sample.c.value).order_by(sample.c.value).offset((count - 1) // 2)
    found = list(tx.execute(middle.limit(2 - count % 2)).scalars()) if count else []
    return Decimal(sum(found)) / len(found) if found else None


def _samples(project: str, measure_name: str) -> Select[Any]:
    return (
        select(sample.c.value)
        .select_from(sample)
        .join(part, part.c.id == sample.c.part_id)
        .join(stream, stream.c.id == part.c.stream_id)
        .where(
            sample.c.part_id.in_(_counted_parts(project, "ledger")),
            sample.c.measure_id == select(measure.c.id).where(measure.c.name == measure_name).scalar_subquery(),
            _alive(sample.c.day),
        )
    )


def member_names(tx: Connection, numbers: Iterable[int]) -> dict[int, str]:
    """The members of these numbers."""
    wanted = sorted(set(numbers))
    found: dict[int, str] = {}
    for start in range(0, len(wanted), 500):
        some = member.c.id.in_(wanted[start : start + 500])
        found |= {row[0]: row[1] for row in tx.execute(select(member.c.id, member.c.value).where(some))}
    return found


def _dimension(by: str | None) -> ColumnElement[Any]:
    return literal(WHOLE) if by is None else select(dimension.c.id).where(dimension.c.name == by).scalar_subquery()


def first_entity_day(tx: Connection, project: str, *, kinds: Iterable[str]) -> date | None:
    """The first day on which an entity of these kinds (deal, lead) counts anywhere; None without any."""
    names = [name for kind in kinds for name in _CREATED[kind]]
    ids = select(measure.c.id).where(measure.c.name.in_(names))
    mine = and_(daily.c.part_id.in_(_counted_parts(project, "ledger")), daily.c.measure_id.in_(ids))
    ordinal = tx.execute(select(func.min(daily.c.day)).where(mine, daily.c.dimension_id == WHOLE)).scalar()
    return None if ordinal is None else date.fromordinal(ordinal)


_CREATED = {"lead": ("leads",), "deal": ("deals", "refunds"), "post": ("posts",)}
"""The measures by which each kind first counts."""


def member_titles(tx: Connection, project: str, dimension_name: str) -> Mapping[str, str]:
    """id → title, as the vendors name them."""
    query = (
        select(title.c.member, title.c.title)
        .join(stream, stream.c.id == title.c.stream_id)
        .join(dimension, dimension.c.id == title.c.dimension_id)
        .where(stream.c.project == project, stream.c.counted, dimension.c.name == dimension_name)
        .order_by(title.c.stream_id.desc())
    )
    return {row[0]: row[1] for row in tx.execute(query)}
