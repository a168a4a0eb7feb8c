"""Breaks that are planted in vendors' systems, found by the real program through the real connectors.

GA4 and Metrica count one site, VK Ads tells the clicks; each is its simulator on a socket. The
clock moves from one morning to the next.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from collector.clock import SystemClock
from collector.testing.company.broken import LANDING, Break
from collector.testing.simulator import World, running
from connectors.google_analytics.simulator import GoogleAnalyticsSimulator
from connectors.vk_ads.simulator import VkAdsSimulator
from connectors.yandex_metrica.simulator import YandexMetricaSimulator
from tests.connectors.moving import Moving
from tests.testing.company.fed import program

MORNING = datetime(2026, 2, 11, 9, tzinfo=UTC)
DAYS = 34  # two, four weeks to compare them with, and a few
SIMULATORS = {
    "ga": ("google_analytics", GoogleAnalyticsSimulator),
    "metrica": ("yandex_metrica", YandexMetricaSimulator),
    "vk": ("vk_ads", VkAdsSimulator),
}
STREAMS = ("ga", "metrica/traffic", "vk/campaigns")


class Site:
    """A configuration whose vendors answer."""

    def __init__(self, folder: Path, clock: Moving, sources: Mapping[str, Any]) -> None:
        self.clock = clock
        self.config = folder / "collector.yml"
        terms = {"timezone": "Europe/Moscow", "currency": "RUB", "store": "sqlite:///store.db", "language": "en"}
        self.config.write_text(yaml.safe_dump({**terms, "sources": dict(sources)}))

    def next_morning(self) -> dict[str, Any]:
        """Read all that is new, and what is then said of each check."""
        for stream in STREAMS:
            program("--config", self.config, "poll", stream)
        lines = program("--config", self.config, "reconcile", "--format", "json").splitlines()
        self.clock.advance(timedelta(days=1))
        return {row["check"]: row for row in map(json.loads, lines)}


@contextmanager
def site(folder: Path, monkeypatch: pytest.MonkeyPatch, **faults: Break) -> Iterator[Site]:
    """The site, with breaks by source."""
    clock = Moving(MORNING)
    monkeypatch.setattr(SystemClock, "now", lambda _: clock.now())
    with ExitStack() as stack:
        sources = {}
        for name, (connector, simulator) in SIMULATORS.items():
            vendor = stack.enter_context(running(simulator(World(seed=1, days=DAYS, fault=faults.get(name)))))
            sources[name] = {"connector": connector, **vendor.settings, "backfill": f"{DAYS}d", "site": "shop"}
        sources["ga"]["primary"] = True
        yield Site(folder, clock, sources)


def states(found: Mapping[str, Any]) -> dict[str, str]:
    return {check: row["state"] for check, row in found.items() if row["state"] == "drift"}


def test_a_tag_that_is_gone_is_found_on_the_second_morning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begins = MORNING.date()
    with site(tmp_path, monkeypatch, ga=Break("tag", begins, LANDING)) as found:
        assert states(found.next_morning()) == {}
        assert states(found.next_morning()) == {}  # of the first day; one may be anything
        told = found.next_morning()["web_sessions"]

    assert (told["state"], told["since"], told["window"]) == ("drift", str(begins), "2d")
    assert told["drift"] < -0.2
    assert f"since {begins}" in told["text"]
    assert "tag is gone from some pages" in told["text"]


def test_a_campaign_without_utm_is_found_on_the_second_morning_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begins = MORNING.date()
    with site(tmp_path, monkeypatch, ga=Break("utm", begins, ("vk-lookalike",))) as found:
        assert states(found.next_morning()) == {}
        assert states(found.next_morning()) == {}
        told = found.next_morning()["clicks_sessions"]

    assert (told["state"], told["since"]) == ("drift", str(begins))
    assert (told["dimension"], told["member"]) == ("campaign", "vk-lookalike")
    assert "UTM" in told["text"]


def test_without_a_break_it_is_silent_also_as_days_are_restated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with site(tmp_path, monkeypatch) as found:
        for _ in range(3):
            rows = found.next_morning()
            assert states(rows) == {}

    assert {"web_sessions", "clicks_sessions", "unassigned_sessions"} <= rows.keys()
    assert rows["web_sessions"]["gap"] == 0
    assert rows["web_sessions"]["window"] == "2d"
