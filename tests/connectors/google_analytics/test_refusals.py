"""Each refusal of Google's: which error, what it says, until when to wait."""

from datetime import UTC, datetime, timedelta

import pytest

from collector.plugin import (
    BadResponse,
    CredentialsRefused,
    Forbidden,
    QuotaExhausted,
    RateLimited,
    Response,
    SourceError,
    TemporaryFailure,
)
from connectors.google_analytics.quotas import MOST_REPEATED, Quotas, property_quota
from connectors.google_analytics.refusals import Misconfigured, Refusals
from tests.connectors.google_analytics.told import sample

NOON = datetime(2026, 3, 2, 12, 20, tzinfo=UTC)
MIDNIGHT_PACIFIC = datetime(2026, 3, 3, 8, tzinfo=UTC)
ROBOT = "robot@project.iam.gserviceaccount.com"


def refused(response: Response, quotas: Quotas | None = None) -> SourceError | None:
    return Refusals("123456789", lambda: ROBOT, quotas or Quotas()).refusal(response, NOON)


@pytest.mark.parametrize(
    ("name", "status", "kind", "words"),
    [
        ("error_400_field", 400, Misconfigured, r"123456789 has no metric pageViews: correct `metrics`"),
        ("error_400_incompatible", 400, Misconfigured, r"itemViewEvents does not go with the others"),
        ("error_400_date_ranges", 400, BadResponse, r"limited to 4 dateRanges"),
        ("error_403_property", 403, Forbidden, rf"{ROBOT} may not read it, or there is no such property. Add it as"),
        ("error_403_api_disabled", 403, Forbidden, r"not enabled in the cloud project 123456789012: enable it at http"),
        ("error_403_scope", 403, Forbidden, r"lacks the scope analytics.readonly"),
        ("error_500", 500, TemporaryFailure, r"answered 500: Internal error encountered"),
        ("error_503", 503, TemporaryFailure, r"answered 503: The service is currently unavailable"),
    ],
)
def test_who_acts_and_what_to_do(name: str, status: int, kind: type[SourceError], words: str) -> None:
    error = refused(sample(name, status))

    assert type(error) is kind
    with pytest.raises(kind, match=words):
        raise error


def test_a_refusal_of_the_token_goes_by_its_status() -> None:
    assert refused(sample("error_401", 401)) is None
    assert Misconfigured.actor == "user"


def test_there_is_no_such_path() -> None:
    assert isinstance(refused(Response(404, {}, b"<html>", "POST x")), Forbidden)


@pytest.mark.parametrize(
    ("name", "until"),
    [
        ("error_429_day", MIDNIGHT_PACIFIC),
        ("error_429_project_hour", datetime(2026, 3, 2, 13, tzinfo=UTC)),
        ("error_429_client_errors", NOON + timedelta(minutes=15)),
    ],
)
def test_a_quota_that_is_used_up_is_waited_for(name: str, until: datetime) -> None:
    quotas = Quotas()
    response = sample(name, 429)
    (told,) = quotas.heard(response, NOON)
    error = refused(response, quotas)

    assert isinstance(error, QuotaExhausted)
    assert (error.until, told.remaining, told.resets_at, told.key) == (until, 0, until, "property_id")


def test_too_many_at_once_pass_in_half_a_minute() -> None:
    error = refused(sample("error_429_concurrent", 429))

    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(seconds=30)


def test_without_words_the_bucket_that_was_empty_last_is_meant() -> None:
    quotas = Quotas()
    list(quotas.heard(Response(200, {}, b'{"propertyQuota": {"tokensPerDay": {"consumed": 12}}}', "POST x"), NOON))
    error = refused(Response(429, {}, b'{"error": {"code": 429}}', "POST x"), quotas)

    assert isinstance(error, QuotaExhausted)
    assert error.until == MIDNIGHT_PACIFIC


def test_what_is_left_is_learnt_from_each_answer() -> None:
    told = {each.name: each for each in Quotas().heard(sample("traffic_full"), NOON)}

    assert [(each.name, each.remaining, each.limit) for each in told.values()] == [
        ("tokens_per_day", 199_842, 200_000),
        ("tokens_per_hour", 39_930, 40_000),
        ("tokens_per_project_per_hour", 13_930, 14_000),
        ("concurrent_requests", 10, 10),
        ("server_errors_per_project_per_hour", 10, 10),
        ("potentially_thresholded_requests_per_hour", 120, 120),
    ]
    assert told["tokens_per_day"].resets_at == MIDNIGHT_PACIFIC
    assert told["tokens_per_hour"].resets_at == datetime(2026, 3, 2, 13, tzinfo=UTC)
    assert told["concurrent_requests"].resets_at is None


def test_a_quota_without_what_is_left_is_used_up() -> None:
    low = {each.name: each.remaining for each in Quotas().heard(sample("quota_low"), NOON)}

    assert min(low.values()) == 0


def test_a_property_of_360_has_more() -> None:
    body = b'{"propertyQuota": {"tokensPerDay": {"remaining": 1900000}, "concurrentRequests": {"remaining": 50}}}'
    told = list(Quotas().heard(Response(200, {}, body, "POST x"), NOON))

    assert [(each.remaining, each.limit) for each in told] == [(1_900_000, 2_000_000), (50, 50)]


@pytest.mark.parametrize("body", [b"", b"{", b'"propertyQuota"', b'{"propertyQuota": 7}', b'{"propertyQuota": {"x'])
def test_a_body_without_a_quota_tells_none(body: bytes) -> None:
    assert property_quota(body) == {}


def test_the_servers_errors_stay_under_the_ten_of_an_hour() -> None:
    quotas, broken = Quotas(), sample("error_500", 500)
    told = []
    for number in range(1, 10):
        told += list(quotas.heard(broken, NOON + timedelta(minutes=number)))
        error = Refusals("1", lambda: ROBOT, quotas).refusal(broken, NOON + timedelta(minutes=number))
        assert isinstance(error, TemporaryFailure)
        assert error.retry is (number < MOST_REPEATED)

    assert [each.remaining for each in told] == [9, 8, 7, 6, 5, 4, 3, 2, 0]
    assert {each.resets_at for each in told} == {NOON + timedelta(minutes=61)}
    assert quotas.errors(NOON + timedelta(minutes=90)) == 0


def test_an_api_key_is_no_way_in() -> None:
    body = b'{"error": {"code": 400, "message": "API key not valid. Please pass a valid API key."}}'
    assert isinstance(refused(Response(400, {}, body, "POST x")), CredentialsRefused)
