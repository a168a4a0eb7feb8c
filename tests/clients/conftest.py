"""Simulators for clients that others wrote: the program's own command serves them, in its own environment."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).parents[2] / ".venv" / "bin" / "kpi-collector"
SMALL = ("--seed", "1", "--days", "60", "--today", "2026-11-20")

Served = dict[str, Any]


@pytest.fixture
def simulate() -> Iterator[Callable[..., Served]]:
    """`simulate(connector, *options)`: what the command tells of the simulator that it serves until the test ends."""
    with ExitStack() as running:

        def serve(connector: str, *options: str) -> Served:
            command = [PROGRAM, "simulate", connector, "--listen", "127.0.0.1:0", *(options or SMALL)]
            process = running.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
            running.callback(process.terminate)
            assert process.stdout is not None
            told: Served = json.loads(process.stdout.readline())
            return told

        yield serve


@pytest.fixture(scope="session")
def truth() -> Callable[..., dict[tuple[str, ...], Decimal]]:
    """`truth(connector, *by)`: (day, measure, *members) → what the company's books say of the same numbers."""

    def read(connector: str, *by: str, options: tuple[str, ...] = SMALL) -> dict[tuple[str, ...], Decimal]:
        command = [PROGRAM, "simulate", connector, "--truth", "--format", "json", *options]
        out = subprocess.run(
            command + (["--by", ",".join(by)] if by else []), stdout=subprocess.PIPE, text=True, check=True
        ).stdout
        lines = [json.loads(line) for line in out.splitlines()]
        return {
            (line["day"], line["measure"], *(line[name] for name in by)): Decimal(line["value"])
            for line in lines
            if line["value"] is not None
        }

    return read
