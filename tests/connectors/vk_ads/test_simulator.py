"""The simulator answers as VK Ads does: tokens, limits, plans, statistics."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from collector.clock import FixedClock
from collector.testing.simulator import World, running
from connectors.vk_ads.simulator import VkAdsSimulator
from connectors.vk_ads.simulator.limits import Calendar

TODAY = date(2026, 3, 20)
STATISTICS = "/api/v2/statistics/ad_plans/day.json"


class Api:
    """What asks it, by one token."""

    def __init__(self, simulator: VkAdsSimulator, url: str, clock: FixedClock) -> None:
        self.simulator, self.clock = simulator, clock
        self.http = httpx.Client(base_url=url)
        self.token = self.granted().json()
        self.http.headers["Authorization"] = f"Bearer {self.token['access_token']}"

    def granted(self, path: str = "token.json", **fields: str) -> httpx.Response:
        tokens = self.simulator.tokens
        asked = {"grant_type": "client_credentials", **fields}
        form = {"client_id": tokens.client_id, "client_secret": tokens.client_secret, **asked}
        return self.http.post(f"/api/v2/oauth2/{path}", data=form)

    def statistics(self, **params: str) -> httpx.Response:
        wanted = {"id": "802001", "date_from": "2026-03-01", "date_to": "2026-03-07", "metrics": "base"}
        return self.http.get(STATISTICS, params=wanted | params)


@pytest.fixture
def api() -> Iterator[Api]:
    clock = FixedClock(datetime(2026, 3, 20, 9, 30, tzinfo=UTC))
    with running(VkAdsSimulator(World(days=60, today=TODAY), clock=clock)) as found:
        assert isinstance(found.simulator, VkAdsSimulator)
        api = Api(found.simulator, found.url, clock)
        try:
            yield api
        finally:
            api.http.close()


def error(response: httpx.Response) -> tuple[int, Any]:
    told = response.json()["error"]
    return response.status_code, told["code"] if isinstance(told, dict) else told


def test_five_tokens_may_live(api: Api) -> None:
    assert [api.granted().json()["tokens_left"] for _ in range(4)] == [3, 2, 1, 0]
    assert error(api.granted()) == (403, "token_limit_exceeded")

    api.clock.advance(timedelta(hours=24))

    assert api.granted().status_code == 200


def test_a_renewal_takes_the_place_of_its_token(api: Api) -> None:
    refresh = api.token["refresh_token"]
    renewed = api.granted(grant_type="refresh_token", refresh_token=refresh)

    assert renewed.json()["tokens_left"] == 4
    assert error(api.statistics()) == (401, "expired_token")
    assert api.granted(grant_type="refresh_token", refresh_token=refresh).status_code == 401


def test_all_tokens_can_be_deleted(api: Api) -> None:
    assert api.granted("token/delete.json").status_code == 204
    assert error(api.statistics()) == (401, "expired_token")
    assert error(api.granted(client_secret="wrong")) == (401, "invalid_client")


def test_deleted_plans_are_listed_only_when_asked_for_and_keep_what_they_cost(api: Api) -> None:
    plain = api.http.get("/api/v2/ad_plans.json").json()
    whole = api.http.get("/api/v2/ad_plans.json", params={"_status__in": "active,blocked,deleted"}).json()

    assert [each["id"] for each in plain["items"]] == [802_001, 802_002]
    assert (whole["count"], [each["id"] for each in whole["items"]]) == (3, [801_902, 802_001, 802_002])
    former, present = api.statistics(id="801902,802002", date_from="2026-01-25", date_to="2026-03-10").json()["items"]
    spent = [[row["date"] for row in item["rows"] if row["base"]["spent"] != "0"] for item in (former, present)]
    anew = str(api.simulator.set_up_anew)
    assert max(spent[0]) < anew <= min(spent[1])


def test_rows_by_day_add_up_to_the_total_and_money_is_text(api: Api) -> None:
    (item,) = api.statistics().json()["items"]

    spent = [Decimal(row["base"]["spent"]) for row in item["rows"]]
    assert all(isinstance(row["base"]["spent"], str) for row in item["rows"])
    assert sum(spent) == Decimal(item["total"]["base"]["spent"]) > 0


def test_version_three_has_no_days(api: Api) -> None:
    body = api.http.get("/api/v3/statistics/ad_plans/day.json", params={"date_from": "2026-03-01"}).json()

    assert body["count"] == 3
    assert all("rows" not in item for item in body["items"])


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"id": "802001,999"}, "ERR_WRONG_ADPLANS"),
        ({"id": ",".join(["802001"] * 201)}, "ERR_LIMIT_EXCEEDED"),
        ({"date_from": "2025-03-19"}, "ERR_LIMIT_EXCEEDED"),
        ({"date_from": "yesterday"}, "ERR_WRONG_DATE"),
        ({"id": "x"}, "ERR_WRONG_PARAMETER"),
    ],
)
def test_a_wrong_request_is_told(api: Api, params: dict[str, str], told: str) -> None:
    assert error(api.statistics(**params)) == (400, told)


def test_the_last_366_days_can_be_asked_for(api: Api) -> None:
    assert api.statistics(date_from="2025-03-20").status_code == 200


def test_limits_count_down_by_the_calendar(api: Api) -> None:
    api.simulator.calendars[:] = [Calendar("RPS", 2), Calendar("Hourly", 3)]
    found = [api.statistics() for _ in range(3)]
    api.clock.advance(timedelta(seconds=1))
    fourth = api.statistics()
    api.clock.advance(timedelta(minutes=30))

    assert [each.status_code for each in found] == [200, 200, 429]
    assert [each.headers["X-RateLimit-RPS-Remaining"] for each in found] == ["1", "0", "0"]
    assert fourth.headers["X-RateLimit-Hourly-Remaining"] == "0"
    assert api.statistics().status_code == 200
