"""The simulator behaves as Google does: bodies, refusals word for word, quotas, tokens."""

import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from collector.clock import FixedClock
from collector.testing.simulator import World
from connectors.google_analytics.access import ServiceAccount, _of_json
from connectors.google_analytics.settings import GoogleAnalyticsSettings
from connectors.google_analytics.simulator import GoogleAnalyticsSimulator
from connectors.google_analytics.simulator.refusals import Refusal
from tests.connectors.google_analytics.told import SAMPLES

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
SESSIONS = {"dateRanges": [{"startDate": "2026-11-18", "endDate": "2026-11-19"}], "metrics": [{"name": "sessions"}]}


class Asking:
    """A simulator and whoever asks it."""

    def __init__(self) -> None:
        self.clock = FixedClock(NOW)
        self.simulator = GoogleAnalyticsSimulator(World(1, 45, 1, date(2026, 11, 20)), clock=self.clock)
        settings = GoogleAnalyticsSettings.model_validate(self.simulator.settings("http://ga"))
        assert settings.credentials is not None
        account = _of_json(settings.credentials.get_secret_value(), "", settings)
        assert isinstance(account, ServiceAccount)
        self.account = account
        self.bearer = f"Bearer {self.token()['access_token']}"

    def send(self, verb: str, path: str, **more: Any) -> httpx.Response:
        async def sent() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.simulator.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://ga.example.com") as client:
                return await client.request(verb, path, **more)

        return asyncio.run(sent())

    def token(self, at: datetime | None = None, **instead: str) -> Any:
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "assertion": self.account.assertion(at or self.clock.now()),
        }
        return self.send("POST", "/token", data={**form, **instead}).json()

    def ask(self, body: Any, verb: str = "runReport", property_id: str | None = None, **params: str) -> httpx.Response:
        path = f"/v1beta/properties/{property_id or self.simulator.property_id}:{verb}"
        return self.send("POST", path, json=body, headers={"Authorization": self.bearer}, params=params)

    def report(self, **more: Any) -> Any:
        answer = self.ask({**SESSIONS, **more})
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def ga() -> Asking:
    return Asking()


def names(*told: str) -> list[dict[str, str]]:
    return [{"name": name} for name in told]


@pytest.mark.parametrize(
    ("sample", "refusal"),
    [
        ("error_400_field", Refusal.field("pageViews", "metric")),
        ("error_400_incompatible", Refusal.incompatible("itemViewEvents")),
        ("error_400_date_ranges", Refusal.invalid("Requests are limited to 4 dateRanges.")),
        ("error_401", Refusal.unauthenticated()),
        ("error_403_property", Refusal.no_rights()),
        ("error_403_api_disabled", Refusal.disabled()),
        ("error_429_day", Refusal.exhausted("tokensPerDay")),
        ("error_429_project_hour", Refusal.exhausted("tokensPerProjectPerHour")),
        ("error_429_concurrent", Refusal.exhausted("concurrentRequests")),
        ("error_429_client_errors", Refusal.exhausted("clientErrors")),
        ("error_500", Refusal.broken()),
    ],
)
def test_refusals_are_googles_word_for_word(sample: str, refusal: Refusal) -> None:
    told = json.loads((SAMPLES / f"{sample}.json").read_text(encoding="utf-8"))
    answer = refusal.told.answer()

    assert json.loads(bytes(answer.body)) == told
    assert answer.status_code == told["error"]["code"]


def test_values_are_texts_and_nothing_is_left_out_but_what_is_empty(ga: Asking) -> None:
    whole = ga.report(dimensions=names("date"), returnPropertyQuota=True)

    assert whole["rowCount"] == len(whole["rows"]) == 2
    assert all(isinstance(row["metricValues"][0]["value"], str) for row in whole["rows"])
    assert whole["propertyQuota"]["concurrentRequests"] == {"remaining": 10}
    nothing = ga.report(dateRanges=[{"startDate": "2020-01-01", "endDate": "2020-01-02"}])
    assert not {"rows", "rowCount"} & set(nothing)
    past = ga.report(dimensions=names("date"), offset="5", limit=10)
    assert ("rows" in past, past["rowCount"]) == (False, 2)


def test_days_may_be_named_from_today_and_several_ranges_have_a_column(ga: Asking) -> None:
    ranges = [
        {"startDate": "2daysAgo", "endDate": "yesterday"},
        {"startDate": "today", "endDate": "today", "name": "now"},
    ]
    told = ga.report(dateRanges=ranges)

    assert told["dimensionHeaders"] == [{"name": "dateRange"}]
    assert {row["dimensionValues"][0]["value"] for row in told["rows"]} == {"date_range_0", "now"}


