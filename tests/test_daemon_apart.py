"""One daemon, two projects, two of everything: each figure is that of its own books, and nothing leaks.

North has two sites, each with a property of GA4 that counts and a counter of Metrica beside it, two
accounts of each ad system (one in dollars), two portals and two amoCRM accounts. South has others.
Each vendor tells of a company of its own, and what a central bank says is one for a project.
"""

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from collector.clock import FixedClock, SystemClock
from collector.plugin.discovery import discover
from collector.testing.company.books import Books, of_facts
from collector.testing.company.company import Company
from collector.testing.company.config import collector_yml
from collector.testing.simulator import Simulator, World, running, simulator_of
from tests.test_daemon import Running
from tests.testing.company.fed import MEASURES, TOLERANCE

DAYS = 9
WINDOW = "7d"
PATIENCE = 120.0
WEB = ("sessions", "page_views", "key_events", "web_revenue")
ADS = ("spend", "impressions", "clicks")
CRM = ("leads", "deals_won", "revenue", "new_customers", "active_customers", "pipeline_amount")
MEASURED = {
    "google_analytics": (*WEB, "engaged_sessions"), "yandex_metrica": ("unbounced_sessions",),
    "yandex_direct": ADS, "vk_ads": ADS, "bitrix24": CRM, "amocrm": CRM,
}  # fmt: skip
ALL = sorted({name for names in MEASURED.values() for name in names})
NOT_SUMMED = ("active_customers",)

NORTH = {
    "ga_tea": ("google_analytics", 11), "ga_cups": ("google_analytics", 12),
    "metrica_tea": ("yandex_metrica", 13), "metrica_cups": ("yandex_metrica", 14),
    "direct_rub": ("yandex_direct", 15), "direct_usd": ("yandex_direct", 16),
    "vk_rub": ("vk_ads", 17), "vk_usd": ("vk_ads", 18),
    "portal_one": ("bitrix24", 19), "portal_two": ("bitrix24", 20),
    "amo_one": ("amocrm", 21), "amo_two": ("amocrm", 22),
    "bank": ("cbr_rates", 23),
}  # fmt: skip
SOUTH = {
    "web": ("google_analytics", 31), "direct_rub": ("yandex_direct", 32), "crm": ("bitrix24", 33),
    "amo_one": ("amocrm", 34), "bank": ("cbr_rates", 35),
}  # fmt: skip
"""Some sources have the names of others in the other project."""
PROJECTS = {"north": NORTH, "south": SOUTH}


@dataclass
class Town:
    """All vendors, and the configuration that reads them."""

    daemon: Running
    simulators: dict[str, dict[str, Simulator]] = field(default_factory=dict)

    def books(self, project: str, source: str) -> Books:
        """What the company says of its source as it stands, at the prices of the project's bank."""
        company = _of(self.simulators[project][source])
        company.__dict__["rates"] = _of(self.simulators[project]["bank"]).rates
        return Books(company)

    def expected(self, project: str) -> dict[tuple[str, str | None], Decimal]:
        """By measure and source; the sum of them as the whole."""
        found: dict[tuple[str, str | None], Decimal] = {}
        for source, (connector, _) in PROJECTS[project].items():
            books = self.books(project, source) if connector in MEASURED else None
            for name in MEASURED.get(connector, ()):
                assert books is not None
                value = _value(books, name, connector)
                if source.endswith("_usd") and name == "spend":
                    value = _in_dollars(books, connector)
                found[name, source] = value
                if name not in NOT_SUMMED:
                    found[name, None] = found.get((name, None), Decimal(0)) + value
        return found


def _of(simulator: Simulator) -> Company:
    company: Company = simulator.company  # type: ignore[attr-defined]
    return company


def _value(books: Books, name: str, connector: str) -> Decimal:
    by = ("source",) if connector in ("yandex_direct", "vk_ads") else ()
    values = books.value_of(MEASURES[f"{name}_alone"], WINDOW, books.company.yesterday, by).values
    value = values.get((connector,) if by else (), Decimal(0))
    assert isinstance(value, Decimal), (name, value)
    return value


def _in_dollars(books: Books, system: str) -> Decimal:
    """What was spent, if the amounts that the books have for rubles were dollars: each day's at that day's price."""
    company, total = books.company, Decimal(0)
    prices = {rate.day: rate.value for rate in company.rates(company.since, company.today) if rate.currency == "USD"}
    for back in range(1, 8):
        day = company.today - timedelta(days=back)
        price = next(prices[day.toordinal() - age] for age in range(10) if day.toordinal() - age in prices)
        spent = books.value_of(MEASURES["spend_alone"], "1d", day, ("source",)).values.get((system,), Decimal(0))
        assert isinstance(spent, Decimal)
        total += spent * price
    return total


