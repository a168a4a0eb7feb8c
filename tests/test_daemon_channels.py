"""The share of each measure that no channel was found for, on /metrics of the real daemon, as rules change.

Much of what is there came by a leaflet, of which no built-in rule knows.
"""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from collector.clock import SystemClock
from tests.test_daemon import Running

LEAFLET = {"utm_source": "листовка", "utm_medium": "qr"}
VK = {"utm_source": "vk", "utm_medium": "cpc"}
UTM = ("utm_source", "utm_medium")

LEADS = [LEAFLET, LEAFLET, LEAFLET, VK]
DEALS = [("A", 10, VK), ("A", 10, VK), ("B", 20, LEAFLET), ("C", 30, LEAFLET), ("C", 30, LEAFLET)]
VISITS = [("листовка / qr", 70), ("VK / cpc", 30)]
COSTS = [("листовка / qr", "листовки-осень", 45), ("vk / cpc", "осень", 55)]

UNASSIGNED = {
    "sessions": 0.7, "leads": 0.75, "deals": 0.6, "deals_won": 0.6, "revenue": 0.8, "new_customers": 2 / 3,
    "spend": 0.45,
}  # fmt: skip
PATIENCE = 60.0
SOURCES = ("visits", "leads", "deals", "costs")


def files(folder: Path, day: str) -> None:
    def written(name: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        lines = [",".join(map(str, each)) for each in (header, *rows)]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")

    written("visits", ("day", "source_medium", "sessions"), [(day, *each) for each in VISITS])
    written("costs", ("day", "source_medium", "campaign", "spend"), [(day, *each) for each in COSTS])
    leads = [(number, day, *(tags[name] for name in UTM)) for number, tags in enumerate(LEADS)]
    written("leads", ("id", "created_at", *UTM), leads)
    deals = [
        (number, day, day, customer, amount, *(tags[name] for name in UTM))
        for number, (customer, amount, tags) in enumerate(DEALS)
    ]
    written("deals", ("id", "created_at", "closed_at", "customer_id", "amount", *UTM), deals)


def config(folder: Path, rules: Sequence[Mapping[str, str]]) -> None:
    records = {"leads": ("lead", {"status": "open"}), "deals": ("deal", {"status": "won"})}
    sources: dict[str, Any] = {}
    for name in SOURCES:
        header = (folder / f"{name}.csv").read_text(encoding="utf-8").split("\n", 1)[0].split(",")
        record, constants = records.get(name, ("fact", {}))
        sources[name] = {
            "connector": "csv", "path": f"{name}.csv", "record": record, "constants": constants,
            "columns": {column: column for column in header}, "complete_through": "yesterday",
        }  # fmt: skip
    said = {"currency": "EUR", "store": "sqlite:///c.db", "channels": list(rules), "sources": sources}
    (folder / "collector.yml").write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path)
    files(tmp_path, str((SystemClock().now() - timedelta(days=4)).date()))
    config(tmp_path, ())
    yield running
    if running.process is not None and running.process.poll() is None:
        running.process.kill()
        running.process.communicate()


def shares(daemon: Running) -> dict[str, float]:
    """By measure, as a scrape tells it."""
    told = re.findall(
        r'^marketing_unassigned_ratio\{project="default",measure="(\w+)"\} (\S+)$', daemon.get("/metrics"), re.M
    )
    return {measure: float(value) for measure, value in told if measure in UNASSIGNED}


def becomes(daemon: Running, expected: Mapping[str, float]) -> None:
    until = time.monotonic() + PATIENCE
    found: dict[str, float] = {}
    while time.monotonic() < until and found != pytest.approx(expected):
        time.sleep(0.1)
        try:
            found = shares(daemon)
        except httpx.TransportError:
            assert daemon.process is not None
            assert daemon.process.poll() is None
    assert found == pytest.approx(expected)


def restated(daemon: Running) -> dict[str, float | None]:
    series = 'kpi_collector_restated_facts_total{{project="default",source="{0}",stream="rows",reason="config"}}'
    return {name: daemon.metric(series.format(name)) for name in SOURCES}


def regrouped(daemon: Running, *rules: Mapping[str, str]) -> None:
    config(daemon.folder, rules)
    assert httpx.post(f"http://127.0.0.1:{daemon.port}/-/reload").status_code == 200


def test_each_measures_share_without_a_channel_follows_the_rules_and_so_does_history(daemon: Running) -> None:
    daemon.start()
    becomes(daemon, UNASSIGNED)
    assert not any(restated(daemon).values())

    regrouped(daemon, {"channel": "Leaflets", "campaign": "листовки*"})
    becomes(daemon, UNASSIGNED | {"spend": 0})
    once = restated(daemon)
    assert {name for name, count in once.items() if count} == {"costs"}

    regrouped(daemon, {"channel": "Leaflets", "source": "Листовка"})
    becomes(daemon, dict.fromkeys(UNASSIGNED, 0))
    twice = restated(daemon)
    assert all((twice[name] or 0) > 0 for name in ("visits", "leads", "deals"))

    regrouped(daemon)
    becomes(daemon, UNASSIGNED)
    code, told = daemon.stop()
    assert (code, "Traceback" in told) == (0, False)
