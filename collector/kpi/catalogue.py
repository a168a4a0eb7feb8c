"""Which KPIs there are: the built-in catalogue, the plugins' and the user's, resolved.

Between what is written (`definition`) and the engine, which gets formulas whose names are
measures only. All mistakes are told at once; a plugin's faulty KPI is left out instead,
with a warning, so that a stranger's slip stops nobody's daemon.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

import yaml

from collector.kpi.definition import Definition, Fault, KeyPath, read
from collector.kpi.formula import nearest
from collector.kpi.meaning import Meanings
from collector.kpi.natives import NATIVES
from collector.kpi.supply import known_dimensions
from collector.kpi.values import Kpi
from collector.settings.errors import ConfigError, ConfigErrors
from collector.settings.model import Config, Project

log = logging.getLogger(__name__)

Registered = Sequence[tuple[str, Mapping[str, Any]]]
"""Pairs of a plugin's name and a KPI, as `Plugins.kpis` has them."""


@dataclass(frozen=True)
class Known:
    """All KPIs that a project may show, whether it lists them or not."""

    kpis: Mapping[str, Kpi]

    def named(self, name: str) -> tuple[Kpi, ...]:
        """The KPI of that name, or those of the group; none if there is neither."""
        if name in self.kpis:
            return (self.kpis[name],)
        return tuple(kpi for kpi in self.kpis.values() if kpi.group == name)

    def hint(self, name: str) -> str:
        """` Did you mean …?` for a name that is not known."""
        groups = {kpi.group for kpi in self.kpis.values() if kpi.group}
        return nearest(name, [*self.kpis, *groups])


def built_in(roi_customers: Literal["new", "all"] = "new") -> tuple[Definition, ...]:
    """The catalogue as it is written for projects with this setting."""
    text = files("collector.kpi").joinpath("catalogue.yml").read_text(encoding="utf-8")
    entries = map(Definition.model_validate, yaml.load(text, Loader=yaml.CSafeLoader))
    return tuple(entry for entry in entries if entry.holds(roi_customers))


def resolve_kpis(config: Config, project: Project, registered: Registered) -> tuple[Kpi, ...]:
    """The KPIs that a project shows, in order: those under `kpis:`, or the whole catalogue.

    Raises:
        ConfigErrors: all that is wrong under `kpis:`.
    """
    known = known_kpis(config, project, registered)
    if project.kpis is None:
        return tuple(known.kpis.values())
    wanted = (each if isinstance(each, str) else each["name"] for each in project.kpis)
    shown = {kpi.name: kpi for name in wanted for kpi in known.named(name)}
    return tuple(shown.values())


def resolve_all(config: Config, registered: Registered) -> dict[str, tuple[Kpi, ...]]:
    """The KPIs that each project shows.

    Raises:
        ConfigErrors: all that is wrong under all projects' `kpis:`.
    """
    found: dict[str, tuple[Kpi, ...]] = {}
    errors: list[ConfigError] = []
    for name, project in config.projects.items():
        try:
            found[name] = resolve_kpis(config, project, registered)
        except ConfigErrors as wrong:
            errors += wrong.errors
    if errors:
        raise ConfigErrors(errors)
    return found


def faults_of_kpis(config: Config, registered: Registered) -> list[ConfigError]:
    """What is wrong under `kpis:` of a configuration in which something else is wrong as well.

    The sources that would bring a dimension may be among what is left out of it, so none
    is called unknown.
    """
    errors: list[ConfigError] = []
    for project in config.projects.values():
        if project.kpis is not None:
            try:
                known_kpis(config, project, registered, whole=False)
            except ConfigErrors as wrong:
                errors += wrong.errors
    return errors


def known_kpis(config: Config, project: Project, registered: Registered, *, whole: bool = True) -> Known:
    """All KPIs that the project could show; `whole`: its dimensions are all known.

    Raises:
        ConfigErrors: all that is wrong under `kpis:`.
    """
    faults = _Faults(config, project)
    catalogue = {each.name: each for each in built_in(project.roi_customers)}
    meanings = Meanings(config.measures, catalogue, NATIVES)
    _add_plugins(meanings, project, registered)
    paths = _add_users(meanings, project, faults, known_dimensions(project) if whole else None)
    kpis: dict[str, Kpi] = {}
    for name in meanings.definitions:
        found = meanings.kpi(name)
        if isinstance(found, Kpi):
            kpis[name] = found
        elif name in paths:
            faults.add_all(paths[name], found)
        else:  # a user's definition changed what one of the catalogue is made of
            faults.add_all((), [((), f"{name} of the catalogue: {fault}", remedy) for _, fault, remedy in found])
    known = Known(kpis)
    _check_listed(known, meanings, project, faults)
    faults.raise_any()
    return known


