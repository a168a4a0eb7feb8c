"""Which days a window stream is asked for: fresh ones first, then what history lacks.

Days are work items: gaps are found from what the store has covered, not from the clock.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from collector.clock import day_of
from collector.plugin.connector import Stream
from collector.plugin.settings import ConnectorSettings
from collector.plugin.window import Window
from collector.settings.model import Config
from collector.settings.retention import Limits, first_kept
from collector.store import streams
from collector.store.state import StreamState
from collector.store.streams import StreamKey

DEFAULT_BACKFILL = timedelta(days=400)


@dataclass(frozen=True)
class WindowPlan:
    """What to ask for: `fresh` days, which the vendor may restate, and windows of `history`, newest first."""

    fresh: Window | None = None
    history: tuple[Window, ...] = ()
    wanted: int = 0
    """Days of history that there should be, those that are in included."""

    @property
    def missing(self) -> int:
        """Days of history that were not read yet."""
        return sum(len(window) for window in self.history)


def plan_windows(
    settings: ConnectorSettings,
    stream: Stream,
    *,
    today: date,
    covered: Mapping[date, bool],
    kept_from: date | None = None,
    read_on: Mapping[date, date] | None = None,
) -> WindowPlan:
    """The last days (which the vendor may restate) with today, and gaps before them.

    A day that was read last (`read_on`) while the vendor might still restate it, as nobody polled
    later, is a gap too. Days before `kept_from` are not asked for: retention would take them again.
    """
    restates = settings.settle_delay or stream.restates or timedelta(0)
    backfill = settings.backfill
    reach = backfill if isinstance(backfill, timedelta) else DEFAULT_BACKFILL
    first = max(_back(today, reach), settings.active.from_ or date.min, kept_from or date.min)
    last = min(today, settings.active.until or date.max)
    if last < first:
        return WindowPlan()
    yesterday = today - timedelta(days=1)
    # whatever is restated, yesterday is news until it was read as a whole
    fresh = max(first, min(_back(today, restates), today if covered.get(yesterday, False) else yesterday))
    before = min(last, fresh - timedelta(days=1)) if fresh > first else None
    history = [] if before is None else [before - timedelta(days=back) for back in range((before - first).days + 1)]
    early = {day for day, read in (read_on or {}).items() if (read - day).days < restates.days}
    missing = (day for day in history if day in early or not covered.get(day, False))
    return WindowPlan(
        Window(fresh, last) if fresh <= last else None, tuple(_runs(missing, stream.days_at_once)), len(history)
    )


def days_of_reading(tx: Connection, stream_id: int, zone: ZoneInfo) -> dict[date, date]:
    """On which day each day was read last."""
    return {day: day_of(at, zone) for day, at in streams.last_reads(tx, stream_id).items()}


def missing_days(tx: Connection, config: Config, now: datetime, states: Iterable[StreamState]) -> dict[StreamKey, int]:
    """By window stream whose history is not all in: how many days of it are still to be read."""
    incomplete = {
        (each.project, each.source, each.stream)
        for each in states
        if each.kind == "window" and not each.history_complete
    }
    found: dict[StreamKey, int] = {}
    if not incomplete:
        return found
    covered = streams.covered_of(tx, incomplete)
    kept = Limits.of(config.retention).facts
    for source in config.sources:
        today = day_of(now, config.projects[source.project].zone)
        for stream in source.streams:
            key = (source.project, source.name, stream.name)
            if key in incomplete:
                plan = plan_windows(
                    source.settings,
                    stream,
                    today=today,
                    covered=covered.get(key, {}),
                    kept_from=first_kept(kept, today),
                )
                found[key] = plan.missing
    return found


def _back(day: date, reach: timedelta) -> date:
    """So many whole days before; the calendar's first day where it does not reach so far."""
    return date.fromordinal(max(1, day.toordinal() - reach.days))


def unended(covered: Mapping[date, bool], today: date) -> tuple[date, date] | None:
    """The first and last of the days that are said to be complete and have not ended.

    The clock was set back: they were read when they seemed to be over. Of a clock that is
    years behind nothing is concluded, for then it is that one which is wrong.
    """
    horizon = today + DEFAULT_BACKFILL
    days = [day for day, complete in covered.items() if complete and today <= day <= horizon]
    return (min(days), max(days)) if days else None


def _runs(days: Iterable[date], most: int) -> list[Window]:
    """Days, newest first (so that dashboards fill at once), as unbroken windows of at most so many."""
    runs: list[Window] = []
    for day in days:
        if runs and runs[-1].first == day + timedelta(days=1) and len(runs[-1]) < most:
            runs[-1] = Window(day, runs[-1].last)
        else:
            runs.append(Window(day, day))
    return runs
