"""`kpi-collector kpi`: which KPIs there are, their values for any day, and why."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

import click

from collector.cli.context import Failed, Refused, load_config
from collector.cli.days import DAY
from collector.cli.explained import as_json, as_text
from collector.cli.listing import Format, format_option
from collector.cli.listing import show as show_rows
from collector.clock import SystemClock
from collector.kpi.catalogue import Known, known_kpis, resolve_all
from collector.kpi.engine import Engine
from collector.kpi.explain import explain as explain_value
from collector.kpi.formula import nearest
from collector.kpi.supply import known_dimensions
from collector.kpi.values import Kpi, Value
from collector.kpi.windows import WINDOWS, unknown_window
from collector.settings.model import Config, Project
from collector.snapshot.families import family_name
from collector.store import configured, streams
from collector.store.connect import open_store
from collector.store.errors import StoreError
from collector.web.figures import value_row

LIST_COLUMNS = ["name", "unit", "better", "windows", "formula", "metric", "title"]
SHOW_COLUMNS = ["kpi", "window", "from", "through", "value", "unit", "currency", "fresh", "undefined"]


@dataclass(frozen=True)
class Chosen:
    """One project with the KPIs that were asked for; `named`: one by one."""

    project: Project
    kpis: tuple[Kpi, ...]
    named: bool


@click.group()
def kpi() -> None:
    """KPIs: their definitions, their values for any day, and why they are what they are."""


@kpi.command(name="list")
@click.option("--project", help="Only this project's.")
@format_option
@click.pass_context
def list_kpis(ctx: click.Context, project: str | None, output: Format) -> None:
    """The KPIs that are shown: the whole catalogue, or those under `kpis:`."""
    config, chosen = _choose(ctx, None, project)
    rows = [_definition(config, each.project, found) for each in chosen for found in each.kpis]
    show_rows(rows, columns=_columns(config, LIST_COLUMNS), output=output)


@kpi.command()
@click.argument("name", metavar="[KPI]", required=False)
@click.option("--at", type=DAY, help="As of this day (2026-11-02), it included; default: now.")
@click.option("--window", help=f"One of {' '.join(WINDOWS)}; default: each KPI's own.")
@click.option("--by", help="By the members of this dimension, such as channel.")
@click.option("--project", help="Only this project's.")
@format_option
@click.pass_context
def show(
    ctx: click.Context,
    name: str | None,
    at: date | None,
    window: str | None,
    by: str | None,
    project: str | None,
    output: Format,
) -> None:
    """Compute values from the store, as of now or of any past day."""
    _check_window(window)
    config, chosen = _choose(ctx, name, project)
    rows: list[dict[str, object]] = []
    with _engines(config, chosen, at) as engines:
        _check_dimension(by, engines)
        for each, engine in zip(chosen, engines, strict=True):
            rows += [_row(config, value, by, output) for value in _values(each, engine, window, by)]
    columns = [*SHOW_COLUMNS, *([by, "member"] if by else [])]
    show_rows(rows, columns=_columns(config, columns), output=output)


@kpi.command()
@click.argument("name", metavar="KPI")
@click.option("--at", type=DAY, help="As of this day (2026-11-02), it included; default: now.")
@click.option("--window", help=f"One of {' '.join(WINDOWS)}; default: each KPI's own.")
@click.option("--project", help="Only this project's.")
@click.option("--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.pass_context
def explain(
    ctx: click.Context, name: str, at: date | None, window: str | None, project: str | None, output: str
) -> None:
    """Why a value is what it is, or why there is none and what to do."""
    _check_window(window)
    config, chosen = _choose(ctx, name, project)
    with _engines(config, chosen, at) as engines:
        for each, engine in zip(chosen, engines, strict=True):
            found = [explain_value(engine, one, which) for one in each.kpis for which in _windows(one, window)]
            told = as_json if output == "json" else as_text
            for explanation in found:
                click.echo(told(explanation, project=each.project))


# ── what was asked for ───────────────────────────────────────────────────────────────


def _choose(ctx: click.Context, name: str | None, project: str | None) -> tuple[Config, list[Chosen]]:
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


def _check_window(window: str | None) -> None:
    if window is not None and window not in WINDOWS:
        raise Refused(unknown_window(window))


def _check_dimension(by: str | None, engines: Sequence[Engine]) -> None:
    had = {name for engine in engines for supply in engine.supplied.values() for name in supply.dimensions}
    known = {name for engine in engines for name in known_dimensions(engine.project)}
    if by is not None and by not in known:
        raise Refused(
            f"there is no dimension {by!r}; there are {', '.join(sorted(known))}.{nearest(by, sorted(known))}"
        )
    if by is not None and by not in had:
        click.echo(f"warning: no source has the dimension {by}", err=True)


def _windows(kpi: Kpi, window: str | None) -> tuple[str, ...]:
    return kpi.windows if window is None else (window,)


# ── values ───────────────────────────────────────────────────────────────────────────


@contextmanager
def _engines(config: Config, chosen: Sequence[Chosen], at: date | None) -> Iterator[list[Engine]]:
    """An engine for each project, all in one state of the store."""
    now = SystemClock().now()
    try:
        store = open_store(config.store)
        try:
            configured.apply(store, config)
            for fault in configured.keep_up(store, config).faults:
                click.echo(f"warning: {fault}", err=True)
            with store.read() as tx:
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
        finally:
            store.close()
    except StoreError as error:
        raise Failed(str(error)) from error


def _values(chosen: Chosen, engine: Engine, window: str | None, by: str | None) -> Iterator[Value]:
    """The values to show; what no source gives only if it was named, or is listed in the configuration."""
    wanted = chosen.named or chosen.project.kpis is not None
    for kpi in chosen.kpis:
        if not wanted and not engine.condition(kpi).is_configured:
            continue
        for which in _windows(kpi, window):
            members = [] if by is None else engine.members(kpi, which, by)
            yield from members
            if members or (by is not None and by not in engine.dimensions(kpi)):
                continue
            whole = engine.whole(kpi, which)
            if by is None or whole.undefined is not None:  # it says why there are no members
                yield whole


# ── rows ─────────────────────────────────────────────────────────────────────────────


def _columns(config: Config, columns: list[str]) -> list[str]:
    return columns if len(config.projects) == 1 else ["project", *columns]


def _definition(config: Config, project: Project, kpi: Kpi) -> dict[str, object]:
    row: dict[str, object] = {} if len(config.projects) == 1 else {"project": project.name}
    return row | {
        "name": kpi.name,
        "unit": kpi.unit,
        "better": kpi.better,
        "windows": list(kpi.windows),
        "formula": kpi.formula,
        "metric": family_name(kpi, None),
        "title": kpi.title.get(project.language) or kpi.title.get("en") or kpi.name,
    }


def _row(config: Config, value: Value, by: str | None, output: Format) -> dict[str, object]:
    row: dict[str, object] = dict(value_row(value))
    if len(config.projects) == 1:
        del row["project"]
    if by is None:
        del row["member"]
    elif value.dimension is None:  # a whole that stands for all members: it says why there are none
        row |= {by: None, "member": row.pop("member")}
    if output == "table" and value.value is not None:
        row["value"] = _rounded(value.value)
    return row


def _rounded(value: Decimal) -> Decimal:
    """A figure as people read it: four decimals at most."""
    short = value.quantize(Decimal("0.0001"), ROUND_HALF_EVEN).normalize()
    return short if short.as_tuple().exponent != 0 or short else Decimal(0)
