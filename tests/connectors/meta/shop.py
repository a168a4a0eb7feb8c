"""The company with its account and its page: the real program polls the simulator, on a clock that a test moves."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collector.clock import FixedClock, SystemClock
from collector.store.connect import open_store
from collector.store.measures import daily_values
from collector.testing.company.books import Books
from collector.testing.simulator import World, running
from connectors.meta.simulator import MetaSimulator
from tests.testing.company.fed import program

BEGINS = datetime(2026, 2, 11, 20, 59, 59, tzinfo=UTC)
"""The last second of a day in Moscow; in California the day before is over since morning."""

FLOWS = ("followers_gained", "followers_lost", "social_views", "likes", "social_clicks")
STOCKS = ("followers", "reach_1d", "reach_7d", "reach_28d")
OF_POSTS = ("posts", "post_engagement", "post_views")
GROWN = ("comments", "shares")
"""Of Facebook they are told by no figure of a day; of Instagram they are."""

Figures = dict[tuple[date, str, str], Decimal]
"""By day, measure and network."""


class Shop:
    """What is polled, and what the books say."""

    def __init__(self, folder: Path, sources: Mapping[str, Any], simulator: MetaSimulator, clock: FixedClock) -> None:
        self.simulator, self.clock = simulator, clock
        self._folder = folder
        self.config = folder / "collector.yml"
        project = {"timezone": "Europe/Moscow", "currency": "RUB", "store": "sqlite:///store.db", "kpis": []}
        self.config.write_text(json.dumps({**project, "sources": sources}), encoding="utf-8")

    def poll(self, source: str = "meta") -> list[dict[str, Any]]:
        told = program("--config", self.config, "poll", source, "--format", "json")
        return [json.loads(line) for line in told.splitlines()]

    def stored(self, *measures: str, source: str | None = None) -> Figures:
        """What is in the store, by day; of days that are over."""
        company = self.simulator.company
        found: Figures = {}
        store = open_store(f"sqlite:///{self._folder}/store.db")
        with closing(store), store.read() as tx:
            days = {"first": company.since, "last": company.yesterday}
            for row in daily_values(tx, "default", measures=measures, by="network", **days):
                if source in (None, row.owner) and row.member is not None and row.value:
                    found[row.day, row.measure, row.member] = row.value
        return found

    def books(self, *measures: str) -> Figures:
        """What the company's books say of the two networks, where it is not nothing."""
        found = Books(self.simulator.company).daily(["network"])
        return {
            (day, measure, network): value
            for measure, day, (network,), value in found
            if measure in measures and network in ("instagram", "facebook") and value
        }

    def agree(self, *measures: str) -> None:
        stored, books = self.stored(*measures), self.books(*measures)
        faults = [(key, stored.get(key), books.get(key)) for key in sorted({*stored, *books})]
        wrong = [each for each in faults if each[1] != each[2]]
        assert not wrong, "\n".join(map(str, wrong[:40]))
        assert books


@contextmanager
def opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, seed: int = 1, days: int = 60, **settings: Any
) -> Iterator[Shop]:
    """A shop; `settings` are the source's."""
    clock = FixedClock(BEGINS)
    monkeypatch.setattr(SystemClock, "now", lambda _: clock.now())
    simulator = MetaSimulator(World(seed=seed, days=days))
    simulator.counted_every = timedelta(seconds=1)  # to the second, as the books are
    simulator.limits = []
    with running(simulator) as found:
        source = {"connector": "meta", "backfill": f"{days}d", **found.settings, **settings}
        yield Shop(folder, {"meta": source}, simulator, clock)