def test_enums_are_numbers_for_whom_wants_them(ga: Asking) -> None:
    assert ga.report()["metricHeaders"] == [{"name": "sessions", "type": "TYPE_INTEGER"}]
    answer = ga.ask(SESSIONS, **{"$alt": "json;enum-encoding=int"}).json()
    assert answer["metricHeaders"] == [{"name": "sessions", "type": 1}]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({**SESSIONS, "metrics": names("pageViews")}, "Field pageViews is not a valid metric"),
        ({**SESSIONS, "dimensions": names("itemName")}, "Field itemName is not a valid dimension"),
        ({**SESSIONS, "dimensions": names("source")}, "Please remove source"),
        ({**SESSIONS, "metrics": names("sessions", "advertiserAdCost")}, "Please remove"),
        ({**SESSIONS, "dimensions": names("date"), "metrics": names("advertiserAdCost")}, "Please remove"),
        ({**SESSIONS, "dateRanges": SESSIONS["dateRanges"] * 5}, "limited to 4 dateRanges"),
        ({**SESSIONS, "x": 1}, 'Unknown name "x": Cannot find field'),
        ({**SESSIONS, "limit": "many"}, "Invalid value at 'limit'"),
        ({**SESSIONS, "dateRanges": [{"startDate": "soon", "endDate": "today"}]}, "Invalid date"),
        ({**SESSIONS, "dateRanges": [{"startDate": "today", "endDate": "yesterday"}]}, "startDate must be before"),
        ([], "Invalid JSON payload"),
    ],
)
def test_what_means_nothing_is_refused(ga: Asking, body: Any, words: str) -> None:
    answer = ga.ask(body)

    assert answer.status_code == 400
    assert words in answer.json()["error"]["message"]


def test_a_property_that_is_not_ours(ga: Asking) -> None:
    assert ga.ask(SESSIONS, property_id="1").status_code == 403


def test_tokens_run_out_and_assertions_are_looked_at(ga: Asking) -> None:
    assert ga.report()["rows"]
    ga.clock.advance(timedelta(hours=1))
    assert ga.ask(SESSIONS).status_code == 401

    assert ga.token(grant_type="password")["error"] == "unsupported_grant_type"
    assert ga.token(at=NOW - timedelta(hours=3))["error_description"].startswith(
        "Invalid JWT: Token must be a short-lived"
    )
    assert ga.token(assertion="a.b.c")["error_description"] == "Invalid JWT Signature."
    ga.simulator.tokens.deleted = True
    assert ga.token()["error_description"] == "Invalid grant: account not found"


def test_an_assertion_that_is_the_bearer_itself(ga: Asking) -> None:
    ga.bearer = f"Bearer {ga.account.assertion(ga.clock.now())}"
    assert ga.report()["rows"]


def test_each_report_costs_tokens_and_an_empty_bucket_refuses_all(ga: Asking) -> None:
    buckets = ga.simulator.buckets[ga.simulator.property_id]
    ga.report()
    assert buckets.used("tokensPerDay", NOW) > 0
    buckets.spend("tokensPerHour", NOW)
    assert ga.ask(SESSIONS).status_code == 429
    assert ga.ask(SESSIONS, property_id=ga.simulator.other_id).status_code == 200
    ga.clock.advance(timedelta(minutes=59))
    ga.bearer = f"Bearer {ga.token()['access_token']}"
    ga.clock.advance(timedelta(minutes=1))
    assert ga.ask(SESSIONS).status_code == 200


def test_filters_and_totals(ga: Asking) -> None:
    only = {"filter": {"fieldName": "sessionSource", "inListFilter": {"values": ["yandex"]}}}
    not_only = {"notExpression": only}
    whole, mine, others = (
        int(ga.report(**more)["rows"][0]["metricValues"][0]["value"])
        for more in ({}, {"dimensionFilter": only}, {"dimensionFilter": not_only})
    )
    assert mine + others == whole
    assert 0 < mine < whole
    told = ga.report(dimensions=names("sessionSource"), metricAggregations=["TOTAL"])
    assert told["totals"][0]["metricValues"] == [{"value": str(whole)}]
    big = {
        "filter": {
            "fieldName": "sessions",
            "numericFilter": {"operation": "GREATER_THAN", "value": {"int64Value": "100"}},
        }
    }
    rows = ga.report(dimensions=names("sessionSource"), metricFilter=big)["rows"]
    assert all(int(row["metricValues"][0]["value"]) > 100 for row in rows)


def test_what_is_restated_is_told_otherwise_later(ga: Asking) -> None:
    yesterday = {"dateRanges": [{"startDate": "2026-11-19", "endDate": "2026-11-19"}]}
    first = ga.report(**yesterday)["rows"][0]["metricValues"][0]["value"]
    for _ in range(5):
        ga.clock.advance(timedelta(days=1))
    ga.bearer = f"Bearer {ga.token()['access_token']}"

    assert int(ga.report(**yesterday)["rows"][0]["metricValues"][0]["value"]) > int(first)
