"""What commands that work on the store begin with, and how they tell what they wait for.

Use it as `with opened(ctx) as (store, config):`; a store that refuses ends the command
with exit code 1.
"""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager

import click

from collector.cli.context import Failed, load_config
from collector.settings.model import Config
from collector.store.care.task import Place
from collector.store.configured import apply
from collector.store.connect import Store, open_store
from collector.store.errors import StoreError
from collector.store.locks import PollLocks


@contextmanager
def opened(ctx: click.Context) -> Iterator[tuple[Store, Config]]:
    """The store, in line with the configuration; closed afterwards."""
    config, _ = load_config(ctx)
    try:
        store = open_store(config.store)
        try:
            apply(store, config)
            yield store, config
        finally:
            store.close()
    except StoreError as error:
        raise Failed(str(error)) from error


@contextmanager
def at(store: Store) -> Iterator[Place]:
    """A place to work in beside a running daemon; it is told when a poll has to be waited for."""
    with closing(PollLocks(store.path)) as locks:
        yield Place(store, locks, waiting)


def waiting() -> None:
    """Say on stderr why nothing seems to happen."""
    click.echo("waiting for others who are at work in the store …", err=True)


class Progress:
    """One line on stderr that is written over and over; nothing where stderr is no terminal."""

    def __init__(self) -> None:
        self._shown = 0

    def show(self, text: str) -> None:
        """Write `text` over what stood there."""
        if sys.stderr.isatty():
            click.echo("\r" + text.ljust(self._shown), err=True, nl=False)
            self._shown = len(text)

    def end(self) -> None:
        """Leave an empty line for what comes next."""
        if self._shown:
            self.show("")
            click.echo("\r", err=True, nl=False)
            self._shown = 0


@contextmanager
def progress() -> Iterator[Progress]:
    """A line of progress, gone at the end."""
    line = Progress()
    try:
        yield line
    finally:
        line.end()
