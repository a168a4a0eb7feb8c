"""The company with its ads in two ad systems: the real program polls both simulators, on a clock of its own."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collector.clock import SystemClock
from collector.testing.company.books import Books
from collector.testing.company.books.kpis import KPIS
from collector.testing.company.books.of_facts import ADS
from collector.testing.company.config import COLUMNS, collector_yml
from collector.testing.company.files import write_csv
from collector.testing.simulator import Running, World, running
from connectors.vk_ads.simulator import VkAdsSimulator
from connectors.yandex_direct.simulator import YandexDirectSimulator
from tests.connectors.moving import Moving
from tests.testing.company.fed import ALL, LONG_AFTER, MEASURES, Fed, Question, program

BEGINS = datetime(2026, 2, 11, 9, tzinfo=UTC)
FILES = ("google_ads", "costs", "rates", "leads", "deals", "customers")
OF_ADS = {name for name, kpi in ALL.items() if set(kpi.terms) & set(ADS)}
"""What ads have a part in: among it CAC, CPL, ROMI."""


class Shop(Fed):
    """What is polled, and what the books say."""

    def __init__(self, folder: Path, direct: Running, vk: Running, clock: Moving, days: int) -> None:
        super().__init__(folder)
        self.clock = clock
        assert isinstance(direct.simulator, YandexDirectSimulator)
        assert isinstance(vk.simulator, VkAdsSimulator)
        self.direct, self.vk = direct.simulator, vk.simulator
        self.sources = {
            "yandex_direct": _source("yandex_direct", direct.settings, days),
            "vk_ads": _source("vk_ads", vk.settings, days),
        }

    def poll(self) -> list[Mapping[str, Any]]:
        """Read the ad systems, and the files that their KPIs need."""
        company = self.direct.company
        self.config = write_csv(company, self.folder)
        sources = {name: "" for name in COLUMNS if name not in FILES} | self.sources
        text = collector_yml(instead=sources)
        told = [
            f"  - {{name: {name}, formula: {kpi.terms[0]}, unit: {kpi.unit}, better: up, "
            f"windows: [{', '.join(kpi.windows)}]}}\n"
            for name, kpi in MEASURES.items()
            if name in OF_ADS
        ]
        told += [f"  - {name}\n" for name in KPIS if name in OF_ADS and name != "budget_use"]
        vat = ", ".join(f"{name}: {kind}" for name, kind in _VAT.items())
        lines = [f"  spend: {{{vat}}}" if line.startswith("  spend:") else line for line in text.splitlines()]
        self.config.write_text("\n".join([*lines, "kpis:\n" + "".join(told)]), encoding="utf-8")
        for name in FILES:
            program("--config", self.config, "poll", name)
        reports: list[Mapping[str, Any]] = []
        for name in self.sources:
            reports += self.program("poll", name, "--format", "json")
        self.books = Books(company, polled=LONG_AFTER)
        return reports

    def program(self, *arguments: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in program("--config", self.config, *arguments).splitlines()]

    def faults(self, question: Question) -> list[str]:
        """Of the figures that ads have a part in."""
        return [each for each in super().faults(question) if each.split()[0] in OF_ADS - {"budget_use"}]

    def agree(self) -> None:
        last = self.direct.company.yesterday
        questions = [Question(last, by=dimension) for dimension in (None, "channel", "campaign", "source")]
        questions += [Question(last - timedelta(days=back), "1d", by="campaign") for back in range(4)]
        faults = [fault for question in questions for fault in self.faults(question)]
        assert not faults, "\n".join(faults[:40])


_VAT = {"yandex_direct": "gross", "vk_ads": "gross", "google_ads": "net", "costs": "net"}


def _source(name: str, settings: Mapping[str, Any], days: int) -> str:
    lines = [f"  {name}:", f"    connector: {name}", f"    backfill: {days}d"]
    return "\n".join([*lines, *(f"    {key}: {json.dumps(value)}" for key, value in settings.items())])


@contextmanager
def opened(folder: Path, monkeypatch: pytest.MonkeyPatch, *, seed: int = 1, days: int = 60) -> Iterator[Shop]:
    """A shop, with its vendors."""
    clock = Moving(BEGINS)
    monkeypatch.setattr(SystemClock, "now", lambda _: clock.now())
    with ExitStack() as stack:
        direct = stack.enter_context(running(YandexDirectSimulator(World(seed=seed, days=days))))
        vk = stack.enter_context(running(VkAdsSimulator(World(seed=seed, days=days))))
        yield Shop(folder, direct, vk, clock, days)
