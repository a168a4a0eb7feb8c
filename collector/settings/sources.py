"""Entries in, sources out: each with its validated settings and its streams.

The connector's own class validates; its streams are asked for offline. A connector that
refuses its settings says so by a `ValueError`: a mistake a line, its key first, or as
pydantic does.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from collector.plugin.client import HttpClient
from collector.plugin.connector import SourceContext, Stream
from collector.plugin.discovery import ConnectorInfo, Plugins
from collector.plugin.durations import format_duration
from collector.plugin.measure import Measure
from collector.plugin.settings import ConnectorSettings
from collector.settings import names
from collector.settings.entries import Entry, KeyPath, reach
from collector.settings.faults import secret_paths, tell
from collector.settings.findings import Findings, suggestion
from collector.settings.hours import check_hours
from collector.settings.model import Source
from collector.settings.offline import OfflineClient
from collector.settings.primaries import check_primaries, check_spend

_KEYED = re.compile(r"(?P<key>[A-Za-z_][\w.\[\]-]*): (?P<fault>.+)", re.DOTALL)
_RELATIVE = ("ca_file",)
"""Common settings that are paths; a connector resolves its own by `context.folder`."""


@dataclass(frozen=True)
class Surroundings:
    """What the sources of one project share."""

    project: str
    prefix: str
    zone: ZoneInfo
    currency: str
    dimensions: Mapping[str, str]
    measures: Mapping[str, Measure]
    plugins: Plugins
    now: Callable[[], datetime]
    client: HttpClient = field(default_factory=OfflineClient)
    secret_keys: dict[type[ConnectorSettings], tuple[tuple[str, ...], ...]] = field(default_factory=dict)

    def secret_paths_of(self, model: type[ConnectorSettings]) -> tuple[tuple[str, ...], ...]:
        """A model's secret keys, looked up once for all its sources."""
        if model not in self.secret_keys:
            self.secret_keys[model] = tuple(secret_paths(model))
        return self.secret_keys[model]


def build_sources(entry: Entry | None, around: Surroundings, findings: Findings) -> dict[str, Source]:
    """All sources of a project that are without a mistake."""
    if entry is None or entry.value is None:
        return {}
    if not isinstance(entry.value, dict):
        findings.fault(entry, (), "should be a mapping", "Write name: {connector: …}.", prefix=around.prefix)
        return {}
    built: dict[str, Source] = {}
    for name, source in entry.mapping.items():
        if wrong := names.fault(name):
            findings.key_fault(entry, (name,), *wrong, prefix=around.prefix)
        found = _source(name, source, entry, around, findings)
        if found is not None:
            built[name] = found
    _check_together(built, entry, around, findings)
    check_primaries(built, entry, findings, prefix=around.prefix)
    check_spend(built, entry, findings, prefix=around.prefix)
    return built


def _source(name: str, source: Entry, parent: Entry, around: Surroundings, findings: Findings) -> Source | None:
    info = _connector(name, source, parent, around, findings)
    if info is None:
        return None
    settings = _settings(name, source, parent, info, around, findings)
    if settings is None:
        return None
    for dimension in settings.dimensions:
        if wrong := names.fault(dimension):
            findings.key_fault(parent, (name, "dimensions", dimension), *wrong, prefix=around.prefix)
    context = SourceContext(
        project=around.project,
        source=name,
        zone=around.zone,
        currency=around.currency,
        now=around.now,
        measures=around.measures,
        dimensions={**around.dimensions, **settings.dimensions},
        folder=str(source.origin.folder),
    )
    streams = _streams(name, parent, info, settings, context, around, findings)
    return None if streams is None else Source(name, around.project, info, settings, context, streams)


def _connector(
    name: str, source: Entry, parent: Entry, around: Surroundings, findings: Findings
) -> ConnectorInfo | None:
    if not isinstance(source.value, dict):
        fault = "should be a mapping"
        findings.fault(parent, (name,), fault, "Write connector: and its settings below.", prefix=around.prefix)
        return None
    known = around.plugins.connectors
    connector = source.below("connector")
    path: KeyPath = (name, "connector")
    if connector is None:
        findings.fault(parent, path, "is missing", f"Connectors: {', '.join(sorted(known))}.", prefix=around.prefix)
    elif not isinstance(connector.value, str):
        findings.fault(parent, path, "should be a connector's name", _connectors(known), prefix=around.prefix)
    elif connector.value not in known:
        shown = connector.written or connector.value
        hint = suggestion(connector.value, known, what="Connectors")
        if hint.startswith("Did"):
            hint = f"{hint} {_connectors(known)}"
        findings.fault(parent, path, f"there is no connector {shown!r}", hint, prefix=around.prefix)
    else:
        return known[connector.value]
    return None


def _connectors(known: Iterable[str]) -> str:
    return f"Connectors: {', '.join(sorted(known))}."


