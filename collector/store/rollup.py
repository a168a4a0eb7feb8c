"""Facts in, daily measures out.

Between the `fact` rows that a poll wrote and the `daily` rows that windows are summed
from; runs for the days that were touched. The whole of a measure comes from the cut
without dimensions or, for sums and stocks, from its smallest cut; a break-down from the
smallest cut that has the dimension. Vendors' given figures come only from the exact cut.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, delete, func, insert, literal, select

from collector.plugin.measure import Measure
from collector.plugin.window import Window
from collector.store.names import Names
from collector.store.schema import WHOLE, daily, dimset, dimset_channel, dimset_member, fact

VERSION = 1
"""Raise it when facts are rolled up differently; all are then rolled up anew."""

CHANNEL = "channel"
DEFAULT_CHANNEL = "default_channel"
"""The dimension by which an ad system says where its costs belong, unless rules about their campaigns know better."""

_EVIDENCE = ("source_medium", "campaign")


@dataclass(frozen=True)
class Projection:
    """Measures that are rolled up alike: by one dimension (None: whole), from one cut."""

    dimension: str | None
    cut: str | None
    """The cut's dimensions, sorted, by comma; None: all rows are of one cut."""
    measures: tuple[str, ...]
    derived: bool = False
    """The dimension is the channel, and the rules find it by the cut's other members."""


def plan(
    provides: Mapping[str, Sequence[Sequence[str]]], measures: Mapping[str, Measure], *, by_campaign: bool = False
) -> tuple[Projection, ...]:
    """Which cut serves which view of which measure.

    Where no cut tells the channel, that is derived from the cut that has the most evidence
    of it: an ad system's default; sources and media, campaigns; campaigns alone only if rules
    speak of them (`by_campaign`).
    """
    grouped: dict[tuple[str | None, str, bool], list[str]] = defaultdict(list)
    for name, cuts in provides.items():
        exact = measures[name].aggregation in ("given", "distinct")
        for dimension in (None, *sorted({each for cut in cuts for each in cut})):
            cut = _serving(cuts, dimension, exact=exact)
            if cut is not None:
                grouped[dimension, ",".join(sorted(cut)), False].append(name)
        if not exact and (cut := evidence_of_channel(cuts, by_campaign=by_campaign)) is not None:
            grouped[CHANNEL, ",".join(sorted(cut)), True].append(name)
    single = len({tuple(sorted(cut)) for cuts in provides.values() for cut in cuts}) == 1
    return tuple(
        Projection(dimension, None if single and not derived else cut, tuple(names), derived)
        for (dimension, cut, derived), names in grouped.items()
    )


def evidence_of_channel(cuts: Sequence[Sequence[str]], *, by_campaign: bool) -> Sequence[str] | None:
    """The cut from which the channel is derived; None where a cut tells it, or nothing does."""
    if any(CHANNEL in cut for cut in cuts):
        return None
    if of_ads := [cut for cut in cuts if DEFAULT_CHANNEL in cut]:
        return min(of_ads, key=len)
    wanted = [_EVIDENCE, _EVIDENCE[:1], *([_EVIDENCE[1:]] if by_campaign else [])]
    for evidence in wanted:
        if fitting := [cut for cut in cuts if set(evidence) <= set(cut)]:
            return min(fitting, key=len)
    return None


def cut_of_pair(cuts: Sequence[Sequence[str]], one: str, other: str, *, by_campaign: bool) -> Sequence[str] | None:
    """The smallest cut that shows two dimensions at once; a channel is derived from the same cut as alone."""
    evidence = evidence_of_channel(cuts, by_campaign=by_campaign)
    if CHANNEL in (one, other) and evidence is not None:
        return evidence if {one, other} <= {CHANNEL, *evidence} else None
    return min((cut for cut in cuts if {one, other} <= set(cut)), key=len, default=None)


def digest(projections: Iterable[Projection], rules: str) -> str:
    """What the daily rows of facts depend on, besides the facts; `rules`: the digest of the channel rules."""
    projections = tuple(projections)
    used = rules if any(each.derived for each in projections) else ""
    return hashlib.blake2b(f"{VERSION} {projections} {used}".encode(), digest_size=16).hexdigest()


def _serving(cuts: Sequence[Sequence[str]], dimension: str | None, *, exact: bool) -> Sequence[str] | None:
    """The smallest cut that can show the dimension (None: the whole); of equals the first."""
    fitting = [cut for cut in cuts if dimension is None or dimension in cut]
    if exact:
        fitting = [cut for cut in fitting if len(cut) == (0 if dimension is None else 1)]
    return min(fitting, key=len, default=None)


def roll_up_facts(
    tx: Connection, names: "NumberedPlan", part_id: int, window: Window, projections: Iterable[Projection]
) -> None:
    """Make the part's daily rows for the days in `window` what its facts say."""
    days = daily.c.day.between(window.first.toordinal(), window.last.toordinal())
    for projection in projections:
        measures, dimension = names.numbers_of(projection)
        mine = and_(daily.c.part_id == part_id, daily.c.measure_id.in_(measures), daily.c.dimension_id == dimension)
        tx.execute(delete(daily).where(mine, days))
        tx.execute(insert(daily).from_select(_COLUMNS, rolled_up(names, part_id, window, projection)))