def _settings(project: str, source: str, connector: str, given: Mapping[str, Any]) -> dict[str, Any]:
    settings: dict[str, Any] = {"connector": connector, **given, "interval": "5m"}
    if connector in ("google_analytics", "yandex_metrica"):
        settings["site"] = {"metrica_tea": "tea", "ga_tea": "tea"}.get(source, "cups")
        settings["primary"] = connector == "google_analytics"
    if connector == "bitrix24":
        settings["plan"] = "enterprise"
    if connector in ("yandex_metrica", "yandex_direct", "vk_ads"):
        settings["backfill"] = f"{DAYS}d"
    if connector == "cbr_rates":
        settings |= {"backfill": "40d", "currencies": ["USD", "EUR"]}
    return settings


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """Vendors that answer, and a daemon that is to be started."""
    for name in ("entries_of_networks", "entries_of_posts"):  # no source tells of them; half of the books is theirs
        monkeypatch.setattr(of_facts, name, lambda _: iter(()))
    made = Town(Running(tmp_path))
    terms = yaml.safe_load(collector_yml())
    said = {name: terms[name] for name in ("timezone", "currency", "margin")} | {"store": "sqlite:///town.db"}
    kpis = [
        {"name": f"{name}_alone", "formula": name, "unit": MEASURES[f"{name}_alone"].unit, "better": "up",
         "windows": [WINDOW], "by": ["source"]}
        for name in ALL
    ]  # fmt: skip
    projects: dict[str, Any] = {}
    clock = FixedClock(SystemClock().now())  # what they tell stays the same while it is read
    kinds = {name: simulator_of(info.type) for name, info in discover().connectors.items()}
    with ExitStack() as stack:
        for project, sources in PROJECTS.items():
            made.simulators[project], written = {}, {}
            for source, (connector, seed) in sources.items():
                kind = kinds[connector]
                assert kind is not None
                simulator = kind(World(seed=seed, days=DAYS), clock=clock)
                simulator.limits = ()  # they would be counted on a clock that stands
                if source.endswith("_usd"):
                    simulator.switches.currency = "USD"  # type: ignore[attr-defined]
                made.simulators[project][source] = simulator
                settings = stack.enter_context(running(simulator)).settings
                written[source] = _settings(project, source, connector, settings)
            spend = {
                name: "gross" for name, (connector, _) in sources.items() if "spend" in MEASURED.get(connector, ())
            }
            projects[project] = {"sources": written, "vat": terms["vat"] | {"spend": spend}, "kpis": kpis}
        (tmp_path / "collector.yml").write_text(yaml.safe_dump({**said, "projects": projects}), encoding="utf-8")
        try:
            yield made
        finally:
            if made.daemon.process is not None and made.daemon.process.poll() is None:
                made.daemon.process.kill()
                made.daemon.process.communicate()


def shown(daemon: Running, project: str) -> dict[tuple[str, str | None], Decimal]:
    """What the API answers, by measure and source."""
    found = {}
    for asked in ("", "&by=source"):
        for row in json.loads(daemon.get(f"/api/v1/kpis?project={project}{asked}")):
            if row["value"] is not None and row["member"] != "overlap":
                found[row["kpi"].removesuffix("_alone"), row["member"]] = Decimal(row["value"])
    return found


def scraped(daemon: Running, project: str) -> dict[tuple[str, str | None], Decimal]:
    """The same from /metrics."""
    found = {}
    pattern = r"^marketing_(\w+?)_alone(_by_source)?\{([^}]*)\} (\S+)$"
    for name, _, labels, value in re.findall(pattern, daemon.get(f"/metrics?project={project}"), re.MULTILINE):
        told = dict(re.findall(r'(\w+)="([^"]*)"', labels))
        assert told["project"] == project
        if told.get("source") != "overlap":
            found[name, told.get("source")] = Decimal(value)
    return found


def faults(
    told: Mapping[tuple[str, str | None], Decimal], expected: Mapping[tuple[str, str | None], Decimal]
) -> list[str]:
    found = [
        f"{key}: {told.get(key)}, not {value}"
        for key, value in expected.items()
        if abs(told.get(key, Decimal(0)) - value) > TOLERANCE * max(Decimal(1), abs(value))
    ]
    known = {*expected, *((name, None) for name in NOT_SUMMED)}
    return found + [
        f"{key}: {value}, which nobody has said" for key, value in told.items() if value and key not in known
    ]


def unfinished(daemon: Running) -> list[str]:
    rows = json.loads(daemon.get("/api/v1/sources"))
    if not isinstance(rows, list):
        return [str(rows)]  # no snapshot yet
    return [f"{row['project']}.{row['source']}/{row['stream']}: {row['state']} {row['reason']}" for row in rows
            if row["state"] != "done" or not row["history_complete"]]  # fmt: skip


def wait_until_all_is_read(daemon: Running) -> None:
    until, left = time.monotonic() + PATIENCE, ["nothing yet"]
    while left and time.monotonic() < until:
        time.sleep(0.25)
        try:
            left = unfinished(daemon)
        except (httpx.TransportError, json.JSONDecodeError):
            assert daemon.process is not None
            assert daemon.process.poll() is None
    assert not left, "\n".join(left)


def test_no_number_of_one_source_or_project_comes_into_anothers(town: Town) -> None:
    town.daemon.start()
    wait_until_all_is_read(town.daemon)
    for project, sources in PROJECTS.items():
        expected = town.expected(project)
        assert {source for (_, source), value in expected.items() if value} == {*sources, None} - {"bank"}
        wrong: Sequence[str] = ["nothing yet"]
        until = time.monotonic() + 30  # the last poll is in; the snapshot that shows it may be to come
        while wrong and time.monotonic() < until:
            time.sleep(0.1)
            wrong = faults(shown(town.daemon, project), expected)
        assert not wrong, "\n".join(wrong)
        assert not faults(scraped(town.daemon, project), expected)
    code, told = town.daemon.stop()
    assert (code, "Traceback" in told) == (0, False)
