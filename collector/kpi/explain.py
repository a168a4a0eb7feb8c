"""Why a KPI has the value that it has, or none: days, streams, the numbers that went in.

Beside the way of the data: it asks the engine for what it computed with, and puts it so
that a person can follow. What is told here as data is put into words by the command line.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from collector.kpi.bounds import Bounds, bounds
from collector.kpi.case import Case
from collector.kpi.engine import Engine, has_costs
from collector.kpi.formula import Name, names
from collector.kpi.inputs import Input, Origin, inputs_of, origin
from collector.kpi.lacks import Lack, lacks
from collector.kpi.uses import StreamUse, uses
from collector.kpi.values import OVERLAP, Kpi, Value
from collector.kpi.windows import Days


@dataclass(frozen=True)
class MemberValue:
    """One member of a break-down."""

    value: Value
    numbers: Mapping[Name, Decimal | None]
    """The figures as the formula takes them."""
    without_costs: bool
    """It has no value because it had no costs: a cost per something would be zero."""


@dataclass(frozen=True)
class Explanation:
    """All that is to be said of one value: of the whole, or of one member of a dimension."""

    kpi: Kpi
    value: Value
    reference: date
    live: bool
    bounds: Bounds
    numbers: Mapping[Name, Decimal | None]
    """The figures as the formula takes them."""
    inputs: tuple[Input, ...]
    streams: tuple[StreamUse, ...]
    dimensions: tuple[str, ...]
    lacks: tuple[Lack, ...]
    missing: tuple[str, ...]
    """The measures that no live source gives, or none as the KPI needs them."""
    without_costs: bool = False
    by: str | None = None
    """The dimension of `members`."""
    members: tuple[MemberValue, ...] = ()
    """With a dimension and no member: all of them."""
    broken_down: Mapping[str, tuple[Origin, ...]] = field(default_factory=dict)
    """Then, by measure, what its break-down comes from; empty: it is left out of that."""


def explain(engine: Engine, kpi: Kpi, window: str, *, by: str | None = None, member: str | None = None) -> Explanation:
    """Explain a KPI's value in a window; with `by`, also those of a dimension's members, or that of one of them."""
    can = by is not None and by in engine.dimensions(kpi)
    if can and member is not None:
        return _explained(Case(engine, kpi, window, engine.inputs(kpi, window, by), by, member))
    told = _explained(Case(engine, kpi, window, engine.inputs(kpi, window)))
    if by is None:
        return told
    return _broken_down(engine, told, window, by) if can else _refused(engine, told, window, by)


def _explained(case: Case) -> Explanation:
    engine, kpi, days = case.engine, case.kpi, case.found.days
    value, without_costs = _value(case)
    inputs = tuple(inputs_of(case))
    missing = sorted(kpi.measures - engine.supplied.keys() - set(kpi.optional))
    return Explanation(
        kpi=kpi,
        value=value,
        reference=engine.reference,
        live=engine.live,
        bounds=bounds(engine, kpi, case.window, days),
        numbers=_numbers(case),
        inputs=inputs,
        streams=tuple(uses(engine, kpi, days, _spans(inputs))),
        dimensions=tuple(sorted(engine.dimensions(kpi))),
        lacks=lacks(case, value),
        missing=tuple(missing),
        without_costs=without_costs,
    )


def _value(case: Case) -> tuple[Value, bool]:
    """The case's value, and whether it is a member that has none for want of costs."""
    engine, kpi = case.engine, case.kpi
    if case.by is None or case.member is None:
        return engine.whole_of(kpi, case.window, case.found), False
    value = engine.member(kpi, case.window, case.by, case.found, case.member)
    without = case.found.undefined is None and case.member != OVERLAP
    without = without and not has_costs(kpi, case.found.figures, case.member)
    return (replace(value, value=None, undefined=None) if without else value), without


def _numbers(case: Case) -> dict[Name, Decimal | None]:
    expression = case.kpi.expression
    return {} if expression is None else {name: case.number(name) for name in names(expression)}


def _spans(inputs: Iterable[Input]) -> dict[str, Days]:
    """By stream, the days that its figures are of, from the first to the last."""
    spans: dict[str, Days] = {}
    for days, of in ((each.days, of) for each in inputs for of in each.origins):
        if days is not None:
            known = spans.get(of.stream, days)
            spans[of.stream] = Days(min(known.first, days.first), max(known.last, days.last))
    return spans


def _broken_down(engine: Engine, told: Explanation, window: str, by: str) -> Explanation:
    """The whole's explanation, and the value of each member."""
    found = engine.inputs(told.kpi, window, by)
    every = {member for figure in found.figures.values() for member in figure.by_member if member is not None}
    if not engine.members_add_up(told.kpi):
        every.discard(OVERLAP)
    cases = [Case(engine, told.kpi, window, found, by, member) for member in sorted(every)]
    members = [MemberValue(value, _numbers(case), without) for case in cases for value, without in [_value(case)]]
    used = sorted(told.kpi.measures & engine.supplied.keys())
    cuts = {name: _origins_by(engine, told.kpi, name, by) for name in used}
    return replace(told, by=by, members=tuple(members), broken_down=cuts)


def _origins_by(engine: Engine, kpi: Kpi, name: str, by: str) -> tuple[Origin, ...]:
    """What a measure's break-down comes from; nothing where it is left out of it."""
    supply = engine.supplied[name]
    of = next((dimension for filtered, dimension in sorted(kpi.filters) if filtered == name), None)
    if not engine.pairing.has(name, by, by if of is None else of):
        return ()
    return tuple(origin(engine, supply, feed, by, of) for feed in supply.feeds)


def _refused(engine: Engine, told: Explanation, window: str, by: str) -> Explanation:
    """A KPI that has no break-down by this dimension."""
    value = replace(told.value, value=None, undefined="not_configured")
    case = Case(engine, told.kpi, window, engine.inputs(told.kpi, window), by)
    return replace(told, value=value, numbers={}, lacks=lacks(case, value))
