"""When each stream is polled: its interval, a stable offset, never twice at once.

A late run is one run, not a queue. A source that fails backs off and recovers at once; its
neighbours notice nothing. Fresh days go before history, of whatever stream. Each poll is a
task that the scheduler owns. Inside, instants are seconds since 1970, and no step walks
over all streams but a reload and a clock that was set back.
"""

import asyncio
import heapq
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from collector.clock import Clock
from collector.plugin.connector import Connector
from collector.plugin.reports import PollReport
from collector.polling.counters import Counters
from collector.polling.job import FRESH, Job, Turn
from collector.polling.runner import LONGEST_WAIT, Finished, Poller
from collector.polling.slots import Claim, Gate, Slots
from collector.polling.turns import (
    LONGEST_BACKOFF,
    LOOK_AGAIN,
    backoff,
    first_due,
    interval_of,
    key_of,
    next_turn,
    offset_of,
    spread,
)
from collector.store.streams import Standing, StreamKey

log = logging.getLogger(__name__)

MOST_AT_ONCE = 64
"""Polls under way in one process; most of them wait for a vendor."""

MOST_FILES_AT_ONCE = 4
"""Of these, polls of files: they work rather than wait."""

MOST_AT_A_HOST = 8
"""Of these, polls of one host: who is slow takes no places from others."""

_TOGETHER = 0.25
"""Seconds that a turn may be late for the sake of those that come next."""

_JUMP = 30.0
"""The wall clock went by more than this between two looks, which are a second apart: it was set, or slept."""

Heard = Callable[[PollReport], Awaitable[None]]
"""Told of each finished poll, before the stream's next one is planned."""


@dataclass(slots=True, eq=False)
class _Source:
    """What the streams of one source have in common."""

    host: Gate | None
    plans: "list[_Plan]" = field(default_factory=list)
    history: Gate = field(default_factory=lambda: Gate(1))
    """One at a time reads history."""
    refused: "_Plan | None" = None
    """Whose credentials were refused: the others rest until a look of its own is welcome."""


@dataclass(slots=True, eq=False)
class _Plan:
    """One stream's place in the schedule."""

    job: Job
    source: _Source
    interval: float
    offset: float
    due: float
    history_due: float | None = None
    until: float = 0.0
    """No poll before this instant, and why:"""
    held_back: str = ""
    failures: int = 0
    history_failures: int = 0
    entry: int = 0
    """Which of its entries among the turns counts."""
    claim: "Claim[_Plan] | None" = None
    task: asyncio.Task[None] | None = None
    dropped: bool = False

    @property
    def next(self) -> float:
        """When it is its turn, of either kind."""
        return self.due if self.history_due is None else min(self.due, self.history_due)

    def regular(self, now: float) -> float:
        """Its next turn at its own offset."""
        return next_turn(now, self.interval, self.offset)


