"""The KPIs of social networks, of posts that are read again and again and of what networks count themselves."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collector.kpi.catalogue import resolve_kpis
from collector.kpi.evaluation import evaluate
from collector.kpi.values import ProjectValues
from collector.plugin import Connector, ConnectorSettings, Fact, Instant, Post, Reading, Window, stream
from collector.snapshot.build import build
from collector.snapshot.inputs import DaemonFacts, ProjectFacts, SnapshotInputs
from collector.store.streams import states
from tests.polling.bench import NOW, Bench

BY_NETWORK = [("network",)]
DAYS = 30
BOTH = ("vk", "ok")


class Networks(Connector[ConnectorSettings]):
    """A page in two networks; each day a post in the first, whose likes rise by 2 and views by 10 a day."""

    name = "networks"

    @stream(every="1h", provides=dict.fromkeys(("likes", "shares", "social_views"), BY_NETWORK))
    async def posts(self, now: Instant) -> AsyncIterator[Post]:
        for number in range(-3, (now - NOW).days + 1):
            published = NOW + timedelta(days=number, hours=1)
            age = (now - published).days + 1
            if age > 0:
                yield Post(str(number), "vk", "text", published, likes=2 * age, shares=0, views=10 * age)

    @stream(every="1h", provides={"followers": BY_NETWORK})
    async def people(self, now: Instant) -> AsyncIterator[Reading]:
        for number, network in enumerate(BOTH, 1):
            yield Reading("followers", Decimal(1000 * number), {"network": network})

    @stream(every="1h", provides=dict.fromkeys(("reach_1d", "reach_7d", "reach_28d", "followers_gained"), BY_NETWORK))
    async def daily(self, window: Window) -> AsyncIterator[Fact]:
        for day in window.days():
            for network in BOTH:
                for measure, value in (("reach_1d", 10), ("reach_7d", 40), ("reach_28d", 100), ("followers_gained", 5)):
                    yield Fact(day, measure, value, dimensions={"network": network})


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A month of daily polls."""
    bench = Bench(tmp_path_factory.mktemp("networks"), Networks)
    for _ in range(DAYS):
        for name in ("posts", "people", "daily"):
            assert bench.poll(name).ok
        bench.clock.advance(timedelta(days=1))
    return bench


def told(bench: Bench) -> ProjectValues:
    kpis = resolve_kpis(bench.config, bench.project, [])
    with bench.store.read() as tx:
        found = {(key[1], key[2]): state for key, state in states(tx).items()}
        return evaluate(tx, bench.project, kpis=kpis, measures=bench.measures, states=found, now=bench.clock.now())


@pytest.fixture(scope="module")
def values(month: Bench) -> dict[tuple[str, str, str | None], Any]:
    return {(each.kpi, each.window, each.member): each for each in told(month).values}


def test_what_was_gained_and_what_stands_under_posts_are_two_figures(values: Any) -> None:
    posts = [3 + day for day in range(DAYS - 8, DAYS - 1)]  # so many there were on each of the seven days
    assert values["social_engagement", "7d", "vk"].value == sum(2 * number for number in posts)
    assert values["posts", "7d", "vk"].value == 7
    assert values["social_engagement_rate", "7d", "vk"].value == Decimal("0.2")
    assert values["social_views", "7d", None].value == 5 * values["social_engagement", "7d", None].value


def test_figures_that_are_no_sums_stand_by_network_alone(values: Any) -> None:
    for kpi, window, value in (("reach_1d", "1d", 10), ("reach_7d", "7d", 40), ("reach_28d", "28d", 100)):
        assert (values[kpi, window, None].value, values[kpi, window, None].undefined) == (None, "not_additive")
        assert values[kpi, window, "ok"].value == value
    reached = values["engagement_reach", "28d", "vk"].value
    assert reached is not None
    assert values["engagement_reach", "28d", None].undefined == "not_additive"


def test_stocks_and_flows_add_up_over_networks(values: Any) -> None:
    assert values["audience", "7d", None].value == 3000
    assert values["audience", "7d", "ok"].value == 2000
    assert values["followers_gained", "7d", None].value == 70
    assert values["engagement_followers", "7d", "vk"].value == values["social_engagement", "7d", "vk"].value / 1000


def test_days_before_the_first_poll_are_not_there(values: Any) -> None:
    assert values["social_engagement", "90d", None].undefined == "too_short"
    assert values["posts", "90d", None].value == 3 + DAYS - 1  # the posts themselves are known


def test_posts_are_known_from_the_first_poll_on_and_what_they_gain_is_not(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Networks)
    for name in ("posts", "people", "daily"):
        assert bench.poll(name).ok

    values = {(each.kpi, each.window): each for each in told(bench).values if each.member == "vk"}
    assert values["posts", "7d"].value == 3
    assert values["posts", "7d"].last == (NOW - timedelta(days=1)).date()
    assert values["social_engagement_rate", "7d"].value == Decimal("0.2")
    assert ("social_views", "7d") not in values


def test_all_of_them_are_shown_with_their_networks(month: Bench) -> None:
    snapshot = build(
        None,
        SnapshotInputs(
            now=month.clock.now(),
            projects=(ProjectFacts("default", ZoneInfo("UTC"), "en"),),
            values=(told(month),),
            sources=(),
            daemon=DaemonFacts("1", (), True, NOW, 0.5, 1),
        ),
    )
    text = b"".join(snapshot.bodies["text"].plain).decode()

    for family in ("social_engagement", "social_views", "posts", "audience", "followers_gained", "reach"):
        assert f"marketing_{family}_by_network{{" in text, family
    assert 'marketing_social_engagement_rate_by_network_ratio{project="default",window="7d",network="vk"} 0.2' in text
