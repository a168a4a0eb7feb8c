"""What the channel comes to in the store is what the company's books say, as far as YouTube can tell it.

By a key: views, likes and comments by day are the growth of the videos. Signed in they are those
of Analytics, with shares, subscribers and time watched. YouTube rounds the number of subscribers,
and tells no shares of a video.
"""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from collector.testing.company.calendar import midnight
from connectors.youtube.simulator.channel import MINUTES, RESTATED, rounded_down
from tests.connectors.youtube.shop import Shop, opened

FIRST = date(2026, 2, 10)
BY_KEY = ("likes", "comments", "social_views")


def of_day(shop: Shop, day: date, *, by_key: bool) -> dict[str, Decimal]:
    """The day's own measures, as the books have them."""
    books = shop.simulator.channel.day(day)
    told = {
        "social_views": books.views,
        "likes": books.likes,
        "comments": books.comments,
        "shares": books.shares or 0,
        "followers_gained": books.gained,
        "followers_lost": books.lost,
        "watch_time": books.views * MINUTES * 60,
    }
    return {name: Decimal(n) for name, n in told.items() if not by_key or name in BY_KEY}


def of_videos(shop: Shop, published: date, now: date) -> dict[str, Decimal]:
    """What stands of the videos of a day."""
    end = midnight(now.toordinal() + 1) - 1
    there = [each.life for each in shop.simulator.channel.of_day(published.toordinal()) if each.is_there(end)]
    engaged = sum(each.counter("likes", end) + each.counter("comments", end) for each in there)
    viewed = sum(each.counter("views", end) for each in there)
    return {"posts": Decimal(len(there)), "post_engagement": Decimal(engaged), "post_views": Decimal(viewed)}


def agrees(shop: Shop, days: int, *, by_key: bool) -> None:
    for number in range(days + 1):
        if number:
            shop.clock.advance(timedelta(days=1))
        reports = shop.poll()
        assert all(each["state"] == "done" for each in reports), reports
    last = FIRST + timedelta(days=days)
    faults = []
    for number in range(1, days):
        day = FIRST + timedelta(days=number)
        told = of_videos(shop, day, last)
        told["followers"] = Decimal(rounded_down(shop.simulator.channel.day(day).followers))
        if by_key or number < days - RESTATED - 1:
            told |= of_day(shop, day, by_key=by_key)
        shown = shop.shown(day)
        faults += [f"{day} {name}: {shown.get(name)}, not {n}" for name, n in told.items() if shown.get(name, 0) != n]
    assert not faults, "\n".join(faults)


def test_by_a_key_every_day_is_what_the_books_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path, monkeypatch, by_key=True) as shop:
        agrees(shop, days=8, by_key=True)


def test_signed_in_every_day_is_what_the_books_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path, monkeypatch) as shop:
        agrees(shop, days=11, by_key=False)


@pytest.mark.soak
@pytest.mark.parametrize("by_key", [True, False])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_day_of_three_months(seed: int, by_key: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path, monkeypatch, seed=seed, by_key=by_key) as shop:
        agrees(shop, days=90, by_key=by_key)


def test_the_latest_days_are_not_known_yet_and_history_is_all_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path, monkeypatch) as shop:
        shop.poll()

        assert "likes" not in shop.shown(FIRST - timedelta(days=1)), "a day that nobody has counted"
        old = FIRST - timedelta(days=20)
        told = of_day(shop, old, by_key=False)
        assert {name: shop.shown(old).get(name, 0) for name in told} == told
