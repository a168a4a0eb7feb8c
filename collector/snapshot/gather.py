"""Gathers what a snapshot shows: values from the engine, states from the store, counts from polls.

Reads the store in one transaction, so that all of it belongs to one moment. Also says
when the clock alone will next change something.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, partial

import pluggy

from collector.clock import day_of, end_of_day
from collector.kpi.evaluation import evaluate
from collector.kpi.memory import Memory
from collector.kpi.values import Kpi, ProjectValues
from collector.plugin.discovery import Plugins
from collector.plugin.hookspecs import MetricFamily
from collector.polling.counters import Counts, SourceKey
from collector.polling.threads import within
from collector.polling.windows import missing_days
from collector.settings.model import Config, Project, Source
from collector.snapshot.access import Credentials, access, credentials
from collector.snapshot.inputs import (
    ConnectorFacts,
    DaemonFacts,
    ProjectFacts,
    SnapshotInputs,
    SourceHealth,
    StreamHealth,
)
from collector.snapshot.plugins import ValuesView
from collector.store import tokens
from collector.store.connect import Store
from collector.store.state import StreamState, freshness, next_change, patience
from collector.store.streams import StreamKey, states

log = logging.getLogger(__name__)

HOOK_SECONDS = 5.0
"""How long a plugin's `metric_families` may take."""

AT_LEAST_EVERY = timedelta(minutes=5)
"""A snapshot is made anew this often even if nothing seems to change."""


@dataclass(frozen=True)
class Setup:
    """What the configuration and the plugins say, resolved once until the next reload."""

    config: Config
    plugins: Plugins
    kpis: Mapping[str, tuple[Kpi, ...]]
    """By project."""
    memories: Mapping[str, Memory] = field(default_factory=lambda: defaultdict(Memory))
    """By project, what was computed for the last snapshot; a reload begins anew."""

    @cached_property
    def credentials(self) -> Mapping[SourceKey, Credentials]:
        """How each source is let in that must be."""
        return credentials(self.config)


def gather(store: Store, setup: Setup, *, counts: Counts, daemon: DaemonFacts, now: datetime) -> SnapshotInputs:
    """Everything that the next snapshot shows."""
    config = setup.config
    with store.read() as tx:
        known = states(tx)
        kept = {each.owner: each for each in tokens.all_kept(tx)}
        missing = missing_days(tx, config, now, known.values())
        values = tuple(
            evaluate(
                tx,
                project,
                kpis=setup.kpis[project.name],
                measures=config.measures,
                states={(source, name): state for (of, source, name), state in known.items() if of == project.name},
                now=now,
                memory=setup.memories[project.name],
            )
            for project in config.projects.values()
        )
    return SnapshotInputs(
        now=now,
        projects=tuple(_project(project) for project in config.projects.values()),
        values=values,
        sources=tuple(_source(source, setup, known, kept, missing, now) for source in config.sources),
        daemon=daemon,
        counts=counts,
        plugin_families=tuple(_from_plugins(setup.plugins, values)),
    )


def _project(project: Project) -> ProjectFacts:
    return ProjectFacts(project.name, project.zone, project.language)


def _source(
    source: Source,
    setup: Setup,
    known: Mapping[StreamKey, StreamState],
    kept: Mapping[tokens.Owner, tokens.Kept],
    missing: Mapping[StreamKey, int],
    now: datetime,
) -> SourceHealth:
    streams = []
    for stream in source.streams:
        key = (source.project, source.name, stream.name)
        state = known.get(key) or StreamState(*key, kind=stream.kind)
        fresh = freshness(state, patience(source.settings, stream), now)
        streams.append(StreamHealth(state, fresh, source.settings.interval or stream.every, missing.get(key)))
    let_in = access(setup.credentials.get((source.project, source.name)), kept, [stream.state for stream in streams])
    return SourceHealth(source.project, source.name, source.connector.type.name, tuple(streams), let_in)


def _from_plugins(plugins: Plugins, values: tuple[ProjectValues, ...]) -> Iterable[tuple[str, MetricFamily]]:
    """What `metric_families` hooks add; one that raises or hangs is left out, and told."""
    view = ValuesView(values)
    for name, plugin in plugins.manager.list_name_plugin():
        others = [other for other in plugins.manager.get_plugins() if other is not plugin]
        hook = plugins.manager.subset_hook_caller("metric_families", others)
        if not hook.get_hookimpls():
            continue
        try:
            found = within(HOOK_SECONDS, partial(_asked, hook, view))
        except Exception as error:  # noqa: BLE001 - a plugin's bug must not stop the snapshot
            log.error("plugin %s: its metric_families failed: %s: %s", name, type(error).__name__, error)
            continue
        yield from ((name, family) for families in found for family in families)


def _asked(hook: pluggy.HookCaller, view: ValuesView) -> list[list[MetricFamily]]:
    """The hook's answers, taken whole: a generator of a stranger's runs here, not later."""
    return [list(families or ()) for families in hook(view=view)]


def connector_facts(plugins: Plugins) -> tuple[ConnectorFacts, ...]:
    """The installed connectors, as `kpi_collector_connector_info` shows them."""
    return tuple(
        ConnectorFacts(name, info.version, info.type.stability, info.origin)
        for name, info in sorted(plugins.connectors.items())
    )


def next_instant(inputs: SnapshotInputs, config: Config) -> datetime:
    """When the clock alone next changes a figure: a stream ages, a day ends; at latest in five minutes."""
    moments = [inputs.now + AT_LEAST_EVERY]
    moments += [end_of_day(day_of(inputs.now, project.zone), project.zone) for project in config.projects.values()]
    sources = {(source.project, source.name): source for source in config.sources}
    for health in inputs.sources:
        source = sources.get((health.project, health.source))
        for stream, known in zip(source.streams if source else (), health.streams, strict=False):
            if source is not None:
                change = next_change(known.state, patience(source.settings, stream), inputs.now)
                # freshness changes just after that instant
                moments += [] if change is None else [change + timedelta(milliseconds=1)]
    return min(moments)
