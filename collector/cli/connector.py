"""`kpi-collector connector`: what is installed, and what each connector wants to know."""

import json
import sys
from pathlib import Path

import click

from collector.cli.connector_docs import known, print_docs
from collector.cli.connector_try import try_source
from collector.cli.context import Failed, Refused, load_plugins
from collector.cli.listing import Format, format_option
from collector.cli.listing import show as show_rows
from collector.settings.findings import suggestion
from collector.settings.schema import connector_schema
from collector.testing.scaffolding import write_package

TRIED = ["check", "ground", "outcome", "message"]


@click.group()
def connector() -> None:
    """The connectors that are installed."""


connector.add_command(try_source)
connector.add_command(print_docs)


@connector.command(name="list")
@format_option
@click.pass_context
def list_connectors(ctx: click.Context, output: Format) -> None:
    """List the connectors: name, version, stability, and the distribution that brings them."""
    plugins = load_plugins(ctx)
    rows = [
        {
            "name": name,
            "version": info.version,
            "stability": info.type.stability,
            "origin": info.origin,
            "title": info.type.title or name,
        }
        for name, info in sorted(plugins.connectors.items())
    ]
    show_rows(rows, columns=["name", "version", "stability", "origin", "title"], output=output)


@connector.command()
@click.argument("name")
@click.pass_context
def schema(ctx: click.Context, name: str) -> None:
    """Print the JSON Schema of a source that the connector NAME reads."""
    click.echo(json.dumps(connector_schema(known(load_plugins(ctx), name)), indent=2, ensure_ascii=False))


@connector.command(name="test")
@click.argument("name")
@click.option("--check", "only", multiple=True, metavar="CHECK", help="Only this check; may be given several times.")
@format_option
@click.pass_context
def test_connector(ctx: click.Context, name: str, only: tuple[str, ...], output: Format) -> None:
    """Try the connector NAME on its simulator or its files: the conformance suite."""
    from collector.testing.conformance import CHECKS, try_all  # the engine and a server: only this command needs them

    info = known(load_plugins(ctx), name)
    checks = [check.name for check in CHECKS]
    for each in set(only) - set(checks):
        raise Refused(f"there is no check {each!r}. {suggestion(each, checks, what='Checks')}")
    failed, rows = 0, []
    try:
        for outcome in try_all(info.type, checks=[check for check in CHECKS if not only or check.name in only]):
            failed += outcome.state == "failed"
            row = {
                "check": outcome.check.name,
                "ground": outcome.ground,
                "outcome": outcome.state,
                "message": outcome.message,
                "proves": outcome.check.proves,
            }
            rows.append(row)
            if output == "json":  # as it comes: the whole takes a minute
                show_rows([row], columns=TRIED, output=output)
            elif sys.stderr.isatty():
                click.echo(f"{outcome.check.name}: {outcome.state}", err=True)
    except LookupError as error:
        raise Failed(str(error)) from error
    if output != "json":
        show_rows(rows, columns=TRIED, output=output)
    if failed:
        raise Failed(f"{name}: {failed} of {len(rows)} checks failed")


@connector.command()
@click.argument("name")
@click.option("--folder", type=click.Path(path_type=Path), help="Where to write it.  [default: ./NAME-kpis]")
def new(name: str, folder: Path | None) -> None:
    """Write a package with a new connector NAME that works: plugin, simulator, tests."""
    target = folder or Path(f"{name.replace('_', '-')}-kpis")
    try:
        written = write_package(name, target)
    except ValueError as error:
        raise Refused(str(error)) from error
    except FileExistsError as error:
        raise Refused(f"{target} exists already; name another folder with --folder") from error
    for path in written:
        click.echo(path)
    click.echo(
        f"\nInstall it with `pip install -e {target}`, then try it: `kpi-collector connector test {name}`", err=True
    )
