"""The company with its visits in Metrica: the real program polls the simulator, on a clock of its own."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collector.clock import SystemClock
from collector.testing.company.books import Books
from collector.testing.company.books.figures import GIVEN
from collector.testing.company.books.kpis import KPIS
from collector.testing.company.config import COLUMNS, collector_yml
from collector.testing.company.files import write_csv
from collector.testing.company.visits import MEASURES as VISITS
from collector.testing.simulator import World, running
from connectors.yandex_metrica.plugin import YandexMetrica
from connectors.yandex_metrica.simulator import YandexMetricaSimulator
from tests.connectors.moving import Moving
from tests.testing.company.fed import ALL, MEASURES, Fed, Question, program

BEGINS = datetime(2026, 2, 11, 9, 30, tzinfo=UTC)
USERS = {name for name in GIVEN if name.startswith("users_")}
OF_WEB = {name for name, kpi in ALL.items() if set(kpi.terms) <= {*VISITS, *USERS} - {"engaged_sessions"}}
"""What needs nothing but the visits; engaged ones are what GA4 counts."""


class Shop(Fed):
    """What is polled, and what the books say."""

    def __init__(
        self, folder: Path, simulator: YandexMetricaSimulator, settings: Mapping[str, Any], clock: Moving
    ) -> None:
        super().__init__(folder)
        self.simulator, self.clock = simulator, clock
        lines = ["  visits:", "    connector: yandex_metrica", f"    backfill: {simulator.world.days}d"]
        lines += [f"    {name}: {json.dumps(value)}" for name, value in settings.items()]
        self._source = "\n".join(lines)

    def poll(self, *streams: str) -> list[Mapping[str, Any]]:
        """Read the visits (or some streams), and the rates that their money needs."""
        self.config = write_csv(self.simulator.company, self.folder)
        sources = {name: "" for name in COLUMNS if name != "rates"} | {"visits": self._source}
        told = [
            f"  - {{name: {name}, formula: {kpi.terms[0]}, unit: {kpi.unit}, better: up, "
            f"windows: [{', '.join(kpi.windows)}]}}\n"
            for name, kpi in MEASURES.items()
            if name in OF_WEB
        ]
        told += [f"  - {name}\n" for name in KPIS if name in OF_WEB]
        lines_of = collector_yml(instead=sources).splitlines(keepends=True)
        text = "".join(line for line in lines_of if not line.startswith("  spend:")) + "kpis:\n" + "".join(told)
        self.config.write_text(text, encoding="utf-8")
        program("--config", self.config, "poll", "rates")
        reports = []
        for each in streams or ("visits",):
            lines = program("--config", self.config, "poll", each, "--format", "json").splitlines()
            reports += [json.loads(line) for line in lines]
        self.books = Books(self.simulator.company)
        return reports

    def faults(self, question: Question) -> list[str]:
        """Of the visits' figures alone."""
        return [each for each in super().faults(question) if each.split()[0] in OF_WEB]


@contextmanager
def opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, seed: int = 1, days: int = 60, size: int = 1, **settings: Any
) -> Iterator[Shop]:
    """A shop; `settings` are the source's."""
    clock = Moving(BEGINS)
    monkeypatch.setattr(SystemClock, "now", lambda _: clock.now())
    simulator = YandexMetricaSimulator(World(seed=seed, days=days, size=size))
    simulator.limits = []
    monkeypatch.setattr(YandexMetrica, "limits", ())  # a clock that goes by itself is no place to wait for turns
    with running(simulator) as found:
        yield Shop(folder, simulator, {**found.settings, **settings}, clock)
