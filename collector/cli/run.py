"""`run`: the daemon. Its address is taken first, so that a second one is told at once."""

import asyncio
import faulthandler
import logging
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from collector.cli.context import Failed, Refused, load_config
from collector.cli.options import invocation
from collector.clock import SystemClock
from collector.daemon import Daemon, set_up
from collector.log import hide
from collector.plugin.discovery import discover
from collector.settings.errors import ConfigErrors
from collector.settings.load import load
from collector.settings.model import Config
from collector.snapshot.gather import Setup
from collector.store.connect import open_store
from collector.store.errors import StoreError
from collector.systemd import Systemd
from collector.web.config_file import faults as web_faults
from collector.web.protection import Protection
from collector.web.server import BadListenAddress, CannotListen, bind

log = logging.getLogger(__name__)
F = TypeVar("F", bound=Callable[..., Any])


def web_options(command: F) -> F:
    """`--web.*`, as Prometheus exporters have them; given to the command as one dict."""
    options = [
        click.option("--web.listen-address", "listen", help="host:port to listen on; overrides web.listen."),
        click.option("--web.config.file", "config_file", help="TLS and basic auth; overrides web.config_file."),
        click.option("--web.enable-lifecycle", "enable_lifecycle", is_flag=True, default=None, help="Allow /-/reload."),
        click.option("--web.route-prefix", "route_prefix", help="Path under which everything is served."),
    ]
    for option in options:
        command = option(command)
    return command


@click.command()
@web_options
@click.pass_context
def run(ctx: click.Context, /, **web: Any) -> None:
    """Poll the configured sources and serve /metrics, until stopped."""
    config, plugins = load_config(ctx, also=lambda found: web_faults(with_web(found, web).web.config_file))
    config = with_web(config, web)
    path = invocation(ctx).config_path

    def reload() -> Setup:
        found = discover() if invocation(ctx).plugins is plugins else plugins
        again = load(path, plugins=found, environ=os.environ, clock=SystemClock())
        hide(again.secrets)
        again = with_web(again, web)
        if faults := web_faults(again.web.config_file):
            raise ConfigErrors(faults)
        return set_up(again, found)

    serve(set_up(config, plugins), reload)


def with_web(config: Config, given: dict[str, Any]) -> Config:
    """The configuration with what `--web.*` says instead."""
    said = {name: value for name, value in given.items() if value is not None}
    return replace(config, web=config.web.model_copy(update=said))


def serve(setup: Setup, reload: Callable[[], Setup], *, tell: Callable[[str], None] | None = None) -> None:
    """Run the daemon until it is told to stop; `tell` hears its address."""
    listen, file = setup.config.web.listen, setup.config.web.config_file
    protection = Protection(Path(file) if file else None)
    try:
        sock = bind(listen)
    except BadListenAddress as error:
        raise Refused(str(error)) from error
    except CannotListen as error:
        raise Failed(str(error)) from error
    try:
        store = open_store(setup.config.store)
    except StoreError as error:
        sock.close()
        raise Failed(str(error)) from error
    host, port = sock.getsockname()[:2]
    named = f"[{host}]" if ":" in host else host
    address = f"{protection.scheme}://{named}:{port}{setup.config.web.route_prefix.rstrip('/')}"
    log.info("kpi-collector listens on %s", address)
    if tell is not None:
        tell(address)
    manager = Systemd(os.environ)
    if manager.watchdog_seconds is not None:
        faulthandler.enable()  # when the watchdog ends us, the log tells where each thread was
    try:
        asyncio.run(Daemon(store, setup, reload, SystemClock(), protection, manager).run(sock))
    except StoreError as error:
        raise Failed(str(error)) from error
    finally:
        store.close()
