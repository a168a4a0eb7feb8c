"""Measures in, KPI values out.

Between `store.measures` and the snapshot (or `kpi show`). For each KPI: its streams'
condition (`supply`), the days of its windows (`windows`), the figures of its measures
(`figures`), and then its formula; whatever is missing on the way is a reason, never a zero.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection

from collector.clock import day_of
from collector.kpi.figures import Figure, Figures
from collector.kpi.formula import Name, Node, ZeroDenominator, names
from collector.kpi.formula import evaluate as compute
from collector.kpi.supply import Condition, StreamStates, Supply, condition, supplies
from collector.kpi.values import UNDEFINED_REASONS, Kpi, ProjectValues, Undefined, Value
from collector.kpi.windows import Days, resolve
from collector.plugin.measure import Measure
from collector.settings.model import Project

_PAID = frozenset({"Cross-network", "Display"})
_COST = "spend"


def evaluate(
    tx: Connection,
    project: Project,
    *,
    kpis: Iterable[Kpi],
    measures: Mapping[str, Measure],
    states: StreamStates,
    now: datetime,
    at: date | None = None,
    windows: Sequence[str] | None = None,
    by: Sequence[str] | None = None,
    unconfigured: bool | None = None,
) -> ProjectValues:
    """The values of KPIs, wholes and break-downs, as of now or (`at`) of a past day.

    `windows` and `by` stand in for the KPIs' own. KPIs whose measures no source declares
    are left out unless `unconfigured` (default: where the project lists its KPIs).
    """
    kpis = tuple(kpis)
    engine = Engine(tx, project, kpis=kpis, measures=measures, states=states, now=now, at=at)
    keep = project.kpis is not None if unconfigured is None else unconfigured
    shown = tuple(kpi for kpi in kpis if keep or engine.condition(kpi).is_configured)
    values: list[Value] = []
    through: dict[str, date] = {}
    for kpi in shown:
        for window in kpi.windows if windows is None else windows:
            values.append(engine.whole(kpi, window))
            for dimension in kpi.by if by is None else by:
                values += engine.members(kpi, window, dimension)
        if (last := engine.last_day(kpi)) is not None:
            through[kpi.name] = last
    return ProjectValues(project.name, project.currency, shown, tuple(values), through)


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
    ) -> None:
        self.project = project
        self.live = at is None
        self.reference = day_of(now, project.zone) if at is None else at
        self.supplied: Mapping[str, Supply] = supplies(project, measures, states, now)
        self.figures = Figures(tx, project, self.supplied, [name for kpi in kpis for name in kpi.measures])
        self._conditions: dict[str, Condition] = {}

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
        filtered = {dimension for dimension, _ in kpi.where}
        return common & filtered if filtered else common

    def inputs(self, kpi: Kpi, window: str, by: str | None = None) -> Inputs:
        """The figures of all names in a KPI's formula."""
        state = self.condition(kpi)
        reasons = set(state.reasons)
        days = self.days(kpi, window) if state.is_configured else None
        if days is not None and not isinstance(days, Days):
            reasons.add(days)
            days = None
        if reasons - {"no_margin"} or kpi.expression is None:
            return Inputs(days, {}, frozenset(reasons))
        figures = {name: self._figure(kpi, name, window, by) for name in names(kpi.expression)}
        reasons |= {figure.reason for figure in figures.values() if figure.reason is not None}
        return Inputs(days, figures, frozenset(reasons))

    def _figure(self, kpi: Kpi, name: Name, window: str, by: str | None) -> Figure:
        supply = self.supplied.get(name.name)
        if supply is None or (by is not None and by not in supply.dimensions):
            return Figure()  # optional, and left out
        own = name.window or window
        days = self.days(kpi, own)
        if not isinstance(days, Days):
            return Figure(reason=days)
        if not name.where:
            return self.figures.of(supply.measure, window=own, days=days, by=by)
        ((dimension, wanted),) = name.where
        if supply.measure.aggregation in ("given", "median"):
            return Figure(reason="not_additive")
        figure = self.figures.of(supply.measure, window=own, days=days, by=dimension)
        kept = {
            member: value for member, value in figure.by_member.items() if self._is_wanted(dimension, member, wanted)
        }
        if by is None:
            kept = {None: sum(kept.values(), Decimal(0))}
        return Figure(kept, figure.reason, figure.flags, figure.missing)

    def _is_wanted(self, dimension: str, member: str | None, wanted: Sequence[str]) -> bool:
        if member in wanted:
            return True
        if dimension != "channel" or "paid" not in wanted or member is None:
            return False
        return member in _PAID or member.startswith("Paid ") or member in self.project.other.get("paid_channels", ())

    # ── values ───────────────────────────────────────────────────────────────────────

    def whole(self, kpi: Kpi, window: str) -> Value:
        """A KPI's value in a window."""
        inputs = self.inputs(kpi, window)
        value, reason = None, inputs.undefined
        if reason is None and kpi.expression is not None:
            value, reason = _computed(kpi.expression, inputs.figures, None)
        return self._value(kpi, window, inputs, value, reason)

    def members(self, kpi: Kpi, window: str, dimension: str) -> Iterator[Value]:
        """A KPI's values by the members of a dimension; none where it cannot be broken down."""
        if dimension not in self.dimensions(kpi) or kpi.expression is None:
            return
        inputs = self.inputs(kpi, window, dimension)
        if inputs.undefined is not None:
            return
        found = {member for figure in inputs.figures.values() for member in figure.by_member if member is not None}
        titles = self.figures.titles(dimension)
        for member in sorted(found):
            if not _has_costs(kpi, inputs.figures, member):
                continue
            value, reason = _computed(kpi.expression, inputs.figures, member)
            if reason is None:
                title = titles.get(member, member)
                yield self._value(kpi, window, inputs, value, None, (dimension, member, title))

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
            flags=inputs.flags | _partial(state, days),
        )


def _partial(state: Condition, days: Days | None) -> frozenset[str]:
    """Whether some of the data may still be on their way."""
    if days is None:
        return frozenset()
    alive = [feed for feed in state.feeds if feed.lives_by(days.last)]
    late = any(feed.through is None or feed.through < days.last for feed in alive)
    return frozenset({"partial"}) if days.partial or late else frozenset()


def _computed(
    expression: Node, figures: Mapping[Name, Figure], member: str | None
) -> tuple[Decimal | None, Undefined | None]:
    missing = {figure.missing for figure in figures.values() if figure.missing and member not in figure.by_member}
    if missing:
        return None, next(reason for reason in UNDEFINED_REASONS if reason in missing)
    try:
        value = compute(expression, lambda name: figures[name].by_member.get(member, Decimal(0)))
    except ZeroDenominator:
        return None, "zero_denominator"
    return (value, None) if value.is_finite() else (None, "zero_denominator")


def _has_costs(kpi: Kpi, figures: Mapping[Name, Figure], member: str) -> bool:
    """A cost per something exists only for members that had costs."""
    costs = [figure for name, figure in figures.items() if name.name == _COST]
    return kpi.unit == "money" or not costs or any(figure.by_member.get(member) for figure in costs)
