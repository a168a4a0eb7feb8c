"""The options that stand before or after any command, and what they were set to.

`--config`, `--log.level` and `--log.format`; the last one given counts. Imports nothing
heavy: `kpi-collector --help` passes here.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from collector import log

if TYPE_CHECKING:
    from collector.plugin.discovery import Plugins

CONFIG = Path("collector.yml")
"""The configuration file where none is named: in the working folder."""


@dataclass
class Invocation:
    """What the shared options say; click's `ctx.obj`."""

    config_path: Path = CONFIG
    log_level: str = "info"
    log_format: log.Format = "logfmt"
    plugins: "Plugins | None" = None
    """The plugins, once found (tests give their own)."""


def invocation(ctx: click.Context) -> Invocation:
    """The shared options of this run."""
    return ctx.ensure_object(Invocation)


def _config(ctx: click.Context, _param: click.Parameter, value: Path | None) -> None:
    if value is not None:
        invocation(ctx).config_path = value


def _log_level(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    if value is not None:
        invocation(ctx).log_level = value
        start_logging(ctx)


def _log_format(ctx: click.Context, _param: click.Parameter, value: log.Format | None) -> None:
    if value is not None:
        invocation(ctx).log_format = value
        start_logging(ctx)


def start_logging(ctx: click.Context) -> None:
    """Set logging up as the options say so far."""
    chosen = invocation(ctx)
    log.set_up(level=chosen.log_level, format=chosen.log_format)


def shared_options(*, environment: bool) -> list[click.Option]:
    """The options; only the root's look at the environment, so that no later one overrides an explicit one."""
    given: dict[str, Any] = {"expose_value": False}
    return [
        click.Option(
            ["shared_config", "--config", "--config.file"],
            type=click.Path(path_type=Path),
            callback=_config,
            envvar="KPI_COLLECTOR_CONFIG" if environment else None,
            show_envvar=environment,
            help=f"Configuration file. [default: {CONFIG}]",
            **given,
        ),
        click.Option(
            ["shared_log_level", "--log.level"],
            type=click.Choice(list(log.LEVELS), case_sensitive=False),
            callback=_log_level,
            help="Least severe messages to log. [default: info]",
            **given,
        ),
        click.Option(
            ["shared_log_format", "--log.format"],
            type=click.Choice(["logfmt", "json"]),
            callback=_log_format,
            help="How log lines are written. [default: logfmt]",
            **given,
        ),
    ]


def share(command: click.Command) -> click.Command:
    """Let a command, and all below it, take the shared options too."""
    if not any("--config" in param.opts for param in command.params):
        command.params.extend(shared_options(environment=False))
    if isinstance(command, click.Group):
        for below in command.commands.values():
            share(below)
    return command
