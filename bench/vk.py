"""10,000 posts in VK: the first sync against what the limit dictates, hourly polls, and what these miss.

The simulator has a process of its own and VK's three requests a second; all streams are
polled beside each other, as the daemon does. Hourly polls go on a clock that moves by
itself; what they tell by day is held against the company's books.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from bench.table import Table
from collector.clock import Clock, FixedClock, SystemClock
from collector.plugin import PollReport, SourceContext
from collector.plugin.discovery import ConnectorInfo
from collector.polling.connections import connect_source
from collector.polling.job import Job
from collector.polling.network import Network
from collector.polling.runner import Poller, poll_to_the_end
from collector.polling.throttle import Shared
from collector.settings.model import Config, Project, Source, WebSettings
from collector.store import configured
from collector.store.buckets import Buckets
from collector.store.connect import open_store
from collector.store.locks import PollLocks
from collector.store.measures import daily_values
from collector.testing.company.books import Books
from collector.testing.simulator import World, running
from collector.vocabulary.measures import all_measures
from connectors.vk.plugin import A_SECOND, Vk
from connectors.vk.simulator import VkSimulator

POSTS = 10_000
ALLOWED = A_SECOND["user"] * 0.8
"""Requests a second, less the reserve."""

DAYS = 7
HOURS = 24 * DAYS
MOSCOW = ZoneInfo("Europe/Moscow")
BEGINS = datetime(2026, 11, 1, 20, 10, tzinfo=UTC)
GROWN = ("social_views", "social_clicks")


def run() -> Iterator[Table]:
    """The first sync, then a week of hourly polls."""
    yield Table(
        f"The first sync of a community with {POSTS:,} posts and 400 days",
        ("", "requests", "records", "s", "s by the limit", "ratio", "s of work in it"),
        [_row("over real time", *_first_sync()), _row("waits alone", *_first_waits())],
        f"{ALLOWED:.1f} requests a second, each of up to 25 calls. Waits alone: on a clock that moves by nothing else. "
        "Target: a ratio under 1.10",
    )
    polls, missed = _a_week()
    yield Table(
        f"{HOURS} hourly polls of it",
        ("", "requests in the middle", "most"),
        [("a poll of all streams", f"{sorted(polls)[HOURS // 2]}", f"{max(polls)}")],
        "the most: a walk over the whole wall for what was deleted, once a day. Target: at most 10",
    )
    yield Table(
        "What hourly polls tell of each day's growth, against the books",
        ("", "in the books", "told", "told on another day or not at all"),
        missed,
        "posts of the company alone; by day, what is too little. Lost: what a deleted post gained after its last "
        "reading; moved: what older posts gained between two of theirs, or any after the last poll of a day",
    )


class Desk:
    """The source with its store and its poller."""

    def __init__(self, folder: str, settings: Mapping[str, Any], clock: Clock) -> None:
        path = Path(folder) / "store.db"
        measures = dict(all_measures())
        context = SourceContext("default", "vk", MOSCOW, "RUB", clock.now, measures)
        values = Vk.settings_type.model_validate(dict(settings))
        self._clock = clock
        bare = Source("vk", "default", ConnectorInfo(Vk, "bench", "0"), values, context, ())
        self._network = Network(Shared(Buckets(path), clock, sleep=self._sleep))
        self._connection = connect_source(bare, self._network)
        streams = tuple(self._connection.connector.streams())
        source = Source("vk", "default", bare.connector, values, context, streams)
        project = Project("default", MOSCOW, "RUB", sources={"vk": source})
        self.store = open_store(f"sqlite:///{path}")
        numbers = configured.apply(
            self.store, Config(path.with_name("c.yml"), "", WebSettings(), {"default": project}, measures)
        )
        self._poller = Poller(self.store, clock, PollLocks(self.store.path), self._sleep)
        self._jobs = [
            Job(
                project, source, each, self._connection.connector, numbers["default", "vk", each.name], measures,
                client=self._connection.client,
            )
            for each in streams
        ]  # fmt: skip

    async def _sleep(self, seconds: float) -> None:
        if isinstance(self._clock, FixedClock):
            self._clock.advance(timedelta(seconds=seconds))
            seconds = 0
        await asyncio.sleep(seconds)

    def poll_together(self) -> list[PollReport]:
        """All streams, beside each other."""

        async def together() -> list[PollReport]:
            return await asyncio.gather(*(poll_to_the_end(self._poller, job) for job in self._jobs))

        return asyncio.run(self._closing(together()))

    def poll_in_turn(self) -> list[PollReport]:
        """All streams, one after the other: where waits move the clock, nobody else may wait."""

        async def in_turn() -> list[PollReport]:
            return [await poll_to_the_end(self._poller, job) for job in self._jobs]

        return asyncio.run(self._closing(in_turn()))

    async def _closing(self, polls: Awaitable[list[PollReport]]) -> list[PollReport]:
        try:
            reports = await polls
        finally:
            await self._connection.client.close()
            for locks in (self._network.shared.queues, self._network.shared.slots):
                locks.clear()
        assert all(report.ok for report in reports), reports
        return reports


# ── the first sync ───────────────────────────────────────────────────────────────────


Sync = tuple[int, int, float, float]
"""Requests, records, seconds, and seconds of the processor's."""


