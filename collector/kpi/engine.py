"""Measures in, KPI values out.

Between `store.measures` and the snapshot (or `kpi show`). For each KPI: its streams'
condition (`supply`), the days of its windows (`windows`), the figures of its measures
(`figures`), and then its formula; whatever is missing on the way is a reason, never a zero.
"""

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection

from collector.clock import day_of
from collector.kpi.doubts import Doubts
from collector.kpi.figures import Figures
from collector.kpi.filtered import NO_SUMS, FilteredFigures
from collector.kpi.filters import Filter
from collector.kpi.formula import Name, NoConstant, Node, ZeroDenominator, adds_up, names
from collector.kpi.formula import evaluate as compute
from collector.kpi.gathering import NOTHING, Figure
from collector.kpi.memory import Memory
from collector.kpi.pairing import Pairing
from collector.kpi.supply import Condition, StreamStates, Supply, condition, supplies
from collector.kpi.values import OTHER, OVERLAP, UNDEFINED_REASONS, Kpi, Undefined, Value
from collector.kpi.windows import TO_DATE, Days, period_start, resolve, trailing
from collector.plugin.measure import Measure
from collector.settings.model import Project
from collector.store.configured import channel_rules
from collector.vocabulary.measures import COSTS


@dataclass(frozen=True)
class Inputs:
    """What a KPI's value in a window is computed from."""

    days: Days | None
    """The window's days; None where it has none."""
    figures: Mapping[Name, Figure]
    reasons: frozenset[Undefined]

    @property
    def undefined(self) -> Undefined | None:
        """The first reason why there is no value."""
        return next((reason for reason in UNDEFINED_REASONS if reason in self.reasons), None)

    @property
    def flags(self) -> frozenset[str]:
        """The doubts about all that went in."""
        return frozenset(flag for figure in self.figures.values() for flag in figure.flags)


