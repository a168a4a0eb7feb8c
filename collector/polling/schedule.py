"""When each stream is polled: its interval, a stable offset, never twice at once.

A late run is one run, not a queue. A source that fails backs off and recovers at once;
its neighbours notice nothing. Each poll is a task that the scheduler owns.
"""

import asyncio
import hashlib
import heapq
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from collector.clock import Clock
from collector.plugin.reports import PollReport
from collector.polling.counters import Counters
from collector.polling.job import Job
from collector.polling.runner import Finished, Poller
from collector.store.streams import StreamKey

log = logging.getLogger(__name__)

MOST_AT_ONCE = 64
"""Polls under way in one process; most of them wait for a vendor."""

MOST_FILES_AT_ONCE = 4
"""Of these, polls of files: they work rather than wait."""

LONGEST_BACKOFF = timedelta(hours=1)
LOOK_AGAIN = timedelta(seconds=5)
"""After a file that was still being written, or a poll of somebody else's (or of one's former settings)."""

_SET_BACK = timedelta(seconds=30)
"""The wall clock went back by more than this: turns that were planned by it are planned anew."""

_SPREAD_OVER = timedelta(seconds=30)
_SPREAD_FROM = 100  # overdue streams; fewer are polled at once

Heard = Callable[[PollReport], Awaitable[None]]
"""Told of each finished poll, before the stream's next one is planned."""


@dataclass
class _Plan:
    """One stream's place in the schedule."""

    job: Job
    due: datetime
    failures: int = 0
    task: asyncio.Task[None] | None = None
    waiting: bool = False
    refused: bool = False
    dropped: bool = False


@dataclass(order=True)
class _Turn:
    due: datetime
    order: int
    plan: _Plan = field(compare=False)


