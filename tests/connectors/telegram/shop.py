"""The company's channel: the real program polls the simulator, on a clock of its own."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collector.clock import FixedClock, SystemClock
from collector.plugin import RateLimit
from collector.testing.simulator import World, running
from connectors.telegram import plugin
from connectors.telegram.simulator import TelegramSimulator
from tests.testing.company.fed import program

BEGINS = datetime(2026, 2, 10, 20, 59, 59, tzinfo=UTC)
"""The last second of a day in Moscow: what is read then is what the day came to."""

MEASURES = {
    "followers": "follower",
    "social_views": "view",
    "likes": "engagement",
    "posts": "post",
    "post_engagement": "engagement",
    "post_views": "view",
}


class Shop:
    """What is polled, and what the program says of it."""

    def __init__(
        self, folder: Path, simulator: TelegramSimulator, sources: Mapping[str, Any], clock: FixedClock
    ) -> None:
        self.folder, self.simulator, self.clock = folder, simulator, clock
        self.sources = tuple(sources)
        bots = {"tg": simulator.bot, "other": simulator.other}
        self.channels = [bots[name].channel for name in sources]
        self.config = folder / "collector.yml"
        kpis = [
            {"name": f"{name}_alone", "formula": name, "unit": unit, "better": "up", "windows": ["1d"]}
            for name, unit in MEASURES.items()
        ]
        told = {
            "timezone": "Europe/Moscow",
            "currency": "RUB",
            "store": "sqlite:///store.db",
            "sources": {name: {"connector": "telegram", **settings} for name, settings in sources.items()},
            "kpis": kpis,
        }
        self.config.write_text(json.dumps(told), encoding="utf-8")  # JSON is YAML, too

    def poll(self) -> list[Mapping[str, Any]]:
        """Read all sources."""
        found = []
        for source in self.sources:
            out = program("--config", self.config, "poll", source, "--format", "json")
            found += [json.loads(line) for line in out.splitlines()]
        return found

    def reason(self, measure: str, day: date, window: str) -> str | None:
        """Why there is no value."""
        asked = ("--at", day, "--window", window, "--format", "json")
        return json.loads(program("--config", self.config, "kpi", "show", f"{measure}_alone", *asked))["undefined"]  # type: ignore[no-any-return]

    def shown(self, day: date) -> dict[str, Decimal]:
        """What the program says of the network on one day, by measure."""
        asked = ("--at", day, "--window", "1d", "--by", "network", "--format", "json")
        lines = [json.loads(line) for line in program("--config", self.config, "kpi", "show", *asked).splitlines()]
        return {
            line["kpi"].removesuffix("_alone"): Decimal(line["value"])
            for line in lines
            if line.get("member") == "telegram" and line["value"] is not None and line["through"] == str(day)
        }


def unhurried(calls: int, **more: Any) -> RateLimit:
    """A limit that nobody has to wait for, as the clock stands."""
    return RateLimit(calls * 1_000, **more, burst=calls * 1_000)


@contextmanager
def opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, seed: int = 1, days: int = 45, two: bool = False, **more: Any
) -> Iterator[Shop]:
    """A shop on its simulator; with `two` also the other company's channel."""
    clock = FixedClock(BEGINS)
    monkeypatch.setattr(SystemClock, "now", lambda _: clock.now())
    monkeypatch.setattr(plugin, "RateLimit", unhurried)
    simulator = TelegramSimulator(World(seed=seed, days=days))
    with running(simulator) as found:
        sources = {"tg": {**simulator.settings(found.url), **more}}
        if two:
            sources["other"] = simulator.other_settings(found.url)
        yield Shop(folder, simulator, sources, clock)