class Engine:
    """Values of one project, in one transaction, as of one day."""

    def __init__(
        self,
        tx: Connection,
        project: Project,
        *,
        kpis: Iterable[Kpi],
        measures: Mapping[str, Measure],
        states: StreamStates,
        now: datetime,
        at: date | None = None,
        memory: Memory | None = None,
    ) -> None:
        self.tx = tx
        self.project = project
        self.measures = measures
        self.states = states
        self.now = now
        self.live = at is None
        self.reference = day_of(now, project.zone) if at is None else at
        self.supplied: Mapping[str, Supply] = supplies(project, measures, states, now)
        wanted = [name for kpi in kpis for name in kpi.measures]
        self.figures = Figures(tx, project, self.supplied, wanted, memory)
        self.pairing = Pairing(tx, project, self.supplied)
        self.filtered = FilteredFigures(self.figures, self.pairing, self.supplied)
        self._doubts = Doubts(tx, project, day_of(now, project.zone))
        self._channels = channel_rules(project)
        self._conditions: dict[str, Condition] = {}

    def as_of(self, day: date) -> "Engine":
        """The same as of another day, which is over; figures that both need are computed once."""
        other = copy(self)
        other.live, other.reference = False, day
        other._conditions = {}
        return other

    # ── what may be said ─────────────────────────────────────────────────────────────

    def condition(self, kpi: Kpi) -> Condition:
        """The condition of a KPI's streams."""
        if kpi.name not in self._conditions:
            kinds = {kind for name in kpi.measures if name in self.supplied for kind in self.supplied[name].measure.of}
            self._conditions[kpi.name] = condition(
                kpi,
                self.supplied,
                self.project,
                reference=self.reference,
                live=self.live,
                opens=self.figures.opens(frozenset(kinds)),
            )
        return self._conditions[kpi.name]

    def days(self, kpi: Kpi, window: str) -> Days | Undefined:
        """The days of a window of a KPI, or why it has none."""
        reach = self.condition(kpi).reach
        return resolve(window, reference=self.reference, live=self.live, reach=reach)

    def last_day(self, kpi: Kpi) -> date | None:
        """The last day that all its required streams have completed, as of the reference day."""
        through = self.condition(kpi).reach.through
        end = self.reference - timedelta(days=1) if self.live else self.reference
        return None if through is None else min(through, end)

    def dimensions(self, kpi: Kpi) -> frozenset[str]:
        """The dimensions that it can be broken down by."""
        if not self.condition(kpi).is_configured:
            return frozenset()
        having = [
            self.supplied[name].dimensions
            for name in kpi.measures
            if name in self.supplied and name not in kpi.optional
        ]
        common = frozenset.intersection(*having) if having else frozenset()
        filters = [(name, of) for name, of in kpi.filters if name in self.supplied and name not in kpi.optional]
        return frozenset(by for by in common if all(self.pairing.has(name, by, of) for name, of in filters))

    def supply(self, name: Name, by: str | None) -> Supply | None:
        """What gives a measure, whole or by a dimension; None: it is optional, and left out."""
        supply, dimensions = self.supplied.get(name.name), {dimension for dimension, _ in name.where}
        if supply is None or (by is None and not dimensions <= supply.dimensions):
            return None
        can = by is None or (by in supply.dimensions and all(self.pairing.has(name.name, by, of) for of in dimensions))
        return supply if can else None

    def inputs(self, kpi: Kpi, window: str, by: str | None = None, *, days: Days | None = None) -> Inputs:
        """The figures of all names in a KPI's formula; `days` stand in for those of the window."""
        state = self.condition(kpi)
        reasons = set(state.reasons)
        resolved: Days | Undefined | None = days
        if resolved is None and state.is_configured:
            resolved = self.days(kpi, window)
        if days is not None and state.reach.begins is not None and days.first < state.reach.begins:
            resolved = "too_short"
        if resolved is not None and not isinstance(resolved, Days):
            reasons.add(resolved)
            resolved = None
        if reasons - {"no_margin"} or kpi.expression is None or resolved is None:
            return Inputs(resolved, {}, frozenset(reasons))
        figures = {name: self._figure(kpi, name, window, resolved, by) for name in names(kpi.expression)}
        reasons |= {figure.reason for figure in figures.values() if figure.reason is not None}
        return Inputs(resolved, figures, frozenset(reasons))

    def _figure(self, kpi: Kpi, name: Name, window: str, days: Days, by: str | None) -> Figure:
        supply = self.supply(name, by)
        if supply is None:
            return NOTHING
        own = self.own_days(kpi, name, window, days)
        if not isinstance(own, Days):
            return Figure(reason=own)
        where, asked = self.filter(name), name.window or window
        if where is None:
            return self.figures.of(supply.measure, window=asked, days=own, by=by)
        return self.filtered.of(supply.measure, where, window=asked, days=own, by=by)

    def filter(self, name: Name) -> Filter | None:
        """Which members of a name count; None: all."""
        return Filter.of(name, self._channels, self.figures.campaigns)

    def own_days(self, kpi: Kpi, name: Name, window: str, days: Days) -> Days | Undefined:
        """The days of a name's own window, which ends as the formula's does; a lag shifts them back."""
        own: Days | Undefined = days
        if name.window is not None and name.window != window:
            own = trailing(name.window, last=days.last) or self._to_date(kpi, name.window, days)
        if not isinstance(own, Days):
            return own
        if name.lag:
            own = Days(own.first - timedelta(days=name.lag), own.last - timedelta(days=name.lag))
        begins = self.condition(kpi).reach.begins
        return "too_short" if begins is not None and own.first < begins else own

    def _to_date(self, kpi: Kpi, window: str, days: Days) -> Days | Undefined:
        """The days of another window that is no trailing one; beside earlier days it is theirs, not today's."""
        natural = self.days(kpi, window)
        if days.partial or days.last == self.last_day(kpi) or window == "today":
            return natural
        if window in TO_DATE:
            return Days(period_start(window, days.last), days.last)
        return Days(min(natural.first, days.last), days.last) if isinstance(natural, Days) else natural

    # ── values ───────────────────────────────────────────────────────────────────────

    def whole(self, kpi: Kpi, window: str, *, days: Days | None = None) -> Value:
        """A KPI's value in a window; `days` stand in for those of the window."""
        return self.whole_of(kpi, window, self.inputs(kpi, window, days=days))

    def whole_of(self, kpi: Kpi, window: str, inputs: Inputs, *, previous: Decimal | None = None) -> Value:
        """The value that these inputs come to; `previous`: that of the window before."""
        value, reason = None, inputs.undefined
        if reason is None and kpi.expression is not None and inputs.days is not None:
            value, reason = _computed(kpi.expression, inputs.figures, None, inputs.days.last)
        return replace(self._value(kpi, window, inputs, value, reason), previous=previous)

    def members(self, kpi: Kpi, window: str, dimension: str, *, days: Days | None = None) -> list[Value]:
        """A KPI's values by the members of a dimension; none where it cannot be broken down."""
        if dimension not in self.dimensions(kpi) or kpi.expression is None:
            return []
        return self.members_of(kpi, window, dimension, self.inputs(kpi, window, dimension, days=days))

    def members_of(
        self, kpi: Kpi, window: str, dimension: str, inputs: Inputs, keep: frozenset[str] | None = None
    ) -> list[Value]:
        """The values by member that these inputs come to; those that are not in `keep` together as `__other__`."""
        if inputs.undefined is not None or kpi.expression is None or inputs.days is None:
            return []
        figures = inputs.figures if keep is None else _put_together(inputs.figures, keep)
        found = {member for figure in figures.values() for member in figure.by_member if member is not None}
        if keep is not None and not self._may_be_put_together(kpi):
            found.discard(OTHER)
        if not adds_up(kpi.expression):
            found.discard(OVERLAP)
        shown = (self._of_member(kpi, window, dimension, inputs, figures, member) for member in sorted(found))
        return [value for value in shown if value.value is not None and self._is_shown(kpi, figures, value.member)]

    def member(self, kpi: Kpi, window: str, dimension: str, inputs: Inputs, member: str) -> Value:
        """The value of one member that these inputs come to, or why it has none."""
        return self._of_member(kpi, window, dimension, inputs, inputs.figures, member)

    def _of_member(
        self, kpi: Kpi, window: str, dimension: str, inputs: Inputs, figures: Mapping[Name, Figure], member: str
    ) -> Value:
        value, reason = None, inputs.undefined
        if reason is None and kpi.expression is not None and inputs.days is not None:
            value, reason = _computed(kpi.expression, figures, member, inputs.days.last)
        title = self.figures.titles(dimension).get(member, member)
        return self._value(kpi, window, inputs, value, reason, (dimension, member, title))

    def _is_shown(self, kpi: Kpi, figures: Mapping[Name, Figure], member: str | None) -> bool:
        return member is None or member == OVERLAP or has_costs(kpi, figures, member)

    def members_add_up(self, kpi: Kpi) -> bool:
        """Whether the values of all members of a dimension come to that of the whole."""
        return kpi.expression is not None and adds_up(kpi.expression) and self._may_be_put_together(kpi)

    def _may_be_put_together(self, kpi: Kpi) -> bool:
        """Whether all measures of members may be added up."""
        used = (self.supplied[name].measure for name in kpi.measures if name in self.supplied)
        return not any(measure.aggregation in NO_SUMS for measure in used)

    def _value(
        self,
        kpi: Kpi,
        window: str,
        inputs: Inputs,
        value: Decimal | None,
        reason: Undefined | None,
        member: tuple[str, str, str] | None = None,
    ) -> Value:
        state, days = self.condition(kpi), inputs.days
        dimension, id_, title = member or (None, None, None)
        return Value(
            project=self.project.name,
            kpi=kpi.name,
            window=window,
            first=days.first if days else None,
            last=days.last if days else None,
            value=value,
            unit=kpi.unit,
            currency=self.project.currency if kpi.is_money else None,
            fresh=not state.held,
            undefined=reason,
            dimension=dimension,
            member=id_,
            title=title,
            flags=inputs.flags | self.doubts(kpi, days),
        )

    def doubts(self, kpi: Kpi, days: Days | None) -> frozenset[str]:
        """What is to be doubted of a KPI in these days, besides what its figures say."""
        return frozenset() if days is None else self._doubts.of(kpi, self.condition(kpi), days)


