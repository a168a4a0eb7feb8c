"""The company as its vendors tell of it: GA4, Direct, VK Ads, Bitrix24 and the bank, polled by the real program.

Only what no vendor knows comes from files: other costs, and the plan. A clock of its own.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collector.clock import SystemClock
from collector.testing.company.books import Books
from collector.testing.company.books.kpis import KPIS
from collector.testing.company.calendar import seconds
from collector.testing.company.company import Company
from collector.testing.company.config import COLUMNS, collector_yml
from collector.testing.company.files import write_csv
from collector.testing.company.story import LOYAL_DAYS
from collector.testing.company.terms import CURRENCIES, SITE
from collector.testing.simulator import Running, World, running
from connectors.bitrix24.simulator import Bitrix24Simulator
from connectors.cbr_rates.plugin import CbrRates
from connectors.cbr_rates.simulator import CbrRatesSimulator
from connectors.google_analytics.simulator import GoogleAnalyticsSimulator
from connectors.vk_ads.simulator import VkAdsSimulator
from connectors.yandex_direct.simulator import YandexDirectSimulator
from tests.connectors.moving import Moving
from tests.testing.company.fed import Fed, Question, program

BEGINS = datetime(2026, 2, 11, 9, tzinfo=UTC)
VENDORS = (
    GoogleAnalyticsSimulator, YandexDirectSimulator, VkAdsSimulator, Bitrix24Simulator, CbrRatesSimulator
)  # fmt: skip
FILES = ("costs", "plan")
VAT = {"yandex_direct": "gross", "vk_ads": "gross", "google_analytics": "net", "costs": "net", "plan": "gross"}
OF_NETWORKS = (
    *("reach_1d", "reach_7d", "reach_28d", "social_views", "posts", "followers_gained", "audience"),
    *("social_engagement", "social_engagement_rate", "engagement_reach", "engagement_followers"),
)
JUDGED = {name for name in KPIS if name not in OF_NETWORKS}


class Shop(Fed):
    """What is polled, and what the books say."""

    def __init__(self, folder: Path, vendors: Mapping[str, Running], clock: Moving, days: int) -> None:
        super().__init__(folder)
        self.vendors, self.clock, self.days = vendors, clock, days

    @property
    def company(self) -> Company:
        """As the CRM has it."""
        found: Company = self.vendors["bitrix24"].simulator.company  # type: ignore[attr-defined]
        return found

    def poll(self) -> dict[str, int]:
        """Read all; how many records came of each source."""
        self.config = write_csv(self.company, self.folder)
        lines = [line for line in _terms() if not line.startswith("  spend:")]
        lines[lines.index("vat:") + 1 : 0] = [f"  spend: {json.dumps(VAT)}"]
        sources = "\n".join(("sources:", *map(self._source, self.vendors), *self._files()))
        kpis = "\n".join(("kpis:", *(f"  - {name}" for name in sorted(JUDGED))))
        self.config.write_text("\n".join((*lines, sources, kpis, "")), encoding="utf-8")
        begun = seconds(self.clock.now())
        records: dict[str, int] = {}
        for each in (*self.vendors, *FILES):
            for line in program("--config", self.config, "poll", each, "--format", "json").splitlines():
                report = json.loads(line)
                assert report["state"] == "done", report
                records[each] = records.get(each, 0) + report["records"]
        self.books = Books(self.company, polled=begun)
        return records

    def _source(self, name: str) -> str:
        settings: dict[str, Any] = {"connector": name, "backfill": f"{self.days}d", **self.vendors[name].settings}
        match name:
            case "google_analytics":
                settings |= {"site": SITE, "ad_cost": ["google_ads"]}
            case "bitrix24":
                settings |= {"plan": "enterprise", "backfill": "all"}
            case "cbr_rates":
                settings |= {"currencies": [*CURRENCIES], "backfill": f"{self.days + LOYAL_DAYS + 20}d"}
        return "\n".join((f"  {name}:", *(f"    {key}: {json.dumps(value)}" for key, value in settings.items())))

    def _files(self) -> Iterator[str]:
        """The sources of files, as the company's own configuration has them."""
        text = collector_yml(instead={name: "" for name in COLUMNS if name not in FILES})
        yield text[text.index("sources:\n") + len("sources:\n") :].strip("\n")

    def faults(self, question: Question) -> list[str]:
        """Of all but the networks' figures, and measures alone."""
        return [each for each in super().faults(question) if each.split()[0] in JUDGED]


def _terms() -> list[str]:
    text = collector_yml(instead=dict.fromkeys(COLUMNS, ""))
    return text[: text.index("sources:")].splitlines()


@contextmanager
def opened(folder: Path, monkeypatch: pytest.MonkeyPatch, *, seed: int = 1, days: int = 60) -> Iterator[Shop]:
    """A shop, with all its vendors."""
    clock = Moving(BEGINS)
    monkeypatch.setattr(SystemClock, "now", lambda _: clock.now())
    monkeypatch.setattr(CbrRates, "limits", ())  # nobody waits for a turn
    with ExitStack() as stack:
        vendors = {}
        for kind in VENDORS:
            simulator = kind(World(seed=seed, days=days))
            simulator.limits = []
            vendors[kind.connector] = stack.enter_context(running(simulator))
        yield Shop(folder, vendors, clock, days)
