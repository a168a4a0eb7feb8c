"""Meta's own SDK, as it is, reads the simulator, and sees what the company's books say."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from facebook_business.adobjects.iguser import IGUser
from facebook_business.adobjects.page import Page
from facebook_business.adobjects.pagepost import PagePost
from facebook_business.adobjects.user import User
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

PACIFIC = ZoneInfo("America/Los_Angeles")
MOSCOW = ZoneInfo("Europe/Moscow")
DAYS = [date(2026, 11, 10) + timedelta(days=n) for n in range(10)]
"""The last ten that are over."""

TOTALS = {
    "views": "social_views",
    "likes": "likes",
    "comments": "comments",
    "shares": "shares",
    "saves": "saves",
    "profile_links_taps": "social_clicks",
}
PAGE = {
    "page_follows": "followers",
    "page_daily_follows_unique": "followers_gained",
    "page_daily_unfollows_unique": "followers_lost",
    "page_media_view": "social_views",
    "page_total_media_view_unique": "reach_1d",
    "page_total_actions": "social_clicks",
}
Served = dict[str, Any]
Truth = dict[tuple[str, ...], Decimal]


@pytest.fixture
def served(simulate: Callable[..., Served]) -> Iterator[Served]:
    told = simulate("meta")
    before, FacebookSession.GRAPH = FacebookSession.GRAPH, told["base_url"]
    yield told
    FacebookSession.GRAPH = before


@pytest.fixture
def api(served: Served) -> FacebookAdsApi:
    return client(served)


@pytest.fixture(scope="module")
def books(truth: Callable[..., Truth]) -> Truth:
    return truth("meta", "network")


def client(told: Served, token: str | None = None) -> FacebookAdsApi:
    return FacebookAdsApi.init(access_token=token or told["settings"]["access_token"], api_version="v26.0")


def account(told: Served, api: FacebookAdsApi) -> Any:
    return IGUser(told["settings"]["instagram_id"], api=api)


def page(told: Served, api: FacebookAdsApi) -> Any:
    return Page(told["settings"]["page_id"], api=api)


def midnight(day: date) -> int:
    return int(datetime.combine(day, time(), tzinfo=PACIFIC).timestamp())


def borders(first: date, last: date) -> dict[str, int]:
    return {"since": midnight(first), "until": midnight(last + timedelta(days=1))}


def by_day(found: Any) -> dict[str, dict[date, int]]:
    """Series, by metric and the day that each `end_time` closes."""
    told: dict[str, dict[date, int]] = {}
    for metric in found:
        for each in metric["values"]:
            end = datetime.fromisoformat(each["end_time"]).astimezone(PACIFIC)
            told.setdefault(metric["name"], {})[(end - timedelta(hours=1)).date()] = each["value"]
    return told


def test_totals_of_each_day_of_the_account(served: Served, api: FacebookAdsApi, books: Truth) -> None:
    for day in DAYS[-4:]:
        params = {"metric": list(TOTALS), "period": ["day"], "metric_type": "total_value", **borders(day, day)}
        found = {
            each["name"]: each["total_value"]["value"] for each in account(served, api).get_insights(params=params)
        }

        assert found == {name: books[str(day), ours, "instagram"] for name, ours in TOTALS.items()}


def test_who_came_and_who_went(served: Served, api: FacebookAdsApi, books: Truth) -> None:
    params = {"metric": ["follows_and_unfollows"], "period": ["day"], "metric_type": "total_value"}
    params |= {"breakdown": ["follow_type"], **borders(DAYS[-1], DAYS[-1])}
    (found,) = account(served, api).get_insights(params=params)

    results = found["total_value"]["breakdowns"][0]["results"]
    told = {each["dimension_values"][0]: each["value"] for each in results}
    assert (told["FOLLOWER"], told["NON_FOLLOWER"]) == tuple(
        books[str(DAYS[-1]), name, "instagram"] for name in ("followers_gained", "followers_lost")
    )


def test_reach_by_day(served: Served, api: FacebookAdsApi, books: Truth) -> None:
    found = account(served, api).get_insights(
        params={"metric": ["reach"], "period": ["day"], **borders(DAYS[0], DAYS[-1])}
    )

    assert by_day(found)["reach"] == {day: books[str(day), "reach_1d", "instagram"] for day in DAYS}


def test_the_pages_days(served: Served, api: FacebookAdsApi, books: Truth) -> None:
    params = {"metric": list(PAGE), "period": "day", **borders(DAYS[0], DAYS[-1])}

    told = by_day(page(served, api).get_insights(params=params))

    assert told == {name: {day: books[str(day), ours, "facebook"] for day in DAYS} for name, ours in PAGE.items()}


@pytest.mark.parametrize(("period", "ours"), [("week", "reach_7d"), ("days_28", "reach_28d")])
def test_the_pages_reach_of_several_days(
    served: Served, api: FacebookAdsApi, books: Truth, period: str, ours: str
) -> None:
    params = {"metric": ["page_total_media_view_unique"], "period": period, **borders(DAYS[0], DAYS[-1])}

    (told,) = by_day(page(served, api).get_insights(params=params)).values()

    assert told == {day: books[str(day), ours, "facebook"] for day in DAYS}


def test_all_posts_page_by_page(served: Served, api: FacebookAdsApi, books: Truth) -> None:
    media = account(served, api).get_media(fields=["id", "timestamp", "like_count"], params={"limit": 7})
    posts = page(served, api).get_published_posts(fields=["id", "created_time", "shares"], params={"limit": 3})

    found: Counter[tuple[str, str]] = Counter()
    for network, rows, name in (("instagram", media, "timestamp"), ("facebook", posts, "created_time")):
        found.update((str(datetime.fromisoformat(row[name]).astimezone(MOSCOW).date()), network) for row in rows)
    last = str(DAYS[-1])
    assert {key: Decimal(count) for key, count in found.items() if key[0] <= last} == {
        (day, network): value
        for (day, measure, network), value in books.items()
        if measure == "posts" and network in ("instagram", "facebook") and value
    }


def test_insights_of_posts_by_a_batch(served: Served, api: FacebookAdsApi, books: Truth) -> None:
    told: dict[str, dict[str, int]] = {}
    batch = api.new_batch()
    nodes = {
        node["id"]: node
        for node in account(served, api).get_media(fields=["id", "timestamp", "like_count", "comments_count"])
    }
    for number in nodes:
        batch.add(
            "GET",
            f"{number}/insights",
            params={"metric": ["views", "shares", "saved"]},
            success=lambda response, number=number: told.update({number: values(response.json())}),
        )
        if len(batch) == 50:
            batch.execute()
            batch = api.new_batch()
    batch.execute()

    engaged: Counter[str] = Counter()
    viewed: Counter[str] = Counter()
    for number, node in nodes.items():
        day = str(datetime.fromisoformat(node["timestamp"]).astimezone(MOSCOW).date())
        viewed[day] += told[number]["views"]
        engaged[day] += node["like_count"] + node["comments_count"] + told[number]["shares"] + told[number]["saved"]
    for found, measure in ((viewed, "post_views"), (engaged, "post_engagement")):
        mine = {
            day: value for (day, name, network), value in books.items() if (name, network) == (measure, "instagram")
        }
        assert {day: Decimal(value) for day, value in found.items() if day <= str(DAYS[-1])} == {
            day: value for day, value in mine.items() if value
        }


def values(body: Any) -> dict[str, int]:
    return {each["name"]: each["values"][0]["value"] for each in body["data"]}


def test_it_sees_the_account_the_page_and_its_token(served: Served, api: FacebookAdsApi, books: Truth) -> None:
    found = account(served, api).api_get(fields=["username", "followers_count", "media_count"])
    there = page(served, api).api_get(fields=["name", "fan_count"])
    (mine, _) = User("me", api=api).get_accounts(fields=["id", "access_token"])

    gained = abs(found["followers_count"] - int(books[str(DAYS[-1]), "followers", "instagram"]))
    assert (found["username"], gained < 100, there["name"]) == ("sosna_mebel", True, "Sosna")
    assert mine["id"] == served["settings"]["page_id"]
    (post, *_) = page(served, client(served, mine["access_token"])).get_published_posts(params={"limit": 1})
    assert isinstance(post, PagePost)


def refusal(work: Callable[[], object]) -> FacebookRequestError:
    with pytest.raises(FacebookRequestError) as refused:
        work()
    found: FacebookRequestError = refused.value
    return found


def test_it_understands_refusals(served: Served, api: FacebookAdsApi) -> None:
    ours = account(served, api)
    dead = refusal(lambda: ours.get_insights(params={"metric": ["impressions"], "period": ["day"]}))
    long = refusal(
        lambda: ours.get_insights(params={"metric": ["reach"], **borders(DAYS[0] - timedelta(days=40), DAYS[0])})
    )
    gone = refusal(lambda: PagePost("18000000000000999", api=api).get_insights(params={"metric": ["post_clicks"]}))
    token = refusal(lambda: account(served, client(served, "another")).api_get(fields=["id"]))

    assert (dead.http_status(), dead.api_error_code()) == (400, 100)
    assert "There cannot be more than 30 days (2592000 s) between since and until." in long.api_error_message()
    assert (gone.api_error_code(), gone.api_error_subcode()) == (100, 33)
    assert (token.api_error_code(), token.http_status()) == (190, 400)


def test_the_present_is_in_utc(served: Served, api: FacebookAdsApi) -> None:
    (newest, *_) = account(served, api).get_media(fields=["timestamp"], params={"limit": 1})

    assert datetime.fromisoformat(newest["timestamp"]).tzinfo == UTC
