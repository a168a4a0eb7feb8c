"""`demo`: the real daemon on a real purchase history, on loopback, without accounts or internet."""

import os
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
            config = load(path, plugins=plugins, environ=os.environ, clock=clock)
            return set_up(with_web(config, web), plugins)

        setup = read()
        click.echo(f"The scoreboard: http://{setup.config.web.listen}/   the metrics: …/metrics   stop with Ctrl-C")
        serve(setup, read)
