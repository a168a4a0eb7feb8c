"""The company with its CRM in amoCRM: the real program polls the simulator, on a clock that stands."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collector.clock import FixedClock, SystemClock
from collector.testing.company.books import Books
from collector.testing.company.books.kpis import KPIS
from collector.testing.company.calendar import seconds
from collector.testing.company.config import collector_yml
from collector.testing.company.files import write_csv
from collector.testing.simulator import World, running
from connectors.amocrm.plugin import AmoCrm
from connectors.amocrm.simulator import AmocrmSimulator
from tests.testing.company.fed import MEASURES, Fed, program

BEGINS = datetime(2026, 2, 11, 9, tzinfo=UTC)


class Shop(Fed):
    """What is polled, and what the books say."""

    def __init__(
        self, folder: Path, simulator: AmocrmSimulator, settings: Mapping[str, Any], clock: FixedClock
    ) -> None:
        super().__init__(folder)
        self.simulator, self.clock = simulator, clock
        lines = ["  crm:", "    connector: amocrm", *(f"    {k}: {json.dumps(v)}" for k, v in settings.items())]
        self._source = "\n".join(lines)

    def poll(self, *streams: str, by: str = "poll") -> None:
        """Write what is no CRM's as files, and read all: the CRM first, or these streams of it, in this order."""
        self.config = write_csv(self.simulator.company, self.folder)
        sources = {"leads": self._source, "deals": "", "customers": ""}
        told = [f"  - {name}\n" for name in KPIS]
        told += [
            f"  - {{name: {name}, formula: {kpi.terms[0]}, unit: {kpi.unit}, better: up, "
            f"windows: [{', '.join(kpi.windows)}]}}\n"
            for name, kpi in MEASURES.items()
        ]
        self.config.write_text(collector_yml(instead=sources) + "kpis:\n" + "".join(told), encoding="utf-8")
        begun = seconds(self.clock.now())
        for each in streams or ("crm",):
            program("--config", self.config, by, each)
        program("--config", self.config, "poll", "--all")
        self.books = Books(self.simulator.company, polled=begun)


@contextmanager
def opened(folder: Path, monkeypatch: pytest.MonkeyPatch, *, seed: int = 1, days: int = 60) -> Iterator[Shop]:
    """A shop, where nobody has to wait for a turn."""
    clock = FixedClock(BEGINS)
    monkeypatch.setattr(SystemClock, "now", lambda _: clock.now())
    monkeypatch.setattr(AmoCrm, "limits", ())
    simulator = AmocrmSimulator(World(seed=seed, days=days), clock=clock)
    simulator.limits = []
    with running(simulator) as found:
        yield Shop(folder, simulator, found.settings, clock)