def _computed(
    expression: Node, figures: Mapping[Name, Figure], member: str | None, on: date
) -> tuple[Decimal | None, Undefined | None]:
    missing = {figure.missing for figure in figures.values() if figure.missing and member not in figure.by_member}
    missing |= {figure.refused[member] for figure in figures.values() if member in figure.refused}
    if missing:
        return None, next(reason for reason in UNDEFINED_REASONS if reason in missing)
    try:
        value = compute(expression, lambda name: figures[name].by_member.get(member, Decimal(0)), on=on)
    except NoConstant:
        return None, "not_configured"
    except ZeroDenominator:
        return None, "zero_denominator"
    return (value, None) if value.is_finite() else (None, "zero_denominator")


def has_costs(kpi: Kpi, figures: Mapping[Name, Figure], member: str) -> bool:
    """A cost per something exists only for members that had costs."""
    costs = [figure for name, figure in figures.items() if name.name in COSTS and name.name not in kpi.optional]
    return kpi.unit == "money" or not costs or any(figure.by_member.get(member) for figure in costs)


def _put_together(figures: Mapping[Name, Figure], keep: frozenset[str]) -> dict[Name, Figure]:
    """The members that are not kept, summed up as one."""
    return {name: _with_other(figure, keep) for name, figure in figures.items()}


def _with_other(figure: Figure, keep: frozenset[str]) -> Figure:
    kept = {member: value for member, value in figure.by_member.items() if member in keep or member in (None, OVERLAP)}
    rest = [value for member, value in figure.by_member.items() if member not in kept]
    if rest:
        kept[OTHER] = sum(rest, Decimal(0))
    refused: dict[str | None, Undefined] = {
        member if member in keep else OTHER: reason for member, reason in figure.refused.items()
    }
    return replace(figure, by_member=kept, refused=refused)
