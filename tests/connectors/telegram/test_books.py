"""What the channel comes to in the store is what the company's books say, as far as Telegram can tell it.

Telegram tells neither comments nor shares of a post, nor who came and who left; views on the
public page are rounded; a post's likes count until it is deleted. What rose on a day before a
recount has risen where two pieces of the queue tell of it, and is not seen where one does. The
expectations are worked out here from the lives of the posts, by plain code.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from collector.testing.company.calendar import midnight
from connectors.telegram.simulator.channel import Posted
from connectors.telegram.simulator.page import rounded
from tests.connectors.telegram.shop import Shop, opened

FIRST = date(2026, 2, 10)
_TIMES = {"K": 1_000, "M": 1_000_000}


def unseen(shop: Shop, day: date) -> int:
    """The likes that posts won on a day before they were recounted on it."""
    begin, end = midnight(day.toordinal()), midnight(day.toordinal() + 1)
    lives = [each.life for each in posts(shop, day) if begin <= (each.life.recounted or 0) < end]
    return sum(life.counter("likes", (life.recounted or 0) - 1) - life.counter("likes", begin - 1) for life in lives)


def posts(shop: Shop, until: date) -> Iterator[Posted]:
    """All that was ever published and shown."""
    for channel in shop.channels:
        for day in range(channel.company.since.toordinal(), until.toordinal() + 1):
            yield from channel.of_day(day)


def likes(post: Posted, day: date) -> int:
    """At the end of a day; of a deleted post as they last were."""
    end = midnight(day.toordinal() + 1) - 1
    return post.life.counter("likes", end if post.is_there(end) else min(end, (post.life.deleted or end + 1) - 1))


def views(post: Posted, day: date) -> int:
    """As the page shows them at the end of a day."""
    told = rounded(post.life.counter("views", midnight(day.toordinal() + 1) - 1))
    return int(Decimal(told.rstrip("KM")) * _TIMES.get(told[-1], 1))


def expected(shop: Shop, day: date) -> dict[str, Decimal]:
    """The day's own measures; posts as they stand at the end of the last day that was read."""
    before, end = day - timedelta(days=1), midnight(day.toordinal() + 1) - 1
    found = dict.fromkeys(("likes", "social_views"), 0)
    for each in posts(shop, day):
        found["likes"] += max(0, likes(each, day) - likes(each, before))
        if each.is_there(end):
            found["social_views"] += max(0, views(each, day) - views(each, before))
    books = [each for channel in shop.channels for each in channel.company.followers(day, day)]
    members = sum(each.followers for each in books if each.network == "telegram")
    return {"followers": Decimal(members), **{name: Decimal(count) for name, count in found.items()}}


def of_posts(shop: Shop, published: date, now: date) -> dict[str, Decimal]:
    """What stands of the posts of a day."""
    end = midnight(now.toordinal() + 1) - 1
    of_day = [each for channel in shop.channels for each in channel.of_day(published.toordinal())]
    there = [each for each in of_day if each.is_there(end)]
    engaged, viewed = sum(likes(each, now) for each in there), sum(views(each, now) for each in there)
    return {name: Decimal(n) for name, n in zip(POSTS, (len(there), engaged, viewed), strict=True)}


POSTS = ("posts", "post_engagement", "post_views")


def agrees(shop: Shop, days: int) -> None:
    for number in range(days + 1):
        if number:
            shop.clock.advance(timedelta(days=1))
        reports = shop.poll()
        assert all(each["state"] == "done" for each in reports), reports
    last = FIRST + timedelta(days=days)
    faults = []
    for number in range(1, days):  # the last day is over at the next poll
        day = FIRST + timedelta(days=number)
        shown = shop.shown(day)
        told = expected(shop, day) | of_posts(shop, day, last)
        more = {"likes": range(unseen(shop, day) + 1)}
        faults += [
            f"{day} {name}: {shown.get(name)}, not {n}"
            for name, n in told.items()
            if shown.get(name, Decimal(0)) - n not in more.get(name, (0,))
        ]
    assert not faults, "\n".join(faults)


def test_every_day_is_what_the_books_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path, monkeypatch) as shop:
        agrees(shop, days=12)


def test_two_channels_of_one_project_add_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path, monkeypatch, two=True) as shop:
        agrees(shop, days=3)


def test_without_the_public_page_posts_from_before_are_unknown_and_not_zero(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path, monkeypatch, preview=False) as shop:
        for _ in range(4):
            shop.poll()
            shop.clock.advance(timedelta(days=1))

        last = FIRST + timedelta(days=2)
        assert shop.reason("posts", last, "1d") is None
        assert shop.reason("posts", last, "7d") == "too_short"
        assert shop.reason("social_views", last, "1d") == "not_configured"
        heard = [each for each in posts(shop, last) if each.life.published >= midnight(FIRST.toordinal())]
        grown = sum(max(0, likes(each, last) - likes(each, last - timedelta(days=1))) for each in heard)
        assert shop.shown(last)["likes"] == grown, "reactions to what came out before the bot are not known"


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_day_of_three_months(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path, monkeypatch, seed=seed) as shop:
        agrees(shop, days=90)