def _settings(
    name: str, source: Entry, parent: Entry, info: ConnectorInfo, around: Surroundings, findings: Findings
) -> ConnectorSettings | None:
    model = info.type.settings_type
    for path in around.secret_paths_of(model):
        secret, found = reach(source, path)
        if found == path:
            findings.keep(secret.scalars())
    before = len(findings.errors)
    given = {key: entry.plain() for key, entry in source.mapping.items() if key != "connector"}
    for key in _RELATIVE:
        if isinstance(given.get(key), str):
            given[key] = str(source.mapping[key].origin.folder / given[key])
    try:
        settings = model.model_validate(given)
    except ValidationError as error:
        tell(error, model, parent, findings, at=(name,), prefix=around.prefix, known=frozenset({"connector"}))
        return None
    if settings.base_url is not None and not settings.base_url.startswith(("http://", "https://")):
        fault = "is no address of a web server"
        findings.fault(parent, (name, "base_url"), fault, "Begin with https:// or http://.", prefix=around.prefix)
    check_hours(settings, parent, name, around.zone, findings, prefix=around.prefix)
    return settings if len(findings.errors) == before else None


def _streams(
    name: str,
    parent: Entry,
    info: ConnectorInfo,
    settings: ConnectorSettings,
    context: SourceContext,
    around: Surroundings,
    findings: Findings,
) -> tuple[Stream, ...] | None:
    try:
        connector = info.type(settings, context, around.client)
        streams = tuple(connector.streams())
        for limit in connector.limits:
            if limit.key not in ("source", "host", "ip"):
                connector.limit_key(limit.key)
    except ValidationError as error:
        tell(error, info.type.settings_type, parent, findings, at=(name,), prefix=around.prefix)
        return None
    except ValueError as error:
        _tell_refusal(str(error), name, parent, around, findings)
        return None
    except Exception as error:  # noqa: BLE001 - a plugin's bug is told as one, and the other sources are still checked
        fault = f"the connector {info.type.name} raised {type(error).__name__}: {error}"
        remedy = f"This is a defect of {info.origin} {info.version}; tell its makers."
        findings.fault(parent, (name,), fault, remedy, prefix=around.prefix)
        return None
    faults = list(_stream_faults(streams, around.measures))
    for fault, remedy in faults:
        findings.fault(parent, (name,), fault, remedy, prefix=around.prefix)
    return None if faults else streams


def _tell_refusal(message: str, name: str, parent: Entry, around: Surroundings, findings: Findings) -> None:
    """A connector's own words, placed at the key that a line begins with."""
    for line in message.splitlines() or ["the connector refuses these settings"]:
        keyed = _KEYED.fullmatch(line)
        steps: KeyPath = tuple(keyed["key"].split(".")) if keyed else ()
        if keyed and reach(parent, (name, *steps))[1][1:]:
            findings.fault(parent, (name, *steps), keyed["fault"], prefix=around.prefix)
        else:
            findings.fault(parent, (name,), line, prefix=around.prefix)


def _stream_faults(streams: Iterable[Stream], measures: Mapping[str, Measure]) -> Iterable[tuple[str, str]]:
    seen: set[str] = set()
    for stream in streams:
        if stream.name in seen:
            yield f"has two streams named {stream.name}", "This is a defect of the connector; tell its makers."
        seen.add(stream.name)
        for measure, cuts in stream.provides.items():
            if measure not in measures:
                hint = suggestion(measure, measures, what="Measures")
                yield f"its stream {stream.name} gives the measure {measure!r}, which nobody knows", hint
            for dimension in sorted({dimension for cut in cuts for dimension in cut}):
                if wrong := names.fault(dimension):
                    yield f"its stream {stream.name}: the dimension {wrong[0]}", wrong[1]


def _check_together(built: Mapping[str, Source], parent: Entry, around: Surroundings, findings: Findings) -> None:
    """What can only be seen by looking at all sources of the project."""
    formerly: dict[str, str] = {}
    same: dict[str, str] = {}
    for name, source in built.items():
        entry = parent.mapping[name]
        was = source.settings.was
        if was is not None:
            if was in parent.mapping:
                fault = f"{was} is a source of today"
                remedy = "`was` is an earlier name, which no source has now."
                findings.fault(parent, (name, "was"), fault, remedy, prefix=around.prefix)
            elif was in formerly:
                fault = f"{was} is the earlier name of {formerly[was]} already"
                findings.fault(parent, (name, "was"), fault, "Only one source can go on from it.", prefix=around.prefix)
            formerly.setdefault(was, name)
        _warn_of_short_hold(source, entry, around, findings)
        if source.settings.mode == "live":
            wording = json.dumps(entry.plain(), sort_keys=True, default=str)
            if wording in same:
                message = f"is configured just as {same[wording]}; both count"
                findings.warn(entry, f"{around.prefix}.{name}", message)
            same.setdefault(wording, name)


def _warn_of_short_hold(source: Source, entry: Entry, around: Surroundings, findings: Findings) -> None:
    hold = source.settings.hold_max
    if hold is None or hold == "forever":
        return
    interval = source.settings.interval or max((stream.every for stream in source.streams), default=None)
    if interval is not None and hold < interval:
        message = (
            f"{format_duration(hold)} is under the interval, {format_duration(interval)}: "
            "values vanish between two polls"
        )
        findings.warn(entry.below("hold_max") or entry, f"{around.prefix}.{source.name}.hold_max", message)
