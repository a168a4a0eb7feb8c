"""The demo as a user starts it: the company's own books say what it must show."""

import json
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

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


def _wait_for(url: str, *names: str) -> str:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            told = httpx.get(url, timeout=10).text
        except httpx.TransportError:
            told = ""
        if all(f"\n{name}" in told for name in names):
            return told
        time.sleep(0.5)
    raise AssertionError(f"no {' and '.join(names)} within {PATIENCE_SECONDS:g} s")


def _books(*arguments: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "collector", "simulate", "--truth", "--kpis", "--format", "json", *arguments]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in told.stdout.splitlines()]


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
            yield _wait_for(address[0], *(f'marketing_cac_by_channel{{project="{name}"' for name in CRMS))
        finally:
            demo.send_signal(signal.SIGTERM)
    assert demo.returncode == 0, path.read_text()


@pytest.mark.parametrize("project", CRMS)
def test_cac_by_channel_is_what_the_books_say(metrics: str, project: str) -> None:
    through = rf'^marketing_kpi_data_through_timestamp_seconds\{{project="{project}",kpi="cac"\}} (\S+)$'
    ends = re.search(through, metrics, re.MULTILINE)
    assert ends
    last = datetime.fromtimestamp(float(ends[1]) - 1, ZoneInfo("Europe/Moscow")).date()
    today = datetime.now(UTC).date().isoformat()
    lines = _books(CRMS[project], "--window", "30d", "--by", "channel", "--at", last.isoformat(), "--today", today)
    told = {line["channel"]: float(line["value"]) for line in lines if line["kpi"] == "cac" and line["value"]}

    shown = _shown(metrics, "marketing_cac_by_channel", "30d", project)
    assert shown
    assert shown == pytest.approx(told)


def test_sources_of_it_are_asked_over_http_and_all_are_well(metrics: str) -> None:
    for project, source in (("default", "vk_ads"), ("default", "crm"), ("kommo", "crm")):
        assert f'kpi_collector_api_requests_total{{project="{project}",source="{source}",code="200"}}' in metrics
    states = re.findall(r"^kpi_collector_source_up\{.*\} (\d)$", metrics, re.MULTILINE)
    assert set(states) == {"1"}
