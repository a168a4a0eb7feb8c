"""What each refusal of the vendor's means, and what people are told."""

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
from connectors.yandex_metrica.refusals import TooComplicated, TooMuch, refusal
from tests.connectors.yandex_metrica.asked import SAMPLES, response

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 11, tzinfo=UTC)


def meant(name: str, status: int, **headers: str) -> SourceError | None:
    return refusal(response(name, status, **headers), counter="44147844", now=NOW)


@pytest.mark.parametrize(
    ("name", "status", "kind", "told"),
    [
        ("error_401", 401, CredentialsRefused, "write it into access_token"),
        ("error_403_token", 403, CredentialsRefused, "metrika:read"),
        ("error_403_token", 401, CredentialsRefused, "metrika:read"),
        ("error_403_access", 403, Forbidden, "may not see counter 44147844"),
        ("error_404", 404, Forbidden, "Metrica has no counter 44147844"),
        ("error_400_parameter", 400, BadResponse, "Wrong metric, value: ym:s:nosuch"),
        ("error_400_filter", 400, BadResponse, "see counter_id, attribution, goals"),
        ("error_400_query_error", 400, TooComplicated, "0:00:10"),
        ("error_400_too_much_rows", 400, TooMuch, "cannot make so great a report"),
        ("error_504", 504, TooMuch, "Query timed out"),
        ("error_503", 503, TemporaryFailure, "Backend error"),
        ("error_429_ip", 429, RateLimited, "0:00:01"),
        ("error_429_parallel", 429, RateLimited, "0:00:02"),
        ("error_429_day", 429, QuotaExhausted, "2026-03-11T00:00:00"),
        ("error_420_day", 420, QuotaExhausted, "2026-03-11T00:00:00"),
    ],
)
def test_a_refusal_says_who_acts_and_how(name: str, status: int, kind: type[SourceError], told: str) -> None:
    error = meant(name, status)

    assert type(error) is kind
    assert told in str(error)


def test_the_days_quota_that_is_used_up_at_noon_is_back_at_midnight_gmt() -> None:
    error = meant("error_429_day", 429)

    assert isinstance(error, QuotaExhausted)
    assert error.until == MIDNIGHT


def test_the_vendors_own_time_counts_where_it_is_named() -> None:
    day, second = (
        meant("error_420_day", 420, **{"retry-after": "90"}),
        meant("error_429_ip", 429, **{"retry-after": "7"}),
    )

    assert isinstance(day, QuotaExhausted)
    assert isinstance(second, RateLimited)
    assert (day.until, second.retry_after) == (NOW + timedelta(seconds=90), timedelta(seconds=7))


@pytest.mark.parametrize("status", [420, 429])
def test_a_quota_that_nobody_knows_is_waited_for_five_minutes(status: int) -> None:
    body = (SAMPLES / "error_429_ip.json").read_bytes().replace(b"quota_requests_by_ip", b"quota_of_the_moon")

    for each in (body, b"<html>slow down</html>", b"[]", b'{"errors": []}'):
        error = refusal(Response(status, {}, each, "GET x"), counter="1", now=NOW)
        assert isinstance(error, RateLimited)
        assert error.retry_after == timedelta(minutes=5)


def test_a_refusal_with_status_200_is_none_the_less_one() -> None:
    assert isinstance(meant("error_403_access", 200), Forbidden)
    assert isinstance(meant("error_429_day", 200), QuotaExhausted)
    assert isinstance(meant("error_400_filter", 200), BadResponse)


def test_what_is_no_refusal_of_metricas_goes_by_its_status() -> None:
    assert meant("traffic_full", 200) is None
    assert refusal(Response(502, {}, b"<html>", "GET x"), counter="1", now=NOW) is None
    assert refusal(Response(200, {}, b'{"errors": "none"}', "GET x"), counter="1", now=NOW) is None


def test_other_refusals_stop_the_poll() -> None:
    body = b'{"errors":[{"error_type":"conflict","message":"Conflict"}],"code":409,"message":"Conflict"}'

    assert isinstance(refusal(Response(409, {}, body, "GET x"), counter="1", now=NOW), BadResponse)
