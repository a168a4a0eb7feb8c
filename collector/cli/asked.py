"""What a `kpi` command was asked for: projects with their KPIs, a window, a dimension; and what computes them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import click
from sqlalchemy import Connection

from collector.cli.context import Failed, Refused, load_config
from collector.clock import SystemClock
from collector.kpi.catalogue import Known, known_kpis, resolve_all
from collector.kpi.engine import Engine
from collector.kpi.formula import nearest
from collector.kpi.supply import known_dimensions
from collector.kpi.values import Kpi
from collector.kpi.windows import WINDOWS, unknown_window
from collector.settings.model import Config, Project
from collector.store import configured, streams
from collector.store.connect import open_store
from collector.store.errors import StoreError


@dataclass(frozen=True)
class Chosen:
    """One project with the KPIs that were asked for; `named`: one by one."""

    project: Project
    kpis: tuple[Kpi, ...]
    named: bool


def choose(ctx: click.Context, name: str | None, project: str | None) -> tuple[Config, list[Chosen]]:
    """The configuration, and each project with the KPIs that were asked for."""
    config, plugins = load_config(ctx)
    if project is not None and project not in config.projects:
        raise Refused(f"there is no project {project!r}.{nearest(project, list(config.projects))}")
    projects = [each for each in config.projects.values() if project in (None, each.name)]
    if name is None:
        shown = resolve_all(config, plugins.kpis)
        return config, [Chosen(each, shown[each.name], named=False) for each in projects]
    known = [(each, known_kpis(config, each, plugins.kpis)) for each in projects]
    chosen = [Chosen(each, kpis, named=True) for each, found in known if (kpis := found.named(name))]
    if not chosen:
        raise Refused(_unknown_kpi(name, [found for _, found in known]))
    return config, chosen


def _unknown_kpi(name: str, known: Sequence[Known]) -> str:
    hint = next((hint for each in known if (hint := each.hint(name))), " `kpi-collector kpi list` shows all.")
    return f"there is no KPI {name!r}.{hint}"


def check_window(window: str | None) -> None:
    """Refuse a window that there is not."""
    if window is not None and window not in WINDOWS:
        raise Refused(unknown_window(window))


def check_dimension(by: str | None, engines: Sequence[Engine]) -> None:
    """Refuse a dimension that there is not; warn of one that no source has."""
    had = {name for engine in engines for supply in engine.supplied.values() for name in supply.dimensions}
    known = {name for engine in engines for name in known_dimensions(engine.project)}
    if by is not None and by not in known:
        raise Refused(
            f"there is no dimension {by!r}; there are {', '.join(sorted(known))}.{nearest(by, sorted(known))}"
        )
    if by is not None and by not in had:
        click.echo(f"warning: no source has the dimension {by}", err=True)


def windows_of(kpi: Kpi, window: str | None) -> tuple[str, ...]:
    """The window that was asked for, or the KPI's own."""
    return kpi.windows if window is None else (window,)


@contextmanager
def opened(config: Config) -> Iterator[Connection]:
    """A transaction that reads the store, brought in line with the configuration before."""
    try:
        store = open_store(config.store)
        try:
            configured.apply(store, config)
            for fault in configured.keep_up(store, config).faults:
                click.echo(f"warning: {fault}", err=True)
            with store.read() as tx:
                yield tx
        finally:
            store.close()
    except StoreError as error:
        raise Failed(str(error)) from error


@contextmanager
def engines(config: Config, chosen: Sequence[Chosen], at: date | None) -> Iterator[list[Engine]]:
    """An engine for each project, all in one state of the store."""
    now = SystemClock().now()
    with opened(config) as tx:
        known = streams.states(tx)
        yield [
            Engine(
                tx,
                each.project,
                kpis=each.kpis,
                measures=config.measures,
                states={key[1:]: state for key, state in known.items() if key[0] == each.project.name},
                now=now,
                at=at,
            )
            for each in chosen
        ]
