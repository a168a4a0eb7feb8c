"""The demo as a user starts it: the company's own books say what it must show."""

import json
import re
import signal
import subprocess
import sys
import time
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from collector.testing.demo import OTHER_PROJECT, OTHER_VENDORS, VENDORS

PATIENCE_SECONDS = 180.0
CRMS = {"default": "bitrix24", "kommo": "amocrm"}
"""By project, the system that has its customers."""


def _shown(metrics: str, name: str, window: str, project: str) -> dict[str, float]:
    """A family by channel, in one window of a project."""
    found = re.findall(rf"^{name}\{{([^}}]*)\}} (\S+)$", metrics, re.MULTILINE)
    members = [(dict(re.findall(r'(\w+)="([^"]*)"', labels)), float(value)) for labels, value in found]
    return {
        labels["channel"]: value
        for labels, value in members
        if labels["window"] == window and labels["project"] == project
    }


def _lacking(metrics: str, project: str) -> set[tuple[str, str]]:
    """KPIs without a value, and why. Reach of several networks is not one figure, and never will be."""
    found = rf'^marketing_kpi_undefined\{{project="{project}",kpi="(\w+)",window="\w+",reason="(\w+)"\}} 1$'
    return {(kpi, reason) for kpi, reason in re.findall(found, metrics, re.MULTILINE) if reason != "not_additive"}


def _wait_for(url: str) -> str:
    """What is shown once every KPI has a value."""
    until, lacking = time.monotonic() + PATIENCE_SECONDS, {}
    while time.monotonic() < until:
        try:
            told = httpx.get(url, timeout=10).text
        except httpx.TransportError:
            continue
        lacking = {project: _lacking(told, project) for project in CRMS}
        if "\nmarketing_cac{" in told and not any(lacking.values()):
            return told
        time.sleep(0.5)
    raise AssertionError(f"not full within {PATIENCE_SECONDS:g} s: {lacking}")


@cache
def _books(project: str, last: date) -> list[dict[str, Any]]:
    """By channel, 30 days through `last`; KPIs that have no value there are left out."""
    options = ("--window", "30d", "--by", "channel", "--at", last.isoformat())
    command = [sys.executable, "-m", "collector", "simulate", CRMS[project], "--truth", "--kpis", "--format", "json"]
    told = subprocess.run([*command, *options], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in told.stdout.splitlines()]
    return [line for line in lines if line["value"] is not None]


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """All that the demo shows, once its deals and leads are counted."""
    path = tmp_path_factory.mktemp("demo") / "log"
    command = [sys.executable, "-m", "collector", "demo", "--web.listen-address", "127.0.0.1:0"]
    with path.open("w") as log, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as demo:
        try:
            assert demo.stdout is not None
            address = re.search(r"http://[0-9.]+:\d+/metrics", demo.stdout.readline())
            assert address, path.read_text()
            yield _wait_for(address[0])
        finally:
            demo.send_signal(signal.SIGTERM)
    assert demo.returncode == 0, path.read_text()


@pytest.mark.parametrize("project", CRMS)
@pytest.mark.parametrize("kpi", ["traffic", "spend", "leads", "cac"])
def test_what_channels_bring_and_cost_is_what_the_books_say(metrics: str, kpi: str, project: str) -> None:
    through = rf'^marketing_kpi_data_through_timestamp_seconds\{{project="{project}",kpi="{kpi}"\}} (\S+)$'
    ends = re.search(through, metrics, re.MULTILINE)
    assert ends
    last = datetime.fromtimestamp(float(ends[1]) - 1, ZoneInfo("Europe/Moscow")).date()
    told = {line["channel"]: float(line["value"]) for line in _books(project, last) if line["kpi"] == kpi}

    shown = _shown(metrics, f"marketing_{kpi}_by_channel", "30d", project)
    assert shown
    assert shown == pytest.approx(told)


def test_sources_of_it_are_asked_over_http_and_all_are_well(metrics: str) -> None:
    for project, source in (
        *(("default", name) for name in VENDORS),
        *((OTHER_PROJECT, name) for name in OTHER_VENDORS),
    ):
        assert f'kpi_collector_api_requests_total{{project="{project}",source="{source}",code="200"}}' in metrics
    states = re.findall(r"^kpi_collector_source_up\{.*\} (\d)$", metrics, re.MULTILINE)
    assert set(states) == {"1"}
