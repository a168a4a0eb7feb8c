"""All values that a snapshot shows: every KPI, window and break-down, with what came before.

Above `engine`, which computes one value. What was computed from unchanged figures is
taken from `Memory`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Connection

from collector.kpi.comparing import before
from collector.kpi.engine import Engine, Inputs
from collector.kpi.formula import names
from collector.kpi.memory import Memory
from collector.kpi.reconciliation.reconcile import reconcile
from collector.kpi.supply import StreamStates
from collector.kpi.top import Choice, choose, volumes
from collector.kpi.unassigned import unassigned_shares
from collector.kpi.values import OVERLAP, Kpi, ProjectValues, Value
from collector.plugin.measure import Measure
from collector.settings.model import Project


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
    memory: Memory | None = None,
) -> ProjectValues:
    """The values of KPIs, wholes and break-downs, as of now or (`at`) of a past day.

    `windows` and `by` stand in for the KPIs' own. KPIs whose measures no source declares
    are left out unless `unconfigured` (default: where the project lists its KPIs).
    """
    kpis = tuple(kpis)
    memory = Memory() if memory is None else memory
    engine = Engine(tx, project, kpis=kpis, measures=measures, states=states, now=now, at=at, memory=memory)
    keep = project.kpis is not None if unconfigured is None else unconfigured
    shown = tuple(kpi for kpi in kpis if keep or engine.condition(kpi).is_configured)
    evaluation = _Evaluation(engine, memory, measures)
    for kpi in shown:
        own = kpi.windows if windows is None else tuple(windows)
        evaluation.add(kpi, own, kpi.by if by is None else by)
    found = ProjectValues(
        project.name,
        project.currency,
        shown,
        tuple(evaluation.values),
        {kpi.name: last for kpi in shown if (last := engine.last_day(kpi)) is not None},
        evaluation.hidden,
        unassigned_shares(engine),
        reconcile(engine, memory),
    )
    memory.forget_unused()
    return found


class _Evaluation:
    """Values as they gather."""

    def __init__(self, engine: Engine, memory: Memory, measures: Mapping[str, Measure]) -> None:
        self._engine = engine
        self._memory = memory
        self._measures = measures
        self.values: list[Value] = []
        self.hidden: dict[tuple[str, str], int] = {}

    def add(self, kpi: Kpi, windows: Sequence[str], by: Sequence[str]) -> None:
        """All values of a KPI."""
        for window in windows:
            self.values.append(self._whole(kpi, window))
        for dimension in by:
            if dimension in self._engine.dimensions(kpi):
                self._break_down(kpi, windows, dimension)

    def _whole(self, kpi: Kpi, window: str) -> Value:
        inputs = self._engine.inputs(kpi, window)
        earlier = None
        if inputs.days is not None and (days := before(window, inputs.days)) is not None:
            earlier = self._engine.inputs(kpi, window, days=days)
        signature = [*self._signature(kpi, inputs), *(self._signature(kpi, earlier) if earlier else ())]
        known = self._memory.values(kpi.name, window, None, signature)
        if known is None:
            previous = None if earlier is None else self._engine.whole_of(kpi, window, earlier).value
            known = (self._engine.whole_of(kpi, window, inputs, previous=previous),)
            self._memory.show(kpi.name, window, None, signature, known)
        return known[0]

    def _break_down(self, kpi: Kpi, windows: Sequence[str], dimension: str) -> None:
        inputs = {window: self._engine.inputs(kpi, window, dimension) for window in windows}
        choice = self._choice(kpi, dimension, inputs.values())
        for window, each in inputs.items():
            signature = [*self._signature(kpi, each), choice, self._engine.figures.titles(dimension)]
            known = self._memory.values(kpi.name, window, dimension, signature)
            if known is None:
                keep = None if choice is None else choice.members
                known = tuple(self._engine.members_of(kpi, window, dimension, each, keep))
                self._memory.show(kpi.name, window, dimension, signature, known)
            self.values += known
            if choice is not None:
                every = {member for figure in each.figures.values() for member in figure.by_member if member}
                hidden = len(every - choice.members - {OVERLAP})
                self.hidden[kpi.name, dimension] = self.hidden.get((kpi.name, dimension), 0) + hidden

    def _choice(self, kpi: Kpi, dimension: str, inputs: Iterable[Inputs]) -> Choice | None:
        """The members that are shown, by their size in the longest window that has a value."""
        having = [each for each in inputs if each.undefined is None and each.days is not None]
        if not having:
            return None
        longest = max(having, key=lambda each: each.days.last - each.days.first)  # type: ignore[union-attr]
        sizes = volumes(longest.figures.values())
        for each in having:
            for member in volumes(each.figures.values()):
                sizes.setdefault(member, Decimal(0))
        top = self._engine.project.top if kpi.top is None else kpi.top
        key = (kpi.name, dimension)
        choice = choose(self._memory.choices.get(key), day=self._engine.reference, volumes=sizes, top=top)
        if choice is None:
            self._memory.choices.pop(key, None)
        else:
            self._memory.choices[key] = choice
        return choice

    def _signature(self, kpi: Kpi, inputs: Inputs) -> list[object]:
        """All that values are computed from: equal signatures, equal values."""
        state = self._engine.condition(kpi)
        figures = [] if kpi.expression is None else [inputs.figures.get(name) for name in names(kpi.expression)]
        doubts = self._engine.doubts(kpi, inputs.days)
        return [kpi, inputs.days, inputs.reasons, state.held, doubts, *map(_Same, figures)]


class _Same:
    """Compares by identity: figures are big, and those that did not change are the same objects."""

    def __init__(self, figure: object) -> None:
        self._figure = figure

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self._figure is other._figure

    __hash__ = object.__hash__
