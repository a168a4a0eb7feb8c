"""What a snapshot is made from: everything that it shows, gathered, frozen.

The daemon gathers it (values from the engine, states from the store, counts from the
scheduler); `build` and the pages only read it.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from collector.kpi.values import ProjectValues
from collector.plugin.hookspecs import MetricFamily
from collector.polling.counters import Counts
from collector.store.state import Freshness, StreamState


@dataclass(frozen=True)
class ProjectFacts:
    """What of a project's configuration shows in a snapshot."""

    name: str
    zone: ZoneInfo
    language: Literal["en", "ru"] = "en"


@dataclass(frozen=True)
class StreamHealth:
    """One stream: its state, what its age makes of it, and how often it is polled."""

    state: StreamState
    freshness: Freshness
    interval: timedelta
    days_missing: int | None = None
    """Days of history that are still to be read; None where days are not counted."""


@dataclass(frozen=True)
class Access:
    """How a source is let in: whether a person must sign in (or give another key), and when it ends, if known."""

    needs_reauth: bool
    expires_at: datetime | None = None


@dataclass(frozen=True)
class SourceHealth:
    """One configured source with its streams; `connector` is the connector's name."""

    project: str
    source: str
    connector: str
    streams: tuple[StreamHealth, ...]
    access: Access | None = None
    """None where it needs none, such as that to files."""

    @property
    def up(self) -> bool | None:
        """Whether the last poll of every stream succeeded; None before the first poll.

        A stream that waits says nothing: its vendor has answered, and it was no failure.
        """
        states = {stream.state.state for stream in self.streams}
        if states & {"failed", "crashed"}:
            return False
        if states & {"done", "growing"}:
            return True
        waiting = (stream.state for stream in self.streams if stream.state.state == "waiting")
        return True if any(state.last_success is not None for state in waiting) else None


@dataclass(frozen=True)
class ConnectorFacts:
    """A connector that is installed."""

    name: str
    version: str
    stability: str
    origin: str


@dataclass(frozen=True)
class DaemonFacts:
    """What the daemon knows of itself; None is not known and not shown.

    `reloaded_at` is the last time that a configuration was taken over, the start included.
    """

    version: str
    connectors: tuple[ConnectorFacts, ...] = ()
    reload_ok: bool = True
    reloaded_at: datetime | None = None
    schedule_lag_seconds: float | None = None
    store_bytes: int | None = None


@dataclass(frozen=True)
class SnapshotInputs:
    """Everything that a snapshot shows. `plugin_families` pairs a plugin's name with a family."""

    now: datetime
    projects: tuple[ProjectFacts, ...]
    values: tuple[ProjectValues, ...]
    sources: tuple[SourceHealth, ...]
    daemon: DaemonFacts
    counts: Counts = field(default_factory=Counts)
    plugin_families: tuple[tuple[str, MetricFamily], ...] = ()
