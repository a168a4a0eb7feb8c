"""Many sources beside one scheduler: what each does is said by the test, and all that happens is written down."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from collector.clock import FixedClock
from collector.plugin import Connector, ConnectorSettings, Fact, PollReport, SourceContext, SourceError, Window, stream
from collector.plugin.discovery import ConnectorInfo
from collector.polling.client import Client
from collector.polling.counters import Counters
from collector.polling.job import Job, reading
from collector.polling.network import open_network
from collector.polling.runner import Poller
from collector.polling.schedule import Scheduler
from collector.settings.model import Config, Project, Source, WebSettings
from collector.store import configured, streams
from collector.store.connect import open_store
from collector.store.locks import PollLocks
from collector.vocabulary.measures import all_measures
from tests.polling.bench import NOW

NOTHING: tuple[Fact, ...] = ()


class Shop(Connector[ConnectorSettings]):
    """Two streams of facts, without a fact; before each answer it may wait or fail."""

    name = "shop"
    town: "Town"

    @stream(every="1h", restates="3d", provides={"sessions": [()]})
    async def visits(self, window: Window) -> AsyncIterator[Fact]:
        await self._answer("visits", window)
        for fact in NOTHING:
            yield fact

    @stream(every="1h", restates="3d", provides={"clicks": [()]})
    async def wares(self, window: Window) -> AsyncIterator[Fact]:
        await self._answer("wares", window)
        for fact in NOTHING:
            yield fact

    async def _answer(self, name: str, window: Window) -> None:
        town: Town = self.__dict__["town"]
        me = f"{self.context.source}/{name}"
        town.asked.append((me, window))
        town.now_at[me] += 1
        try:
            past = window.last < town.clock.now().date()
            if self.context.source in town.hangs or (past and self.context.source in town.hangs_in_history):
                await asyncio.sleep(3600)
            fault = town.faults.get(me) or town.faults.get(self.context.source)
            if past:
                fault = fault or town.fault_of_history
            if fault is not None:
                raise fault()
        finally:
            town.now_at[me] -= 1


class Town:
    """Sources `s0`, `s1`, …; those in `hangs` never answer, `faults` names by source or stream what they raise."""

    def __init__(self, folder: Path, count: int, *, streams_each: int = 1, **settings: Any) -> None:
        self.clock = FixedClock(NOW)
        self.folder, self.streams_each = folder, streams_each
        self.settings = {"backfill": "3d", "timeout": "1h", **settings}
        self.asked: list[tuple[str, Window]] = []
        self.now_at: Counter[str] = Counter()
        self.hangs: set[str] = set()
        self.faults: dict[str, Callable[[], SourceError]] = {}
        self.hangs_in_history: set[str] = set()
        self.fault_of_history: Callable[[], SourceError] | None = None
        self.heard: list[PollReport] = []
        self.counted: list[int] = []
        """How many polls of the stream had been counted when one was heard of."""
        self.counters = Counters()
        self.store = open_store(f"sqlite:///{folder}/collector.db")
        self.locks = PollLocks(self.store.path)
        self.poller = Poller(self.store, self.clock, self.locks)
        self.jobs = self.make_jobs({f"s{n}": {} for n in range(count)})

    def make_jobs(self, sources: dict[str, dict[str, Any]]) -> list[Job]:
        """Jobs of sources with settings of their own, each with a connector that is new."""
        measures = dict(all_measures())
        found, connectors = {}, {}
        network = open_network(None, self.clock)
        for name, own in sources.items():
            context = SourceContext(
                project="default", source=name, zone=ZoneInfo("UTC"), currency="RUB", now=self.clock.now,
                measures=measures, folder=str(self.folder),
            )  # fmt: skip
            values = ConnectorSettings.model_validate({**self.settings, **own})
            info = ConnectorInfo(Shop, "test", "1")
            bare = Source(name, "default", info, values, context, ())
            connectors[name] = bare.connect(Client(bare, network))
            connectors[name].__dict__["town"] = self
            kept = tuple(connectors[name].streams())[: self.streams_each]
            found[name] = Source(name, "default", info, values, context, kept)
        project = Project("default", ZoneInfo("UTC"), "RUB", sources=found)
        config = Config(self.folder / "c.yml", "", WebSettings(), {"default": project}, measures)
        numbers = configured.apply(self.store, config)
        return [
            Job(project, source, each, connectors[name], numbers["default", name, each.name], measures)
            for name, source in found.items()
            for each in source.streams
        ]

    async def running(self, at_once: int = 64) -> "Running":
        """A scheduler of all jobs, as a daemon starts it."""
        scheduler = Scheduler(self.poller, self.clock, self.counters, self._hear, at_once=at_once)
        scheduler.plan(self.jobs, reading(self.store, streams.standings))
        return Running(self, scheduler)

    async def _hear(self, report: PollReport) -> None:
        self.heard.append(report)
        counts = self.counters.frozen().streams.get((report.project, report.source, report.stream))
        self.counted.append(0 if counts is None else counts.polls)

    def skips(self, name: str) -> dict[str, int]:
        source, _, each = name.partition("/")
        counts = self.counters.frozen().streams.get(("default", source, each))
        return {} if counts is None else dict(counts.skipped)

    def polled(self) -> Counter[str]:
        return Counter(f"{report.source}/{report.stream}" for report in self.heard)


class Running:
    """Use it as `async with await town.running() as scene:`."""

    def __init__(self, town: Town, scheduler: Scheduler) -> None:
        self.town, self.scheduler = town, scheduler

    async def __aenter__(self) -> "Running":
        self._task = asyncio.create_task(self.scheduler.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def pass_(self, by: timedelta) -> None:
        """Let time pass, and what it brings happen."""
        self.town.clock.advance(by)
        self.scheduler._changed.set()
        await self.settled()

    async def settled(self) -> None:
        """Nothing has begun or ended for a while, and only those that hang are under way."""
        before, town = None, self.town
        hanging = town.hangs | town.hangs_in_history
        while True:
            hang = sum(count for name, count in town.now_at.items() if name.partition("/")[0] in hanging)
            now = (len(town.asked), len(town.heard), len(self.scheduler._tasks) == hang)
            if now == before and now[2]:
                return
            before = now
            await asyncio.sleep(0.06)
