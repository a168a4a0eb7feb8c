"""The streams that a KPI is computed from, as an explanation tells them: clocks, reach, parts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from collector.clock import end_of_day
from collector.kpi.engine import Engine
from collector.kpi.supply import Feed
from collector.kpi.values import Kpi
from collector.kpi.windows import Days
from collector.plugin.window import StreamKind
from collector.store import parts, streams
from collector.store.state import Freshness

MOST_PARTS = 10
"""Parts that are told by name."""


@dataclass(frozen=True)
class Parts:
    """The parts (files) of a stream: all that count, and those that reach into the window."""

    number: int
    reaching: int | None
    """None where the window has no days."""
    names: tuple[str, ...]
    """Of those that reach into it, at most ten."""
    missing: tuple[str, ...]
    """Of these, those that are gone and whose rows are kept."""


@dataclass(frozen=True)
class StreamUse:
    """A stream that the KPI is computed from."""

    source: str
    stream: str
    connector: str
    kind: StreamKind
    measures: tuple[str, ...]
    required: bool
    lives_from: date | None
    lives_until: date | None
    state: str
    freshness: Freshness
    last_success: datetime | None
    data_through: date | None
    first_day: date | None
    history_complete: bool
    settles_seconds: int
    """How long after a day's end the source may still restate it."""
    final: bool | None
    """Whether it will not restate the window's last day any more; None where the window has no days."""
    final_from: datetime | None
    """When it is so once it has been read again."""
    parts: Parts | None
    """Of streams that are read by parts."""
    message: str | None


def uses(engine: Engine, kpi: Kpi, days: Days | None, of_stream: Mapping[str, Days]) -> Iterator[StreamUse]:
    """All streams of a KPI; `of_stream`: by name, the days that its figures are of, if they are others."""
    numbers = streams.numbers(engine.tx)
    for feed in engine.condition(kpi).feeds:
        key = (engine.project.name, feed.source.name, feed.stream.name)
        yield _use(engine, kpi, feed, numbers.get(key), of_stream.get(feed.name, days))


def _use(engine: Engine, kpi: Kpi, feed: Feed, number: int | None, days: Days | None) -> StreamUse:
    state, settings = feed.state, feed.source.settings
    given = (name for name in sorted(kpi.measures) if name in engine.supplied)
    return StreamUse(
        source=feed.source.name,
        stream=feed.stream.name,
        connector=feed.source.connector.type.name,
        kind=feed.stream.kind,
        measures=tuple(name for name in given if feed in engine.supplied[name].feeds),
        required=settings.required,
        lives_from=settings.active.from_,
        lives_until=settings.active.until,
        state="new" if state is None else state.state,
        freshness=feed.freshness,
        last_success=None if state is None else state.last_success,
        data_through=None if state is None else state.data_through,
        first_day=None if state is None else state.first_day,
        history_complete=feed.has_history,
        settles_seconds=int(feed.settles.total_seconds()),
        final=None if days is None else feed.is_final(days.last, engine.project),
        final_from=None if days is None else end_of_day(days.last, engine.project.zone) + feed.settles,
        parts=None if number is None or feed.stream.kind != "part" else _parts(engine, number, days),
        message=None if state is None else state.message,
    )


def _parts(engine: Engine, number: int, days: Days | None) -> Parts:
    live = sorted(parts.live_parts(engine.tx, number).values(), key=lambda each: each.name)
    if days is None:
        return Parts(len(live), None, (), ())
    reaching = [each for each in live if _reaches(each, days)]
    names = tuple(each.name for each in reaching[:MOST_PARTS])
    return Parts(len(live), len(reaching), names, tuple(each.name for each in reaching if each.missing)[:MOST_PARTS])


def _reaches(part: parts.LivePart, days: Days) -> bool:
    if part.first_day is None or part.last_day is None:
        return False  # it has no rows
    return part.first_day <= days.last and part.last_day >= days.first
