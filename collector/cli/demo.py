"""`demo`: the real daemon on a made-up company, on loopback, without accounts or internet."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from collector.cli.context import load_plugins
from collector.cli.past import live_through
from collector.cli.run import serve, web_options, with_web
from collector.clock import Clock, SlowClock, SystemClock
from collector.daemon import set_up
from collector.settings.load import load
from collector.settings.model import Config
from collector.snapshot.gather import Setup
from collector.testing.demo import demo_in


@click.command()
@web_options
@click.pass_context
def demo(ctx: click.Context, /, **web: Any) -> None:
    """Show it all at work: 400 days of a made-up company, up to yesterday."""
    plugins = load_plugins(ctx)
    clock = SystemClock()
    connectors = {name: info.type for name, info in plugins.connectors.items()}
    with (
        TemporaryDirectory(prefix="kpi-collector-demo-") as folder,
        demo_in(Path(folder), now=clock.now(), connectors=connectors) as made,
    ):

        def configured(clock: Clock) -> Config:
            # what a person has set for their own daemon must not decide over the demo
            return load(made.config, plugins=plugins, environ={}, clock=clock)

        def read() -> Setup:
            return set_up(with_web(configured(clock), web), plugins)

        slow = SlowClock()
        live_through(configured(slow), slow, made.set_back)

        def tell(address: str) -> None:
            click.echo(f"The scoreboard: {address}/   the metrics: {address}/metrics   stop with Ctrl-C")

        serve(read(), read, tell=tell)
