"""What the store has of the group is what the company's books say, day by day, also after the company has moved on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collector.clock import FixedClock
from collector.store.measures import daily_values
from collector.testing.company.books.of_facts import NETWORKS, POSTS, entries_of_networks, entries_of_posts
from collector.testing.company.calendar import ZONE
from collector.testing.simulator import World, running
from connectors.odnoklassniki import mapping
from connectors.odnoklassniki.plugin import Odnoklassniki
from connectors.odnoklassniki.simulator import OdnoklassnikiSimulator
from tests.polling.bench import NOW, Bench

MEASURES = (*NETWORKS, *POSTS, "followers", "reach_1d")
NOT_TOLD = {"saves"}
Figures = dict[tuple[str, date], Decimal]


class Group(Bench):
    """The real engine in front of the simulator, in Moscow."""

    def __init__(self, folder: Path, simulator: OdnoklassnikiSimulator, **settings: Any) -> None:
        super().__init__(folder, Odnoklassniki, **settings)
        self.project = replace(self.project, zone=ZoneInfo(ZONE))
        self.config = replace(self.config, projects={"default": self.project})
        self.simulator = simulator
        simulator.clock = self.clock

    def read(self) -> dict[str, int]:
        reports = [self.poll("days"), self.poll("posts")]
        assert all(each.ok for each in reports), reports
        return {each.stream: each.records for each in reports}

    def figures(self) -> Figures:
        """What the store says, by day."""
        company = self.simulator.company
        with self.store.read() as tx:
            rows = daily_values(tx, "default", measures=MEASURES, first=company.since, last=company.today, by="network")
        assert {each.member for each in rows} == {mapping.NETWORK}
        return {(each.measure, each.day): each.value for each in rows if each.value}

    def books(self) -> Figures:
        """What the company's books say of this network."""
        company, found = self.simulator.company, Figures()
        for entries in (entries_of_networks(company), entries_of_posts(company)):
            for measure, entry in entries:
                if entry.members["network"] == mapping.NETWORK and measure not in NOT_TOLD:
                    key = (measure, date.fromordinal(entry.day))
                    found[key] = found.get(key, Decimal(0)) + entry.amount
        for each in company.followers():
            if each.network == mapping.NETWORK:
                found["reach_1d", date.fromordinal(each.day)] = Decimal(each.reach_1d)
        return {key: value for key, value in found.items() if value}


@contextmanager
def opened(folder: Path, monkeypatch: pytest.MonkeyPatch, *, seed: int = 1, days: int = 45) -> Iterator[Group]:
    monkeypatch.setattr(Odnoklassniki, "limits", ())  # a clock that stands is no place to wait for turns
    simulator = OdnoklassnikiSimulator(World(seed=seed, days=days, today=NOW.date()), clock=FixedClock(NOW))
    simulator.limits = []
    with running(simulator) as found:
        yield Group(folder, simulator, **found.settings, backfill=f"{days}d")


def test_what_is_compared_is_all_that_the_network_tells() -> None:
    assert set(MEASURES) - NOT_TOLD - set(POSTS) == set(mapping.MEASURES)


def test_days_and_posts_are_what_the_books_say_also_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path, monkeypatch) as group:
        first = group.read()
        assert group.figures() == group.books()

        group.clock.advance(timedelta(hours=1))
        young = group.read()
        assert young["posts"] < first["posts"] / 4, "it has read all posts again"
        assert young["days"] < first["days"] / 4, "it has read all days again"

        group.clock.advance(timedelta(days=3, hours=2))
        group.read()
        assert group.figures() == group.books()


def test_deleted_posts_go_and_what_they_gained_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path, monkeypatch, seed=14) as group:
        group.read()
        before = group.books()
        group.clock.advance(timedelta(days=2))
        group.read()
        after = group.books()

        gone = [key for key in before if key[0] == "posts" and before[key] > after.get(key, 0)]
        assert gone, "nothing was deleted: look at another seed"
        assert group.figures() == after
        assert all(after[key] == value for key, value in before.items() if key[0] == "likes")


@pytest.mark.soak
@pytest.mark.parametrize("seed", [2, 3, 4])
def test_other_companies(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path, monkeypatch, seed=seed, days=90) as group:
        group.read()
        assert group.figures() == group.books()
        for hours in (3, 26, 50, 200):
            group.clock.advance(timedelta(hours=hours))
            group.read()
        assert group.figures() == group.books()
