"""Simulators in a process of their own, so that whoever reads them has an interpreter to themselves."""

import multiprocessing
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from typing import Any

from collector.testing.simulator.running import running
from collector.testing.simulator.simulator import Simulator
from collector.testing.simulator.world import World

END_SECONDS = 5.0


@contextmanager
def apart(simulators: Sequence[type[Simulator]], world: World) -> Iterator[list[Mapping[str, Any]]]:
    """Serve all of them until the end of the block; gives the settings of a source for each.

    Raises:
        RuntimeError: one of them does not start.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    vendors = context.Process(target=_serve, args=(there, simulators, world), name="simulators", daemon=True)
    vendors.start()
    there.close()
    try:
        try:
            yield here.recv()
        except EOFError as error:
            raise RuntimeError("the simulators do not start") from error
    finally:
        here.close()
        vendors.join(END_SECONDS)
        vendors.kill()
        vendors.join()


def _serve(parent: Connection, simulators: Sequence[type[Simulator]], world: World) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, whose end is told by the pipe
    with ExitStack() as stack:
        served = [stack.enter_context(running(each(world))) for each in simulators]
        parent.send([each.settings for each in served])
        try:
            parent.recv()
        except EOFError:
            return