class Scheduler:
    """Polls jobs until it is stopped."""

    def __init__(
        self, poller: Poller, clock: Clock, counters: Counters, heard: Heard, *, at_once: int = MOST_AT_ONCE
    ) -> None:
        self._poller = poller
        self._clock = clock
        self._counters = counters
        self._heard = heard
        self._slots: Slots[_Plan] = Slots()
        self._pool, self._files = Gate(at_once), Gate(min(at_once, MOST_FILES_AT_ONCE))
        self._histories, self._troubled = Gate(max(1, at_once // 2)), Gate(max(1, at_once // 2))
        self._hosts: dict[str, Gate] = {}
        self._plans: dict[StreamKey, _Plan] = {}
        self._sources: dict[tuple[str, str], _Source] = {}
        self._turns: list[tuple[float, int, _Plan]] = []
        self._entry = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._last_lag = 0.0
        self._looked_at = self._now()

    @property
    def lag_seconds(self) -> float:
        """How late the fresh poll is that has waited longest for its turn; where none waits, how late the last was."""
        longest = self._slots.longest_due
        return max(0.0, self._last_lag if longest is None else self._now() - longest)

    @property
    def waiting_seconds(self) -> float:
        """For how long a poll that is due has waited for its turn; 0 where none waits."""
        longest = self._slots.longest_due
        return 0.0 if longest is None else max(0.0, self._now() - longest)

    def _now(self) -> float:
        return self._clock.now().timestamp()

    # ── what is to be polled ─────────────────────────────────────────────────────────

    def plan(self, jobs: Iterable[Job], standings: Mapping[StreamKey, Standing]) -> int:
        """Make the schedule these jobs'; a stream whose source did not change (one connector) keeps its turn.

        A poll that is under way for a source that is gone or changed is cancelled; a commit
        that has begun is finished. Returns how many streams were planned anew.
        """
        wanted = {key_of(job): job for job in jobs}
        for key, old in list(self._plans.items()):
            job = wanted.get(key)
            if job is None or job.connector is not old.job.connector:
                self._drop(key, old)
            else:
                old.job = job
        now = self._now()
        new = [self._new(key, job, standings.get(key, Standing()), now) for key, job in wanted.items()]
        added = [plan for plan in new if plan is not None]
        self._spread([plan for plan in added if plan.due <= now], now)
        for plan in added:
            self._enqueue(plan)
        self._changed.set()
        return len(added)

    def credentials_changed(self, project: str, source: str) -> None:
        """A key or token is a new one: a source that was refused is polled at once."""
        found = self._sources.get((project, source))
        if found is not None and found.refused is not None:
            self._welcome(found)

    def _new(self, key: StreamKey, job: Job, standing: Standing, now: float) -> _Plan | None:
        if key in self._plans:
            return None
        source = self._sources.get(key[:2])
        if source is None:
            source = self._sources[key[:2]] = _Source(self._host(job.connector))
        interval, offset = interval_of(job), offset_of(key)
        plan = _Plan(job, source, interval, offset, first_due(now, interval, offset, standing))
        if standing.waits_until is not None and standing.waits_until.timestamp() > now:
            plan.until, plan.held_back = min(plan.due, now + LONGEST_WAIT.total_seconds()), "quota_wait"
            plan.due = min(plan.until, plan.regular(now))
        elif not standing.history_complete and job.stream.kind in ("window", "since"):
            plan.history_due = now  # it goes on where it was, whatever the interval says
        self._plans[key] = plan
        source.plans.append(plan)
        return plan

    def _host(self, connector: Connector[Any]) -> Gate | None:
        address = connector.settings.base_url or connector.base_url
        host = urlsplit(address).hostname if address else None
        return None if host is None else self._hosts.setdefault(host, Gate(MOST_AT_A_HOST))

    def _drop(self, key: StreamKey, plan: _Plan) -> None:
        plan.dropped = True
        if plan.task is not None:
            plan.task.cancel()
        elif plan.claim is not None:
            plan.claim.waits = False
        del self._plans[key]
        self._sources.pop(key[:2], None)  # its other streams are dropped as well, for they have the same connector

    def _spread(self, overdue: list[_Plan], now: float) -> None:
        for plan, due in zip(overdue, spread(len(overdue), now), strict=True):
            plan.due = due
            if plan.history_due is not None:
                plan.history_due = max(plan.history_due, due)

    def _enqueue(self, plan: _Plan) -> None:
        self._entry += 1
        plan.entry = self._entry
        heapq.heappush(self._turns, (plan.next, plan.entry, plan))
        if self._turns[0][2] is plan:
            self._changed.set()

    # ── running ──────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Poll what is due, for ever; cancelling ends all polls, commits excepted."""
        try:
            while True:
                self._changed.clear()
                self._look()
                await self._wait()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _wait(self) -> None:
        """Until the next turn, a change, or a second: the wall clock may be set meanwhile.

        Turns that come close to each other are taken together: a wake costs more than a turn.
        """
        seconds = 1.0
        if self._turns:
            seconds = min(seconds, max(_TOGETHER, self._turns[0][0] - self._now()))
        alarm = asyncio.get_running_loop().call_later(seconds, self._changed.set)
        try:
            await self._changed.wait()
        finally:
            alarm.cancel()

    def _look(self) -> None:
        """Line up what is due, and start what there is room for."""
        now = self._now()
        if now < self._looked_at - _JUMP:
            self._plan_anew(now)
        due = list(self._due(now))
        if now > self._looked_at + _JUMP:  # it slept, or its clock was set: one turn each, and not all at once
            self._spread([plan for plan in due if plan.due <= now], now)
        self._looked_at = now
        for plan in due:
            if plan.next > now or not self._line_up(plan, now):
                self._enqueue(plan)
        while (claim := self._slots.next()) is not None:
            plan = claim.payload
            plan.task = asyncio.create_task(self._take_turn(plan, claim), name=f"poll {plan.job}")
            self._tasks.add(plan.task)
            plan.task.add_done_callback(self._tasks.discard)

    def _due(self, now: float) -> Iterable[_Plan]:
        while self._turns and self._turns[0][0] <= now:
            _, entry, plan = heapq.heappop(self._turns)
            if plan.entry == entry and not plan.dropped:
                yield plan

    def _line_up(self, plan: _Plan, now: float) -> bool:
        """Claim a place for its turn; False where the run does not take place, and is counted as skipped."""
        refused = plan.source.refused
        rests = refused is not None and refused is not plan
        if rests or plan.until > now:
            if plan.due <= now:
                self._counters.skipped(*key_of(plan.job), reason="needs_reauth" if rests else plan.held_back)
                plan.due = plan.regular(now) if rests else min(plan.regular(now), plan.until)
            if plan.history_due is not None:
                plan.history_due = plan.regular(now) if rests else max(plan.history_due, plan.until)
            return False
        behind = plan.due > now
        gates = [self._files if plan.job.stream.kind == "part" else self._pool]
        if plan.source.host is not None:
            gates.append(plan.source.host)
        if plan.failures:
            gates.append(self._troubled)
        if behind:
            gates += [self._histories, plan.source.history]
        plan.claim = self._slots.claim(plan, gates=tuple(gates), due=plan.next, behind=behind)
        return True

    def _plan_anew(self, now: float) -> None:
        """No stream waits longer than it would have if the clock had always been right."""
        for plan in self._plans.values():
            longest = LONGEST_WAIT.total_seconds() if plan.held_back == "quota_wait" else LONGEST_BACKOFF
            plan.until = min(plan.until, now + max(longest, plan.interval))
            plan.due = min(plan.due, plan.regular(now))
            if plan.history_due is not None:
                plan.history_due = min(plan.history_due, now + LONGEST_BACKOFF)
        self._turns = []
        for plan in self._plans.values():
            if plan.claim is None:
                self._enqueue(plan)

    # ── one turn ─────────────────────────────────────────────────────────────────────

    async def _take_turn(self, plan: _Plan, claim: Claim[_Plan]) -> None:
        job, began = plan.job, self._now()
        if not claim.behind:
            self._last_lag = began - claim.due
            plan.due = plan.regular(began)
        else:
            plan.history_due = None
        try:
            try:
                finished = await self._poller.poll(job, self._turn(claim))
            finally:
                self._slots.release(claim)
                if self._slots.waiting:
                    self._changed.set()
            self._conclude(plan, finished, of_history=claim.behind and job.stream.kind == "window")
            if finished is not None:  # after it is counted: whoever hears of it shows the counts
                await self._heard(finished.report)
        finally:
            plan.task = plan.claim = None
            if not plan.dropped:
                self._enqueue(plan)

    def _turn(self, claim: Claim[_Plan]) -> Turn:
        if not claim.behind:
            return FRESH
        return Turn(history=True, yields=lambda: self._slots.longest_due is not None)

    def _conclude(self, plan: _Plan, finished: Finished | None, *, of_history: bool) -> None:
        """Say when its next turn is."""
        now = self._now()
        if finished is None:  # somebody else polls it
            self._counters.skipped(*key_of(plan.job), reason="running")
            self._again(plan, now + min(LOOK_AGAIN, plan.interval), of_history=of_history)
            return
        report = finished.report
        self._note(plan, report, of_history=of_history)
        if report.state == "waiting" and report.until is not None:
            self._hold_back(plan, report.until.timestamp(), "quota_wait", now)
            self._again(plan, plan.until, of_history=of_history)
        elif not report.ok:
            self._after_failure(plan, report, now, of_history=of_history)
        else:
            self._after_success(plan, finished, now)

    def _again(self, plan: _Plan, when: float, *, of_history: bool) -> None:
        if of_history:
            plan.history_due = when
            return
        plan.due = min(plan.due, when)
        if plan.history_due is not None:
            plan.history_due = max(plan.history_due, when)

    def _hold_back(self, plan: _Plan, until: float, why: str, now: float) -> None:
        plan.until, plan.held_back = until, why
        plan.due = min(plan.regular(now), until)

    def _after_failure(self, plan: _Plan, report: PollReport, now: float, *, of_history: bool) -> None:
        if report.reason == "credentials_refused":
            # nothing that time mends: the next look is at the slowest pace, or after a change
            plan.source.refused = plan.source.refused or plan
            if plan.source.refused is plan:
                self._hold_back(plan, now + max(LONGEST_BACKOFF, plan.interval), "needs_reauth", now)
        elif of_history:
            plan.history_due = now + backoff(plan.interval, plan.history_failures)
            return
        elif plan.failures > 1 and plan.job.stream.kind != "part":  # looking at a file again costs nobody anything
            why = "store" if report.reason == "store" else "backoff"
            self._hold_back(plan, now + backoff(plan.interval, plan.failures), why, now)
        plan.history_due = None  # until fresh days can be read

    def _after_success(self, plan: _Plan, finished: Finished, now: float) -> None:
        plan.until, plan.held_back = 0.0, ""
        if plan.source.refused is plan:
            self._welcome(plan.source, looked=plan)
        if finished.report.state == "growing":
            plan.due = min(plan.due, now + min(LOOK_AGAIN, plan.interval))
        if not finished.more:
            plan.history_due = None
        elif not finished.behind:
            plan.due = now
        elif plan.history_due is None or not plan.history_failures:
            plan.history_due = now

    def _welcome(self, source: _Source, *, looked: _Plan | None = None) -> None:
        """The source's credentials are accepted again, or may be: all of its streams are due but who has `looked`."""
        source.refused = None
        now = self._now()
        for plan in source.plans:
            if plan is looked:
                continue
            if plan.held_back == "needs_reauth":
                plan.until, plan.held_back = 0.0, ""
            if plan.claim is None:
                plan.due = now
                self._enqueue(plan)

    def _note(self, plan: _Plan, report: PollReport, *, of_history: bool) -> None:
        """Count the poll; log a stream's first failure and its recovery, not what is between."""
        self._counters.polled(report)
        for warning in report.warnings:
            log.warning("%s: %s", plan.job, warning)
        failed = plan.history_failures if of_history else plan.failures
        if report.state == "waiting":
            if plan.held_back != "quota_wait":
                log.info("%s: %s", plan.job, report.message)
            return
        if report.ok:
            if report.reason is not None:  # its data are taken over, but something is wrong with them
                log.error("%s: %s: %s", plan.job, report.reason, report.message)
            if failed:
                log.info("%s: works again", plan.job)
            failed = 0
        else:
            if not failed:
                log.error("%s: %s: %s", plan.job, report.reason, report.message)
            failed += 1
        if of_history:
            plan.history_failures = failed
        else:
            plan.failures = failed
