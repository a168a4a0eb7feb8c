"""Credentials, refusals, limits and quotas, over a real socket."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from collector.plugin import (
    BadResponse,
    CredentialsRefused,
    Forbidden,
    QuotaExhausted,
    RateLimited,
    SourceError,
    TemporaryFailure,
)
from tests.connectors.http_json.live import Live
from tests.polling.bench import NOW
from tests.polling.vendor import Answer, Asked, vendor

FOLLOWERS = """
streams:
  followers:
    kind: now
    request: {path: /me}
    record: reading
    measures: {followers: count}
    dimensions: {network: {const: acme}}
"""
OK = Answer(body={"count": 12})


def answers(*those: Answer) -> Callable[[Asked], Answer]:
    left = list(those)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def refused(folder: Path, text: str, *those: Answer) -> SourceError:
    with vendor(answers(*those)) as acme, pytest.raises(SourceError) as caught:
        Live(folder, acme.url, text + FOLLOWERS).check()
    return caught.value


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        ("{kind: bearer, token: t0ken-canary}", "authorization", "Bearer t0ken-canary"),
        ("{kind: basic, user: ann, password: 'pä:ss'}", "authorization", "Basic YW5uOnDDpDpzcw=="),
        ("{kind: api_key, headers: {X-Api-Key: k3y-canary}}", "x-api-key", "k3y-canary"),
    ],
)
def test_a_request_carries_what_the_vendor_knows_us_by(auth: str, header: str, value: str, tmp_path: Path) -> None:
    with vendor(lambda _: OK) as acme:
        Live(tmp_path, acme.url, f"auth: {auth}\nheaders: {{X-Version: '2'}}\n" + FOLLOWERS).check()

        assert acme.asked[0].headers[header] == value
        assert acme.asked[0].headers["x-version"] == "2"
        assert acme.asked[0].headers["accept"] == "application/json"


def test_a_key_in_the_query_is_put_beside_the_other_parameters(tmp_path: Path) -> None:
    text = "auth: {kind: api_key, params: {appid: k3y-canary}}\n" + FOLLOWERS.replace("/me", "/me, params: {a: 1}")
    with vendor(lambda _: OK) as acme:
        Live(tmp_path, acme.url, text).check()

        assert (acme.asked[0].one("appid"), acme.asked[0].one("a")) == ("k3y-canary", "1")


OAUTH = """
token_url: /token
auth: {kind: oauth2, client_id: c1, client_secret: s3cret-canary, scopes: [read, stats]}
"""


def test_tokens_are_obtained_and_renewed_when_one_is_refused(tmp_path: Path) -> None:
    given: list[str] = []

    def issue(asked: Asked) -> Answer:
        if asked.path == "/token":
            given.append(f"token-{len(given)}")
            return Answer(body={"access_token": given[-1], "expires_in": 3600})
        return OK if asked.headers["authorization"] == "Bearer token-1" else Answer(401)

    with vendor(issue) as acme:
        live = Live(tmp_path, acme.url, OAUTH + FOLLOWERS)
        assert live.poll().ok

        assert [asked.path for asked in acme.asked] == ["/token", "/me", "/token", "/me"]
        assert (
            acme.asked[0].body
            == b"client_id=c1&client_secret=s3cret-canary&grant_type=client_credentials&scope=read+stats"
        )


# ── what answers mean ────────────────────────────────────────────────────────────────

MEANING = """
errors:
  - {status: 400, when: "error.code == 'quota'", as: quota_exhausted, until: error.until}
  - {status: [200, 400], when: "error.code == 'slow'", as: rate_limited, retry_after: error.seconds}
  - {status: 403, when: "error.code == 'slow'", as: rate_limited, until: {header: X-Reset}}
  - {when: "error.code == 'login'", as: credentials_refused, message: error.message}
  - {when: "error.code == 'right'", as: forbidden, message: error.message}
  - {when: "error.code == 'later'", as: temporary, message: error.message}
  - {when: error, as: bad_response, message: error.message}
