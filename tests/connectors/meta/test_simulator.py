"""The simulator behaves as Meta does: its addresses, its pages, its windows, its refusals."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from collector.testing.simulator import World, running
from connectors.meta import days
from connectors.meta.simulator import MetaSimulator
from tests.connectors.meta.desk import HEADERS, sample

TODAY = date(2026, 11, 20)


class Client:
    """Asks as a connector would."""

    def __init__(self, simulator: MetaSimulator, url: str, http: httpx.Client) -> None:
        self.simulator, self.url = simulator, url
        self._http = http

    def get(self, path: str, **params: Any) -> httpx.Response:
        given = {"access_token": self.simulator.token, **params}
        return self._http.get(f"{self.url}{path}", params=given)

    def account(self, edge: str = "", **params: Any) -> httpx.Response:
        return self.get(f"/v26.0/{self.simulator.instagram_id}{edge}", **params)

    def page(self, edge: str = "", **params: Any) -> httpx.Response:
        return self.get(f"/v26.0/{self.simulator.page_id}{edge}", **params)

    def follow(self, url: str) -> httpx.Response:
        return self._http.get(url)

    def post(self, **form: Any) -> httpx.Response:
        params = {"access_token": self.simulator.token}
        return self._http.post(f"{self.url}/v26.0/", params=params, data=form)


@pytest.fixture(scope="module")
def served() -> Iterator[Client]:
    simulator = MetaSimulator(World(seed=2, days=30, today=TODAY))
    with running(simulator) as found, httpx.Client(trust_env=False) as http:
        yield Client(simulator, found.url, http)


@pytest.fixture
def client(served: Client) -> Client:
    """With all switches as they were at first."""
    served.simulator.switches = type(served.simulator.switches)()
    return served


def span(first: date, last: date) -> dict[str, int]:
    return days.borders(first, last)


def error(answer: httpx.Response) -> tuple[int, int, int | None]:
    told = answer.json()["error"]
    return answer.status_code, told["code"], told.get("error_subcode")


def test_addresses_work_with_a_version_and_without(client: Client) -> None:
    number = client.simulator.instagram_id

    assert client.get(f"/v26.0/{number}").json() == client.get(f"/{number}").json() == {"id": number}
    assert client.account().headers["facebook-api-version"] == "v26.0"


def test_the_next_pages_address_is_whole_and_the_last_page_has_cursors_and_no_next(client: Client) -> None:
    pages = [client.account("/media", fields="id,timestamp", limit=5).json()]
    while "next" in pages[-1]["paging"]:
        assert pages[-1]["paging"]["next"].startswith(client.url)
        pages.append(client.follow(pages[-1]["paging"]["next"]).json())

    rows = [row for page in pages for row in page["data"]]
    assert len(rows) == len({row["id"] for row in rows}) == client.account(fields="media_count").json()["media_count"]
    assert [row["timestamp"] for row in rows] == sorted((row["timestamp"] for row in rows), reverse=True)
    assert set(pages[-1]["paging"]) == {"cursors"}


def test_a_post_that_is_deleted_between_pages_moves_no_other(client: Client) -> None:
    first = client.account("/media", limit=5).json()
    whole = client.account("/media", limit=10).json()["data"]
    listed, known = client.simulator.items("instagram")
    gone = listed.pop(2)
    try:
        then = client.account("/media", limit=5, after=first["paging"]["cursors"]["after"]).json()
    finally:
        listed.insert(2, gone)

    assert known[gone.id] is gone
    assert first["data"] + then["data"] == whole


def test_a_listing_without_posts_has_no_paging(client: Client) -> None:
    client.simulator.empty()
    try:
        assert client.account("/media").json() == sample("ig_media_empty")
        assert client.page("/insights", metric="page_follows", period="day").json() == sample("ig_insights_no_data")
    finally:
        client.simulator.fill()


def test_metrics_are_taken_as_a_list_of_json_or_with_commas(client: Client) -> None:
    asked = {"period": "day", "metric_type": "total_value", **span(TODAY - timedelta(days=2), TODAY)}

    one = client.account("/insights", metric="likes,saves", **asked).json()
    other = client.account("/insights", metric='["likes","saves"]', **asked).json()

    assert one["data"] == other["data"]
    assert [each["name"] for each in one["data"]] == ["likes", "saves"]


def test_the_first_end_time_is_a_day_after_since(client: Client) -> None:
    first, last = TODAY - timedelta(days=4), TODAY - timedelta(days=2)
    (row,) = client.account("/insights", metric="reach", period="day", **span(first, last)).json()["data"]

    ends = [datetime.fromisoformat(each["end_time"]) for each in row["values"]]
    assert [int(end.timestamp()) for end in ends] == [days.begins(first + timedelta(days=n)) for n in range(1, 4)]
    assert {end.astimezone(days.PACIFIC).hour for end in ends} == {0}
    assert {end.utcoffset() for end in ends} == {UTC.utcoffset(None)}


def test_addresses_of_further_days_never_end(client: Client) -> None:
    answer = client.page("/insights", metric="page_follows", period="day", **span(TODAY - timedelta(days=3), TODAY))

    further = client.follow(answer.json()["paging"]["next"])

    assert further.json() == {"data": []}
    assert client.follow(answer.json()["paging"]["previous"]).json()["paging"]["previous"]


def test_today_is_told_so_far_and_days_to_come_are_not(client: Client) -> None:
    def likes(day: date) -> list[Any]:
        asked = {"period": "day", "metric_type": "total_value", **span(day, day)}
        data: list[Any] = client.account("/insights", metric="likes", **asked).json()["data"]
        return data

    (today,), (whole,) = likes(TODAY), likes(TODAY - timedelta(days=1))
    assert today["total_value"]["value"] < whole["total_value"]["value"]
    assert likes(TODAY + timedelta(days=1)) == []


@pytest.mark.parametrize(
    ("edge", "params", "name"),
    [
        ("account", {"metric": "reach", "period": "day", **span(date(2026, 9, 1), TODAY)}, "error_100_window"),
        ("page", {"metric": "page_impressions", "period": "day"}, "error_100_invalid_metric"),
        ("page", {"metric": ""}, "error_3001"),
        (
            "account",
            {"metric": "follower_count", "period": "day", **span(date(2026, 10, 1), date(2026, 10, 20))},
            "error_100_follower_count",
        ),
    ],
)
def test_questions_that_meta_does_not_take(client: Client, edge: str, params: dict[str, Any], name: str) -> None:
    answer = getattr(client, edge)("/insights", **params)

    assert (answer.status_code, answer.json()) == (HEADERS["status"][f"{name}.json"], sample(name))


def test_refusals_are_metas_own(client: Client) -> None:
    number = "18000000000000999"
    media = client.simulator.items("instagram")[0][0].id
    switches = client.simulator.switches
    switches.before_business.add(media)
    answers = {
        "error_100_33_deleted": client.get(f"/v26.0/{number}/insights", metric="views"),
        "error_100_2108006": client.get(f"/v26.0/{media}/insights", metric="views"),
    }
    switches.before_business.clear()
    switches.without_views.add(media)
    answers["error_100_product_type"] = client.get(f"/v26.0/{media}/insights", metric="views,reach")
    switches.busy_minutes = 13
    answers["error_80002"] = client.account()
    switches.busy_minutes, switches.token_error = None, 460
    answers["error_190_460"] = client.account()
    switches.token_error, switches.lacks = None, "read_insights"
    answers["error_200"] = client.account()
    switches.lacks, switches.most_at_once = None, 10
    answers["error_1"] = client.account("/media", limit=11)

    for name, answer in answers.items():
        assert (name, answer.status_code, answer.json()) == (name, HEADERS["status"][f"{name}.json"], sample(name))
    told = answers["error_80002"].headers["X-Business-Use-Case-Usage"]
    assert told == HEADERS["headers"]["error_80002.json"]["X-Business-Use-Case-Usage"]
    assert 'OAuth "Facebook Platform" "invalid_token"' in answers["error_190_460"].headers["WWW-Authenticate"]


def test_a_token_that_is_none_is_refused(client: Client) -> None:
    assert error(client.account(access_token="another")) == (400, 190, None)
    assert error(client.get("/v26.0/debug_token", input_token="x", access_token="y")) == (400, 190, None)
    client.simulator.switches.token_ends = client.simulator.now()
    assert error(client.account()) == (400, 190, 463)
    assert client.get("/v26.0/debug_token", input_token=client.simulator.token).json()["data"]["is_valid"] is False


def test_a_batch_has_a_status_and_a_body_for_each(client: Client) -> None:
    media = client.simulator.items("instagram")[0][0].id
    client.simulator.switches.dropped.add("9")
    calls = [f"{media}/insights?metric=views", "18000000000000999", "9", f"v26.0/{media}?fields=id"]

    rows = client.post(batch=json.dumps([{"method": "GET", "relative_url": url} for url in calls])).json()

    assert [row and row["code"] for row in rows] == [200, 400, None, 200]
    assert json.loads(rows[3]["body"]) == {"id": media}
    too_many = client.post(batch=json.dumps([{"method": "GET", "relative_url": media}] * 51))
    assert error(too_many)[1] == 3


def test_metrics_of_reels_are_told_of_reels_alone(client: Client) -> None:
    by_kind = {item.post.kind: item.id for item in client.simulator.items("instagram")[0]}

    reel = client.get(f"/v26.0/{by_kind['reel']}/insights", metric="ig_reels_avg_watch_time")
    image = client.get(f"/v26.0/{by_kind['image']}/insights", metric="ig_reels_avg_watch_time")

    assert reel.json()["data"][0]["values"] == [{"value": 7321}]
    assert error(image) == (400, 100, None)


def test_a_page_without_views_of_posts_tells_none(client: Client) -> None:
    number = client.simulator.items("facebook")[0][0].id

    rows = client.get(f"/v26.0/{number}/insights", metric="post_media_view,post_clicks").json()["data"]

    assert [row["name"] for row in rows] == ["post_clicks"]