def _add_plugins(meanings: Meanings, project: Project, registered: Registered) -> None:
    added = []
    for plugin, written in registered:
        definition = read(written)
        if isinstance(definition, Definition):
            if not definition.holds(project.roi_customers):
                continue
            definition = meanings.add(definition, anew=False) or definition
        if isinstance(definition, Definition):
            added.append((plugin, definition.name))
        else:
            _warn(plugin, written, definition)
    for plugin, name in added:
        found = meanings.kpi(name)
        if not isinstance(found, Kpi):
            _warn(plugin, {"name": name}, found)
            meanings.remove(name)


def _warn(plugin: str, written: Mapping[str, Any], faults: Iterable[Fault]) -> None:
    name = written.get("name", "?")
    for path, fault, _ in faults:
        log.warning("plugin %s: KPI %s is left out: %s", plugin, name, _told(path, fault))


def _told(path: KeyPath, fault: str) -> str:
    where = ".".join(str(step) for step in path)
    return f"{where}: {fault}" if where else fault


def _add_users(
    meanings: Meanings, project: Project, faults: "_Faults", dimensions: frozenset[str] | None
) -> dict[str, KeyPath]:
    """The user's own definitions; returns where each stands."""
    paths: dict[str, KeyPath] = {}
    for number, written in enumerate(project.kpis or ()):
        if not isinstance(written, Mapping):
            continue
        definition = read(written)
        if not isinstance(definition, Definition):
            faults.add_all((number,), definition)
        elif not definition.holds(project.roi_customers):
            continue
        elif definition.name in paths:
            faults.add((number, "name"), f"{definition.name!r} is defined twice", "Give one of them another name.")
        elif refused := _dimension_faults(definition, dimensions) or meanings.add(definition, anew=True):
            faults.add_all((number,), refused)
        else:
            paths[definition.name] = (number,)
    return paths


def _dimension_faults(definition: Definition, known: frozenset[str] | None) -> list[Fault]:
    if known is None:
        return []
    named: list[tuple[KeyPath, str]] = [(("by", number), name) for number, name in enumerate(definition.by or ())]
    named += [(("where", name), name) for name in definition.where]
    remedy = f"There are {', '.join(sorted(known))}; others are declared under `dimensions:`."
    return [
        (path, f"there is no dimension {name!r}.{nearest(name, sorted(known))}", remedy)
        for path, name in named
        if name not in known
    ]


def _check_listed(known: Known, meanings: Meanings, project: Project, faults: "_Faults") -> None:
    for number, name in enumerate(project.kpis or ()):
        if isinstance(name, str) and not known.named(name) and name not in meanings.definitions:
            remedy = "A KPI or group of the catalogue (`kpi-collector kpi list`), or a definition."
            faults.add((number,), f"there is no KPI {name!r}.{known.hint(name)}", remedy)


class _Faults:
    """What is wrong under a project's `kpis:`, with its places."""

    def __init__(self, config: Config, project: Project) -> None:
        self._config = config
        self._project = project
        self._errors: list[ConfigError] = []

    def add(self, path: KeyPath, fault: str, remedy: str = "") -> None:
        """A fault at a path below `kpis`."""
        full: KeyPath = ("projects", self._project.name, "kpis", *path)
        file, line = next(
            (found for end in range(len(full), 0, -1) if (found := self._config.locations.get(full[:end]))),
            (str(self._config.path), 0),
        )
        self._errors.append(ConfigError(file, line, self._place(path), fault, remedy))

    def add_all(self, path: KeyPath, faults: Iterable[Fault]) -> None:
        """Faults of one definition."""
        for below, fault, remedy in faults:
            self.add((*path, *below), fault, remedy)

    def raise_any(self) -> None:
        """Tell them all."""
        if self._errors:
            raise ConfigErrors(self._errors)

    def _place(self, path: KeyPath) -> str:
        """As people read it: `kpis.cac.formula`; a definition is called by its name."""
        top = "kpis" if self._project.name == "default" else f"projects.{self._project.name}.kpis"
        if not path:
            return top
        written = (self._project.kpis or ())[int(path[0])]
        name = written.get("name") if isinstance(written, Mapping) else None
        first = f".{name}" if isinstance(name, str) else f"[{path[0]}]"
        return top + first + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path[1:])
