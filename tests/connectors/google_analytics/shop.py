"""The company with its site in GA4: the real program polls the simulator, on a clock of its own."""

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
from collector.testing.company.terms import SITE
from collector.testing.company.visits import MEASURES as VISITS
from collector.testing.simulator import World, running
from connectors.google_analytics.simulator import GoogleAnalyticsSimulator
from tests.connectors.moving import Moving
from tests.testing.company.fed import ALL, MEASURES, Fed, Question, program

BEGINS = datetime(2026, 2, 11, 9, tzinfo=UTC)
_WEB = {*VISITS, *GIVEN} - {"unbounced_sessions"} - {name for name in GIVEN if name.startswith("reach")}
_ADS = {"spend", "impressions", "clicks"}
OF_WEB = {name for name, kpi in ALL.items() if set(kpi.terms) <= _WEB}
"""What needs nothing but the site's analytics."""
OF_ADS = {name for name, kpi in ALL.items() if set(kpi.terms) <= _ADS}


class Shop(Fed):
    """What is polled, and what the books say. `ads`: what Google Ads cost comes from GA4 as well."""

    def __init__(
        self,
        folder: Path,
        simulator: GoogleAnalyticsSimulator,
        settings: Mapping[str, Any],
        clock: Moving,
        *,
        ads: bool = False,
    ) -> None:
        super().__init__(folder)
        self.simulator, self.clock, self.ads = simulator, clock, ads
        self.judged = OF_WEB | (OF_ADS if ads else set())
        more = {"ad_cost": ["google_ads"]} if ads else {}
        lines = ["  web:", "    connector: google_analytics", f"    site: {SITE}"]
        lines += [f"    {name}: {json.dumps(value)}" for name, value in {**settings, **more}.items()]
        self._source = "\n".join(lines)

    def poll(self) -> list[Mapping[str, Any]]:
        """Read the property, and what the books need besides."""
        self.config = write_csv(self.simulator.company, self.folder)
        kept = {"rates", *(("yandex_direct", "vk_ads") if self.ads else ())}
        sources = {name: "" for name in COLUMNS if name not in kept} | {"visits": self._source}
        text = collector_yml(instead=sources)
        if self.ads:
            text = text.replace("google_ads: net", "web: net").replace(", costs: net, plan: gross", "")
        else:
            text = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("  spend:"))
        told = [
            f"  - {{name: {name}, formula: {kpi.terms[0]}, unit: {kpi.unit}, better: up, "
            f"windows: [{', '.join(kpi.windows)}]}}\n"
            for name, kpi in MEASURES.items()
            if name in self.judged
        ]
        told += [f"  - {name}\n" for name in KPIS if name in self.judged]
        self.config.write_text(text + "kpis:\n" + "".join(told), encoding="utf-8")
        reports = []
        for each in ("rates", "web", *(("yandex_direct", "vk_ads") if self.ads else ())):
            lines = program("--config", self.config, "poll", each, "--format", "json").splitlines()
            reports += [json.loads(line) for line in lines if each == "web"]
        self.books = Books(self.simulator.company)
        return reports

    def faults(self, question: Question) -> list[str]:
        """Of the site's figures alone."""
        return [each for each in super().faults(question) if each.split()[0] in self.judged]


@contextmanager
def opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, seed: int = 1, days: int = 60, ads: bool = False
) -> Iterator[Shop]:
    """A shop on its simulator."""
    clock = Moving(BEGINS)
    monkeypatch.setattr(SystemClock, "now", lambda _: clock.now())
    simulator = GoogleAnalyticsSimulator(World(seed=seed, days=days))
    with running(simulator) as found:
        yield Shop(folder, simulator, found.settings, clock, ads=ads)
