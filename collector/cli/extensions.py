"""Commands that plugins bring, by the hook `register_commands`.

A plugin may add commands, never replace one: it is told on stderr and left out.
"""

from collections.abc import Set

import click

from collector.cli.options import Invocation
from collector.plugin.discovery import discover


class _Newcomers:
    """What a plugin is handed as the command line: it takes new names only."""

    def __init__(self, group: click.Group, reserved: Set[str], plugin: str) -> None:
        self._group = group
        self._reserved = reserved
        self._plugin = plugin

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Add a command, unless its name is taken."""
        name = name or cmd.name
        if not name or name in self._reserved or name in self._group.commands:
            click.echo(f"plugin {self._plugin}: its command {name!r} is left out: the name is taken", err=True)
            return
        self._group.add_command(cmd, name)


def add_commands(group: click.Group, chosen: Invocation, *, reserved: Set[str]) -> None:
    """Ask each plugin for its commands."""
    chosen.plugins = chosen.plugins or discover()
    manager = chosen.plugins.manager
    for name, plugin in manager.list_name_plugin():
        others = [other for other in manager.get_plugins() if other is not plugin]
        try:
            manager.subset_hook_caller("register_commands", others)(cli=_Newcomers(group, reserved, name))
        except Exception as error:  # noqa: BLE001 - a stranger's hook may raise anything; the others' commands must work
            click.echo(f"plugin {name}: its commands are left out: {type(error).__name__}: {error}", err=True)
