"""Google's own client, as it is, reads the simulator and sees what the company's books say."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from google.analytics.data_v1beta import BetaAnalyticsDataClient
from google.analytics.data_v1beta.types import (
    BatchRunReportsRequest,
    CheckCompatibilityRequest,
    DateRange,
    Dimension,
    Filter,
    FilterExpression,
    Metric,
    MetricAggregation,
    MetricType,
    OrderBy,
    RunRealtimeReportRequest,
    RunReportRequest,
)
from google.api_core.exceptions import BadRequest, Forbidden
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import Request
from google.oauth2 import credentials, service_account

SCOPES = ["https://www.googleapis.com/auth/analytics.readonly"]
DAYS = DateRange(start_date="2026-09-21", end_date="2026-11-19")
WEB = {
    "sessions": "sessions",
    "engaged_sessions": "engagedSessions",
    "new_users": "newUsers",
    "page_views": "screenPageViews",
    "key_events": "keyEvents",
    "purchases": "ecommercePurchases",
}
Figures = dict[tuple[str, ...], Decimal]


@pytest.fixture
def served(simulate: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    return simulate("google_analytics")


def client_of(served: dict[str, Any], access: Any = None) -> BetaAnalyticsDataClient:
    """By the service account's key unless told otherwise; it signs its own bearer."""
    told = json.loads(served["settings"]["credentials"])
    key = service_account.Credentials.from_service_account_info(told, scopes=SCOPES)
    options = {"api_endpoint": served["base_url"]}
    return BetaAnalyticsDataClient(credentials=access or key, transport="rest", client_options=options)


def asked(served: dict[str, Any], dimensions: list[str], metrics: list[str], **more: Any) -> RunReportRequest:
    return RunReportRequest(
        property=f"properties/{served['settings']['property_id']}",
        date_ranges=[DAYS],
        dimensions=[Dimension(name=name) for name in dimensions],
        metrics=[Metric(name=name) for name in metrics],
        **{"limit": 100_000, **more},
    )


def figures(answer: Any, names: dict[str, str]) -> Figures:
    found: Figures = {}
    for row in answer.rows:
        day, *members = [each.value for each in row.dimension_values]
        for name, value in zip(names, row.metric_values, strict=True):
            if Decimal(value.value):
                found[(str(date.fromisoformat(day)), name, *members)] = Decimal(value.value)
    return found


def of_web(books: Figures, names: dict[str, str]) -> Figures:
    return {key: value for key, value in books.items() if key[1] in names and value}


def test_the_whole_by_day_is_what_the_books_say(served: dict[str, Any], truth: Callable[..., Figures]) -> None:
    answer = client_of(served).run_report(asked(served, ["date"], list(WEB.values())))

    assert figures(answer, WEB) == of_web(truth("google_analytics"), WEB)
    assert answer.metadata.currency_code == "USD"
    assert answer.metadata.time_zone == "Europe/Moscow"
    assert [each.type_ for each in answer.metric_headers][-2:] == [MetricType.TYPE_FLOAT, MetricType.TYPE_INTEGER]


def test_campaigns_in_pages_are_what_the_books_say(served: dict[str, Any], truth: Callable[..., Figures]) -> None:
    client, found, offset = client_of(served), {}, 0
    order = [
        OrderBy(dimension=OrderBy.DimensionOrderBy(dimension_name=name)) for name in ("date", "sessionCampaignName")
    ]
    while True:
        request = asked(
            served, ["date", "sessionCampaignName"], list(WEB.values()), limit=100, offset=offset, order_bys=order
        )
        page = client.run_report(request)
        found |= figures(page, WEB)
        offset += len(page.rows)
        if offset >= page.row_count:
            break

    assert offset > 300
    assert found == of_web(truth("google_analytics", "campaign"), WEB)
    assert not client.run_report(asked(served, ["date"], ["sessions"], offset=1_000)).rows


def test_users_as_given(served: dict[str, Any], truth: Callable[..., Figures]) -> None:
    names = {"users_1d": "active1DayUsers", "users_7d": "active7DayUsers", "users_28d": "active28DayUsers"}
    answer = client_of(served).run_report(asked(served, ["date"], list(names.values())))

    assert figures(answer, names) == of_web(truth("google_analytics"), names)


def test_filters_totals_and_quota(served: dict[str, Any]) -> None:
    only = FilterExpression(
        filter=Filter(
            field_name="sessionSourceMedium",
            string_filter=Filter.StringFilter(match_type=Filter.StringFilter.MatchType.BEGINS_WITH, value="yandex"),
        )
    )
    request = asked(
        served, ["date", "sessionSourceMedium"], ["sessions", "purchaseRevenue"],
        dimension_filter=only, metric_aggregations=[MetricAggregation.TOTAL], return_property_quota=True,
    )  # fmt: skip
    answer = client_of(served).run_report(request)

    assert {row.dimension_values[1].value for row in answer.rows} == {
        "yandex / cpc",
        "yandex / organic",
        "yandex / rsya",
    }
    total = answer.totals[0]
    assert total.dimension_values[0].value == "RESERVED_TOTAL"
    assert int(total.metric_values[0].value) == sum(int(row.metric_values[0].value) for row in answer.rows)
    assert answer.property_quota.tokens_per_day.remaining < 200_000


def test_batches_fields_compatibility_and_the_present(served: dict[str, Any]) -> None:
    client, name = client_of(served), f"properties/{served['settings']['property_id']}"
    one, two = asked(served, ["date"], ["sessions"]), asked(served, ["date"], ["active28DayUsers"])
    batch = client.batch_run_reports(BatchRunReportsRequest(property=name, requests=[one, two]))
    assert [each.row_count for each in batch.reports] == [60, 60]

    fields = client.get_metadata(name=f"{name}/metadata")
    assert "customEvent:plan" in {each.api_name for each in fields.dimensions}

    told = client.check_compatibility(
        CheckCompatibilityRequest(
            property=name, dimensions=[Dimension(name="sessionCampaignName")], metrics=[Metric(name="sessions")]
        )
    )
    apart = {each.metric_metadata.api_name for each in told.metric_compatibilities if each.compatibility == 2}
    assert "itemViewEvents" in apart

    present = client.run_realtime_report(RunRealtimeReportRequest(property=name, metrics=[Metric(name="activeUsers")]))
    assert int(present.rows[0].metric_values[0].value) > 0


def test_a_persons_token_comes_from_the_endpoint(served: dict[str, Any]) -> None:
    told = served["settings"]
    key = service_account.Credentials.from_service_account_info(json.loads(told["credentials"]), scopes=SCOPES)
    key.refresh(Request())  # by the token endpoint
    access = credentials.Credentials(token=key.token)
    assert client_of(served, access).run_report(asked(served, ["date"], ["sessions"])).row_count == 60


def test_refusals_are_the_clients_own_errors(served: dict[str, Any]) -> None:
    client = client_of(served)
    with pytest.raises(BadRequest, match="Field pageViews is not a valid metric"):
        client.run_report(asked(served, ["date"], ["pageViews"]))
    with pytest.raises(BadRequest, match=r"Please remove .* to make the request compatible"):
        client.run_report(asked(served, ["sessionCampaignName"], ["itemViewEvents"]))
    with pytest.raises(Forbidden, match="sufficient permissions"):
        client.run_report(
            RunReportRequest(property="properties/1", date_ranges=[DAYS], metrics=[Metric(name="sessions")])
        )
    with pytest.raises(GoogleAuthError):  # a 401 makes the client ask for another token, which nobody has
        client_of(served, AnonymousCredentials()).run_report(asked(served, ["date"], ["sessions"]))
