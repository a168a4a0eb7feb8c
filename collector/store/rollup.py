"""Facts in, daily measures out.

Between the `fact` rows that a poll wrote and the `daily` rows that windows are summed
from; runs for the days that were touched. The whole of a measure comes from the cut
without dimensions or, for sums and stocks, from its smallest cut; a break-down from the
smallest cut that has the dimension. Vendors' given figures come only from the exact cut.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, case, delete, func, insert, literal, select

from collector.plugin.measure import Measure
from collector.plugin.window import Window
from collector.store.names import Names
from collector.store.schema import WHOLE, daily, dimset, dimset_member, entry, fact, measure


@dataclass(frozen=True)
class Projection:
    """Measures that are rolled up alike: by one dimension (None: whole), from one cut."""

    dimension: str | None
    cut: str | None
    """The cut's dimensions, sorted, by comma; None: all rows are of one cut."""
    measures: tuple[str, ...]


def plan(provides: Mapping[str, Sequence[Sequence[str]]], measures: Mapping[str, Measure]) -> tuple[Projection, ...]:
    """Which cut serves which view of which measure."""
    grouped: dict[tuple[str | None, str], list[str]] = defaultdict(list)
    for name, cuts in provides.items():
        exact = measures[name].aggregation in ("given", "distinct")
        for dimension in (None, *sorted({each for cut in cuts for each in cut})):
            cut = _serving(cuts, dimension, exact=exact)
            if cut is not None:
                grouped[dimension, ",".join(sorted(cut))].append(name)
    single = len({tuple(sorted(cut)) for cuts in provides.values() for cut in cuts}) == 1
    return tuple(
        Projection(dimension, None if single else cut, tuple(names)) for (dimension, cut), names in grouped.items()
    )


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
    days = (window.first.toordinal(), window.last.toordinal())
    for projection in projections:
        measures = [names.measures[name] for name in projection.measures]
        dimension = WHOLE if projection.dimension is None else names.dimensions[projection.dimension]
        replaced = and_(
            daily.c.part_id == part_id,
            daily.c.measure_id.in_(measures),
            daily.c.dimension_id == dimension,
            daily.c.day.between(*days),
        )
        tx.execute(delete(daily).where(replaced))
        rows = _sums(fact, part_id, dimension, days).where(fact.c.measure_id.in_(measures))
        if projection.cut is not None:
            rows = rows.where(fact.c.dimset_id.in_(select(dimset.c.id).where(dimset.c.cut == projection.cut)))
        tx.execute(insert(daily).from_select([column.name for column in daily.c], rows))


@dataclass(frozen=True)
class NumberedPlan:
    """The numbers of the names in a plan."""

    measures: Mapping[str, int]
    dimensions: Mapping[str, int]

    @staticmethod
    def of(names: Names, projections: Iterable[Projection]) -> "NumberedPlan":
        """Look the names up (in a transaction of their own)."""
        measures = names.measures([name for each in projections for name in each.measures])
        dimensions = names.dimensions([each.dimension for each in projections if each.dimension])
        return NumberedPlan(dict(measures), dict(dimensions))


def roll_up_entries(tx: Connection, part_id: int, days: Iterable[int], dimensions: Sequence[int]) -> None:
    """Make a ledger's daily rows for these days what its entries say."""
    measures = select(measure.c.id)  # for the key's sake: it has the day behind measure and dimension
    for first, last in _runs(days):
        for dimension in (WHOLE, *dimensions):
            replaced = and_(
                daily.c.part_id == part_id,
                daily.c.measure_id.in_(measures),
                daily.c.dimension_id == dimension,
                daily.c.day.between(first, last),
            )
            tx.execute(delete(daily).where(replaced))
            rows = _sums(entry, part_id, dimension, (first, last))
            tx.execute(insert(daily).from_select([column.name for column in daily.c], rows))


def _runs(days: Iterable[int]) -> list[tuple[int, int]]:
    """Unbroken runs of days, each as its first and last."""
    runs: list[tuple[int, int]] = []
    for day in sorted(set(days)):
        if runs and runs[-1][1] == day - 1:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs


def _sums(table: Table, part_id: int, dimension: int, days: tuple[int, int]) -> Select[tuple[object, ...]]:
    """Rows of `daily`: sums of the table's rows by day, measure, currency and member of the dimension."""
    member: ColumnElement[Any] = literal(WHOLE) if dimension == WHOLE else dimset_member.c.member_id
    groups: list[ColumnElement[Any]] = [table.c.day, table.c.measure_id, table.c.currency]
    query: Select[Any] = select(
        literal(part_id),
        table.c.measure_id,
        literal(dimension),
        table.c.day,
        member,
        table.c.currency,
        func.sum(table.c.value),
        _any_flag(table),
    ).where(table.c.part_id == part_id, table.c.day.between(*days))
    if dimension != WHOLE:
        of_dimension = and_(dimset_member.c.dimset_id == table.c.dimset_id, dimset_member.c.dimension_id == dimension)
        query = query.join(dimset_member, of_dimension)
        groups.append(member)
    return query.group_by(*groups)


def _any_flag(table: Table) -> ColumnElement[Any]:
    """The flags of any of the rows: bits, or-ed."""
    if "flags" not in table.c:
        return literal(0)
    bits = [func.max(case((table.c.flags.bitwise_and(bit) != 0, bit), else_=0)) for bit in (1, 2, 4, 8)]
    return case((func.max(table.c.flags) == 0, 0), else_=bits[0] + bits[1] + bits[2] + bits[3])
