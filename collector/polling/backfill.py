"""All that is missing of the history, read now: how much there is of it, and reading it window by window.

For `kpi-collector backfill`, beside a daemon: each window is a poll of its own under the
stream's lock, committed with its mark, so it may end at any instant and go on from there.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from collector.clock import Clock, day_of
from collector.plugin.reports import PollReport
from collector.polling.job import FRESH, Job, Turn, reading
from collector.polling.runner import LOOK_AGAIN_SECONDS, Finished, Poller
from collector.polling.turns import interval_of, key_of
from collector.polling.windows import WindowPlan, days_of_reading, plan_windows
from collector.settings.retention import first_kept
from collector.store import streams
from collector.store.connect import Store
from collector.store.state import StreamState

SHORT_WAIT = timedelta(minutes=1)
"""A vendor that wants to be left alone for so long is waited for; past it the stream is left."""

_ONE_WINDOW = Turn(history=True, yields=lambda: True)


@dataclass(frozen=True)
class Lack:
    """What one stream's history lacks. Days are known of window streams only; those that polls read are not counted."""

    job: Job
    complete: bool
    state: StreamState
    plan: WindowPlan | None = None

    @property
    def days_wanted(self) -> int | None:
        """Days that its history should have."""
        return None if self.plan is None else self.plan.wanted

    @property
    def days_missing(self) -> int | None:
        """Days that were not read yet."""
        return None if self.plan is None else self.plan.missing

    @property
    def span(self) -> tuple[date, date] | None:
        """The first and last missing day."""
        windows = self.plan.history if self.plan is not None else ()
        return (windows[-1].first, windows[0].last) if windows else None

    @property
    def estimate(self) -> timedelta | None:
        """How long it may take, if each window takes as long as the last poll took; None: not known."""
        if self.plan is None or self.state.last_duration_seconds is None:
            return None
        return timedelta(seconds=len(self.plan.history) * self.state.last_duration_seconds)


@dataclass(frozen=True)
class Progress:
    """How far reading one stream's history has come."""

    job: Job
    days: int
    of_days: int | None
    records: int
    elapsed: timedelta

    @property
    def days_per_second(self) -> float | None:
        """How quickly it goes, once it goes."""
        seconds = self.elapsed.total_seconds()
        return self.days / seconds if self.days and seconds else None

    @property
    def left(self) -> timedelta | None:
        """How long the rest takes at this rate."""
        rate = self.days_per_second
        return None if rate is None or self.of_days is None else timedelta(seconds=(self.of_days - self.days) / rate)


def lacks(store: Store, jobs: Iterable[Job], now: datetime) -> list[Lack]:
    """What each stream that has a history lacks of it."""
    known = reading(store, streams.states)
    found = [job for job in jobs if job.stream.kind in ("window", "since")]
    return [_lack(store, job, known.get(key_of(job)), now) for job in found]


def _lack(store: Store, job: Job, known: StreamState | None, now: datetime) -> Lack:
    state = known or StreamState(*key_of(job), kind=job.stream.kind)
    if job.stream.kind == "since":
        return Lack(job, state.history_complete, state)
    today = day_of(now, job.project.zone)
    covered = reading(store, lambda tx: streams.covered_days(tx, job.stream_id))
    kept_from = first_kept(job.facts_kept, today)
    read_on = reading(store, lambda tx: days_of_reading(tx, job.stream_id, job.project.zone))
    plan = plan_windows(
        job.source.settings, job.stream, today=today, covered=covered, kept_from=kept_from, read_on=read_on
    )
    return Lack(job, not plan.history, state, plan)


async def backfill(poller: Poller, lack: Lack, clock: Clock, tell: Callable[[Progress], None]) -> PollReport | None:
    """Read what is missing, to the end or to what stops it; None if nothing was.

    Fresh days are read on the way when they are due, for whoever else polls the stream
    finds it taken.
    """
    job, began = lack.job, clock.monotonic()
    last, records, restated = lack.state.last_success, 0, 0
    report: PollReport | None = None
    missing, days = lack.days_missing, 0
    while not lack.complete:
        fresh = job.stream.kind == "since" or last is None or (clock.now() - last).total_seconds() >= interval_of(job)
        finished = await _turn(poller, job, FRESH if fresh else _ONE_WINDOW)
        last = finished.report.started_at if fresh else last
        records, restated = records + finished.report.records, restated + finished.report.restated
        report = replace(finished.report, records=records, restated=restated)
        if missing is not None and finished.left is not None:
            days = missing - finished.left
        tell(Progress(job, days, missing, records, timedelta(seconds=clock.monotonic() - began)))
        if report.state == "waiting" and report.until is not None and report.until - clock.now() <= SHORT_WAIT:
            await asyncio.sleep(max(0.0, (report.until - clock.now()).total_seconds()))
        elif not finished.more or not report.ok:
            break
    return report


async def _turn(poller: Poller, job: Job, turn: Turn) -> Finished:
    """One poll, after that of whoever is at it."""
    while True:
        finished = await poller.poll(job, turn)
        if finished is not None:
            return finished
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
