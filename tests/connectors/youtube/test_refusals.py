"""Each refusal of Google's: which error, what it says, until when to wait."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import respx
from pydantic import ValidationError

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
from connectors.youtube.refusals import Misconfigured, refusal
from connectors.youtube.settings import YouTubeSettings
from connectors.youtube.units import A_DAY, Units, next_day
from tests.connectors.youtube.told import CHANNEL, KEY, OWNER, SAMPLES, Desk, response, sample, status_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MIDNIGHT_PACIFIC = datetime(2026, 3, 3, 8, tzinfo=UTC)


def refused(name: str) -> SourceError | None:
    return refusal(response(name), CHANNEL, NOON)


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("error_400_key", CredentialsRefused, r"does not accept the api_key \(API key not valid"),
        ("error_400_query_not_supported", BadResponse, r"The query is not supported"),
        ("error_403_disabled", Forbidden, r"YouTube Data API v3 is not enabled in the cloud project 123456789012"),
        ("error_403_forbidden_analytics", Forbidden, r"sign in as an account that owns or manages the channel"),
        ("error_503", TemporaryFailure, r"answered 503: The service is currently unavailable"),
    ],
)
def test_who_acts_and_what_to_do(name: str, kind: type[SourceError], words: str) -> None:
    error = refused(name)

    assert type(error) is kind
    with pytest.raises(kind, match=words):
        raise error


def test_a_quota_that_is_used_up_is_no_lack_of_rights() -> None:
    error = refused("error_403_quota")

    assert isinstance(error, QuotaExhausted)
    assert error.until == MIDNIGHT_PACIFIC


def test_too_fast_passes_in_a_minute() -> None:
    error = refused("error_429_rate")

    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(minutes=1)


def test_a_token_goes_by_its_status_and_a_listing_by_whoever_lists() -> None:
    assert refused("error_401") is refused("error_400_page_token") is refused("error_404_playlist") is None
    assert Misconfigured.actor == "user"


def test_every_sample_of_an_error_is_read() -> None:
    for path in SAMPLES.glob("error_*.json"):
        refused(path.stem)
        assert status_of(path.stem) >= 400


def test_a_proxys_page_goes_by_its_status() -> None:
    assert refusal(Response(403, {}, b"<html>", "GET x"), CHANNEL, NOON) is None


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (NOON, MIDNIGHT_PACIFIC),
        (datetime(2026, 3, 8, 9, tzinfo=UTC), datetime(2026, 3, 9, 7, tzinfo=UTC)),  # clocks go forward
    ],
)
def test_units_return_at_midnight_in_california(now: datetime, until: datetime) -> None:
    assert next_day(now) == until


def test_units_are_counted_by_day() -> None:
    units = Units()
    for _ in range(3):
        left = units.spent(NOON)
    assert (left.remaining, left.limit, left.resets_at) == (A_DAY - 3, A_DAY, MIDNIGHT_PACIFIC)
    assert units.used_up(NOON).remaining == 0
    assert units.spent(MIDNIGHT_PACIFIC).remaining == A_DAY - 1


# ── in a poll ────────────────────────────────────────────────────────────────────────


@respx.mock
def test_a_quota_is_waited_for_until_midnight_in_california(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.of["playlistItems"] = lambda _: sample("error_403_quota")

    report = desk.poll()

    assert (report.state, report.reason, report.until) == ("waiting", "quota", datetime(2026, 11, 21, 8, tzinfo=UTC))


@respx.mock
def test_units_are_shown(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.poll()

    (shown,) = desk.bench.network.counters.frozen().quotas_left.values()
    assert shown == {"units": (A_DAY - 5) / A_DAY}


@respx.mock
@pytest.mark.parametrize("name", ["channels_not_found", "channels_not_found_empty_list"])
def test_a_channel_that_is_none(tmp_path: Path, name: str) -> None:
    desk = Desk(tmp_path)
    desk.of["channels"] = lambda _: sample(name)

    for stream in ("subscribers", "videos"):
        report = desk.poll(stream)
        assert (report.state, report.reason) == ("failed", "error")
        assert "there is none, or it was closed: correct `channel_id`" in str(report.message)


@respx.mock
def test_hidden_subscribers_are_told_and_never_zero(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.of["channels"] = lambda _: sample("channels_hidden_subscribers")

    report = desk.poll("subscribers")

    assert (report.state, report.reason) == ("failed", "forbidden")
    assert "its owner hides how many subscribers it has" in str(report.message)
    assert desk.bench.total("followers", by="network") == {}


@respx.mock
def test_consent_that_was_taken_back(tmp_path: Path) -> None:
    desk = Desk(tmp_path, **OWNER)
    desk.of["token"] = lambda _: sample("token_400_revoked")

    report = desk.poll("statistics")

    assert report.reason == "credentials_refused"
    assert "Token has been expired or revoked" in str(report.message)


@respx.mock
def test_a_channel_of_somebody_else_gives_no_statistics_and_all_the_rest(tmp_path: Path) -> None:
    desk = Desk(tmp_path, **OWNER)
    desk.of["reports"] = lambda _: sample("error_403_forbidden_analytics")

    assert desk.poll("statistics").reason == "forbidden"
    assert desk.poll("videos").state == desk.poll("subscribers").state == "done"


# ── settings ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("told", [CHANNEL, f" {CHANNEL} ", f"https://www.youtube.com/channel/{CHANNEL}"])
def test_a_channel_may_be_written_as_its_address(told: str) -> None:
    assert YouTubeSettings.model_validate({"channel_id": told, "api_key": KEY}).channel_id == CHANNEL


@pytest.mark.parametrize("told", ["", "@shopchannel", "UC1", "UUaaaaaaaaaaaaaaaaaaaa01"])
def test_what_is_no_channels_id(told: str) -> None:
    with pytest.raises(ValidationError, match="begins with UC"):
        YouTubeSettings.model_validate({"channel_id": told, "api_key": KEY})


@pytest.mark.parametrize(
    "settings", [{}, {"client_id": "a"}, {"client_secret": "a"}, {"api_key": KEY, "client_id": "a"}]
)
def test_there_is_one_way_in(settings: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="api_key"):
        YouTubeSettings.model_validate({"channel_id": CHANNEL, **settings})
