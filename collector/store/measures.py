"""Measures, read: what the KPI engine asks of the store.

Each function takes the caller's transaction and one project. Values of sums come from
the kept daily roll-up; distincts and medians from the purchases of exactly the window.
`owner` is the source of a fact's measure, the system (CRM) of an entity's. Only sources
that are configured and live have rows here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal, or_, select

from collector.store.codec import MILLION, from_flags, from_micros
from collector.store.ledger import STOCKS
from collector.store.schema import (
    WHOLE,
    daily,
    dimension,
    dimset_member,
    entry,
    measure,
    member,
    part,
    purchase,
    stream,
    title,
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
    found = []
    for names, since in ((flows, first), (stocks, date.min)):
        if names:
            query = _daily(project, names, since, last, by)
            groups = [stream.c.source, measure.c.name, daily.c.currency, member.c.value]
            query = query.with_only_columns(*groups, *_exact_sum(daily.c.value), func.max(daily.c.flags))
            rows = tx.execute(query.group_by(*groups))
            found += [_total((*row[:4], row[4] * MILLION + row[5], row[6])) for row in rows]
    return found


def daily_values(
    tx: Connection, project: str, *, measures: Iterable[str], first: date, last: date, by: str | None = None
) -> list[Daily]:
    """The same day by day: for stocks, given figures, other currencies and histories.

    A stock that is kept as changes has a row for each day.
    """
    flows, stocks = _split(measures)
    found: list[Daily] = []
    if flows:
        columns = [stream.c.source, measure.c.name, daily.c.currency, member.c.value, daily.c.value, daily.c.flags]
        query = _daily(project, flows, first, last, by).with_only_columns(daily.c.day, *columns)
        found += [_on_day(row[0], _total(row[1:])) for row in tx.execute(query)]
    for day in range(first.toordinal(), last.toordinal() + 1) if stocks else ():
        through = date.fromordinal(day)
        totals = window_totals(tx, project, measures=stocks, first=through, last=through, by=by)
        found += [_on_day(day, total) for total in totals]
    return found


def _exact_sum(value: ColumnElement[int]) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """Whole units and the rest apart: days of trillions may come to more than 64 bits of millionths."""
    return func.sum((value - value % MILLION) // MILLION), func.sum(value % MILLION)


def _split(measures: Iterable[str]) -> tuple[list[str], list[str]]:
    names = sorted(set(measures))
    return [name for name in names if name not in STOCKS], [name for name in names if name in STOCKS]


def _daily(project: str, measures: Iterable[str], first: date, last: date, by: str | None) -> Select[Any]:
    """Rows of `daily` in counted, live parts, joined to their names."""
    chosen: ColumnElement[Any] = literal(WHOLE)
    if by is not None:
        chosen = select(dimension.c.id).where(dimension.c.name == by).scalar_subquery()
    counted = _counted_parts(project)
    return (
        select(daily.c.day)
        .select_from(daily)
        .join(part, part.c.id == daily.c.part_id)
        .join(stream, stream.c.id == part.c.stream_id)
        .join(measure, measure.c.id == daily.c.measure_id)
        .outerjoin(member, member.c.id == daily.c.member_id)
        .where(
            daily.c.part_id.in_(counted),
            measure.c.name.in_(list(measures)),
            daily.c.dimension_id == chosen,
            daily.c.day.between(first.toordinal(), last.toordinal()),
            _alive(daily.c.day),
        )
    )


def _alive(day: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a day lies inside the stream's life (`active`)."""
    return and_(
        or_(stream.c.active_from.is_(None), day >= stream.c.active_from),
        or_(stream.c.active_until.is_(None), day <= stream.c.active_until),
    )


def _counted_parts(project: str) -> Select[Any]:
    mine = and_(stream.c.project == project, stream.c.counted, part.c.live)
    return select(part.c.id).join(stream, stream.c.id == part.c.stream_id).where(mine)


