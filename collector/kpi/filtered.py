"""Figures of some members of a dimension only: what a `where` leaves of a measure.

Beside `figures`, for the engine. The whole, and the members of the filter's own dimension,
are taken from the break-down by it; members of another dimension are added up from rows
that tell both (`pairing`). Customers and medians are counted anew, from those that count.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from collector.kpi.entities import PARTITIONS
from collector.kpi.figures import DUE, STATED_AT_MOST, Delivered, Figures, with_lacking
from collector.kpi.filters import Filter
from collector.kpi.gathering import NOTHING, Figure, Gathered
from collector.kpi.pairing import Pairing
from collector.kpi.supply import VIRTUAL, Supply
from collector.kpi.windows import Days
from collector.plugin.measure import Measure
from collector.store.measures import Daily, Total
from collector.store.pairs import Pair

NO_SUMS = frozenset({"given", "median"})
"""Aggregations whose members cannot be put together."""


class FilteredFigures:
    """The figures of names with a `where`, in one transaction."""

    def __init__(self, figures: Figures, pairing: Pairing, supplied: Mapping[str, Supply]) -> None:
        self._figures = figures
        self._pairing = pairing
        self._supplied = supplied

    def of(self, measure: Measure, where: Filter, *, window: str, days: Days, by: str | None) -> Figure:
        """A measure's figure of the members that are kept; `by`: by the members of a dimension."""
        return self._figures.remembered(
            measure, window, days, (by, where), lambda own: self._found(measure, where, window, own, by)
        )

    def _found(self, measure: Measure, where: Filter, window: str, days: Days, by: str | None) -> Mapping[str, Figure]:
        supply = self._supplied[measure.name]
        if supply.is_of_entities and measure.aggregation == "median":
            return {measure.name: self._figures.entities.median(measure, days, by, where)}
        if supply.is_of_entities and not supply.is_summed:
            return self._figures.entities.customers(days, by, where)
        if by is None or by == where.dimension:
            broken_down = self._figures.of(measure, window=window, days=days, by=where.dimension)
            return {measure.name: _kept(broken_down, where) if by else _whole(supply, broken_down, where)}
        return self._sums(measure, where, days, by) if supply.is_summed else self._stated(measure, where, days, by)

    def _sums(self, measure: Measure, where: Filter, days: Days, by: str) -> Mapping[str, Figure]:
        asked = self._alike(measure, where, days, by)
        rows = self._rows(with_lacking(asked), where, days, by)
        kept = list(self._placed(rows, where, by))
        found = self._figures.summed(
            asked, _added_up(kept), days, lambda names: [row for row in kept if row.measure in names]
        )
        if DUE in found:
            found[DUE] = self._figures.entities.with_unanswered(found[DUE], days, by, where)
        return found

    def _alike(self, measure: Measure, where: Filter, days: Days, by: str) -> list[Measure]:
        """All that is rolled up from entities is read at once; what facts state is asked for alone."""
        if not self._supplied[measure.name].is_of_entities:
            return [measure]
        return [
            each
            for each in self._figures.alike(measure)
            if self._supplied[each.name].is_of_entities
            and self._pairing.has(each.name, by, where.dimension)
            and not self._figures.is_known(each.name, days, (by, where))
        ]

    def _stated(self, measure: Measure, where: Filter, days: Days, by: str) -> Mapping[str, Figure]:
        """A stock that facts state: of each source's last statement the members that are kept."""
        rows = self._latest(measure, where, days, by)
        if not rows:
            return {measure.name: self._figures.unstated(measure.name, days)}
        gathered = Gathered()
        for row in self._placed(rows, where, by):
            self._figures.gather(gathered, row, days.last)
        return {measure.name: gathered.figures().get(measure.name, NOTHING)}

    def _latest(self, measure: Measure, where: Filter, days: Days, by: str) -> list[Daily]:
        since = Days(days.last - STATED_AT_MOST, days.last)
        return self._figures.latest(self._rows([measure.name], where, since, by), days)

    def rows(self, measure: Measure, where: Filter, days: Days, by: str | None) -> list[tuple[Delivered, date]]:
        """As `Figures.rows`: what a figure is added up from, each with the day whose VAT and rates it takes."""
        if by is None or by == where.dimension:
            rows = self._figures.rows(measure, days, where.dimension)
            return [(row, day) for row, day in rows if where.keeps(row.member)]
        if measure.aggregation == "sum":
            return [(row, row.day) for row in self._placed(self._rows([measure.name], where, days, by), where, by)]
        if self._supplied[measure.name].is_summed:
            at_the_end = self._rows([measure.name], where, Days(days.last, days.last), by)
            return [(row, days.last) for row in _added_up(self._placed(at_the_end, where, by))]
        return [(row, days.last) for row in self._placed(self._latest(measure, where, days, by), where, by)]

    # ── rows of two dimensions ───────────────────────────────────────────────────────

    def _rows(self, names: list[str], where: Filter, days: Days, by: str) -> list[Daily]:
        """The rows of all members, as they were delivered."""
        if by not in VIRTUAL and where.dimension not in VIRTUAL:
            return list(self._pairing.rows(names, days, by, where.dimension))
        asked = by if where.dimension in VIRTUAL else where.dimension
        return self._figures.daily(names, days.first, days.last, asked)

    def _placed(self, rows: Iterable[Daily], where: Filter, by: str) -> Iterable[Daily]:
        """Those that are kept, each under its member of `by`; of a source or site the owner tells."""
        for row in rows:
            owner = self._supplied[row.measure.partition(":")[0]].owners[row.owner]
            if isinstance(row, Pair):
                other: str | None = row.other
            else:
                other = owner[where.dimension] if where.dimension in VIRTUAL else row.member
            if where.keeps(other):
                member = owner[by] if by in VIRTUAL else self._figures.campaigns.joined(by, row.member)
                yield row if member == row.member else replace(row, member=member)


def _added_up(rows: Iterable[Daily]) -> list[Total]:
    """The rows of all days together."""
    found: dict[tuple[str, str, str | None, str | None], tuple[Decimal, frozenset[str]]] = {}
    for row in rows:
        key = (row.owner, row.measure, row.currency, row.member)
        value, flags = found.get(key, (Decimal(0), frozenset()))
        found[key] = (value + row.value, flags | row.flags)
    return [Total(*key, value, flags) for key, (value, flags) in found.items()]


def _kept(figure: Figure, where: Filter) -> Figure:
    """The members that are kept."""
    return replace(
        figure,
        by_member={member: value for member, value in figure.by_member.items() if where.keeps(member)},
        refused={member: reason for member, reason in figure.refused.items() if where.keeps(member)},
    )


def _whole(supply: Supply, broken_down: Figure, where: Filter) -> Figure:
    """Their sum."""
    kept, measure = _kept(broken_down, where), supply.measure
    overlaps = measure.aggregation == "distinct" and measure.of != ("post",) and where.dimension not in PARTITIONS
    if measure.aggregation in NO_SUMS or (overlaps and len(kept.by_member) > 1):
        return Figure(reason="not_additive")
    reason = kept.reason or next(iter(kept.refused.values()), None)
    return replace(kept, by_member={None: sum(kept.by_member.values(), Decimal(0))}, reason=reason, refused={})
