"""`simulate`: the simulator of a connector's vendor, and the books of the company that all of them tell of."""

from collections.abc import Iterable, Sequence
from datetime import date

import click

from collector.cli.context import Failed, Refused, load_plugins
from collector.cli.days import DAY
from collector.cli.listing import Format, format_option, show
from collector.clock import SystemClock
from collector.plugin.discovery import ConnectorInfo
from collector.settings.findings import suggestion
from collector.testing.company.books import Books
from collector.testing.company.books.lines import KNOWN, WINDOWS, Line, daily_lines, kpi_lines
from collector.testing.company.calendar import as_of, day_of, seconds
from collector.testing.company.company import DEFAULT_DAYS, Company
from collector.testing.simulator.finding import simulator_of
from collector.testing.simulator.serving import serve
from collector.testing.simulator.simulator import Simulator
from collector.testing.simulator.world import World


@click.command()
@click.argument("connector", required=False)
@click.option("--truth", is_flag=True, help="Print the company's books instead of serving.")
@click.option("--by", help="With --truth: by these dimensions, with commas between them.")
@click.option("--kpis", is_flag=True, help="With --truth: KPIs instead of measures by day.")
@click.option("--at", type=DAY, help="With --kpis: as of this day.  [default: the last one that is over]")
@click.option("--window", help="With --kpis: one window.  [default: each KPI's own]")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Which company.")
@click.option("--days", type=click.IntRange(min=1), default=DEFAULT_DAYS, show_default=True, help="Days to show.")
@click.option("--size", type=click.IntRange(min=1), default=1, show_default=True, help="1: some 5 deals a day.")
@click.option("--today", type=DAY, help="As of noon of this day, or now if that is earlier.  [default: now]")
@click.option("--listen", default="127.0.0.1:0", show_default=True, help="host:port to serve at.")
@click.option("--fault", "faults", multiple=True, metavar="KIND=RATE", help="What goes wrong, and how often.")
@click.option("--tls", is_flag=True, help="Serve by TLS.")
@format_option
@click.pass_context
def simulate(
    ctx: click.Context,
    /,
    connector: str | None,
    truth: bool,
    by: str | None,
    kpis: bool,
    at: date | None,
    window: str | None,
    seed: int,
    days: int,
    size: int,
    today: date | None,
    listen: str,
    faults: tuple[str, ...],
    tls: bool,
    output: Format,
) -> None:
    """A made-up company: serve what a vendor would say of it, or print its books.

    CONNECTOR's simulator is served in the foreground. The same seed and size are the same
    company on any day, which only moves on.
    """
    if connector is not None:
        _known(ctx, connector)
    if truth:
        company = _company(_view(ctx, connector), seed, today, days, size)
        _tell(Books(company), _dimensions(by), kpis=kpis, at=at, window=window, output=output)
    elif connector is None:
        raise click.UsageError("name a CONNECTOR to serve, or ask for the company's books by --truth")
    elif by or kpis or at or window:
        raise click.UsageError("--by, --kpis, --at and --window go with --truth")
    else:
        _serve(_simulator(ctx, connector), World(seed, days, size, today), listen, faults, tls=tls)


def _serve(simulator: type[Simulator], world: World, listen: str, faults: Sequence[str], *, tls: bool) -> None:
    try:
        serve(simulator, listen=listen, world=world, faults=faults, tls=tls)
    except ValueError as error:
        raise Refused(str(error)) from error
    except OSError as error:
        raise Failed(f"cannot listen on {listen}: {error}") from error


def _tell(books: Books, by: Sequence[str], *, kpis: bool, at: date | None, window: str | None, output: Format) -> None:
    """Print the books."""
    if not kpis and (at or window):
        raise click.UsageError("--at and --window go with --kpis")
    if window is not None and window not in WINDOWS:
        raise Refused(f"the books know no window {window!r}. {suggestion(window, WINDOWS, what='Windows')}")
    lines: Iterable[Line] = daily_lines(books, by)
    columns = ["day", "measure", *by, "value", "currency"]
    if kpis:
        lines = kpi_lines(books, at or books.company.yesterday, window, by)
        columns = ["kpi", "window", "from", "through", *by, "value", "currency", "undefined"]
    show(lines, columns=columns, output=output)


def _dimensions(by: str | None) -> tuple[str, ...]:
    names = tuple(name.strip() for name in by.split(",")) if by else ()
    for name in names:
        if name not in KNOWN:
            raise Refused(f"the books know no dimension {name!r}. {suggestion(name, KNOWN, what='Dimensions')}")
    return tuple(dict.fromkeys(names))


def _view(ctx: click.Context, connector: str | None) -> type[Company]:
    """As which the books see the company: as the connector's vendor does, if one is named that has a simulator."""
    found = None if connector is None else _simulator_of(ctx, connector)
    return Company if found is None else found.view


def _company(view: type[Company], seed: int, today: date | None, days: int, size: int) -> Company:
    now = SystemClock().now()
    day = today or date.fromordinal(day_of(seconds(now)))
    try:
        return view(seed, day, days, size).at(as_of(today, now))
    except ValueError as error:
        raise Refused(str(error)) from error


def _simulator(ctx: click.Context, connector: str) -> type[Simulator]:
    found = _simulator_of(ctx, connector)
    if found is None:
        raise Refused(f"there is no simulator of {connector}; `simulate --truth` prints the company's books")
    return found


def _simulator_of(ctx: click.Context, connector: str) -> type[Simulator] | None:
    try:
        return simulator_of(_known(ctx, connector).type)
    except LookupError as error:
        raise Refused(str(error)) from error


def _known(ctx: click.Context, connector: str) -> ConnectorInfo:
    known = load_plugins(ctx).connectors
    if connector not in known:
        raise Refused(f"there is no connector {connector!r}. {suggestion(connector, known, what='Connectors')}")
    return known[connector]