def _total(row: Any) -> Total:
    owner, name, currency, value_member, value, flags = row
    return Total(owner, name, currency or None, value_member, from_micros(value), from_flags(flags))


def _on_day(day: int, total: Total) -> Daily:
    when = date.fromordinal(day)
    return Daily(when, total.owner, total.measure, total.currency, total.member, total.value, total.flags)


def distinct_customers(
    tx: Connection, project: str, *, measure: str, first: date, last: date, by: str | None = None
) -> dict[str | None, int]:
    """`active_customers`, `returning_customers` or `repeat_customers` of exactly the window.

    Keys are members, or None for the whole. Active: with a won deal in the window;
    returning: of these, with one before it; repeat: of these, with two purchase days
    through its end. By `channel` customers are cut by their acquisition; by other
    dimensions each member counts its own.
    """
    in_window = and_(
        purchase.c.part_id.in_(_counted_parts(project)),
        purchase.c.customer.is_not(None),
        purchase.c.day.between(first.toordinal(), last.toordinal()),
        _alive(purchase.c.day),
    )
    earlier = purchase.alias()
    same = and_(earlier.c.part_id == purchase.c.part_id, earlier.c.customer == purchase.c.customer)
    if measure == "returning_customers":
        before = select(earlier.c.deal).where(same, earlier.c.day < first.toordinal())
        in_window = and_(in_window, before.exists())
    elif measure == "repeat_customers":
        another = or_(earlier.c.day < purchase.c.day, earlier.c.day > purchase.c.day)
        on_other_day = select(earlier.c.deal).where(same, another, earlier.c.day <= last.toordinal())
        in_window = and_(in_window, on_other_day.exists())
    elif measure != "active_customers":
        raise ValueError(f"{measure!r} is not counted from purchases")
    dimset = purchase.c.acquisition_id if by == "channel" else purchase.c.dimset_id
    customers = select(purchase.c.part_id, purchase.c.customer, _member(by).label("member"))
    buyers = _by_member(customers, dimset, by).where(in_window).distinct().subquery()
    counted = select(buyers.c.member, func.count()).group_by(buyers.c.member)
    return {row[0]: int(row[1]) for row in tx.execute(counted)}


def seconds_to_win(
    tx: Connection, project: str, *, first: date, last: date, by: str | None = None
) -> dict[str | None, list[int]]:
    """Creation → win of each deal won in the window, by member (None: the whole)."""
    query = select(_member(by), purchase.c.seconds_to_win)
    query = _by_member(query, purchase.c.dimset_id, by).where(
        purchase.c.part_id.in_(_counted_parts(project)),
        purchase.c.day.between(first.toordinal(), last.toordinal()),
        _alive(purchase.c.day),
    )
    found: dict[str | None, list[int]] = {}
    for row in tx.execute(query):
        found.setdefault(row[0], []).append(int(row[1]))
    return found


def _member(by: str | None) -> ColumnElement[Any]:
    return literal(None) if by is None else member.c.value


def _by_member(query: Select[Any], dimset_id: ColumnElement[Any], by: str | None) -> Select[Any]:
    query = query.select_from(purchase).join(part, part.c.id == purchase.c.part_id)
    query = query.join(stream, stream.c.id == part.c.stream_id)
    if by is None:
        return query
    number = select(dimension.c.id).where(dimension.c.name == by).scalar_subquery()
    of_dimension = and_(dimset_member.c.dimset_id == dimset_id, dimset_member.c.dimension_id == number)
    return query.join(dimset_member, of_dimension).join(member, member.c.id == dimset_member.c.member_id)


def first_entity_day(tx: Connection, project: str, *, kinds: Iterable[str]) -> date | None:
    """The first day on which an entity of these kinds (deal, lead) counts anywhere; None without any."""
    mine = and_(entry.c.part_id.in_(_counted_parts(project)), entry.c.kind.in_(list(kinds)))
    ordinal = tx.execute(select(func.min(entry.c.day)).where(mine)).scalar()
    return None if ordinal is None else date.fromordinal(ordinal)


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
