"""Two dimensions at once: measures by the members of one, each with its member of another.

The kept roll-up has each dimension alone. Facts and postings know all that belongs
together, so pairs are read from them: slower, and only for what asks for pairs. Each
function takes the caller's transaction and one project; `owner` is as in `measures`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, Connection, FromClause, and_, func, select

from collector.store.codec import from_flags, from_micros
from collector.store.ledger import STOCKS
from collector.store.measures import Daily, member_names
from collector.store.posting import Numbered
from collector.store.rollup import CHANNEL, any_flag
from collector.store.schema import (
    dimension,
    dimset,
    dimset_channel,
    dimset_member,
    fact,
    grouping,
    measure,
    part,
    posting,
    stream,
)

PARTS_AT_ONCE = 5_000
POSTINGS_AT_ONCE = 2_000


@dataclass(frozen=True)
class Crossing:
    """What is asked for: the days from `first` to `last`, by one dimension and `of` another."""

    first: date
    last: date
    by: str
    of: str


@dataclass(frozen=True)
class Pair(Daily):
    """A measure on a day, of one `member` of the one and one `other` of the other dimension.

    A stock that is kept as changes stands on the last day asked.
    """

    other: str = field(kw_only=True)


@dataclass(frozen=True)
class Life:
    """A stream whose rows count, with the days of its life that are asked for, and its parts."""

    source: str
    stream: str
    first: int
    last: int
    is_alive: bool
    """Whether its life reaches the last day asked."""
    parts: tuple[int, ...]


def lives(tx: Connection, project: str, first: date, last: date, *, ledgers: bool) -> Iterator[Life]:
    """The streams of facts, or the ledgers of systems, that count."""
    kind = stream.c.kind == "ledger" if ledgers else stream.c.kind != "ledger"
    query = (
        select(stream.c.source, stream.c.name, stream.c.active_from, stream.c.active_until, part.c.id)
        .join(stream, stream.c.id == part.c.stream_id)
        .where(stream.c.project == project, stream.c.counted, part.c.live, kind)
    )
    found: dict[tuple[str, str, int | None, int | None], list[int]] = {}
    for source, name, begins, ends, number in tx.execute(query):
        found.setdefault((source, name, begins, ends), []).append(number)
    end = last.toordinal()
    for (source, name, active_from, active_until), parts in found.items():
        begins, ends = active_from or 0, end if active_until is None else active_until
        yield Life(source, name, max(first.toordinal(), begins), min(end, ends), begins <= end <= ends, tuple(parts))


# ── facts ────────────────────────────────────────────────────────────────────────────


def fact_pairs(
    tx: Connection, project: str, name: str, asked: Crossing, *, cuts: Mapping[tuple[str, str], str], rules: str
) -> list[Pair]:
    """A measure that facts state; `cuts`: by source and stream the one to read, as `dimset` names it.

    A channel that the cut does not tell is the one that `rules` (their digest) found.
    """
    number = tx.execute(select(measure.c.id).where(measure.c.name == name)).scalar()
    found = []
    for life in lives(tx, project, asked.first, asked.last, ledgers=False):
        cut = cuts.get((life.source, life.stream))
        if cut is None or number is None:
            continue
        one, other, joined = _sides(asked, cut, rules)
        groups = (fact.c.day, fact.c.currency, one, other)
        query = select(*groups, func.sum(fact.c.value), any_flag(fact.c.flags)).select_from(joined)
        query = query.where(fact.c.measure_id == number, fact.c.day.between(life.first, life.last), dimset.c.cut == cut)
        for start in range(0, len(life.parts), PARTS_AT_ONCE):
            some = query.where(fact.c.part_id.in_(life.parts[start : start + PARTS_AT_ONCE]))
            found += [(life.source, *row) for row in tx.execute(some.group_by(*groups))]
    names = member_names(tx, (member for row in found for member in row[3:5]))
    return [
        Pair(
            date.fromordinal(day), owner, name, currency or None, names[one], from_micros(value), from_flags(flags),
            other=names[other],
        )
        for owner, day, currency, one, other, value, flags in found
    ]  # fmt: skip


def _sides(asked: Crossing, cut: str, rules: str) -> tuple[ColumnElement[int], ColumnElement[int], FromClause]:
    """The two members of a fact, and the tables that tell them."""
    joined: FromClause = fact.join(dimset, dimset.c.id == fact.c.dimset_id)
    columns: list[ColumnElement[int]] = []
    for name in (asked.by, asked.of):
        if name == CHANNEL and CHANNEL not in cut.split(","):
            of_channel = dimset_channel.alias()
            number = select(grouping.c.id).where(grouping.c.digest == rules).scalar_subquery()
            theirs = and_(of_channel.c.dimset_id == fact.c.dimset_id, of_channel.c.grouping_id == number)
            joined = joined.join(of_channel, theirs)
            columns.append(of_channel.c.member_id)
        else:
            told = dimset_member.alias()
            number = select(dimension.c.id).where(dimension.c.name == name).scalar_subquery()
            joined = joined.join(told, and_(told.c.dimset_id == fact.c.dimset_id, told.c.dimension_id == number))
            columns.append(told.c.member_id)
    return columns[0], columns[1], joined


# ── entities ─────────────────────────────────────────────────────────────────────────


def entry_pairs(
    tx: Connection, project: str, names: Iterable[str], asked: Crossing, *, dimensions: Mapping[str, Sequence[str]]
) -> list[Pair]:
    """Measures that are rolled up from entities; `dimensions`: by system those of its ledger, in its order."""
    rows = tx.execute(select(measure.c.id, measure.c.name).where(measure.c.name.in_(list(names))))
    wanted = {row.id: row.name for row in rows}
    sums: dict[tuple[str, int, int, str, int, int], int] = {}
    for life, numbered in postings(tx, project, asked.first, asked.last, dimensions):
        sides = [dimensions[life.source].index(name) for name in (asked.by, asked.of)]
        for day, number, currency, value, one, other in _entries(numbered, life, asked, wanted, sides):
            key = (life.source, day, number, currency, one, other)
            sums[key] = sums.get(key, 0) + value
    found = member_names(tx, (member for key in sums for member in key[4:]))
    return [
        Pair(
            date.fromordinal(day), owner, wanted[number], currency or None, found[one], from_micros(value),
            other=found[other],
        )
        for (owner, day, number, currency, one, other), value in sums.items()
    ]  # fmt: skip


def _entries(
    numbered: Numbered, life: Life, asked: Crossing, wanted: Mapping[int, str], sides: Sequence[int]
) -> Iterator[tuple[int, int, str, int, int, int]]:
    """Day, measure, currency, value and the two members of the entries that count; a stock's count on the last day."""
    end = asked.last.toordinal()
    for day, number, currency, value, place in numbered.entries:
        name = wanted.get(number)
        if name is None:
            continue
        is_stock = name in STOCKS  # what changed before the life began is in the stock that it began with
        if not (life.is_alive and day <= end if is_stock else life.first <= day <= life.last):
            continue
        members = numbered.sets[place]
        one, other = members[sides[0]], members[sides[1]]
        if one and other:  # an entity without such a dimension is none of its members
            yield end if is_stock else day, number, currency, value, one, other


def postings(
    tx: Connection, project: str, first: date, last: date, systems: Iterable[str]
) -> Iterator[tuple[Life, Numbered]]:
    """All postings of these systems: of each customer, and of each entity that has none."""
    mine = set(systems)
    for life in lives(tx, project, first, last, ledgers=True):
        if life.source in mine:
            query = select(posting.c.body).where(posting.c.part_id.in_(life.parts))
            for (body,) in tx.execute(query.execution_options(yield_per=POSTINGS_AT_ONCE)):
                yield life, Numbered.read(body)
