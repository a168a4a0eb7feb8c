"""A simulator in the foreground: what `kpi-collector simulate CONNECTOR` does."""

import json
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

import uvicorn

from collector.testing.simulator.faults import Faults, parse_fault
from collector.testing.simulator.running import configured, listening, settings_of, url_of
from collector.testing.simulator.simulator import Simulator
from collector.testing.simulator.tls import make_authority
from collector.testing.simulator.world import World


def serve(
    simulator_type: type[Simulator],
    *,
    listen: str = "127.0.0.1:0",
    world: World | None = None,
    faults: Iterable[str] = (),
    tls: bool = False,
    out: TextIO | None = None,
) -> None:
    """Serve until stopped; the first line on `out` is one JSON object that tells how to reach it.

    `{"connector", "base_url", "settings", "seed", "today"}`: connector and settings are a
    valid source. `faults` are written `KIND=RATE`; port 0 is any that is free.

    Raises:
        ValueError: `listen` is no host:port, or a fault is none.
        OSError: the address cannot be listened on.
    """
    world = world or World()
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"{listen!r} is no address to listen on; write host:port, such as 127.0.0.1:0")
    simulator = simulator_type(world, faults=Faults(world.seed, dict(map(parse_fault, faults))))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="simulator-"))) if tls else None
        authority = None if folder is None else make_authority(folder)
        listener = stack.enter_context(listening(host.strip("[]") or "127.0.0.1", int(port)))
        url = url_of(listener, authority)
        first = {
            "connector": simulator.connector,
            "base_url": url,
            "settings": settings_of(simulator, url, None if authority is None else str(authority.ca_file)),
            "seed": world.seed,
            "today": simulator.today.isoformat(),
        }
        print(json.dumps(first, ensure_ascii=False), file=out or sys.stdout, flush=True)
        uvicorn.Server(configured(simulator, authority)).run(sockets=[listener])
