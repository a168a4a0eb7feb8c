"""The real engine around one source, on a clock that moves only by waiting.

What it asks the vendor is counted; it can be made to die after a request, as a process
that is killed does, and another bench on the same store goes on.
"""

import asyncio
import ssl
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy import update

from collector.clock import FixedClock
from collector.plugin.connector import Connector, SourceContext, Stream
from collector.plugin.discovery import ConnectorInfo, discover
from collector.plugin.measure import Measure
from collector.plugin.reports import PollReport
from collector.plugin.window import Instant, Mark, Part, Since, Window
from collector.polling.connections import Connection, connect_source
from collector.polling.credentials import Vault
from collector.polling.fetching import Budget
from collector.polling.job import Job
from collector.polling.network import Exchange, Network
from collector.polling.runner import Poller, poll_to_the_end
from collector.polling.throttle import Shared
from collector.settings.model import Config, Project, Source, WebSettings
from collector.settings.sections import Margin
from collector.store import configured, schema
from collector.store.buckets import Buckets
from collector.store.connect import open_store
from collector.store.locks import PollLocks
from collector.testing.conformance.books import Books, books
from collector.testing.conformance.ground import TODAY, Ground
from collector.vocabulary.measures import all_measures

NOW = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC)
CURRENCY = "EUR"
MOST_REQUESTS = 5000
SOURCE = "tried"

_authorities: dict[str | None, ssl.SSLContext] = {}
"""Read once for all benches: that takes longer than a small poll."""

T = TypeVar("T")


class Killed(BaseException):
    """The process died here."""


class Endless(BaseException):
    """Nobody asks a small vendor so often, unless it goes round in circles."""


def measures_of_all(connector: type[Connector[Any]]) -> Mapping[str, Measure]:
    """The measures that there are: built in, of installed plugins, and of the connector's own module."""
    own: Iterable[Measure] = getattr(sys.modules[connector.__module__], "register_measures", tuple)()
    return all_measures([*_installed(), *own])


@cache
def _installed() -> tuple[Measure, ...]:
    return discover().measures


def source_of(
    connector: type[Connector[Any]], settings: Mapping[str, Any], folder: Path, now: Callable[[], datetime]
) -> Source:
    """A source under test, before anybody has asked for its streams."""
    context = SourceContext(
        project="default",
        source=SOURCE,
        zone=ZoneInfo("UTC"),
        currency=CURRENCY,
        now=now,
        measures=measures_of_all(connector),
        folder=str(folder),
    )
    values = connector.settings_type.model_validate(dict(settings))
    return Source(SOURCE, "default", ConnectorInfo(connector, "tried", "0"), values, context, ())


class Bench:
    """One source, its store and its poller."""

    def __init__(
        self,
        connector: type[Connector[Any]],
        ground: Ground,
        clock: FixedClock,
        store: Path,
        settings: Mapping[str, Any],
    ) -> None:
        self.ground, self.clock = ground, clock
        self.requests = 0
        self.dies_after: int | None = None
        bare = source_of(connector, {**ground.settings, **settings}, ground.folder, clock.now)
        shared = Shared(Buckets(store), clock, sleep=self._wait)  # beside the store, as the daemon keeps them
        self.network = Network(shared, observe=self._observed, _authorities=_authorities)
        self.store = open_store(f"sqlite:///{store}")
        self._vault = Vault(self.store, clock, sleep=self._wait)
        self.connection: Connection = connect_source(bare, self.network, self._vault)
        self.connector = self.connection.connector
        streams = tuple(self.connector.streams())
        self.source = Source(bare.name, bare.project, bare.connector, bare.settings, bare.context, streams)
        self._project = Project(
            "default", ZoneInfo("UTC"), CURRENCY, sources={SOURCE: self.source}, margin=Margin(default=Decimal(1))
        )
        measures = bare.context.measures
        config = Config(ground.folder / "tried.yml", "", WebSettings(), {"default": self._project}, measures)
        self._numbers = configured.apply(self.store, config)
        self._poller = Poller(self.store, clock, PollLocks(self.store.path), self._wait)

    @property
    def streams(self) -> Sequence[Stream]:
        """What the connector reads."""
        return self.source.streams

    def poll(self, stream: Stream) -> PollReport:
        """Read all that is to be read of a stream, as `kpi-collector poll` does."""
        return self.run(lambda: poll_to_the_end(self._poller, self._job(stream)))

    def poll_all(self) -> list[PollReport]:
        """All streams, one after the other."""
        return [self.poll(stream) for stream in self.streams]

    def ask_anew(self) -> None:
        """Ask for all changes again at the next poll, also for those that are in: as the overlap of polls does."""
        with self.store.write() as tx:
            tx.execute(update(schema.stream).values(complete_since=None))

    def books(self) -> Books:
        """What is in the store now."""
        return books(self.store)

    def records(self, stream: Stream, asked: object = None) -> list[Any]:
        """What a stream yields, checkpoints too, past the engine; by default the last ten days, or all.

        Raises:
            Exception: what the stream raises.
        """

        async def read() -> list[Any]:
            found: list[Any] = []
            for each in self.asked(stream) if asked is None else [asked]:
                async for batch in Budget(300).batches(stream.read(each)):
                    found += batch
            return found

        return self.run(read)

    def asked(self, stream: Stream) -> list[Window | Since | Part | Instant]:
        """What a stream is asked for, to read it whole."""
        now = self.clock.now()
        match stream.kind:
            case "window":
                return [Window(TODAY - timedelta(days=9), TODAY)]
            case "since":
                return [Since(after=None, cursor=None, until=now)]
            case "part":
                return list(stream.list_parts()) if stream.list_parts is not None else []
        return [Instant.of(now, dry=True)]

    def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run in a loop of its own, and let go of all connections."""

        async def whole() -> T:
            try:
                return await work()
            finally:
                await self.connection.client.close()
                for locks in (self.network.shared.queues, self.network.shared.slots):
                    locks.clear()  # one that somebody waited for belongs to its loop

        return asyncio.run(whole())

    def close(self) -> None:
        """Let go of the store."""
        self.store.close()

    def _job(self, stream: Stream) -> Job:
        number = self._numbers["default", SOURCE, stream.name]
        measures = self.source.context.measures
        return Job(self._project, self.source, stream, self.connector, number, measures, client=self.connection.client)

    def _observed(self, exchange: Exchange) -> None:
        vendor = self.ground.simulator
        if vendor is not None and urlsplit(exchange.request.url).path in vendor.spared:
            return  # who dies between a token's answer and its keeping has lost it, whoever wrote the connector
        self.requests += 1
        if self.requests == self.dies_after:
            raise Killed
        if self.requests > MOST_REQUESTS:
            raise Endless

    async def _wait(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))
        await asyncio.sleep(0)


def without_checkpoints(records: Sequence[Any]) -> list[Any]:
    """Only what is stored."""
    return [record for record in records if not isinstance(record, Mark)]
