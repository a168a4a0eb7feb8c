"""Simulators in a process of their own, so that whoever reads them has an interpreter to themselves."""

import multiprocessing
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import Any

from collector.clock import SlowClock
from collector.testing.simulator.running import running
from collector.testing.simulator.simulator import Simulator
from collector.testing.simulator.world import World

END_SECONDS = 5.0


class Vendors:
    """Simulators that are served by another process."""

    def __init__(self, there: Connection) -> None:
        self._there = there
        self.settings: Sequence[Mapping[str, Any]] = there.recv()
        """Those of a source, for each of them."""

    def set_back(self, by: timedelta) -> None:
        """Let all their clocks be so far behind the machine's, from now on."""
        self._there.send(by)
        self._there.recv()


@contextmanager
def apart(simulators: Sequence[type[Simulator]], world: World) -> Iterator[Vendors]:
    """Serve all of them until the end of the block.

    Raises:
        RuntimeError: one of them does not start.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, simulators, world), name="simulators", daemon=True)
    process.start()
    there.close()
    try:
        try:
            vendors = Vendors(here)
        except EOFError as error:
            raise RuntimeError("the simulators do not start") from error
        yield vendors
    finally:
        here.close()
        process.join(END_SECONDS)
        process.kill()
        process.join()


def _serve(parent: Connection, simulators: Sequence[type[Simulator]], world: World) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, whose end is told by the pipe
    clock = SlowClock()
    with ExitStack() as stack:
        served = [stack.enter_context(running(each(world, clock=clock))) for each in simulators]
        parent.send([each.settings for each in served])
        while True:
            try:
                clock.behind = parent.recv()
            except EOFError:
                return
            parent.send(None)
