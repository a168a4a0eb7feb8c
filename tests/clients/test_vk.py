"""The popular client of VK, as it is, reads the simulator, and sees what the company's books say."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import vk_api
from requests.adapters import HTTPAdapter

VENDOR = "https://api.vk.ru/"
MOSCOW = timezone(timedelta(hours=3))
FIRST = datetime(2026, 9, 21, tzinfo=timezone.utc)  # noqa: UP017 - the client's own age
LAST = datetime(2026, 11, 19, 23, 59, 59, tzinfo=timezone.utc)  # noqa: UP017
"""The days that the books show."""

ACTIVITY = {
    "likes": "likes",
    "comments": "comments",
    "shares": "copies",
    "followers_gained": "subscribed",
    "followers_lost": "unsubscribed",
}
Served = dict[str, Any]
Truth = Callable[..., dict[tuple[str, ...], Decimal]]


class Redirected(HTTPAdapter):
    """The client knows the vendor's address only: what goes there goes to loopback."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._host = urlsplit(url).netloc

    def send(self, request: requests.PreparedRequest, *arguments: Any, **more: Any) -> requests.Response:
        there = urlsplit(str(request.url))._replace(scheme="http", netloc=self._host)
        request.url = there.geturl()
        return super().send(request, *arguments, **more)


@pytest.fixture
def vk(simulate: Callable[..., Served]) -> Served:
    return simulate("vk")


def client(told: Served, token: str | None = None, **more: Any) -> vk_api.VkApi:
    session = requests.Session()
    session.trust_env = False
    session.mount(VENDOR, Redirected(told["base_url"]))
    return vk_api.VkApi(token=token or told["settings"]["access_token"], session=session, **more)


def owner(told: Served) -> int:
    return -int(told["settings"]["group_id"])


def of_vk(books: dict[tuple[str, ...], Decimal], *measures: str) -> dict[tuple[str, str], Decimal]:
    return {(key[0], key[1]): value for key, value in books.items() if key[1] in measures and key[2] == "vk" and value}


def of_posts(items: list[Any]) -> dict[tuple[str, str], Decimal]:
    """Posts by the company's day, with the reactions and views that they have."""
    found: dict[tuple[str, str], Decimal] = {}
    for item in items:
        day = datetime.fromtimestamp(item["date"], MOSCOW).date().isoformat()
        engaged = sum(item[name]["count"] for name in ("likes", "comments", "reposts"))
        amounts = {"posts": 1, "post_engagement": engaged, "post_views": item.get("views", {"count": 0})["count"]}
        for measure, amount in amounts.items():
            found[day, measure] = found.get((day, measure), Decimal(0)) + amount
    over = LAST.date().isoformat()
    return {key: value for key, value in found.items() if value and key[0] <= over}


def test_all_posts_by_scripts_are_the_books(vk: Served, truth: Truth) -> None:
    tools = vk_api.VkTools(client(vk))

    wall = tools.get_all("wall.get", 20, {"owner_id": owner(vk), "filter": "owner"})

    assert of_posts(wall["items"]) == of_vk(truth("vk", "network"), "posts", "post_engagement", "post_views")


def test_all_posts_page_by_page_are_the_same(vk: Served) -> None:
    tools, values = vk_api.VkTools(client(vk)), {"owner_id": owner(vk)}

    slow = tools.get_all_slow("wall.get", 10, values)

    assert slow["items"] == tools.get_all("wall.get", 100, values)["items"]
    assert slow["count"] > 30


def test_statistics_by_day_are_the_books(vk: Served, truth: Truth) -> None:
    api = client(vk, api_version="5.199").get_api()

    periods = api.stats.get(
        group_id=-owner(vk), timestamp_from=int(FIRST.timestamp()), timestamp_to=int(LAST.timestamp()), extended=0
    )

    found: dict[tuple[str, str], Decimal] = {}
    for period in periods:
        day = datetime.fromtimestamp(period["period_from"] + 43_200, FIRST.tzinfo).date().isoformat()
        activity = period.get("activity", {})
        found |= {(day, measure): Decimal(activity.get(name, 0)) for measure, name in ACTIVITY.items()}
        found[day, "reach_1d"] = Decimal(period["reach"]["reach"])
    assert {key: value for key, value in found.items() if value} == of_vk(truth("vk", "network"), *ACTIVITY, "reach_1d")
    assert len(periods) == 60


@pytest.mark.parametrize("version", ["5.92", "5.199"])
def test_followers_in_the_form_of_any_version(version: str, vk: Served, truth: Truth) -> None:
    told = client(vk, api_version=version).get_api().groups.getById(group_id=-owner(vk), fields="members_count")

    groups = told if version == "5.92" else told["groups"]

    ago = truth("vk", "network")["2026-11-19", "followers", "vk"]
    assert abs(groups[0]["members_count"] - ago) < 20, "it is noon of the day after"


def test_a_pool_of_requests_is_one_script(vk: Served) -> None:
    session = client(vk, api_version="5.199")

    with vk_api.VkRequestsPool(session) as pool:
        wall = pool.method("wall.get", {"owner_id": owner(vk), "count": 3})
        group = pool.method("groups.getById", {"group_id": -owner(vk)})
        foreign = pool.method("wall.get", {"owner_id": -7})

    assert (len(wall.result["items"]), group.result["groups"][0]["id"]) == (3, -owner(vk))
    assert (foreign.ok, foreign.error["error_code"]) == (False, 15)


def test_one_parameter_of_many_values(vk: Served) -> None:
    found, errors = vk_api.vk_request_one_param_pool(
        client(vk), "wall.get", key="offset", values=[0, 5], default_values={"owner_id": owner(vk), "count": 5}
    )

    assert ([len(found[each]["items"]) for each in (0, 5)], errors) == ([5, 5], {})
    assert found[0]["items"] != found[5]["items"]


def test_reach_of_posts(vk: Served) -> None:
    api = client(vk, api_version="5.199").get_api()
    ids = [item["id"] for item in api.wall.get(owner_id=owner(vk), count=10)["items"]]

    rows = api.stats.getPostReach(owner_id=owner(vk), post_ids=",".join(map(str, ids)))

    assert {row["post_id"] for row in rows} == set(ids)


def test_refusals_are_its_own_errors(vk: Served) -> None:
    with pytest.raises(vk_api.ApiError, match=r"\[5\] User authorization failed"):
        client(vk, "vk1.a.another").method("wall.get", {"owner_id": owner(vk)})
    with pytest.raises(vk_api.ApiError, match=r"\[100\]"):
        client(vk).method("wall.get")
    with pytest.raises(vk_api.ApiError, match=r"\[3\]"):
        client(vk).method("wall.nosuch")


def test_a_wall_that_is_not_ones_own_cannot_be_read_by_scripts(vk: Served) -> None:
    with pytest.raises(vk_api.VkToolsException, match="Could not load items"):
        vk_api.VkTools(client(vk)).get_all("wall.get", 100, {"owner_id": -7})


def test_a_captcha_has_all_that_the_client_looks_for(vk: Served) -> None:
    with pytest.raises(vk_api.Captcha) as told:
        client(vk).method("captcha.force")

    assert told.value.get_url().startswith("https://vk.ru/captcha.php")
