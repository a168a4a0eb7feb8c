"""`kpi-collector config`: the configuration's schema, and what is in effect."""

import json
from collections.abc import Mapping
from typing import Any

import click
import yaml

from collector.cli.context import load_config, load_plugins
from collector.settings.schema import config_schema
from collector.settings.show import effective


@click.group()
def config() -> None:
    """The configuration: its schema, and what is in effect."""


@config.command()
@click.pass_context
def schema(ctx: click.Context) -> None:
    """Print the JSON Schema of configuration files, all connectors included."""
    plugins = load_plugins(ctx)
    click.echo(json.dumps(config_schema(plugins.connectors), indent=2, ensure_ascii=False))


@config.command()
@click.option("--format", "output", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True)
@click.pass_context
def show(ctx: click.Context, output: str) -> None:
    """Print the configuration in effect, with defaults and overrides; secrets are masked."""
    loaded, _ = load_config(ctx)
    click.echo(written(effective(loaded), output), nl=False)


def written(values: Mapping[str, Any], output: str) -> str:
    """Plain values as YAML or JSON."""
    if output == "json":
        return json.dumps(values, indent=2, ensure_ascii=False) + "\n"
    text: str = yaml.dump(dict(values), Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=120)
    return text