def rolled_up(names: "NumberedPlan", part_id: int, window: Window, projection: Projection) -> Select[Any]:
    """The rows of `daily` that a part's facts come to in one projection."""
    measures, dimension = names.numbers_of(projection)
    days = (window.first.toordinal(), window.last.toordinal())
    rows = _sums(part_id, dimension, days, names.grouping if projection.derived else None)
    rows = rows.where(fact.c.measure_id.in_(measures))
    if projection.cut is not None:
        rows = rows.where(fact.c.dimset_id.in_(select(dimset.c.id).where(dimset.c.cut == projection.cut)))
    return rows


@dataclass(frozen=True)
class NumberedPlan:
    """The numbers of the names in a plan; `grouping` is that of the channel rules, where it derives any."""

    measures: Mapping[str, int]
    dimensions: Mapping[str, int]
    grouping: int | None = None

    @staticmethod
    def of(names: Names, projections: Iterable[Projection], grouping: int | None = None) -> "NumberedPlan":
        """Look the names up (in a transaction of their own)."""
        measures = names.measures([name for each in projections for name in each.measures])
        dimensions = names.dimensions([each.dimension for each in projections if each.dimension])
        return NumberedPlan(dict(measures), dict(dimensions), grouping)

    def numbers_of(self, projection: Projection) -> tuple[list[int], int]:
        """The numbers of a projection's measures, and of its dimension."""
        dimension = WHOLE if projection.dimension is None else self.dimensions[projection.dimension]
        return [self.measures[name] for name in projection.measures], dimension


def forget_other_views(tx: Connection, part_id: int, numbered: NumberedPlan, projections: Iterable[Projection]) -> None:
    """Remove the daily rows that an earlier plan made and this one does not."""
    views: dict[int, list[int]] = defaultdict(list)
    for projection in projections:
        measures, dimension = numbered.numbers_of(projection)
        views[dimension] += measures
    mine = daily.c.part_id == part_id
    tx.execute(delete(daily).where(mine, daily.c.dimension_id.not_in(list(views))))
    for dimension, wanted in views.items():
        other = daily.c.measure_id.not_in(wanted)
        tx.execute(delete(daily).where(mine, daily.c.dimension_id == dimension, other))


def differing(tx: Connection, old_part: int, new_part: int) -> int:
    """How many daily figures, whole and broken down, are new, gone or changed between two parts."""
    return _unmatched(tx, old_part, new_part, changed=False) + _unmatched(tx, new_part, old_part, changed=True)


def _unmatched(tx: Connection, here: int, there: int, *, changed: bool) -> int:
    """Daily rows of `here` that `there` lacks, or (`changed`) has with another value."""
    other = daily.alias()
    keys = ("measure_id", "dimension_id", "day", "member_id", "currency")
    same = and_(other.c.part_id == there, *(other.c[name] == daily.c[name] for name in keys))
    missing = other.c.value.is_(None)
    query = select(func.count()).select_from(daily.outerjoin(other, same)).where(daily.c.part_id == here)
    return int(tx.execute(query.where(missing | (other.c.value != daily.c.value) if changed else missing)).scalar_one())


_COLUMNS = ["part_id", "measure_id", "dimension_id", "day", "member_id", "currency", "value", "flags"]


def _sums(part_id: int, dimension: int, days: tuple[int, int], grouping: int | None) -> Select[tuple[object, ...]]:
    """Rows of `daily`: sums of facts by day, measure, currency and member of the dimension.

    With `grouping` the member is the channel that those rules find for the fact's set of dimensions.
    """
    member: ColumnElement[Any] = literal(WHOLE)
    groups: list[ColumnElement[Any]] = [fact.c.day, fact.c.measure_id, fact.c.currency]
    if dimension != WHOLE:
        member = dimset_member.c.member_id if grouping is None else dimset_channel.c.member_id
        groups.append(member)
    query: Select[Any] = select(
        literal(part_id),
        fact.c.measure_id,
        literal(dimension),
        fact.c.day,
        member,
        fact.c.currency,
        func.sum(fact.c.value),
        any_flag(fact.c.flags),
    ).where(fact.c.part_id == part_id, fact.c.day.between(*days))
    if grouping is not None:
        found = and_(dimset_channel.c.dimset_id == fact.c.dimset_id, dimset_channel.c.grouping_id == grouping)
        query = query.join(dimset_channel, found)
    elif dimension != WHOLE:
        of_dimension = and_(dimset_member.c.dimset_id == fact.c.dimset_id, dimset_member.c.dimension_id == dimension)
        query = query.join(dimset_member, of_dimension)
    return query.group_by(*groups)


def any_flag(flags: ColumnElement[int]) -> ColumnElement[Any]:
    """The flags of any of the rows: bits, or-ed."""
    bits = [func.max(case((flags.bitwise_and(bit) != 0, bit), else_=0)) for bit in (1, 2, 4, 8)]
    return case((func.max(flags) == 0, 0), else_=bits[0] + bits[1] + bits[2] + bits[3])
