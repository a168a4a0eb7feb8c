"""A simulator in the foreground: what `kpi-collector simulate CONNECTOR` does."""

import json
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

import uvicorn

from collector.testing.simulator.faults import Faults
from collector.testing.simulator.running import configured, listening, settings_of, url_of
from collector.testing.simulator.simulator import Simulator
from collector.testing.simulator.tls import make_authority
from collector.testing.simulator.world import World


def serve(
    simulator_type: type[Simulator],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    world: World | None = None,
    faults: Mapping[str, float] | None = None,
    tls: bool = False,
    out: TextIO | None = None,
) -> None:
    """Serve until stopped; the first line on `out` is one JSON object that tells how to reach it.

    `{"connector", "base_url", "settings", "seed", "today"}`: connector and settings are a
    valid source. `faults` are shares of all requests by kind.

    Raises:
        OSError: the address cannot be listened on.
    """
    world = world or World()
    simulator = simulator_type(world, faults=Faults(world.seed, dict(faults or {})))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="simulator-"))) if tls else None
        authority = None if folder is None else make_authority(folder)
        listener = stack.enter_context(listening(host, port))
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
