"""The company with its CRM in Bitrix24: the real program polls the simulator, on a clock of its own."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collector.clock import SystemClock
from collector.testing.company.books import Books
from collector.testing.company.books.kpis import KPIS
from collector.testing.company.calendar import seconds
from collector.testing.company.config import collector_yml
from collector.testing.company.files import write_csv
from collector.testing.simulator import World, running
from connectors.bitrix24.simulator import Bitrix24Simulator
from tests.testing.company.fed import MEASURES, Fed, program

BEGINS = datetime(2026, 2, 11, 9, tzinfo=UTC)
_OF_CRM = ("leads", "deals", "customers")


class Moving:
    """The instant that it is: the machine's clock, moved."""

    def __init__(self, at: datetime) -> None:
        self._ahead = at - datetime.now(UTC)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, by: timedelta) -> None:
        self._ahead += by


class Shop(Fed):
    """What is polled, and what the books say."""

    def __init__(self, folder: Path, simulator: Bitrix24Simulator, settings: Mapping[str, Any], clock: Moving) -> None:
        super().__init__(folder)
        self.simulator, self.clock = simulator, clock
        lines = ["  crm:", "    connector: bitrix24", "    plan: enterprise"]
        lines += [f"    {name}: {json.dumps(value)}" for name, value in settings.items()]
        self._source = "\n".join(lines)

    def poll(self, *streams: str) -> list[Mapping[str, Any]]:
        """Write what is no CRM's as files, and read all; the CRM first."""
        company = self.simulator.company
        self.config = write_csv(company, self.folder)
        sources = {"leads": self._source, "deals": "", "customers": ""}
        told = [f"  - {name}\n" for name in KPIS]
        told += [
            f"  - {{name: {name}, formula: {kpi.terms[0]}, unit: {kpi.unit}, better: up, "
            f"windows: [{', '.join(kpi.windows)}]}}\n"
            for name, kpi in MEASURES.items()
        ]
        text = collector_yml(instead=sources) + "kpis:\n" + "".join(told)
        self.config.write_text(text, encoding="utf-8")
        begun = seconds(self.clock.now())
        reports = []
        for each in streams or ("crm",):
            told_of = program("--config", self.config, "poll", each, "--format", "json")
            reports += [json.loads(line) for line in told_of.splitlines()]
        program("--config", self.config, "poll", "--all")
        self.books = Books(self.simulator.company, polled=begun)
        return reports


@contextmanager
def opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, seed: int = 1, days: int = 200, **switches: Any
) -> Iterator[Shop]:
    """A shop; `switches` are the simulator's."""
    clock = Moving(BEGINS)
    monkeypatch.setattr(SystemClock, "now", lambda _: clock.now())
    simulator = Bitrix24Simulator(World(seed=seed, days=days))
    simulator.limits = []
    for name, value in switches.items():
        setattr(simulator.switches, name, value)
    with running(simulator) as found:
        yield Shop(folder, simulator, found.settings, clock)
