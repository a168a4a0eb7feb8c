"""A place to poll in: a store, a clock that stands, and one source of a connector given by the test."""

import asyncio
from collections.abc import Awaitable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from collector.clock import FixedClock
from collector.plugin import Connector, ConnectorSettings, PollReport, SourceContext
from collector.plugin.discovery import ConnectorInfo
from collector.polling.connections import connect_source
from collector.polling.job import FRESH, Job, Turn
from collector.polling.network import open_network
from collector.polling.runner import Finished, Poller, poll_to_the_end
from collector.settings.model import Config, Project, Source, WebSettings
from collector.settings.sections import Margin
from collector.store import configured
from collector.store.care.status import Status, status
from collector.store.connect import open_store
from collector.store.locks import PollLocks
from collector.store.measures import window_totals
from collector.store.state import StreamState
from collector.store.streams import states
from collector.vocabulary.measures import all_measures

T = TypeVar("T")
NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)


class Bench:
    """One source under test."""

    def __init__(self, folder: Path, connector: type[Connector[Any]], **settings: object) -> None:
        self.clock = FixedClock(NOW)
        self.measures = dict(all_measures())
        context = SourceContext(
            project="default",
            source="src",
            zone=ZoneInfo("UTC"),
            currency="RUB",
            now=self.clock.now,
            measures=self.measures,
            folder=str(folder),
        )
        values: ConnectorSettings = connector.settings_type.model_validate(settings)
        info = ConnectorInfo(connector, "test", "1")
        self.source = Source("src", "default", info, values, context, ())
        project = Project(
            "default", ZoneInfo("UTC"), "RUB", sources={"src": self.source}, margin=Margin(default=Decimal(1))
        )
        self.network = open_network(None, self.clock)
        connection = connect_source(self.source, self.network)
        self.client, self.connector = connection.client, connection.connector
        self.source = Source("src", "default", info, values, context, tuple(self.connector.streams()))
        self.project = Project(
            "default", project.zone, project.currency, sources={"src": self.source}, margin=project.margin
        )
        self.config = Config(folder / "c.yml", "", WebSettings(), {"default": self.project}, self.measures)
        self.store = open_store(f"sqlite:///{folder}/collector.db")
        self.numbers = configured.apply(self.store, self.config)
        self.poller = Poller(self.store, self.clock, PollLocks(self.store.path))

    def job(self, stream: str | None = None) -> Job:
        chosen = next(each for each in self.connector.streams() if stream in (None, each.name))
        number = self.numbers["default", "src", chosen.name]
        return Job(self.project, self.source, chosen, self.connector, number, self.measures, client=self.client)

    def poll(self, stream: str | None = None) -> PollReport:
        """Read until all of the history is in, as `kpi-collector poll` does; the last report, with all records."""
        return asyncio.run(self._closing(poll_to_the_end(self.poller, self.job(stream))))

    async def _closing(self, work: Awaitable[T]) -> T:
        """Connections belong to the loop that they were opened in."""
        try:
            return await work
        finally:
            await self.client.close()

    def turn(self, stream: str | None = None, turn: Turn = FRESH) -> Finished:
        """One turn, as the scheduler takes it."""
        finished = asyncio.run(self._closing(self.poller.poll(self.job(stream), turn)))
        assert finished is not None
        return finished

    def total(self, measure: str, first: str = "2000-01-01", last: str = "2100-01-01", by: str | None = None) -> Any:
        """The sum over days; with `by`, a dict by member."""
        with self.store.read() as tx:
            days = (date.fromisoformat(first), date.fromisoformat(last))
            rows = window_totals(tx, "default", measures=[measure], first=days[0], last=days[1], by=by)
        if by is None:
            return sum((row.value for row in rows), Decimal(0))
        return {row.member: row.value for row in rows}

    def state(self, stream: str | None = None) -> StreamState:
        with self.store.read() as tx:
            return next(each for key, each in states(tx).items() if stream in (None, key[2]))

    def status(self) -> Status:
        return status(self.store)

    def days(self) -> Iterable[date]:
        with self.store.read() as tx:
            rows = tx.exec_driver_sql("SELECT day FROM covered ORDER BY day").scalars()
            return [date.fromordinal(day) for day in rows]
