"""Finds plugins by entry points and gathers what they register.

A plugin that cannot be loaded, or was made for another major version of the API, is left
out with a `PluginProblem` that says why; the others work on.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy

from collector.plugin import hookspecs
from collector.plugin.connector import Connector
from collector.plugin.measure import Measure

API_VERSION = "1.0"
"""The version of `collector.plugin`; a plugin made for another major version is refused."""


@dataclass(frozen=True)
class PluginProblem:
    """Why a plugin, or a part of it, is left out."""

    plugin: str
    origin: str
    message: str

    def __str__(self) -> str:
        return f"plugin {self.plugin} ({self.origin}): {self.message}"


@dataclass(frozen=True)
class ConnectorInfo:
    """A connector that can be configured, and where it comes from (distribution and version)."""

    type: type[Connector[Any]]
    origin: str
    version: str


@dataclass(frozen=True)
class Plugins:
    """Everything that the installed plugins bring."""

    manager: pluggy.PluginManager
    connectors: Mapping[str, ConnectorInfo] = field(default_factory=dict)
    measures: tuple[Measure, ...] = ()
    kpis: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    """Pairs of the plugin's name and a KPI as users write it."""
    problems: tuple[PluginProblem, ...] = ()
    measured_by: Mapping[str, str] = field(default_factory=dict)
    """Which plugin brings a measure, by the measure's name."""


def discover(extra: Iterable[tuple[str, object]] = ()) -> Plugins:
    """Load the installed plugins, and `extra` ones given as (name, plugin), and ask what they register."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    problems: list[PluginProblem] = []
    origins: dict[str, tuple[str, str]] = {}
    for entry in entry_points(group=hookspecs.PROJECT):
        origin = _origin(entry)
        try:
            plugin = entry.load()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a stranger's import may raise anything
            message = f"cannot be imported ({type(error).__name__}: {error}); mend or uninstall it"
            problems.append(PluginProblem(entry.name, " ".join(origin), message))
            continue
        _register(manager, entry.name, plugin, origin, origins, problems)
    for name, plugin in extra:
        _register(manager, name, plugin, ("given", "0"), origins, problems)
    return _gather(manager, origins, problems)


def _origin(entry: EntryPoint) -> tuple[str, str]:
    return (entry.dist.name, entry.dist.version) if entry.dist else ("unknown", "0")


def _register(
    manager: pluggy.PluginManager,
    name: str,
    plugin: object,
    origin: tuple[str, str],
    origins: dict[str, tuple[str, str]],
    problems: list[PluginProblem],
) -> None:
    refusal = _version_refusal(getattr(plugin, "api_version", API_VERSION))
    if refusal is None and manager.has_plugin(name):
        refusal = f"another plugin has the name {name!r}; uninstall one of the two"
    if refusal is not None:
        problems.append(PluginProblem(name, " ".join(origin), refusal))
        return
    try:
        manager.register(plugin, name=name)
    except pluggy.PluginValidationError as error:
        fault = " ".join(str(error).split())  # pluggy tells it over several lines
        problems.append(PluginProblem(name, " ".join(origin), f"its hooks do not fit: {fault}"))
        return
    origins[name] = origin


def _version_refusal(made_for: object) -> str | None:
    if str(made_for).split(".")[0] == API_VERSION.split(".", maxsplit=1)[0]:
        return None
    return (
        f"made for plugin API {made_for}, this is kpi-collector's plugin API {API_VERSION}; "
        f"install a version of the plugin for API {API_VERSION.split('.', maxsplit=1)[0]}"
    )


def _gather(
    manager: pluggy.PluginManager, origins: Mapping[str, tuple[str, str]], problems: list[PluginProblem]
) -> Plugins:
    gathered = _Gathered()
    for name, plugin in manager.list_name_plugin():
        if name not in origins:
            continue  # its hooks did not fit
        try:
            refusals = list(gathered.take(name, *origins[name], *(_call(manager, plugin, hook) for hook in _HOOKS)))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a stranger's hook may raise anything
            refusals = [f"its registration raised {type(error).__name__}: {error}"]
        problems += [PluginProblem(name, " ".join(origins[name]), refusal) for refusal in refusals]
    measures = tuple(gathered.measures.values())
    return Plugins(manager, gathered.connectors, measures, tuple(gathered.kpis), tuple(problems), gathered.measured_by)


_HOOKS = ("register_connectors", "register_measures", "register_kpis")


@dataclass
class _Gathered:
    """What the plugins that were asked so far bring."""

    connectors: dict[str, ConnectorInfo] = field(default_factory=dict)
    measures: dict[str, Measure] = field(default_factory=dict)
    kpis: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    measured_by: dict[str, str] = field(default_factory=dict)

    def take(
        self, name: str, origin: str, version: str, connectors: list[Any], measures: list[Any], kpis: list[Any]
    ) -> Iterator[str]:
        """Add what one plugin registers; yields why something of it is left out."""
        for connector in connectors:
            refusal = _connector_refusal(connector, self.connectors)
            if refusal is None:
                self.connectors[connector.name] = ConnectorInfo(connector, origin, version)
            else:
                yield refusal
        for measure in measures:
            if not isinstance(measure, Measure):
                yield f"register_measures gave {measure!r:.80}, which is no Measure"
            elif self.measures.setdefault(measure.name, measure) != measure:
                yield f"measure {measure.name!r} is already registered with another meaning"
            else:
                self.measured_by.setdefault(measure.name, name)
        for kpi in kpis:
            if isinstance(kpi, Mapping):
                self.kpis.append((name, kpi))
            else:
                yield f"register_kpis gave {kpi!r:.80}, which is no mapping such as {{'name': …, 'formula': …}}"


def _connector_refusal(connector: object, known: Mapping[str, ConnectorInfo]) -> str | None:
    if not (isinstance(connector, type) and issubclass(connector, Connector)):
        return f"register_connectors gave {connector!r}, which is no Connector class"
    if not hasattr(connector, "name"):
        return f"connector {connector.__name__} has no name"
    refusal = _version_refusal(connector.api_version)
    if refusal is not None:
        return f"connector {connector.name}: {refusal}"
    if connector.name in known:
        return f"connector {connector.name!r} is already registered by {known[connector.name].origin}"
    return None


def _call(manager: pluggy.PluginManager, plugin: object, hook: str) -> list[Any]:
    others = [other for other in manager.get_plugins() if other is not plugin]
    caller = manager.subset_hook_caller(hook, others)
    return [item for result in caller() for item in (result or ())]
