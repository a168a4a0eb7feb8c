"""Sample answers → exact records, by the mapping table."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from collector.plugin import BadResponse, Fact, Gone, Instant, Post, Untold
from connectors.meta import mapping
from connectors.meta.days import begins
from tests.connectors.meta.desk import ACCOUNT, NOW, PAGE, Vendor, connector, days_of, read, sample

INSTAGRAM, FACEBOOK = {"network": "instagram"}, {"network": "facebook"}


def facts(vendor: Vendor, stream: str, first: str, last: str, **settings: Any) -> list[Any]:
    return asyncio.run(read(connector(vendor, **settings), stream, first, last))


def answering(body: Any) -> Vendor:
    return Vendor(lambda path, asked: body)


# ── the account by day ───────────────────────────────────────────────────────────────


def test_reach_belongs_to_the_day_that_its_end_time_closes() -> None:
    vendor = answering(sample("ig_insights_reach_day"))

    found = facts(vendor, "instagram_reach", "2026-09-07", "2026-09-10")

    assert found == [
        Untold(date(2026, 9, 7)),
        Fact("2026-09-08", "reach_1d", 910, dimensions=INSTAGRAM),
        Fact("2026-09-09", "reach_1d", 1204, dimensions=INSTAGRAM),
        Fact("2026-09-10", "reach_1d", 333, dimensions=INSTAGRAM),
    ]
    ((path, asked),) = vendor.asked
    assert (path, asked["metric"], asked["period"]) == (f"/{ACCOUNT}/insights", "reach", "day")
    assert (asked["since"], asked["until"]) == (begins(date(2026, 9, 7)), begins(date(2026, 9, 11)))


@pytest.mark.parametrize(
    ("stream", "measure", "value"),
    [
        ("instagram_views", "social_views", 6866),
        ("instagram_likes", "likes", 185),
        ("instagram_comments", "comments", 11),
        ("instagram_shares", "shares", 72),
        ("instagram_saves", "saves", 5),
        ("instagram_clicks", "social_clicks", 9),
    ],
)
def test_totals_of_a_day(stream: str, measure: str, value: int) -> None:
    vendor = answering(sample("ig_insights_total_value_one_day"))

    assert facts(vendor, stream, "2026-09-10", "2026-09-10") == [
        Fact("2026-09-10", measure, value, dimensions=INSTAGRAM)
    ]
    ((_, asked),) = vendor.asked
    assert asked["metric_type"] == "total_value"
    assert asked["until"] - asked["since"] == 86_400


def test_all_totals_of_a_day_come_of_one_request_and_a_second_reading_asks_anew() -> None:
    vendor = answering(sample("ig_insights_total_value_one_day"))
    made = connector(vendor)
    streams = ["instagram_views", "instagram_likes", "instagram_comments", "instagram_shares", "instagram_saves"]

    for stream in streams:
        asyncio.run(read(made, stream, "2026-09-09", "2026-09-10"))
    first = len(vendor.asked)
    asyncio.run(read(made, "instagram_likes", "2026-09-09", "2026-09-10"))

    assert (first, len(vendor.asked)) == (2, 4)


def test_who_follows_was_won_and_who_does_not_was_lost() -> None:
    vendor = answering(sample("ig_insights_follows_and_unfollows"))

    assert facts(vendor, "instagram_follows", "2026-09-10", "2026-09-10") == [
        Fact("2026-09-10", "followers_gained", 17, dimensions=INSTAGRAM),
        Fact("2026-09-10", "followers_lost", 20, dimensions=INSTAGRAM),
    ]
    assert vendor.asked[0][1]["breakdown"] == "follow_type"


def test_a_break_down_with_nothing_in_it_is_nobody() -> None:
    vendor = answering(sample("ig_insights_follows_empty"))

    assert [each.value for each in facts(vendor, "instagram_follows", "2026-09-10", "2026-09-10")] == [0, 0]


@pytest.mark.parametrize(
    "stream",
    [
        *("instagram_reach", "instagram_reach_7d", "instagram_likes", "instagram_follows"),
        *("facebook_followers", "facebook_views", "facebook_likes", "facebook_reach_28d"),
    ],
)
def test_no_data_is_not_zero(stream: str) -> None:
    vendor = answering(sample("ig_insights_no_data"))

    assert facts(vendor, stream, "2026-09-09", "2026-09-10") == [Untold(date(2026, 9, 9)), Untold(date(2026, 9, 10))]


def test_a_day_that_is_not_over_in_california_is_untold_and_not_asked_for() -> None:
    vendor = answering(sample("ig_insights_total_value_one_day"))
    vendor.at = datetime(2026, 9, 11, 6, 30, tzinfo=UTC)  # half past eleven in the evening of the 10th

    found = facts(vendor, "instagram_likes", "2026-09-09", "2026-09-11")

    assert days_of(found) == ({"2026-09-09": 185}, ["2026-09-10", "2026-09-11"])
    assert len(vendor.asked) == 1


def test_reach_of_several_days_is_asked_for_as_one_span() -> None:
    body = {"data": [{"name": "reach", "period": "day", "total_value": {"value": 4321}, "id": "x"}]}
    vendor = answering(body)

    assert facts(vendor, "instagram_reach_28d", "2026-09-10", "2026-09-10") == [
        Fact("2026-09-10", "reach_28d", 4321, dimensions=INSTAGRAM)
    ]
    asked = vendor.asked[0][1]
    assert (asked["since"], asked["until"]) == (begins(date(2026, 8, 14)), begins(date(2026, 9, 11)))


def test_followers_of_former_days_are_those_of_now_without_whoever_came_since() -> None:
    def answer(path: str, asked: Mapping[str, Any]) -> Any:
        return sample("ig_user") if path == f"/{ACCOUNT}" else sample("ig_insights_follows_and_unfollows")

    found = facts(Vendor(answer), "instagram_followers", "2026-09-08", "2026-09-12")

    # it is the 11th there; each day has 17 more and 20 less
    assert days_of(found) == (
        {"2026-09-10": 15230 + 3, "2026-09-09": 15230 + 6, "2026-09-08": 15230 + 9},
        ["2026-09-12", "2026-09-11"],
    )


def test_followers_before_a_window_are_told_by_long_spans() -> None:
    def answer(path: str, asked: Mapping[str, Any]) -> Any:
        return sample("ig_user") if path == f"/{ACCOUNT}" else sample("ig_insights_follows_and_unfollows")

    vendor = Vendor(answer)
    found = facts(vendor, "instagram_followers", "2026-07-01", "2026-07-01")

    lengths = [(asked["until"] - asked["since"]) // 86_400 for path, asked in vendor.asked if path.endswith("insights")]
    assert lengths == [29, 29, 14, 1]
    assert days_of(found) == ({"2026-07-01": 15230 + 3 * 3}, [])


def test_what_was_not_counted_yet_leaves_a_doubt_on_followers() -> None:
    def answer(path: str, asked: Mapping[str, Any]) -> Any:
        if path == f"/{ACCOUNT}":
            return sample("ig_user")
        is_late = asked["since"] >= begins(date(2026, 9, 10))
        return sample("ig_insights_no_data" if is_late else "ig_insights_follows_and_unfollows")

    found = facts(Vendor(answer), "instagram_followers", "2026-09-08", "2026-09-11")

    assert {str(each.day): each.value for each in found if isinstance(each, Fact)} == {
        "2026-09-10": 15230,
        "2026-09-09": 15230,
        "2026-09-08": 15233,
    }
    assert {each.flags for each in found if isinstance(each, Fact)} == {frozenset({"partial"})}


# ── the page by day ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("stream", "measure", "values"),
    [
        ("facebook_followers", "followers", (8111, 8123)),
        ("facebook_gained", "followers_gained", (19, 14)),
        ("facebook_lost", "followers_lost", (2, 2)),
        ("facebook_views", "social_views", (4100, 3800)),
        ("facebook_reach", "reach_1d", (1900, 1710)),
        ("facebook_clicks", "social_clicks", (3, 0)),
    ],
)
def test_the_pages_days(stream: str, measure: str, values: tuple[int, int]) -> None:
    vendor = answering(sample("fb_page_insights_day"))

    assert facts(vendor, stream, "2026-09-08", "2026-09-10") == [
        Fact("2026-09-08", measure, values[0], dimensions=FACEBOOK),
        Fact("2026-09-09", measure, values[1], dimensions=FACEBOOK),
        Untold(date(2026, 9, 10)),
    ]
    assert vendor.asked[0][0] == f"/{PAGE}/insights"
    assert len(vendor.asked) == 1, "addresses of further days never end, and are not followed"


def test_reactions_of_all_kinds_are_likes() -> None:
    def answer(path: str, asked: Mapping[str, Any]) -> Any:
        values = [{"value": 5, "end_time": "2026-09-09T07:00:00+0000"}]
        return {"data": [{"name": name, "period": "day", "values": values} for name in asked["metric"].split(",")]}

    assert days_of(facts(Vendor(answer), "facebook_likes", "2026-09-08", "2026-09-08")) == ({"2026-09-08": 30}, [])


def test_long_windows_are_asked_for_in_pieces_that_meta_takes() -> None:
    vendor = answering(sample("ig_insights_no_data"))

    facts(vendor, "facebook_views", "2026-01-01", "2026-08-01")
    facts(vendor, "instagram_reach", "2026-01-01", "2026-08-01")

    lengths = {path: [] for path, _ in vendor.asked}  # type: dict[str, list[int]]
    for path, asked in vendor.asked:
        lengths[path].append(asked["until"] - asked["since"])
    assert max(lengths[f"/{PAGE}/insights"]) <= 90 * 86_400
    assert max(lengths[f"/{ACCOUNT}/insights"]) <= 2_592_000, "also in the month with an hour more"
    assert sum(lengths[f"/{PAGE}/insights"]) == sum(lengths[f"/{ACCOUNT}/insights"])


# ── posts ────────────────────────────────────────────────────────────────────────────


def in_batches(single: Any) -> Any:
    """Answers a batch by what is answered to each of its requests."""

    def answer(path: str, asked: Mapping[str, Any]) -> Any:
        if path != "/":
            return single(path, asked)
        rows = []
        for call in json.loads(asked["batch"]):
            url = urlsplit(call["relative_url"])
            told = single(f"/{url.path}", {name: values[0] for name, values in parse_qs(url.query).items()})
            status, body = told if isinstance(told, tuple) else (200, told)
            rows.append(None if body is None else {"code": status, "headers": [], "body": json.dumps(body)})
        return rows

    return answer


def media(path: str, asked: Mapping[str, Any]) -> Any:
    if path.endswith("/media"):
        return sample("ig_media_last_page" if asked.get("after") else "ig_media_page1")
    if path == "/18000000000000105/insights":
        return sample("ig_media_insights_reel")
    if path == "/18000000000000001/insights":
        return 400, sample("error_100_2108006")
    return sample("ig_media_insights_feed")


def test_media_of_an_account() -> None:
    vendor = Vendor(in_batches(media))

    found = asyncio.run(read(connector(vendor), "instagram_posts"))

    link = "https://www.instagram.com/p/S"
    assert found == [
        Post(
            "18000000000000105", "instagram", "reel", datetime(2026, 9, 9, 16, 20, tzinfo=UTC), f"{link}0105/",
            likes=310, comments=22, shares=41, saves=19, views=5120, reach=3301,
        ),
        Post(
            "18000000000000104", "instagram", "carousel", datetime(2026, 9, 8, 10, tzinfo=UTC), f"{link}0104/",
            likes=95, comments=4, shares=6, saves=8, views=1900, reach=1402,
        ),
        Post(  # its owner hides likes
            "18000000000000103", "instagram", "image", datetime(2026, 9, 8, 6, 59, 59, tzinfo=UTC), f"{link}0103/",
            comments=2, shares=6, saves=8, views=1900, reach=1402,
        ),
        Post(  # of the time before the account was a professional one
            "18000000000000001", "instagram", "image", datetime(2020, 10, 5, 9, tzinfo=UTC), f"{link}0001/",
            likes=12, comments=0,
        ),
    ]  # fmt: skip
    assert [asked.get("after") for path, asked in vendor.asked if path.endswith("/media")] == [None, "QVFIAFTER1"]
    assert len([path for path, _ in vendor.asked if path == "/"]) == 2, "three posts in a request"


def test_a_later_poll_walks_the_listing_only_as_far_as_counters_may_have_moved() -> None:
    vendor = Vendor(in_batches(media))
    made = connector(vendor)
    at = NOW + timedelta(hours=1)
    found = asyncio.run(read(made, "instagram_posts", now=Instant.of(at, previous=at - timedelta(minutes=30))))

    assert [each.id for each in found] == ["18000000000000105"], "the others are three days old"
    assert [asked.get("after") for path, asked in vendor.asked if path.endswith("/media")] == [None]


def test_a_story_is_one() -> None:
    (node,) = sample("ig_stories")["data"]

    assert mapping.instagram_post(node, {}, "GET stories") == Post(
        "18000000000000201", "instagram", "story", datetime(2026, 9, 9, 18, tzinfo=UTC),
        "https://www.instagram.com/p/S0201/", likes=0, comments=0,
    )  # fmt: skip


def page_posts(path: str, asked: Mapping[str, Any]) -> Any:
    if path.endswith("/published_posts"):
        return sample("fb_published_posts_last_page" if asked.get("after") else "fb_published_posts_page1")
    return sample("fb_post_insights")


def test_posts_of_a_page() -> None:
    found = asyncio.run(read(connector(Vendor(in_batches(page_posts))), "facebook_posts"))

    link = "https://www.facebook.com/100000000000001/posts/"
    insights: dict[str, Any] = {"views": 2100, "reach": 1502, "clicks": 44}
    assert found == [
        Post(
            "100000000000001_305", "facebook", "video", datetime(2026, 9, 9, 12, tzinfo=UTC), f"{link}305",
            likes=40, comments=6, shares=3, **insights,
        ),
        Post(  # shares are missing where there are none
            "100000000000001_304", "facebook", "link", datetime(2026, 9, 8, 12, tzinfo=UTC), f"{link}304",
            likes=9, comments=2, shares=0, **insights,
        ),
        Post(
            "100000000000001_303", "facebook", "text", datetime(2026, 9, 8, 5, tzinfo=UTC), f"{link}303",
            likes=0, comments=0, shares=0, **insights,
        ),
        Post(
            "100000000000001_1", "facebook", "photo", datetime(2019, 1, 1, tzinfo=UTC), f"{link}1",
            likes=1, comments=0, shares=1, **insights,
        ),
    ]  # fmt: skip


def test_an_empty_listing_is_no_posts() -> None:
    assert asyncio.run(read(connector(answering(sample("ig_media_empty"))), "instagram_posts")) == []


def test_drafts_dark_posts_and_advertising_are_no_posts() -> None:
    def answer(path: str, asked: Mapping[str, Any]) -> Any:
        if path.endswith("/published_posts"):
            (node,) = sample("fb_published_posts_last_page")["data"]
            return {"data": [{**node, "is_published": False}]}
        (node,) = sample("ig_media_last_page")["data"]
        return {"data": [{**node, "media_product_type": "AD"}]}

    made = connector(Vendor(answer))

    assert asyncio.run(read(made, "facebook_posts")) == []
    assert asyncio.run(read(made, "instagram_posts")) == []


def test_a_post_that_is_gone_when_it_is_asked_for_is_gone() -> None:
    def answer(path: str, asked: Mapping[str, Any]) -> Any:
        if path == "/18000000000000104/insights":
            return 400, sample("error_100_33_deleted")
        return sample("ig_user") if path == f"/{ACCOUNT}" else media(path, asked)

    found = asyncio.run(read(connector(Vendor(in_batches(answer))), "instagram_posts"))

    assert [each.id for each in found if isinstance(each, Gone)] == ["18000000000000104"]
    assert len([each for each in found if isinstance(each, Post)]) == 3


def test_a_metric_that_a_post_does_not_have_is_left_out_of_this_post_alone() -> None:
    def answer(path: str, asked: Mapping[str, Any]) -> Any:
        if path == "/18000000000000104/insights" and "views" in asked["metric"]:
            return 400, sample("error_100_product_type")
        if path == "/18000000000000104/insights":
            told = sample("ig_media_insights_feed")["data"]
            return {"data": [each for each in told if each["name"] in asked["metric"].split(",")]}
        return media(path, asked)

    vendor = Vendor(in_batches(answer))
    made = connector(vendor)

    found = {each.id: each for each in asyncio.run(read(made, "instagram_posts"))}
    asked = len(vendor.asked)
    asyncio.run(read(made, "instagram_posts"))

    post = found["18000000000000104"]
    assert (post.views, post.reach, post.shares, post.saves) == (None, 1402, 6, 8)
    assert found["18000000000000105"].views == 5120
    assert made.take_warnings() == ()
    assert len(vendor.asked) - asked == 3, "it is known by then"


def test_a_request_of_a_batch_that_meta_had_no_time_for_is_made_alone() -> None:
    late = {"18000000000000104"}

    def answer(path: str, asked: Mapping[str, Any]) -> Any:
        number = path.split("/")[1]
        if number in late:
            late.remove(number)
            return None
        return media(path, asked)

    found = asyncio.run(read(connector(Vendor(in_batches(answer))), "instagram_posts"))

    assert [each.views for each in found] == [5120, 1900, 1900, None]


def test_a_page_that_is_too_much_is_asked_for_in_halves() -> None:
    def answer(path: str, asked: Mapping[str, Any]) -> Any:
        if path.endswith("/media") and asked["limit"] > 30:
            return 500, sample("error_1")
        return media(path, asked)

    vendor = Vendor(in_batches(answer))

    assert len(asyncio.run(read(connector(vendor), "instagram_posts"))) == 4
    assert [asked["limit"] for path, asked in vendor.asked if path.endswith("/media")] == [100, 50, 25, 25]


@pytest.mark.parametrize(
    "body",
    [
        *([], {}, {"data": {}}, {"data": [1]}, {"data": [{"id": ""}]}, {"data": [{"id": "1", "timestamp": "soon"}]}),
        {"data": [{"id": "1", "timestamp": "2026-09-08T10:00:00"}]},
        {"data": [], "paging": {"next": "https://graph.facebook.com/x"}},
        {"data": [{"id": "1", "timestamp": "2026-09-08T10:00:00+0000"}], "paging": {"next": "x", "cursors": {}}},
    ],
)
def test_what_is_no_listing_is_told(body: Any) -> None:
    with pytest.raises(BadResponse):
        asyncio.run(read(connector(Vendor(in_batches(lambda path, asked: body))), "instagram_posts"))


@pytest.mark.parametrize(
    "data",
    [
        *(None, {}, [1], [{"value": 1}]),
        [{"name": "reach", "values": {}}],
        [{"name": "reach", "values": [{"value": 1}]}],
        [{"name": "reach", "values": [{"value": "x", "end_time": "2026-09-09T07:00:00+0000"}]}],
        [{"name": "reach", "values": [{"value": 1, "end_time": "soon"}]}],
    ],
)
def test_what_is_no_metric_is_told(data: Any) -> None:
    with pytest.raises(BadResponse):
        facts(answering({"data": data}), "instagram_reach", "2026-09-08", "2026-09-09")


def test_a_value_that_is_null_is_untold() -> None:
    values = [
        {"value": None, "end_time": "2026-09-09T07:00:00+0000"},
        {"value": 1, "end_time": "2026-09-10T07:00:00+0000"},
    ]
    vendor = answering({"data": [{"name": "reach", "period": "day", "values": values}]})

    assert days_of(facts(vendor, "instagram_reach", "2026-09-08", "2026-09-09")) == (
        {"2026-09-09": Decimal(1)},
        ["2026-09-08"],
    )
