"""`kpi-collector connector`: what is installed, and what each connector wants to know."""

import json

import click

from collector.cli.connector_try import try_source
from collector.cli.context import Refused, load_plugins
from collector.cli.listing import Format, format_option
from collector.cli.listing import show as show_rows
from collector.settings.findings import suggestion
from collector.settings.schema import connector_schema


@click.group()
def connector() -> None:
    """The connectors that are installed."""


connector.add_command(try_source)


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
    plugins = load_plugins(ctx)
    if name not in plugins.connectors:
        raise Refused(f"there is no connector {name!r}. {suggestion(name, plugins.connectors, what='Connectors')}")
    click.echo(json.dumps(connector_schema(plugins.connectors[name]), indent=2, ensure_ascii=False))
