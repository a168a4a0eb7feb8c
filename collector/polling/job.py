"""What a poll is of, what it has come to so far, and how it asks the store."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection

from collector.plugin.connector import Connector, Stream
from collector.plugin.errors import SourceError
from collector.plugin.measure import Measure
from collector.polling.client import Client
from collector.settings.model import Project, Source
from collector.store.collapses import Collapse
from collector.store.configured import channel_rules
from collector.store.connect import Store
from collector.store.loads import Loaded, Target

NOTED_SKEW = timedelta(minutes=2)
"""A clock that differs more from the vendor's is told of."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Job:
    """A stream to be polled, and what its poll needs."""

    project: Project
    source: Source
    stream: Stream
    connector: Connector[Any]
    stream_id: int
    measures: Mapping[str, Measure]
    facts_kept: timedelta | None = None
    """How long facts are kept; None: for ever."""
    client: Client | None = None
    """The connector's; None where it needs none (tests)."""

    def __str__(self) -> str:
        return f"{self.source.name}/{self.stream.name}"

    @property
    def target(self) -> Target:
        """Where its records go."""
        channels = channel_rules(self.project)
        zone, kept = self.project.zone, self.facts_kept
        return Target(self.stream_id, str(self), self.stream, self.measures, zone, channels, kept)

    @property
    def clock_ahead(self) -> timedelta:
        """How far this machine's clock is ahead of the vendor's, where that is known and matters."""
        return timedelta(0) if self.client is None else max(timedelta(0), self.client.ahead)

    def doubts(self) -> Iterator[str]:
        """What a person should know of the poll besides what the connector says."""
        apart = timedelta(0) if self.client is None else self.client.ahead
        if abs(apart) >= NOTED_SKEW:
            way = "ahead of" if apart > timedelta(0) else "behind"
            minutes = round(abs(apart) / timedelta(minutes=1))
            yield f"this machine's clock is {minutes} min {way} the vendor's, by its answers; set it (NTP)"

    def covered(self, text: str) -> str:
        """The text without the source's secrets."""
        return text if self.client is None else self.client.redact(text)

    @property
    def timeout(self) -> float:
        """Seconds that one poll may fetch."""
        return self.source.settings.timeout.total_seconds()


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Turn:
    """What of a stream a poll is to read, and when it should make room for others."""

    history: bool = False
    """Of a window stream: what is missing of its history, and no fresh days."""
    yields: Callable[[], bool] = _never
    """Asked after each slice of history: whether what is left has to wait for a later turn."""


FRESH = Turn()
"""A stream's ordinary turn."""


@dataclass
class Tally:
    """What a poll has come to so far."""

    records: int = 0
    restated: int = 0
    data_through: date | None = None
    growing: bool = False
    more: bool = False
    behind: bool = False
    """What more there is to read is history: it comes after the fresh days of all others."""
    left: int | None = None
    """Days of history that are still to be read, of a window stream."""
    history_complete: bool | None = None
    fault: SourceError | None = None
    doubt: tuple[str, str] | None = None
    """Reason and message of what is wrong though the data are in."""
    collapses: list[Collapse] = field(default_factory=list)

    def add(self, loaded: Loaded) -> None:
        """Count what a load came to."""
        self.records += loaded.records
        self.restated += loaded.restated
        self.collapses += loaded.collapses


def reading(store: Store, question: Callable[[Connection], T]) -> T:
    """Ask the store in a transaction of its own."""
    with store.read() as tx:
        return question(tx)


def writing(store: Store, change: Callable[[Connection], None]) -> None:
    """Change the store in a transaction of its own."""
    with store.write() as tx:
        change(tx)