class Scheduler:
    """Polls jobs until it is stopped."""

    def __init__(
        self, poller: Poller, clock: Clock, counters: Counters, heard: Heard, *, at_once: int = MOST_AT_ONCE
    ) -> None:
        self._poller = poller
        self._clock = clock
        self._counters = counters
        self._heard = heard
        self._slots = asyncio.Semaphore(at_once)
        self._file_slots = asyncio.Semaphore(min(at_once, MOST_FILES_AT_ONCE))
        self._plans: dict[StreamKey, _Plan] = {}
        self._turns: list[_Turn] = []
        self._order = 0
        self._changed = asyncio.Event()
        self._last_lag = 0.0
        self._looked_at = clock.now()

    @property
    def lag_seconds(self) -> float:
        """How late the poll is that has waited longest for its turn; where none waits, how late the last one began."""
        now = self._clock.now()
        waiting = [(now - plan.due).total_seconds() for plan in self._plans.values() if plan.waiting]
        return max(0.0, max(waiting, default=self._last_lag))

    @property
    def waiting_seconds(self) -> float:
        """For how long a poll that is due has waited for its turn; 0 where none waits."""
        now = self._clock.now()
        waits = ((now - plan.due).total_seconds() for plan in self._plans.values() if plan.waiting)
        return max(0.0, max(waits, default=0.0))

    def plan(self, jobs: Iterable[Job], last_attempts: dict[StreamKey, datetime | None]) -> None:
        """Make the schedule these jobs'; a stream whose source did not change (one connector) keeps its turn.

        A poll that is under way for a source that is gone or changed is cancelled; a commit
        that has begun is finished.
        """
        wanted = {_key(job): job for job in jobs}
        for key, old in list(self._plans.items()):
            if key not in wanted or wanted[key].connector is not old.job.connector:
                self._drop(key, old)
        now = self._clock.now()
        new = [(key, job) for key, job in wanted.items() if key not in self._plans]
        dues = {key: first_due(job, last_attempts.get(key), now) for key, job in new}
        overdue = [key for key, _ in new if dues[key] <= now]
        for place, key in enumerate(overdue if len(overdue) > _SPREAD_FROM else ()):
            dues[key] = now + place * _SPREAD_OVER / len(overdue)
        for key, job in new:
            self._plans[key] = _Plan(job, dues[key])
            self._enqueue(self._plans[key])
        for key, plan in self._plans.items():
            plan.job = wanted[key]
        self._changed.set()

    def look_again(self, project: str, source: str) -> None:
        """Somebody has signed in: poll what was refused at once."""
        for key, plan in self._plans.items():
            if key[:2] == (project, source) and plan.refused and plan.task is None:
                plan.due = self._clock.now()
                self._enqueue(plan)
        self._changed.set()

    def _drop(self, key: StreamKey, plan: _Plan) -> None:
        plan.dropped = True
        if plan.task is not None:
            plan.task.cancel()
        del self._plans[key]

    def _enqueue(self, plan: _Plan) -> None:
        self._order += 1
        heapq.heappush(self._turns, _Turn(plan.due, self._order, plan))

    async def run(self) -> None:
        """Poll what is due, for ever; cancelling ends all polls, commits excepted."""
        try:
            while True:
                self._changed.clear()
                self._start_due()
                await self._wait()
        finally:
            tasks = [plan.task for plan in self._plans.values() if plan.task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _start_due(self) -> None:
        now = self._clock.now()
        if now < self._looked_at - _SET_BACK:
            self._plan_anew(now)
        self._looked_at = now
        while self._turns and self._turns[0].due <= now:
            turn = heapq.heappop(self._turns)
            plan = turn.plan
            if not plan.dropped and plan.task is None and turn.due == plan.due:
                plan.task = asyncio.create_task(self._take_turn(plan), name=f"poll {plan.job}")

    def _plan_anew(self, now: datetime) -> None:
        """No stream waits longer than it would have if the clock had always been right."""
        for plan in self._plans.values():
            if plan.task is None:
                plan.due = min(plan.due, next_turn(plan.job, now))
                self._enqueue(plan)

    async def _wait(self) -> None:
        """Until the next turn, a change, or a second: the wall clock may be set meanwhile."""
        seconds = 1.0
        if self._turns:
            seconds = min(seconds, max(0.0, (self._turns[0].due - self._clock.now()).total_seconds()))
        try:
            await asyncio.wait_for(self._changed.wait(), seconds)
        except TimeoutError:
            return

    async def _take_turn(self, plan: _Plan) -> None:
        job = plan.job
        try:
            plan.waiting = True
            async with self._file_slots if job.stream.kind == "part" else self._slots:
                plan.waiting = False
                self._last_lag = (self._clock.now() - plan.due).total_seconds()
                finished = await self._poller.poll(job)
            if finished is None:
                self._counters.skipped(*_key(job), reason="running")
            else:
                self._note(plan, finished.report)
                await self._heard(finished.report)
            self._plan_next(plan, finished)
        finally:
            plan.task, plan.waiting = None, False
        if not plan.dropped:
            self._enqueue(plan)
            self._changed.set()

    def _note(self, plan: _Plan, report: PollReport) -> None:
        """Count the poll; log a source's first failure and its recovery, not what is between."""
        self._counters.polled(report)
        for warning in report.warnings:
            log.warning("%s: %s", plan.job, warning)
        if report.ok:
            if report.reason is not None:  # its data are taken over, but something is wrong with them
                log.error("%s: %s: %s", plan.job, report.reason, report.message)
            if plan.failures:
                log.info("%s: works again", plan.job)
            plan.failures = 0
        else:
            if not plan.failures:
                log.error("%s: %s: %s", plan.job, report.reason, report.message)
            plan.failures += 1
        plan.refused = report.reason == "credentials_refused"

    def _plan_next(self, plan: _Plan, finished: Finished | None) -> None:
        now = self._clock.now()
        if finished is not None and finished.more:
            plan.due = now
        elif finished is None:
            plan.due = now + min(LOOK_AGAIN, interval_of(plan.job))
        elif plan.refused:
            # nothing that time mends: the next look is at the slowest pace, or after a reload
            plan.due = now + max(LONGEST_BACKOFF, interval_of(plan.job))
        elif finished.report.state == "growing":
            plan.due = now + min(LOOK_AGAIN, interval_of(plan.job))
        else:
            plan.due = next_turn(plan.job, now) if not plan.failures else now + backoff(plan.job, plan.failures)


def _key(job: Job) -> StreamKey:
    return (job.project.name, job.source.name, job.stream.name)


def interval_of(job: Job) -> timedelta:
    """Time between a stream's polls."""
    return job.source.settings.interval or job.stream.every


def next_turn(job: Job, now: datetime) -> datetime:
    """The next instant at the stream's own offset within its interval.

    The offset is the same after every restart, and differs between streams: no herd.
    """
    interval = interval_of(job).total_seconds()
    digest = hashlib.blake2b("/".join(_key(job)).encode(), digest_size=8).digest()
    offset = int.from_bytes(digest, "big") / 2**64 * interval
    seconds = now.timestamp()
    passed = (seconds - offset) // interval
    return now + timedelta(seconds=max(0.001, (passed + 1) * interval + offset - seconds))


def first_due(job: Job, last_attempt: datetime | None, now: datetime) -> datetime:
    """At once if the last attempt is an interval ago, lies in the future, or never was."""
    if last_attempt is None or last_attempt > now or now - last_attempt >= interval_of(job):
        return now
    return next_turn(job, now)


def backoff(job: Job, failures: int) -> timedelta:
    """How long to wait after so many failures in a row: doubling, to an hour at most.

    A file is on this machine; looking at it again costs nobody anything.
    """
    interval = interval_of(job)
    if job.stream.kind == "part":
        return interval
    doublings: int = 2 ** min(failures - 1, 10)
    return min(interval * doublings, max(interval, LONGEST_BACKOFF))
