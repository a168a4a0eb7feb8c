"""`demo`: the real daemon on a real purchase history, on loopback, without accounts or internet."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from collector.cli.context import load_plugins
from collector.cli.run import serve, web_options, with_web
from collector.clock import SystemClock
from collector.daemon import set_up
from collector.settings.load import load
from collector.snapshot.gather import Setup
from collector.testing.replay import write_demo


@click.command()
@web_options
@click.pass_context
def demo(ctx: click.Context, /, **web: Any) -> None:
    """Show it all at work: a shop's purchases of 18 months, replayed to yesterday."""
    plugins = load_plugins(ctx)
    clock = SystemClock()
    with TemporaryDirectory(prefix="kpi-collector-demo-") as folder:
        path = write_demo(Path(folder), now=clock.now())

        def read() -> Setup:
            config = load(path, plugins=plugins, environ={}, clock=clock)  # a keeper's own store is no place for this
            return set_up(with_web(config, web), plugins)

        def tell(address: str) -> None:
            click.echo(f"The scoreboard: {address}/   the metrics: {address}/metrics   stop with Ctrl-C")

        serve(read(), read, tell=tell)
