"""Several portals in one store: no number of one comes into another's, in one project or in two."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from collector.clock import SystemClock
from collector.testing.company.books import Books
from collector.testing.company.calendar import seconds
from collector.testing.company.company import Company
from collector.testing.company.config import collector_yml
from collector.testing.simulator import World, running
from connectors.bitrix24.simulator import Bitrix24Simulator
from tests.connectors.bitrix24.shop import BEGINS, OF_CRM
from tests.connectors.moving import Moving
from tests.testing.company.fed import MEASURES, TOLERANCE, program

WINDOW = "30d"
ASKED = {name: kpi for name, kpi in MEASURES.items() if name in OF_CRM}
TERMS = {
    name: value
    for name, value in yaml.safe_load(collector_yml()).items()
    if name in ("timezone", "currency", "vat", "margin")
}
TERMS["vat"].pop("spend")  # there is none here
KPIS = [
    {"name": name, "formula": kpi.terms[0], "unit": kpi.unit, "better": "up", "windows": [WINDOW]}
    for name, kpi in ASKED.items()
]

Portals = Mapping[str, tuple[Bitrix24Simulator, Mapping[str, Any]]]
"""By name, with the settings of a source that reads it."""


@contextmanager
def portals(monkeypatch: pytest.MonkeyPatch, **worlds: World) -> Iterator[Portals]:
    """Portals of different companies, side by side."""
    clock = Moving(BEGINS)
    monkeypatch.setattr(SystemClock, "now", lambda _: clock.now())
    with ExitStack() as stack:
        made = {}
        for name, world in worlds.items():
            simulator = Bitrix24Simulator(world)
            simulator.limits = []
            settings = stack.enter_context(running(simulator)).settings
            made[name] = (simulator, {"connector": "bitrix24", "plan": "enterprise", **settings})
        yield made
        for simulator, _ in made.values():
            assert {entry.status for entry in simulator.journal.entries} == {200}


def rates(company: Company) -> dict[str, dict[date, str]]:
    """As the setting `rates` takes them."""
    found: dict[str, dict[date, str]] = {}
    for rate in company.rates(company.since - timedelta(days=20), company.today):
        found.setdefault(rate.currency, {})[date.fromordinal(rate.day)] = str(rate.value)
    return found


def read(folder: Path, config: Mapping[str, Any], made: Portals) -> tuple[Path, dict[str, Books]]:
    """The configuration, once all is polled, and what the books of each company say."""
    path = folder / "collector.yml"
    path.write_text(yaml.safe_dump({"store": "sqlite:///store.db", **config}, sort_keys=False), encoding="utf-8")
    polled = seconds(SystemClock().now())
    program("--config", path, "poll", "--all")
    return path, {name: Books(simulator.company, polled=polled) for name, (simulator, _) in made.items()}


def shown(path: Path, *asked: object) -> dict[tuple[str, str | None], Any]:
    """What the program says, by KPI and member."""
    lines = program("--config", path, "kpi", "show", "--window", WINDOW, "--format", "json", *asked).splitlines()
    return {(line["kpi"], line.get("member")): line for line in map(json.loads, lines)}


def differing(books: Books, lines: Mapping[tuple[str, str | None], Any], member: str | None) -> Iterator[str]:
    """In what a portal's figures are not those of its own company."""
    for name, kpi in ASKED.items():
        expected = books.value_of(kpi, WINDOW, books.company.yesterday).values[()]
        assert isinstance(expected, Decimal)
        told = lines[name, member]["value"]
        if told is None or abs(Decimal(told) - expected) > TOLERANCE * max(Decimal(1), abs(expected)):
            yield f"{name} of {member}: {told}, not {expected}"


def test_two_portals_of_one_project_have_each_its_own_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # one seed: the same ids and rates, but another size, so that all figures differ
    with portals(monkeypatch, east=World(seed=1, days=45), west=World(seed=1, days=45, size=2)) as made:
        sources = {name: settings for name, (_, settings) in made.items()}
        own = {"rates": rates(made["east"][0].company), "sources": sources, "kpis": KPIS}
        path, books = read(tmp_path, {**TERMS, **own}, made)

        lines = shown(path, "--by", "source")

        assert not [fault for name in made for fault in differing(books[name], lines, name)]
        whole = shown(path)
        for name in ("leads", "deals_won", "revenue", "new_customers", "active_customers", "pipeline_amount"):
            parts = [Decimal(lines[f"{name}_alone", each]["value"]) for each in made]
            assert Decimal(whole[f"{name}_alone", None]["value"]) == sum(parts)


def test_two_projects_of_one_store_have_each_its_own_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with portals(monkeypatch, east=World(seed=1, days=45), west=World(seed=2, days=45)) as made:
        projects = {
            name: {**TERMS, "rates": rates(simulator.company), "sources": {"crm": settings}, "kpis": KPIS}
            for name, (simulator, settings) in made.items()
        }
        path, books = read(tmp_path, {"projects": projects}, made)

        for name in made:
            assert not list(differing(books[name], shown(path, "--project", name), None)), name
