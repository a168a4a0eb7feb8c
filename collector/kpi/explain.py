"""Why a KPI has the value that it has, or none: days, streams, the numbers that went in.

Beside the way of the data: it asks the engine for what it computed with, and puts it so
that a person can follow.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from collector.kpi.engine import Engine
from collector.kpi.formula import Name
from collector.kpi.gathering import Figure
from collector.kpi.supply import Feed
from collector.kpi.values import Kpi, Undefined, Value
from collector.store.state import Freshness

ADVICE: Mapping[Undefined, str] = {
    "not_configured": "No live source gives: MISSING. Configure one that does, or leave the KPI out.",
    "history_incomplete": "The whole history is needed and not all of it is in: let the source be polled to its end.",
    "no_data": "A source has not delivered a complete day yet: poll it, and see `store status` for what it says.",
    "stale": "A source has been silent for longer than its hold_max: mend it; the value comes back by itself.",
    "too_short": "The data do not cover the window yet: take a shorter one, or wait.",
    "no_rate": "Money in another currency has no rate within 10 days: state it in `rates:`, or add a source of rates.",
    "no_margin": "Profit needs a margin: state `margin: {default: 0.35}`.",
    "not_additive": "The source's own figure cannot be added up: take its own window, and one source alone.",
    "zero_denominator": "There is nothing to divide by in these days.",
    "no_events": "There is nothing to take the median of in these days.",
}
"""What to do about each reason; MISSING stands for measures."""


@dataclass(frozen=True)
class Input:
    """One name of the formula and its figure; `window` where it has its own."""

    name: str
    unit: str
    value: Decimal | None
    window: str | None = None
    where: str | None = None
    reason: Undefined | None = None
    left_out: bool = False
    """Optional, and no source gives it."""


@dataclass(frozen=True)
class StreamUse:
    """A stream that the KPI is computed from."""

    source: str
    stream: str
    measures: tuple[str, ...]
    required: bool
    state: str
    freshness: Freshness
    last_success: datetime | None
    data_through: date | None
    first_day: date | None
    message: str | None


@dataclass(frozen=True)
class Explanation:
    """All that is to be said of one value."""

    kpi: Kpi
    value: Value
    reference: date
    live: bool
    inputs: tuple[Input, ...]
    streams: tuple[StreamUse, ...]
    dimensions: tuple[str, ...]
    advice: str | None


def explain(engine: Engine, kpi: Kpi, window: str) -> Explanation:
    """Explain a KPI's value in a window."""
    value = engine.whole(kpi, window)
    return Explanation(
        kpi=kpi,
        value=value,
        reference=engine.reference,
        live=engine.live,
        inputs=tuple(_inputs(engine, engine.inputs(kpi, window).figures)),
        streams=tuple(_stream(engine, kpi, feed) for feed in engine.condition(kpi).feeds),
        dimensions=tuple(sorted(engine.dimensions(kpi))),
        advice=None if value.undefined is None else _advice(engine, kpi, value.undefined),
    )


def _advice(engine: Engine, kpi: Kpi, reason: Undefined) -> str:
    missing = sorted(kpi.measures - engine.supplied.keys() - set(kpi.optional))
    lacking = [f"{', '.join(sorted(kpi.measures))} by {dimension}" for dimension, _ in kpi.where]
    return ADVICE[reason].replace("MISSING", ", ".join(missing or lacking))


def _inputs(engine: Engine, figures: Mapping[Name, Figure]) -> Iterator[Input]:
    told = set()
    for name, figure in figures.items():
        key = (name.name, name.window, name.where)
        if key in told:
            continue
        told.add(key)
        supply = engine.supplied.get(name.name)
        value = None if supply is None or figure.reason else figure.by_member.get(None)
        if value is None and supply is not None and figure.reason is None and figure.missing is None:
            value = Decimal(0)
        where = "; ".join(f"{dimension}: {', '.join(members)}" for dimension, members in name.where)
        yield Input(
            name=name.name,
            unit=supply.measure.unit if supply else "",
            value=value,
            window=name.window,
            where=where or None,
            reason=figure.reason,
            left_out=supply is None,
        )


def _stream(engine: Engine, kpi: Kpi, feed: Feed) -> StreamUse:
    state = feed.state
    given = (name for name in sorted(kpi.measures) if name in engine.supplied)
    return StreamUse(
        source=feed.source.name,
        stream=feed.stream.name,
        measures=tuple(name for name in given if feed in engine.supplied[name].feeds),
        required=feed.source.settings.required,
        state="new" if state is None else state.state,
        freshness=feed.freshness,
        last_success=None if state is None else state.last_success,
        data_through=None if state is None else state.data_through,
        first_day=None if state is None else state.first_day,
        message=None if state is None else state.message,
    )
