"""Sample answers → exact records, by the mapping table."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import respx

from collector.plugin import BadResponse, Fact, Gone, Instant, Post, Reading, Window
from connectors.vk import mapping
from tests.connectors.vk.desk import NOW, Desk, sample, words

VK = {"network": "vk"}
WINDOW = Window(date(2026, 9, 8), date(2026, 9, 10))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def of_wall(number: int, kind: str, published: str, **counters: int | None) -> Post:
    id_ = f"-1000001_{number}"
    return Post(id_, "vk", kind, at(published), permalink=f"https://vk.com/wall{id_}", **counters)  # type: ignore[arg-type]


PAGE = [
    of_wall(12, "photo", "2026-07-10T00:00", likes=88, comments=9, shares=15, views=12044),
    of_wall(55, "photo", "2026-09-13T10:00", likes=14, comments=3, shares=2, views=910, reach=720, clicks=15),
    of_wall(54, "ad", "2026-09-12T11:23:20", likes=2, comments=0, shares=0, views=2100, reach=1900, clicks=43),
    of_wall(53, "repost", "2026-09-11T13:53:20", likes=5, comments=1, shares=0, views=330),
    of_wall(52, "video", "2026-09-10T01:00", likes=1, comments=0, shares=0),
]
LAST = [
    of_wall(51, "text", "2026-09-09T02:00", likes=0, comments=0, shares=1, views=400),
    of_wall(50, "text", "2026-09-08T00:10", likes=7, shares=0, views=255),
    of_wall(48, "text", "2026-09-07T00:00", likes=3, comments=0, shares=0, views=60),
]


def posts(name: str, reach: Mapping[int, Any] = {}) -> list[Any]:
    return [mapping.post(item, reach, "wall.get") for item in words(name)["items"]]


def test_a_page_of_the_wall_with_what_is_known_of_reach() -> None:
    reach = mapping.by_post(words("stats_getPostReach"), "stats.getPostReach")

    assert posts("wall_get_page1", reach) == PAGE


def test_a_counter_that_is_missing_is_unknown_and_not_zero() -> None:
    assert posts("wall_get_last_page") == LAST
    assert (PAGE[4].views, LAST[1].comments, PAGE[3].reach, PAGE[3].clicks, PAGE[1].saves) == (None,) * 5


def test_reach_of_which_some_posts_have_none() -> None:
    reach = mapping.by_post(words("stats_getPostReach_partial"), "stats.getPostReach")

    assert [each.reach for each in posts("wall_get_page1", reach)] == [None, 720, None, None, None]


def test_an_extended_page_is_the_same() -> None:
    assert posts("wall_get_extended") == [
        of_wall(55, "photo", "2026-09-13T10:00", likes=14, comments=3, shares=2, views=910)
    ]


def test_a_placeholder_says_that_a_post_was_deleted() -> None:
    kept, gone = posts("wall_getById")

    assert isinstance(kept, Post)
    assert gone == Gone("post", "-1000001_49")
    assert posts("wall_getById_all_deleted") == []


def test_a_number_belongs_to_its_wall() -> None:
    (post,) = posts("wall_get_user_wall_positive_owner")

    assert (post.id, post.permalink) == ("3000003_7", "https://vk.com/wall3000003_7")


def of_day(day: str, reach: int, likes: int, comments: int, shares: int, gained: int, lost: int) -> list[Fact]:
    values = {
        "reach_1d": reach,
        "likes": likes,
        "comments": comments,
        "shares": shares,
        "followers_gained": gained,
        "followers_lost": lost,
    }
    return [Fact(day, name, Decimal(value), None, VK) for name, value in values.items()]


def test_days_newest_first_and_without_activity_where_there_was_none() -> None:
    facts = [fact for period in words("stats_get_day") for fact in mapping.facts(period, "stats.get")]

    assert facts == [
        *of_day("2026-09-10", 910, 19, 4, 2, 12, 5),
        *of_day("2026-09-09", 120, 0, 0, 0, 0, 0),
        *of_day("2026-09-08", 700, 7, 1, 0, 3, 0),
    ]


def test_demography_is_left_aside() -> None:
    (period,) = words("stats_get_extended")

    assert list(mapping.facts(period, "stats.get")) == of_day("2026-09-08", 1, 0, 0, 0, 0, 0)


@pytest.mark.parametrize("begins", [1_788_825_600, 1_788_825_600 - 3 * 3600])
def test_a_day_is_the_same_whether_it_begins_in_moscow_or_in_utc(begins: int) -> None:
    assert mapping.day_of({"period_from": begins, "period_to": begins + 86_399}, "stats.get") == date(2026, 9, 8)


@pytest.mark.parametrize(
    "period",
    [
        {},
        [],
        {"period_from": "1788825600"},
        {"period_from": 1_788_825_600, "period_to": 1_788_825_600 + 7 * 86_400},
        {"period_from": 1_788_825_600, "reach": {"reach": "many"}},
        {"period_from": 1_788_825_600, "activity": 5},
    ],
)
def test_a_period_that_is_no_day_is_told(period: Any) -> None:
    with pytest.raises(BadResponse):
        list(mapping.facts(period, "stats.get"))


def test_a_reach_that_is_not_told_is_no_zero() -> None:
    facts = list(mapping.facts({"period_from": 1_788_825_600, "activity": []}, "stats.get"))

    assert [each.measure for each in facts] == ["likes", "comments", "shares", "followers_gained", "followers_lost"]


@pytest.mark.parametrize("name", ["groups_getById", "groups_getById_v592_array"])
def test_followers_in_the_form_of_any_version(name: str) -> None:
    group = mapping.community(words(name), "groups.getById")

    assert mapping.followers(group) == Reading("followers", Decimal(15230), VK)


@pytest.mark.parametrize("name", ["groups_getById_banned", "groups_getById_closed_no_count"])
def test_followers_that_are_hidden_are_unknown(name: str) -> None:
    assert mapping.followers(mapping.community(words(name), "groups.getById")) is None


@pytest.mark.parametrize("body", [{}, {"groups": []}, [], [5], None, {"groups": None}])
def test_an_answer_without_a_community_is_told(body: Any) -> None:
    with pytest.raises(BadResponse, match="the community"):
        mapping.community(body, "groups.getById")


@pytest.mark.parametrize("date_", [None, "1788825600", -5, 10**18, True])
def test_a_post_without_an_instant_is_told(date_: Any) -> None:
    with pytest.raises(BadResponse, match="its date"):
        mapping.post({"id": 1, "owner_id": -1, "date": date_}, {}, "wall.get")


@pytest.mark.parametrize("hidden", [None, {}, [], {"count": None}, {"count": -1}, {"count": "5"}])
def test_a_counter_that_is_none_is_unknown(hidden: Any) -> None:
    post = mapping.post({"id": 1, "owner_id": -1, "date": 5, "views": hidden, "likes": hidden}, {}, "wall.get")

    assert isinstance(post, Post)
    assert (post.views, post.likes) == (None, None)


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ({"copy_history": [{}], "marked_as_ads": 1}, "repost"),
        ({"post_type": "post_ads"}, "ad"),
        ({"attachments": [{"type": "clip"}, {"type": "photo"}]}, "clip"),
        ({"attachments": [{}]}, "text"),
        ({"attachments": [None]}, "text"),
        ({"attachments": None, "copy_history": []}, "text"),
    ],
)
def test_what_kind_of_post_it_is(item: dict[str, Any], kind: str) -> None:
    assert mapping.kind(item) == kind


def test_what_is_not_published_is_no_post() -> None:
    assert mapping.post({"id": 1, "owner_id": -1, "date": 5, "post_type": "postpone"}, {}, "wall.get") is None


def test_a_pinned_post_is_among_the_newest_where_it_belongs() -> None:
    wall = [{"id": 1, "date": 10, "is_pinned": 1}, {"id": 3, "date": 30}, {"id": 2, "date": 20}]

    assert mapping.newest(wall, among=3) == [3, 2, 1]
    assert mapping.newest(wall, among=4) == [3, 2]
    assert mapping.newest([{**wall[0], "date": 25}, *wall[1:]], among=4) == [3, 1, 2]
    assert mapping.newest([*wall, {"id": 4, "date": 40, "is_deleted": True}], among=4) == [3, 2, 1]


# ── as a poll asks for them ──────────────────────────────────────────────────────────


def read(desk: Desk, stream: str, asked: Any) -> list[Any]:
    chosen = next(each for each in desk.bench.connector.streams() if each.name == stream)

    async def all_of_it() -> list[Any]:
        try:
            return [each async for each in chosen.read(asked)]  # type: ignore[union-attr]
        finally:
            await desk.bench.client.close()

    return asyncio.run(all_of_it())


@respx.mock
def test_the_wall_is_read_page_by_page_with_the_reach_of_its_posts(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.of["wall.get"] = lambda asked: sample("wall_get_page1" if asked["offset"] == 0 else "wall_get_last_page")
    desk.of["stats.getPostReach"] = lambda _: sample("stats_getPostReach")

    assert read(desk, "posts", Instant.of(NOW)) == [*PAGE, *LAST]
    (reach,) = [asked for method, asked in desk.asked if method == "stats.getPostReach"]
    assert reach == {"owner_id": -1000001, "post_ids": "55,54,53,52,51,50,48"}
    assert all(asked["filter"] == "owner" for method, asked in desk.asked if method == "wall.get")


@respx.mock
def test_a_placeholder_on_the_wall_takes_the_post_away(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.of["wall.get"] = lambda _: {"response": {"count": 2, **words("wall_getById")}}

    assert [type(each) for each in read(desk, "posts", Instant.of(NOW))] == [Post, Gone]
    assert read(desk, "stats", WINDOW) == []


@respx.mock
def test_advertising_can_be_left_out(tmp_path: Path) -> None:
    desk = Desk(tmp_path, ad_posts=False)
    desk.of["wall.get"] = lambda _: {"response": {**words("wall_get_page1"), "count": 5}}

    assert [each.kind for each in read(desk, "posts", Instant.of(NOW))] == ["photo", "photo", "repost", "video"]


@respx.mock
def test_days_are_asked_for_in_the_communitys_name_and_neighbours_left_out(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.of["stats.get"] = lambda _: sample("stats_get_day")

    facts = read(desk, "stats", Window(date(2026, 9, 9), date(2026, 9, 9)))

    assert facts == of_day("2026-09-09", 120, 0, 0, 0, 0, 0)
    (asked,) = [asked for method, asked in desk.asked if method == "stats.get"]
    assert asked == {
        "group_id": "1000001",
        "timestamp_from": str(int(at("2026-09-08T12:00").timestamp())),
        "timestamp_to": str(int(at("2026-09-09T23:59:59").timestamp())),
        "interval": "day",
        "stats_groups": "reach,activity",
        "extended": "0",
        "v": "5.199",
        "lang": "ru",
    }


@respx.mock
def test_the_token_stands_in_a_header_and_nowhere_else(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for stream in ("posts", "stats", "followers"):
        assert desk.poll(stream).ok

    for request in desk.requests:
        assert (request.method, request.headers["authorization"]) == ("POST", "Bearer sample-not-a-token")
        assert b"sample-not-a-token" not in request.content
        assert "sample-not-a-token" not in str(request.url)
