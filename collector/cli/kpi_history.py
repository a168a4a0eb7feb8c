"""`kpi-collector kpi history`: a KPI's value as of each of many days."""

import shutil
import sys
from collections.abc import Iterator
from datetime import date
from itertools import groupby

import click

from collector.cli.amounts import amount
from collector.cli.asked import Chosen, check_dimension, check_window, choose, engines, windows_of
from collector.cli.context import Refused
from collector.cli.days import DAY
from collector.cli.kpi_rows import columns_of, row
from collector.cli.listing import Format, format_option, show
from collector.cli.sparkline import sparkline
from collector.kpi.engine import Engine
from collector.kpi.history import STEPS, BadStretch, Point, Stretch, history, last_day, member_id
from collector.kpi.windows import WINDOWS
from collector.settings.model import Config

MOST_POINTS = 4_000
"""Of one command; each is a question to the store."""

COLUMNS = ["kpi", "window", "at", "from", "through", "value", "unit", "currency", "fresh", "undefined"]


@click.command(name="history")
@click.argument("name", metavar="KPI")
@click.option("--window", help=f"One of {' '.join(WINDOWS)}; default: each KPI's own.")
@click.option("--from", "first", type=DAY, help="The first day, such as 2026-08-01.")
@click.option("--to", "last", type=DAY, help="The last day; default: the last complete one.")
@click.option("--days", "number", type=int, help="So many days instead of --from; default: 30.")
@click.option("--step", type=click.Choice(STEPS), default="1d", show_default=True, help="From one day to the next.")
@click.option("--by", help="With --member: the dimension that it belongs to, such as channel.")
@click.option("--member", help="Of this member, by its id or title.")
@click.option("--project", help="Only this project's.")
@format_option
@click.pass_context
def history_command(
    ctx: click.Context,
    name: str,
    window: str | None,
    first: date | None,
    last: date | None,
    number: int | None,
    step: str,
    by: str | None,
    member: str | None,
    project: str | None,
    output: Format,
) -> None:
    """The value of a window as of each of many days."""
    check_window(window)
    if (by is None) != (member is None):
        raise Refused("--by and --member belong together: a dimension, and one of its members")
    config, chosen = choose(ctx, name, project)
    stretch = Stretch(first, last, number, step)
    points: list[Point] = []
    with engines(config, chosen, None) as found:
        check_dimension(by, found)
        for each, engine in zip(chosen, found, strict=True):
            points += _points(each, engine, window, stretch, by, member)
    if output == "table" and _can_draw():
        _draw(config, points)
    columns = [*COLUMNS, *([by, "member"] if by else [])]
    show([_row(config, point, by, output) for point in points], columns=columns_of(config, columns), output=output)


def _points(
    chosen: Chosen, engine: Engine, window: str | None, stretch: Stretch, by: str | None, member: str | None
) -> Iterator[Point]:
    for kpi in chosen.kpis:
        if by is not None and by not in engine.dimensions(kpi):
            can = ", ".join(sorted(engine.dimensions(kpi))) or "nothing"
            raise Refused(f"{kpi.name} cannot be broken down by {by}; it can be by {can}")
        try:
            days = stretch.days(last=last_day(engine, kpi), most=MOST_POINTS)
        except BadStretch as bad:
            raise Refused(str(bad)) from bad
        one = None if by is None or member is None else member_id(engine, by, member)
        for which in windows_of(kpi, window):
            yield from history(engine, kpi, which, days, by=by, member=one)


def _row(config: Config, point: Point, by: str | None, output: Format) -> dict[str, object]:
    told = row(config, point.value, by, output)
    return {name: told[name] for name in ("project", "kpi", "window") if name in told} | {"at": point.at} | told


# ── on a terminal ────────────────────────────────────────────────────────────────────


def _can_draw() -> bool:
    return sys.stdout.isatty() and "utf" in (sys.stdout.encoding or "").lower()


def _draw(config: Config, points: list[Point]) -> None:
    """A line of blocks for each KPI and window, with its least and greatest figure."""
    width = max(20, shutil.get_terminal_size().columns - 60)
    for (project, kpi, window), found in groupby(points, key=lambda each: _series(each)):
        values = [each.value for each in found]
        known = [each.value for each in values if each.value is not None]
        ends = ""
        if known:
            unit, currency, language = values[0].unit, values[0].currency, config.projects[project].language
            ends = f"  {amount(min(known), unit, currency, language)} … {amount(max(known), unit, currency, language)}"
        click.echo(f"{kpi} {window}  {sparkline([each.value for each in values], width=width)}{ends}")
    click.echo()


def _series(point: Point) -> tuple[str, str, str]:
    return point.value.project, point.value.kpi, point.value.window
