"""The hooks that a plugin may implement; our own features use the same ones.

Sync hooks run in a thread with a time limit. A hook that raises is logged and left out;
it never stops the daemon.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import pluggy

from collector.plugin.connector import Connector
from collector.plugin.measure import Measure
from collector.plugin.reports import PollReport

PROJECT = "kpi_collector"
"""pluggy's project name and the entry-point group."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@dataclass(frozen=True)
class MetricFamily:
    """A family of gauges for /metrics.

    `name` is whole (`acme_queue_length`); `samples` pairs labels with a value.
    """

    name: str
    help: str
    samples: tuple[tuple[Mapping[str, str], float], ...]


class MetricView(Protocol):
    """What `metric_families` may look at: the values that the next snapshot will show."""

    @property
    def projects(self) -> tuple[str, ...]:
        """The projects' names."""

    def value(self, project: str, kpi: str, window: str) -> float | None:
        """A KPI's whole value; None where it has none."""


class CommandGroup(Protocol):
    """The command line, as click's `Group` offers it."""

    def add_command(self, cmd: Any, name: str | None = None) -> None:
        """Add a click command."""


@hookspec
def register_connectors() -> Iterable[type[Connector[Any]]]:  # type: ignore[empty-body]
    """The connector classes of this plugin. Called once at start and at a reload; no I/O."""


@hookspec
def register_measures() -> Iterable[Measure]:  # type: ignore[empty-body]
    """Measures that the built-in vocabulary lacks. Called once at start and at a reload; no I/O."""


@hookspec
def register_kpis() -> Iterable[Mapping[str, Any]]:  # type: ignore[empty-body]
    """KPIs, each written as under `kpis:` in a config file. Called once at start and at a reload."""


@hookspec
def poll_finished(report: PollReport) -> None:
    """A poll was committed or given up. Called once, after the transaction.

    Keep it short: the source's next poll waits for it.
    """


@hookspec
def metric_families(view: MetricView) -> Iterable[MetricFamily]:  # type: ignore[empty-body]
    """Further families for /metrics. Called at each new snapshot, never by a scrape."""


@hookspec
def register_commands(cli: CommandGroup) -> None:
    """Add commands to `kpi-collector`. Called once, before the command line is read."""
