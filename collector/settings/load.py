"""From a path to a `Config`: the way in to everything that users wrote.

Read on: `includes` and `documents` (files to entries), `environment` and `expand` (what
comes from elsewhere), `keys` (top level and projects), `measures`, `projects`, `sources`,
`findings` (mistakes).
"""

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from pathlib import Path

from collector.clock import Clock
from collector.plugin.discovery import Plugins
from collector.plugin.measure import Measure
from collector.settings.entries import Entry
from collector.settings.errors import ConfigError, ConfigErrors
from collector.settings.expand import expand_all
from collector.settings.findings import Findings
from collector.settings.includes import Includes
from collector.settings.keys import TOP_KEYS, TopKeys
from collector.settings.locations import locations
from collector.settings.measures import own_measures
from collector.settings.model import Config, Project
from collector.settings.projects import Projects, checked
from collector.settings.store_url import absolute_store
from collector.vocabulary.measures import all_measures, conflicting

_VARIABLES = "KPI_COLLECTOR_"


def load(
    path: Path,
    *,
    plugins: Plugins,
    environ: Mapping[str, str],
    clock: Clock,
    later: Callable[[Config], Iterable[ConfigError]] = lambda _: (),
) -> Config:
    """Read, check and freeze the configuration.

    Where something is wrong, `later` tells what a later stage finds wrong besides: it gets
    what could be understood, with whatever else is wrong left out.

    Raises:
        ConfigErrors: all that is wrong with it, in the order of files and lines.
    """
    findings = Findings()
    top = Includes(environ, findings).main(path)
    config = None
    if top is not None:
        _override(top, environ, findings)
        expand_all(top, environ, findings)
        config = _config(path, top, plugins, clock, findings)
    if config is None:
        raise ConfigErrors(sorted(findings.errors))
    if findings.errors:
        raise ConfigErrors(sorted([*findings.errors, *later(config)]))
    return config


def _override(top: Entry, environ: Mapping[str, str], findings: Findings) -> None:
    if any(name.upper().startswith(_VARIABLES) for name in environ):
        # pydantic-settings takes as long to import as all the rest, and is rarely needed
        import_module("collector.settings.environment").apply(top, environ, TOP_KEYS, findings)


def _config(path: Path, top: Entry, plugins: Plugins, clock: Clock, findings: Findings) -> Config:
    known = _measures(plugins, findings)
    own = own_measures(top, known, plugins, findings)
    measures = {**known, **own}
    vault = top.below("vault_key")
    if vault is not None:
        findings.keep(vault.scalars())
    keys = checked(TopKeys, top, findings)
    projects = Projects(top, keys, plugins=plugins, measures=measures, clock=clock, findings=findings)
    built = projects.build()
    keys = keys or TopKeys()  # what is wrong is told already
    _warn_of_later(built.values(), findings)
    web = keys.web
    if web.config_file:  # an empty one is none, as with other exporters
        folder = top.mapping["web"].mapping["config_file"].origin.folder
        web = web.model_copy(update={"config_file": str(folder / web.config_file)})
    return Config(
        path=path.absolute(),
        store=absolute_store(top, keys.store, findings),
        web=web,
        projects=built,
        measures=measures,
        own_measures=own,
        engine=keys.engine,
        retention=keys.retention.model_dump(exclude_defaults=True),
        vault_keys=tuple(keys.vault_key),
        warnings=tuple(findings.warnings),
        locations=locations(top, projects.entries),
        secrets=frozenset(findings.secrets),
    )


_LATER = ("goals", "bonuses")
"""Keys that are checked, but that this version computes nothing from."""


def _warn_of_later(projects: Iterable[Project], findings: Findings) -> None:
    """A figure must not look as if it minded a setting that it does not mind."""
    for project in projects:
        ignored = [key for key in _LATER if project.other.get(key)]
        if ignored:
            findings.warnings.append(f"project {project.name}: {', '.join(ignored)}: not computed by this version yet")


def _measures(plugins: Plugins, findings: Findings) -> Mapping[str, Measure]:
    for name in conflicting(plugins.measures):
        plugin = plugins.measured_by.get(name, "?")
        fault = "is left out: it is built in, with another unit or aggregation"
        findings.warnings.append(f"plugin {plugin}: its measure {name!r} {fault}")
    return all_measures(plugins.measures)
