"""The command line: `kpi-collector`, its commands, and how its mistakes are told.

Above all stages. A command is imported when it is called, so that `--help` stays quick.
Exit codes: 0 done, 1 something failed, 2 a mistake in usage or configuration.
"""

import sys
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

import click

from collector import __version__
from collector.cli.options import Invocation, share, shared_options, start_logging
from collector.cli.output import close_quietly
from collector.settings.errors import ConfigErrors

if TYPE_CHECKING:
    from collector.plugin.discovery import Plugins

COMMANDS: Mapping[str, tuple[str, str]] = {
    "auth": (
        "collector.cli.auth:auth",
        "Sign in to SOURCE, so that its vendor gives tokens; or see and revoke them.",
    ),
    "backfill": ("collector.cli.backfill:backfill_command", "Read all that is missing of the history now."),
    "channels": ("collector.cli.channels:channels", "Channels: to which one a lead, deal or visit belongs, and why."),
    "check": ("collector.cli.check:check", "Load the configuration and try each source: its access, its files."),
    "config": ("collector.cli.config:config", "The configuration: its schema, and what is in effect."),
    "connector": ("collector.cli.connector:connector", "The connectors that are installed."),
    "demo": ("collector.cli.demo:demo", "Show it all at work: 400 days of a made-up company, up to yesterday."),
    "kpi": (
        "collector.cli.kpi:kpi",
        "KPIs: their definitions, their values for any day, and why they are what they are.",
    ),
    "poll": ("collector.cli.poll:poll", "Read SOURCE (or one STREAM of it) now."),
    "reconcile": (
        "collector.cli.reconcile:reconcile_command",
        "Whether two ways of counting the same still agree; since when not, and what to do.",
    ),
    "run": ("collector.cli.run:run", "Poll the configured sources and serve /metrics, until stopped."),
    "simulate": (
        "collector.cli.simulate:simulate",
        "A made-up company: serve what a vendor would say of it, or print its books.",
    ),
    "store": ("collector.cli.store:store", "What the store holds, and its care."),
}
"""Each command, where it is, and the first line of its help."""

INTERRUPTED = 130


class Commands(click.Group):
    """The commands of `COMMANDS`, imported when called, and those of plugins."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        _add_plugins_commands(self, ctx)
        return sorted({*COMMANDS, *self.commands})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, imported now."""
        if cmd_name in COMMANDS:
            module, attribute = COMMANDS[cmd_name][0].split(":")
            command: click.Command = getattr(import_module(module), attribute)
            return share(command)
        _add_plugins_commands(self, ctx)
        found = self.commands.get(cmd_name)
        return None if found is None else share(found)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments begin with; an unknown one is told with the nearest name."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            near = get_close_matches(args[0], self.list_commands(ctx), n=1)
            ctx.fail(f"no such command: {args[0]}." + (f" Did you mean {near[0]}?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        rows = []
        for name in self.list_commands(ctx):
            summary = COMMANDS[name][1] if name in COMMANDS else self.commands[name].get_short_help_str(80)
            rows.append((name, summary))
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _add_plugins_commands(group: Commands, ctx: click.Context) -> None:
    """Ask strangers' plugins for their commands, once; our own connectors bring none."""
    if ctx.meta.setdefault("collector.cli.asked", False):
        return
    ctx.meta["collector.cli.asked"] = True
    chosen = ctx.ensure_object(Invocation)
    strangers = [entry for entry in entry_points(group="kpi_collector") if not entry.value.startswith("connectors.")]
    if strangers or chosen.plugins is not None:
        import_module("collector.cli.extensions").add_commands(group, chosen, reserved=frozenset(COMMANDS))


def root() -> click.Group:
    """The command `kpi-collector`."""

    def start(ctx: click.Context) -> None:
        start_logging(ctx)

    group = Commands(
        name="kpi-collector",
        callback=click.pass_context(start),
        params=shared_options(environment=True),
        help="Marketing and sales KPIs, from the systems that know them to Prometheus.",
    )
    return click.version_option(__version__, prog_name="kpi-collector", message="%(prog)s %(version)s")(group)


def invoke(arguments: Sequence[str], *, plugins: "Plugins | None" = None) -> int:
    """Run one command line; the exit code. People's mistakes are told on stderr, without a traceback."""
    try:
        outcome = root().main(
            list(arguments), prog_name="kpi-collector", standalone_mode=False, obj=Invocation(plugins=plugins)
        )
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except ConfigErrors as errors:
        click.echo(str(errors), err=True)
        return 2
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has seen enough
        close_quietly()
        return 1
    return outcome if isinstance(outcome, int) else 0


def main() -> None:
    """The entry point of `kpi-collector` and `python -m collector`."""
    sys.exit(invoke(sys.argv[1:]))
