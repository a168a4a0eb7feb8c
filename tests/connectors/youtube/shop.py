"""The company's channel: the real program polls the simulator, on a clock of its own."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collector.clock import SystemClock
from collector.testing.simulator import World, running
from connectors.youtube.simulator import YouTubeSimulator
from tests.testing.company.fed import program

BEGINS = datetime(2026, 2, 10, 20, 59, 59, tzinfo=UTC)
"""The last second of a day in Moscow: what is read then is what the day came to."""

MEASURES = {
    "followers": "follower",
    "followers_gained": "follower",
    "followers_lost": "follower",
    "social_views": "view",
    "watch_time": "second",
    "likes": "engagement",
    "comments": "engagement",
    "shares": "engagement",
    "posts": "post",
    "post_engagement": "engagement",
    "post_views": "view",
}


class Standing:
    """The instant that it is: it stands until it is moved."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> None:
        self.at += by


class Shop:
    """What is polled, and what the program says of it."""

    def __init__(self, folder: Path, simulator: YouTubeSimulator, sources: Mapping[str, Any], clock: Standing) -> None:
        self.folder, self.simulator, self.clock = folder, simulator, clock
        self.config = folder / "collector.yml"
        kpis = [
            {"name": f"{name}_alone", "formula": name, "unit": unit, "better": "up", "windows": ["1d"]}
            for name, unit in MEASURES.items()
        ]
        told = {
            "timezone": "Europe/Moscow",
            "currency": "RUB",
            "store": "sqlite:///store.db",
            "sources": {name: {"connector": "youtube", **settings} for name, settings in sources.items()},
            "kpis": kpis,
        }
        self.config.write_text(json.dumps(told), encoding="utf-8")  # JSON is YAML, too

    def poll(self, source: str = "yt") -> list[Mapping[str, Any]]:
        """Read it."""
        out = program("--config", self.config, "poll", source, "--format", "json")
        return [json.loads(line) for line in out.splitlines()]

    def shown(self, day: date) -> dict[str, Decimal]:
        """What the program says of the network on one day, by measure."""
        asked = ("--at", day, "--window", "1d", "--by", "network", "--format", "json")
        lines = [json.loads(line) for line in program("--config", self.config, "kpi", "show", *asked).splitlines()]
        return {
            line["kpi"].removesuffix("_alone"): Decimal(line["value"])
            for line in lines
            if line.get("member") == "youtube" and line["value"] is not None and line["through"] == str(day)
        }


@contextmanager
def opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, seed: int = 1, days: int = 45, by_key: bool = False
) -> Iterator[Shop]:
    """A shop on its simulator, signed in or by a key."""
    clock = Standing(BEGINS)
    monkeypatch.setattr(SystemClock, "now", lambda _: clock.now())
    simulator = YouTubeSimulator(World(seed=seed, days=days))
    with running(simulator) as found:
        settings = simulator.key_settings(found.url) if by_key else simulator.settings(found.url)
        yield Shop(folder, simulator, {"yt": settings}, clock)
