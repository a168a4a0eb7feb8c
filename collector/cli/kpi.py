"""`kpi-collector kpi`: which KPIs there are, their values for any day, and why."""

from datetime import date

import click

from collector.cli.asked import check_dimension, check_window, choose, engines, windows_of
from collector.cli.context import Refused
from collector.cli.days import DAY
from collector.cli.explained import as_json, as_text
from collector.cli.kpi_history import history_command
from collector.cli.kpi_rows import (
    COMPARED,
    LIST_COLUMNS,
    SHOW_COLUMNS,
    columns_of,
    compared_row,
    comparisons,
    definition_row,
    row,
    values,
)
from collector.cli.listing import Format, format_option
from collector.cli.listing import show as show_rows
from collector.kpi.explain import explain as explain_value
from collector.kpi.history import member_id
from collector.kpi.windows import WINDOWS
from collector.vocabulary.texts import LANGUAGES, Language


@click.group()
def kpi() -> None:
    """KPIs: their definitions, their values for any day, and why they are what they are."""


kpi.add_command(history_command)


@kpi.command(name="list")
@click.option("--project", help="Only this project's.")
@format_option
@click.pass_context
def list_kpis(ctx: click.Context, project: str | None, output: Format) -> None:
    """The KPIs that are shown: the whole catalogue, or those under `kpis:`."""
    config, chosen = choose(ctx, None, project)
    rows = [definition_row(config, each.project, found) for each in chosen for found in each.kpis]
    show_rows(rows, columns=columns_of(config, LIST_COLUMNS), output=output)


@kpi.command()
@click.argument("name", metavar="[KPI]", required=False)
@click.option("--at", type=DAY, help="As of this day (2026-11-02), it included; default: now.")
@click.option("--window", help=f"One of {' '.join(WINDOWS)}; default: each KPI's own.")
@click.option("--by", help="By the members of this dimension, such as channel.")
@click.option("--compare", "compared", is_flag=True, help="Beside the window before, and the same a year ago.")
@click.option("--project", help="Only this project's.")
@format_option
@click.pass_context
def show(
    ctx: click.Context,
    name: str | None,
    at: date | None,
    window: str | None,
    by: str | None,
    *,
    compared: bool,
    project: str | None,
    output: Format,
) -> None:
    """Compute values from the store, as of now or of any past day."""
    check_window(window)
    config, chosen = choose(ctx, name, project)
    rows: list[dict[str, object]] = []
    with engines(config, chosen, at) as found:
        check_dimension(by, found)
        for each, engine in zip(chosen, found, strict=True):
            if compared:
                rows += [compared_row(config, one, by, output) for one in comparisons(each, engine, window, by)]
            else:
                rows += [row(config, value, by, output) for value in values(each, engine, window, by)]
    columns = [*SHOW_COLUMNS, *([by, "member"] if by else []), *(COMPARED if compared else [])]
    show_rows(rows, columns=columns_of(config, columns), output=output)


@kpi.command()
@click.argument("name", metavar="KPI")
@click.option("--at", type=DAY, help="As of this day (2026-11-02), it included; default: now.")
@click.option("--window", help=f"One of {' '.join(WINDOWS)}; default: each KPI's own.")
@click.option("--by", help="Also by the members of this dimension, such as channel.")
@click.option("--member", help="With --by: only this member, by its id or title.")
@click.option("--project", help="Only this project's.")
@click.option("--lang", "language", type=click.Choice(LANGUAGES), help="In this language; default: the project's.")
@click.option("--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.pass_context
def explain(
    ctx: click.Context,
    name: str,
    at: date | None,
    window: str | None,
    by: str | None,
    member: str | None,
    project: str | None,
    language: Language | None,
    output: str,
) -> None:
    """Why a value is what it is, or why there is none and what to do."""
    check_window(window)
    if member is not None and by is None:
        raise Refused("--member needs --by: the dimension that it is a member of")
    config, chosen = choose(ctx, name, project)
    told = as_json if output == "json" else as_text
    with engines(config, chosen, at) as found:
        check_dimension(by, found)
        for each, engine in zip(chosen, found, strict=True):
            one = None if member is None or by is None else member_id(engine, by, member)
            for asked, which in ((one_kpi, its) for one_kpi in each.kpis for its in windows_of(one_kpi, window)):
                explanation = explain_value(engine, asked, which, by=by, member=one)
                click.echo(told(explanation, project=each.project, language=language or each.project.language))
