"""The company's page in VK, polled by the real engine into a store, in Moscow's days; and what its books say."""

import asyncio
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from collector.clock import FixedClock
from collector.plugin import PollReport, SourceContext
from collector.plugin.discovery import ConnectorInfo
from collector.polling.connections import Connection, connect_source
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
from connectors.vk.plugin import Vk
from connectors.vk.simulator import VkSimulator

ZONE = ZoneInfo("Europe/Moscow")
BEGINS = datetime(2026, 10, 20, 20, 59, 59, tzinfo=UTC)
"""The last second of a day in Moscow: what a poll finds then is what the day came to."""

GROWN = ("social_views", "social_clicks")
BY_DAY = ("likes", "comments", "shares", "followers_gained", "followers_lost", "reach_1d")
OF_POSTS = ("posts", "post_engagement", "post_views")
STREAMS = ("stats", "posts", "followers")

Amounts = dict[tuple[date, str], Decimal]


class Page:
    """Sources in one project, each with a community of its own; waits move the clock."""

    def __init__(self, folder: Path, vendors: Mapping[str, tuple[VkSimulator, Mapping[str, Any]]]) -> None:
        self.vendors = {name: vendor for name, (vendor, _) in vendors.items()}
        self.clock = next(iter(self.vendors.values())).clock
        assert isinstance(self.clock, FixedClock)
        path = folder / "store.db"
        self.store = open_store(f"sqlite:///{path}")
        self._network = Network(Shared(Buckets(path), self.clock, sleep=self._sleep))
        measures = dict(all_measures())
        self._connections: dict[str, Connection] = {}
        sources = {}
        for name, (vendor, settings) in vendors.items():
            context = SourceContext("default", name, ZONE, "RUB", self.clock.now, measures)
            values = Vk.settings_type.model_validate({"backfill": f"{vendor.world.days}d", **settings})
            bare = Source(name, "default", ConnectorInfo(Vk, "test", "1"), values, context, ())
            self._connections[name] = connect_source(bare, self._network)
            streams = tuple(self._connections[name].connector.streams())
            sources[name] = Source(name, "default", bare.connector, values, context, streams)
        self._project = Project("default", ZONE, "RUB", sources=sources)
        config = Config(folder / "c.yml", "", WebSettings(), {"default": self._project}, measures)
        self._numbers = configured.apply(self.store, config)
        self._measures = measures
        self._poller = Poller(self.store, self.clock, PollLocks(self.store.path), self._sleep)

    async def _sleep(self, seconds: float) -> None:
        assert isinstance(self.clock, FixedClock)
        self.clock.advance(timedelta(seconds=seconds))

    def poll(self, source: str = "vk", streams: Sequence[str] = STREAMS) -> list[PollReport]:
        """Each stream at this very instant: what the waits took is turned back."""
        reports = []
        for name in streams:
            began = self.clock.now()
            reports.append(asyncio.run(self._closing(source, poll_to_the_end(self._poller, self._job(source, name)))))
            self.advance(began - self.clock.now())
        return reports

    async def _closing(self, source: str, work: Awaitable[PollReport]) -> PollReport:
        try:
            return await work
        finally:
            await self._connections[source].client.close()
            for locks in (self._network.shared.queues, self._network.shared.slots):
                locks.clear()  # one that somebody waited for belongs to its loop

    def _job(self, source: str, name: str) -> Job:
        chosen, connection = self._project.sources[source], self._connections[source]
        stream = next(each for each in chosen.streams if each.name == name)
        number = self._numbers["default", source, name]
        return Job(
            self._project, chosen, stream, connection.connector, number, self._measures, client=connection.client
        )

    def advance(self, by: timedelta) -> None:
        assert isinstance(self.clock, FixedClock)
        self.clock.advance(by)

    def told(self, measures: Sequence[str], first: date, last: date) -> Amounts:
        """What the store holds of VK, by day."""
        with self.store.read() as tx:
            rows = daily_values(tx, "default", measures=measures, first=first, last=last, by="network")
        assert {row.member for row in rows} <= {"vk"}
        found: Amounts = {}
        for row in rows:
            if row.value:
                found[row.day, row.measure] = found.get((row.day, row.measure), Decimal(0)) + row.value
        return found

    def books(self, measures: Sequence[str], first: date, last: date, source: str = "vk") -> Amounts:
        """What the company's books say of VK."""
        daily = Books(self.vendors[source].company.at(self.clock.now() + timedelta(seconds=1))).daily(("network",))
        return {
            (day, measure): amount
            for measure, day, key, amount in daily
            if measure in measures and key == ("vk",) and first <= day <= last and amount
        }

    @property
    def today(self) -> date:
        return self.clock.now().astimezone(ZONE).date()


@contextmanager
def opened(folder: Path, *seeds: int, days: int = 60, **settings: Any) -> Iterator[Page]:
    """A page for each seed: `vk`, `vk2`, …; `settings` are those of all of them."""
    clock = FixedClock(BEGINS)
    with ExitStack() as stack:
        vendors: dict[str, tuple[VkSimulator, Mapping[str, Any]]] = {}
        for number, seed in enumerate(seeds or (1,)):
            vendor = VkSimulator(World(seed=seed, days=days, today=date(2026, 10, 20)), clock=clock)
            found = stack.enter_context(running(vendor))
            vendors[f"vk{number + 1 if number else ''}"] = vendor, {**found.settings, **settings}
        page = Page(folder, vendors)
        stack.callback(page.store.close)
        yield page