"""


def error(code: str, status: int = 200, headers: Any = None, **more: Any) -> Answer:
    return Answer(status, {"error": {"code": code, **more}}, headers or {})


@pytest.mark.parametrize(
    ("answer", "kind", "told"),
    [
        (error("login", message="unknown key"), CredentialsRefused, "answered 200: unknown key"),
        (error("right", 404, message="no  access\nto stats"), Forbidden, "answered 404: no access to stats"),
        (error("other", message="what?"), BadResponse, "answered 200: what?"),
        (error("other", 500, message="what?"), BadResponse, "answered 500: what?"),
        (error("slow", seconds=3600), RateLimited, "1:00:00"),
        (error("later", message="maintenance"), TemporaryFailure, "maintenance"),
        (Answer(400, b"<html>"), BadResponse, "expected a 2xx answer"),
        (Answer(403), Forbidden, "answered 403"),
    ],
)
def test_an_answer_means_what_the_configuration_says(
    answer: Answer, kind: type[SourceError], told: str, tmp_path: Path
) -> None:
    found = refused(tmp_path, MEANING, answer)

    assert type(found) is kind
    assert told in str(found)


def test_waits_are_told_in_bodies_headers_seconds_and_instants(tmp_path: Path) -> None:
    quota = refused(tmp_path / "a", MEANING, error("quota", 400, until="2026-11-21T00:00:00Z"))
    seconds = int((NOW + timedelta(hours=2)).timestamp())
    limited = refused(tmp_path / "b", MEANING, error("slow", 403, {"X-Reset": str(seconds)}))
    nothing = refused(tmp_path / "c", MEANING, error("quota", 400))

    assert isinstance(quota, QuotaExhausted)
    assert quota.until.isoformat() == "2026-11-21T00:00:00+00:00"
    assert isinstance(limited, RateLimited)
    assert limited.retry_after == timedelta(hours=2)
    assert isinstance(nothing, QuotaExhausted)
    assert nothing.until == NOW + timedelta(hours=1)


@pytest.mark.parametrize("clock", [{"Date": "Tue, 24 Nov 2020 10:00:00 GMT"}, {}])
def test_a_retry_after_that_is_a_date_is_kept_also_where_a_rule_reads_the_refusal(
    clock: Mapping[str, str], tmp_path: Path
) -> None:
    there = parsedate_to_datetime(clock["Date"]) if clock else NOW
    later = {**clock, "Retry-After": format_datetime(there + timedelta(minutes=20), usegmt=True)}
    rule = "errors: [{status: 429, as: rate_limited}]\n"
    found = refused(tmp_path, rule, Answer(429, {"error": "slow"}, later))

    assert isinstance(found, RateLimited)
    assert found.retry_after == pytest.approx(timedelta(minutes=20), abs=timedelta(seconds=5))


def test_a_refusal_that_passes_is_asked_again(tmp_path: Path) -> None:
    with vendor(answers(error("slow", seconds=5), error("later", message="?"), OK)) as acme:
        live = Live(tmp_path, acme.url, MEANING + FOLLOWERS)

        assert live.poll().ok
        assert len(acme.asked) == 3
        assert live.waits.seconds >= 5


# ── limits and quotas ────────────────────────────────────────────────────────────────


def test_limits_are_kept_by_those_who_share_credentials(tmp_path: Path) -> None:
    text = "auth: {kind: bearer, token: t}\nreserve: 0\n"
    text += "limits: [{calls: 2, per: 10s, key: credentials}, {concurrency: 2}]\n"
    with vendor(lambda _: OK) as acme:
        live = Live(tmp_path, acme.url, text + FOLLOWERS)
        for _ in range(3):
            live.check()

        assert len(acme.asked) == 3
        assert live.waits.seconds == pytest.approx(10, abs=0.5)


def test_a_quota_is_learnt_from_a_body(tmp_path: Path) -> None:
    text = "quotas: [{name: points, remaining: left, limit: 1000, resets_in: wait}]\n"
    with vendor(lambda _: Answer(body={"count": 12, "left": 100, "wait": 7200})) as acme:
        live = Live(tmp_path, acme.url, text + FOLLOWERS)
        live.check()

        assert live.network.counters.frozen().quotas_left["default", "src"] == {"points": 0.1}
        with pytest.raises(QuotaExhausted):
            live.check()
        assert len(acme.asked) == 1


def test_check_tells_of_a_zone_that_is_not_the_projects_and_of_rows_that_do_not_fit(tmp_path: Path) -> None:
    with vendor(answers(OK, Answer(body={"count": "many"}))) as acme:
        live = Live(tmp_path, acme.url, "zone: Asia/Tokyo\n" + FOLLOWERS)

        assert live.check() == ["its zone, Asia/Tokyo, is not the project's, UTC"]
        with pytest.raises(BadResponse, match=r"followers \(count\): a number is needed, got 'many'"):
            live.check()
