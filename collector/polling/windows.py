"""Which days a window stream is asked for: fresh ones first, then what history lacks.

Days are work items: gaps are found from what the store has covered, not from the clock.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from collector.plugin.connector import Stream
from collector.plugin.settings import ConnectorSettings
from collector.plugin.window import Window

DEFAULT_BACKFILL = timedelta(days=400)
DAYS_AT_ONCE = 30
"""Days of history in one request of the engine, newest first, so that dashboards fill at once."""


@dataclass(frozen=True)
class WindowPlan:
    """The windows to ask for, in this order; `complete`: after them all history is in."""

    windows: tuple[Window, ...]
    complete: bool = True


def plan_windows(
    settings: ConnectorSettings,
    stream: Stream,
    *,
    today: date,
    covered: Mapping[date, bool],
    kept_from: date | None = None,
) -> WindowPlan:
    """The last days (which the vendor may restate) with today, then gaps, newest first.

    Days before `kept_from` are not asked for: retention would take them again.
    """
    restates = settings.settle_delay or stream.restates or timedelta(0)
    backfill = settings.backfill
    reach = backfill if isinstance(backfill, timedelta) else DEFAULT_BACKFILL
    first = max(today - reach, settings.active.from_ or date.min, kept_from or date.min)
    last = min(today, settings.active.until or date.max)
    if last < first:
        return WindowPlan(())
    fresh = max(first, today - timedelta(days=restates.days))
    windows = [Window(fresh, last)] if fresh <= last else []
    missing = (
        day
        for day in (last - timedelta(days=back) for back in range((last - first).days + 1))
        if day < fresh and not covered.get(day, False)
    )
    return WindowPlan((*windows, *_runs(missing)))


def _runs(days: Iterable[date]) -> list[Window]:
    """Days, newest first, as unbroken windows of at most `DAYS_AT_ONCE` days."""
    runs: list[Window] = []
    for day in days:
        if runs and runs[-1].first == day + timedelta(days=1) and len(runs[-1]) < DAYS_AT_ONCE:
            runs[-1] = Window(day, runs[-1].last)
        else:
            runs.append(Window(day, day))
    return runs
