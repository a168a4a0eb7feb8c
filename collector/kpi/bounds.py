"""Why a window's days begin and end where they do, and which streams that is due to.

Beside the way of the data, for explanations: `windows` finds the days, this tells why.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from collector.kpi.engine import Engine
from collector.kpi.supply import Feed
from collector.kpi.values import Kpi
from collector.kpi.windows import TRAILING, Days, period_start

Begins = Literal["counted_back", "period", "covered", "first", "day"]
"""So many days back; the period's first day; the first day that all facts cover; the first
entity's day; the day itself."""

Ends = Literal["asked", "yesterday", "so_far", "held_back"]
"""The day that was asked for; the day before today; today so far; no later day is complete."""


@dataclass(frozen=True)
class Bounds:
    """What the days of a window are due to; streams are named `source/stream`."""

    wanted: date
    """The day with which it ends once all data are in."""
    begins: Begins | None
    ends: Ends | None
    """None where the window has no days."""
    holding: tuple[str, ...]
    """The streams that it waits for, and that have completed no later day."""
    unfinished: tuple[str, ...]
    """The streams that it does not wait for, and that have not completed its last day."""
    since: tuple[str, ...]
    """The streams of facts that begin last; no window reaches before their first day."""
    covered_from: date | None
    """That day."""


def bounds(engine: Engine, kpi: Kpi, window: str, days: Days | None) -> Bounds:
    """Why a KPI's window has these days."""
    wanted = engine.reference
    if engine.live and window != "today":
        wanted -= timedelta(days=1)
    state = engine.condition(kpi)
    required = [feed for feed in state.feeds if feed.is_required(engine.reference)]
    others = [feed for feed in state.feeds if feed not in required and feed.lives_by(engine.reference)]
    last = days.last if days else wanted
    begins, waits = state.reach.begins, days is None or window != "today"
    return Bounds(
        wanted=wanted,
        begins=None if days is None else _begins(window, begins),
        ends=None if days is None else _ends(engine, window, days, wanted),
        holding=_named(feed for feed in required or others if waits and _is_late(feed, wanted, state.reach.through)),
        unfinished=_named(feed for feed in others if required and (feed.through is None or feed.through < last)),
        since=() if begins is None else _named(_beginning(engine, kpi, begins)),
        covered_from=begins,
    )


def wanted_first(window: str, *, reference: date, last: date) -> date | None:
    """The day with which a window ought to begin; None for `all`."""
    if window in TRAILING:
        return last - timedelta(days=TRAILING[window] - 1)
    if window == "today":
        return reference
    return None if window == "all" else period_start(window, reference)


def _begins(window: str, covered: date | None) -> Begins:
    if window in TRAILING:
        return "day" if window == "1d" else "counted_back"
    if window == "today":
        return "day"
    if window == "all":
        return "first" if covered is None else "covered"
    return "period"


def _ends(engine: Engine, window: str, days: Days, wanted: date) -> Ends:
    if window == "today":
        return "so_far"
    if days.last < wanted:
        return "held_back"
    return "yesterday" if engine.live else "asked"


def _is_late(feed: Feed, wanted: date, through: date | None) -> bool:
    """Whether a stream is the one, or one of those, that have come least far."""
    if feed.through is None:
        return True
    return feed.through < wanted and (through is None or feed.through <= through)


def _beginning(engine: Engine, kpi: Kpi, day: date) -> Iterator[Feed]:
    for name in sorted(kpi.measures & engine.supplied.keys()):
        supply = engine.supplied[name]
        yield from (feed for feed in supply.feeds if feed.states(supply.measure) and feed.begins == day)


def _named(feeds: Iterable[Feed]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(feed.name for feed in feeds))
