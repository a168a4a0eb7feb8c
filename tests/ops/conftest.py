"""The real programs that the project is run with; without them a test is skipped, in CI it fails."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest

from tests.ops.stack import Program


def _binary(*names: str) -> str:
    for name in names:
        if found := shutil.which(name):
            return found
    if "CI" in os.environ:
        pytest.fail(f"{names[0]} is not installed")
    pytest.skip(f"{names[0]} is not installed")


@pytest.fixture(scope="session")
def promtool() -> str:
    return _binary("promtool")


@pytest.fixture(scope="session")
def amtool() -> str:
    return _binary("amtool")


@pytest.fixture(scope="session")
def prometheus_binary() -> str:
    return _binary("prometheus")


@pytest.fixture(scope="session")
def alertmanager_binary() -> str:
    return _binary("prometheus-alertmanager", "alertmanager")


Stopping = Callable[[Program], Program]


@pytest.fixture(scope="module")
def stopped_after() -> Iterator[Stopping]:
    """Programs given to it are stopped at the end, the last one first."""
    running: list[Program] = []

    def take(program: Program) -> Program:
        running.append(program)
        return program

    yield take
    for program in reversed(running):
        if program.process.poll() is None:
            program.stop()
