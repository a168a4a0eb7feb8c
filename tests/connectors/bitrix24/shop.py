"""The company with its CRM in Bitrix24: the real program polls the simulator, on a clock of its own."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collector.clock import SystemClock
from collector.testing.company.books import Books, of_deals, of_leads
from collector.testing.company.books.kpis import KPIS
from collector.testing.company.calendar import seconds
from collector.testing.company.config import COLUMNS, collector_yml
from collector.testing.company.files import write_csv
from collector.testing.simulator import World, running
from connectors.bitrix24.simulator import Bitrix24Simulator
from tests.connectors.moving import Moving
from tests.testing.company.fed import ALL, MEASURES, Fed, Question, program

BEGINS = datetime(2026, 2, 11, 9, tzinfo=UTC)
_MEASURES = {*of_leads.MEASURES, *of_deals.FLOWS, *of_deals.STOCKS, *of_deals.DISTINCT}
OF_CRM = {name for name, kpi in ALL.items() if set(kpi.terms) <= _MEASURES}
"""What needs nothing but the CRM."""


class Shop(Fed):
    """What is polled, and what the books say."""

    def __init__(self, folder: Path, simulator: Bitrix24Simulator, settings: Mapping[str, Any], clock: Moving) -> None:
        super().__init__(folder)
        self.simulator, self.clock = simulator, clock
        lines = ["  crm:", "    connector: bitrix24", "    plan: enterprise"]
        lines += [f"    {name}: {json.dumps(value)}" for name, value in settings.items()]
        self._source = "\n".join(lines)

    def poll(self, *streams: str) -> list[Mapping[str, Any]]:
        """Read the CRM (or some of its streams, in this order), and the rates that its money needs."""
        self.config = write_csv(self.simulator.company, self.folder)
        sources = {name: "" for name in COLUMNS if name != "rates"} | {"leads": self._source}
        told = [
            f"  - {{name: {name}, formula: {kpi.terms[0]}, unit: {kpi.unit}, better: up, "
            f"windows: [{', '.join(kpi.windows)}]}}\n"
            for name, kpi in MEASURES.items()
            if name in OF_CRM
        ]
        told += [f"  - {name}\n" for name in KPIS if name in OF_CRM]
        lines_of = collector_yml(instead=sources).splitlines(keepends=True)
        text = "".join(line for line in lines_of if not line.startswith("  spend:")) + "kpis:\n" + "".join(told)
        self.config.write_text(text, encoding="utf-8")
        program("--config", self.config, "poll", "rates")
        begun = seconds(self.clock.now())
        reports = []
        for each in streams or ("crm",):
            lines = program("--config", self.config, "poll", each, "--format", "json").splitlines()
            reports += [json.loads(line) for line in lines]
        self.books = Books(self.simulator.company, polled=begun)
        return reports

    def faults(self, question: Question) -> list[str]:
        """Of the CRM's figures alone."""
        return [each for each in super().faults(question) if each.split()[0] in OF_CRM]


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
