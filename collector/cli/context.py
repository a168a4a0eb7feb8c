"""What most commands begin with: the plugins, and the configuration that the options name.

Use it as `config, plugins = load_config(ctx)`; mistakes end the command with exit code 2
(`ConfigErrors`, told by `collector.cli.invoke`).
"""

import os
from collections.abc import Callable, Iterable

import click

from collector import log
from collector.cli.options import invocation
from collector.clock import Clock, SystemClock
from collector.kpi.catalogue import faults_of_kpis
from collector.plugin.discovery import Plugins, discover
from collector.settings.errors import ConfigError, ConfigErrors
from collector.settings.load import load
from collector.settings.model import Config


class Failed(click.ClickException):
    """The command was understood, but something failed: exit code 1."""

    exit_code = 1


class Refused(click.ClickException):
    """What was asked for does not exist or makes no sense: exit code 2."""

    exit_code = 2


def load_plugins(ctx: click.Context) -> Plugins:
    """The plugins; what is wrong with one is told on stderr."""
    chosen = invocation(ctx)
    if chosen.plugins is None:
        chosen.plugins = discover()
    for problem in chosen.plugins.problems:
        click.echo(f"warning: {problem}", err=True)
    return chosen.plugins


def load_config(
    ctx: click.Context,
    *,
    clock: Clock | None = None,
    also: Callable[[Config], Iterable[ConfigError]] = lambda _: (),
) -> tuple[Config, Plugins]:
    """The configuration and the plugins; its warnings are told on stderr, its secrets hidden from logs.

    `also` looks at what the configuration names; what is wrong there is told with the rest.

    Raises:
        ConfigErrors: all that is wrong with the configuration.
    """
    plugins = load_plugins(ctx)
    config = load(
        invocation(ctx).config_path,
        plugins=plugins,
        environ=os.environ,
        clock=clock or SystemClock(),
        later=lambda found: [*faults_of_kpis(found, plugins.kpis), *also(found)],
    )
    log.hide(config.secrets)
    if more := list(also(config)):
        raise ConfigErrors([*faults_of_kpis(config, plugins.kpis), *more])
    for warning in config.warnings:
        click.echo(f"warning: {warning}", err=True)
    return config, plugins