def _row(name: str, requests: int, records: int, seconds: float, work: float) -> tuple[str, ...]:
    dictated = (requests - 1) / ALLOWED  # the first one need not wait
    ratio = f"{seconds / dictated:.3f}"
    return name, f"{requests}", f"{records:,}", f"{seconds:.1f}", f"{dictated:.1f}", ratio, f"{work:.1f}"


def _first_sync() -> Sync:
    with _vendor() as url, tempfile.TemporaryDirectory() as folder:
        desk = Desk(folder, VkSimulator().settings(url), SystemClock())
        began, worked = time.perf_counter(), time.process_time()
        reports = desk.poll_together()
        seconds, work = time.perf_counter() - began, time.process_time() - worked
        desk.store.close()
        return int(httpx.get(f"{url}/asked").text), sum(report.records for report in reports), seconds, work


def _first_waits() -> Sync:
    clock = FixedClock(BEGINS)
    simulator = VkSimulator(World(today=BEGINS.date()), clock=clock)
    simulator.grow(POSTS)
    with running(simulator) as found, tempfile.TemporaryDirectory() as folder:
        desk = Desk(folder, found.settings, clock)
        reports = desk.poll_in_turn()
        desk.store.close()
        waited = (clock.now() - BEGINS).total_seconds()
        return len(simulator.journal), sum(report.records for report in reports), waited, 0.0


@contextmanager
def _vendor() -> Iterator[str]:
    command = [sys.executable, "-m", "bench.vk_vendor", str(POSTS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as vendor:
        try:
            assert vendor.stdout is not None
            yield vendor.stdout.readline().strip()
        finally:
            vendor.kill()


# ── hourly polls ─────────────────────────────────────────────────────────────────────


def _a_week() -> tuple[list[int], list[tuple[str, ...]]]:
    polls, _ = _hourly(lambda simulator: simulator.grow(POSTS), 400)
    _, told = _hourly(lambda _: None, 60)
    return polls, told


def _hourly(prepare: Callable[[VkSimulator], None], days: int) -> tuple[list[int], list[tuple[str, ...]]]:
    clock = FixedClock(BEGINS)
    simulator = VkSimulator(World(days=days, today=BEGINS.date()), clock=clock)
    prepare(simulator)
    requests = []
    with running(simulator) as found, tempfile.TemporaryDirectory() as folder:
        desk = Desk(folder, {**found.settings, "backfill": "30d"}, clock)
        for hour in range(HOURS + 1):
            clock.advance(BEGINS + timedelta(hours=hour) - clock.now())
            before = len(simulator.journal)
            desk.poll_in_turn()
            requests.append(len(simulator.journal) - before)
        rows = _missed(desk, simulator)
        desk.store.close()
    return requests[1:], rows


def _missed(desk: Desk, simulator: VkSimulator) -> list[tuple[str, ...]]:
    first = BEGINS.astimezone(MOSCOW).date() + timedelta(days=1)
    last = first + timedelta(days=DAYS - 2)
    with desk.store.read() as tx:
        rows = daily_values(tx, "default", measures=GROWN, first=first, last=last)
    told: Counter[tuple[str, date]] = Counter()
    for row in rows:
        told[row.measure, row.day] += int(row.value)
    books: Counter[tuple[str, date]] = Counter()
    for measure, day, key, amount in Books(simulator.company).daily(("network",)):
        if measure in GROWN and key == ("vk",) and first <= day <= last:
            books[measure, day] += int(Decimal(amount))
    found: list[tuple[str, ...]] = []
    for measure in GROWN:
        whole = sum(amount for (name, _), amount in books.items() if name == measure)
        named = sum(amount for (name, _), amount in told.items() if name == measure)
        less = sum(max(0, amount - told[key]) for key, amount in books.items() if key[0] == measure)
        found.append((measure, f"{whole:,}", f"{named:,}", f"{less / whole:.1%}"))
    return found
