"""What went into a value: each name of its formula, with where its figure comes from.

Beside the way of the data, for explanations; the amounts themselves are told by `deliveries`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from collector.kpi.case import Case, names_of
from collector.kpi.deliveries import Delivery, deliveries
from collector.kpi.engine import Engine
from collector.kpi.formula import Name
from collector.kpi.supply import VIRTUAL, Feed, Supply, gives
from collector.kpi.values import Undefined
from collector.kpi.windows import Days
from collector.plugin.connector import Cut
from collector.plugin.measure import EntityKind, Measure
from collector.store.configured import channel_rules, rules
from collector.store.rollup import CHANNEL, plan
from collector.vocabulary.hours import WorkingHours
from collector.vocabulary.measures import WEB_MEASURES

RESPONSES = frozenset({"leads_response_due", "leads_answered_in_time", "response_seconds"})
"""The measures that working hours decide on."""


@dataclass(frozen=True)
class Origin:
    """The stream that a figure comes from, `source/stream`, and what of it."""

    stream: str
    cut: Cut | None
    """The dimensions of the facts that it is added up from; None: it is counted from entities."""
    derived: bool
    """Its channel was found by rules."""
    kinds: tuple[EntityKind, ...] = ()
    """The entities that it is counted from."""


@dataclass(frozen=True)
class Uncounted:
    """A source that has the measure too and does not count: a pilot, or another one of its site is primary."""

    source: str
    site: str
    why: Literal["pilot", "other"]


@dataclass(frozen=True)
class Input:
    """One name of the formula and its figure; `window` where it has its own, `lag` in days."""

    name: str
    unit: str
    aggregation: str
    value: Decimal | None
    days: Days | None = None
    window: str | None = None
    lag: int = 0
    where: str | None = None
    reason: Undefined | None = None
    left_out: bool = False
    """Optional, and no source gives it, or none by this dimension."""
    flags: frozenset[str] = frozenset()
    origins: tuple[Origin, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    uncounted: tuple[Uncounted, ...] = ()
    hours: Mapping[str, WorkingHours] = field(default_factory=dict)
    """By system, the hours in which responses are timed."""


def inputs_of(case: Case) -> Iterator[Input]:
    """All names of the formula with their figures."""
    for name in names_of(case):
        figure, measure, supply = case.found.figures[name], case.engine.measures[name.name], case.supply(name)
        where = "; ".join(f"{dimension}: {', '.join(members)}" for dimension, members in name.where)
        told = Input(
            name=name.name,
            unit=measure.unit,
            aggregation=measure.aggregation,
            value=None if supply is None else case.number(name),
            days=case.days(name),
            window=name.window,
            lag=name.lag,
            where=where or None,
            reason=figure.reason,
            left_out=supply is None,
            flags=figure.flags,
            uncounted=tuple(uncounted(case.engine, measure)),
        )
        yield told if supply is None else _with_its_rows(case, name, supply, told)


def _with_its_rows(case: Case, name: Name, supply: Supply, told: Input) -> Input:
    days = told.days
    without = days is None or told.reason in ("not_additive", "too_short")
    of = name.where[0][0] if name.where else None
    return replace(
        told,
        origins=tuple(origin(case.engine, supply, feed, case.by, of) for feed in supply.feeds),
        deliveries=() if without or days is None else deliveries(case, name, supply, days),
        hours=_hours(case.engine, supply) if told.name in RESPONSES else {},
    )


def origin(engine: Engine, supply: Supply, feed: Feed, by: str | None, of: str | None = None) -> Origin:
    """What of a stream a measure's whole, or its break-down, comes from; `of`: the dimension of its filter."""
    told = [dimension for dimension in dict.fromkeys((by, of)) if dimension is not None and dimension not in VIRTUAL]
    if not feed.states(supply.measure):
        return Origin(feed.name, None, derived=CHANNEL in told, kinds=supply.measure.of)
    if len(told) > 1:
        pair = engine.pairing.cut(supply, feed, *told) or ()
        return Origin(feed.name, pair, derived=CHANNEL in told and CHANNEL not in pair)
    name, by_campaign = supply.measure.name, channel_rules(engine.project).uses_campaigns
    provides = {name: feed.stream.provides[name]}
    projections = plan(provides, {name: supply.measure}, by_campaign=by_campaign)
    found = next((each for each in projections if each.dimension == (told[0] if told else None)), None)
    if found is None:
        return Origin(feed.name, (), derived=False)
    cut = provides[name][0] if found.cut is None else tuple(filter(None, found.cut.split(",")))
    return Origin(feed.name, tuple(cut), derived=found.derived)


def uncounted(engine: Engine, measure: Measure) -> Iterator[Uncounted]:
    """The sources of the project that have a measure and are not asked for it."""
    supply = engine.supplied.get(measure.name)
    counted = {feed.source.name for feed in supply.feeds} if supply else set()
    for source in engine.project.sources.values():
        having = any(gives(Feed(source, stream, None, "fresh"), measure) for stream in source.streams)
        if having and source.settings.mode == "pilot":
            yield Uncounted(source.name, source.site, "pilot")
        elif having and source.name not in counted and measure.name in WEB_MEASURES:
            yield Uncounted(source.name, source.site, "other")


def _hours(engine: Engine, supply: Supply) -> dict[str, WorkingHours]:
    systems = sorted({feed.source.system for feed in supply.feeds if not feed.states(supply.measure)})
    return {system: rules(engine.project, system).hours for system in systems}
