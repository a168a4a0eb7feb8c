"""Each refusal of the vendor's arrives as who has to act, with a sentence that says how."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from collector.plugin import (
    BadResponse,
    CredentialsRefused,
    Forbidden,
    Grant,
    RateLimited,
    Response,
    SourceError,
    Token,
)
from collector.polling.refusals import refusal as by_status
from connectors.amocrm.access import UNUSED, AmoGrant, expires_at
from connectors.amocrm.refusals import refusal
from tests.connectors.amocrm.told import SAMPLES, settings

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WHERE = "GET example.amocrm.ru/api/v4/"


def answer(status: int, name: str | None = None, *, path: str = "leads", **headers: str) -> Response:
    body = b"" if name is None else (SAMPLES / name).read_bytes()
    kind = "text/html" if name and name.endswith("html") else "application/problem+json"
    return Response(status, {"content-type": kind, **headers}, body, WHERE + path)


def told(response: Response, *, has_grant: bool = False) -> SourceError | None:
    own = refusal(response, account="example.amocrm.ru", has_grant=has_grant)
    return own or by_status(response, accept=(), expires=has_grant, now=NOW)


@pytest.mark.parametrize(
    ("response", "kind", "sentence"),
    [
        (answer(401, "error.401.ru.json"), CredentialsRefused, "long-lived token was revoked or has run out"),
        (answer(401, "error.401.en.json"), CredentialsRefused, "put it into `access_token`"),
        (answer(402, "error.402.json"), Forbidden, "the account example.amocrm.ru is not paid"),
        (answer(403, "error.403.json", path="users"), Forbidden, "a right, an administrator's"),
        (answer(403, "error.403.json", path="leads"), Forbidden, "a right, to view leads"),
        (answer(403, "error.403.json", path="contacts"), Forbidden, "a right, to view contacts"),
        (answer(403, "error.403.blocked.html"), Forbidden, "is blocked"),
        (answer(404, "error.404.json", path="account"), CredentialsRefused, "moved; write its new host into `account`"),
        (answer(404, "error.403.blocked.html"), CredentialsRefused, "moved; write its new host into `account`"),
        (answer(404), CredentialsRefused, "moved; write its new host into `account`"),
        (answer(404, "error.404.json", path="sources"), BadResponse, "into `account`, got 'Pipeline not found'"),
        (answer(301, location="https://new.amocrm.ru/api/v4/leads"), CredentialsRefused, "answers as new.amocrm.ru"),
        (answer(400, "error.400.validation.json"), BadResponse, "custom_fields_values.0.field_id: The value you"),
        (answer(422, "error.422.json"), BadResponse, "Request cannot be processed"),
        (answer(500, "error.500.json"), SourceError, "answered 500"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_what_to_do(
    response: Response, kind: type[SourceError], sentence: str
) -> None:
    error = told(response)

    assert isinstance(error, kind)
    assert sentence in str(error)


def test_after_a_call_too_many_there_is_no_other_within_a_minute() -> None:
    for headers, seconds in (({}, 60), ({"retry-after": "1"}, 60), ({"retry-after": "300"}, 300)):
        error = told(answer(429, "error.429.json", **headers))
        assert isinstance(error, RateLimited)
        assert error.retry_after == timedelta(seconds=seconds)


def test_a_page_in_the_place_of_a_refusal_is_no_crash() -> None:
    for status in (400, 402, 404, 422, 429, 502, 504):
        assert told(answer(status, "error.403.blocked.html")) is not None


def test_an_empty_answer_is_no_refusal() -> None:
    assert told(answer(204)) is None


# ── tokens ───────────────────────────────────────────────────────────────────────────


class Endpoint:
    """A token endpoint that gives one answer."""

    def __init__(self, status: int, name: str) -> None:
        self.response = answer(status, name, path="oauth2/access_token")
        self.asked: list[Any] = []

    def now(self) -> datetime:
        return NOW

    async def request(self, method: str, path: str, **more: Any) -> Response:
        self.asked.append((method, path, more["json"]))
        return self.response


def grant() -> AmoGrant:
    return AmoGrant("https://example.amocrm.ru", "example.amocrm.ru", "id", SecretStr("s"), "https://x.example/back")


def spent() -> Token:
    return Token(SecretStr("old"), refresh=SecretStr("first"))


@pytest.mark.anyio
async def test_a_renewal_spends_the_refresh_token_and_keeps_the_new_one() -> None:
    http: Any = Endpoint(200, "oauth2.access_token.json")
    token = await grant().renew(http, spent())

    assert http.asked == [
        (
            "POST",
            "https://example.amocrm.ru/oauth2/access_token",
            {
                "client_id": "id",
                "client_secret": "s",
                "redirect_uri": "https://x.example/back",
                "grant_type": "refresh_token",
                "refresh_token": "first",
            },
        )
    ]
    assert token.refresh == SecretStr("sample-refresh-1")
    assert (token.expires_at, token.refresh_expires_at) == (NOW + timedelta(days=1), NOW + UNUSED)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("status", "name", "kind", "sentence"),
    [
        (401, "error.401.oauth_revoked.json", CredentialsRefused, "by somebody else .*; run: kpi-collector auth"),
        (401, "error.401.oauth_client.json", CredentialsRefused, "see client_id, client_secret and redirect_uri"),
        (400, "error.400.oauth_code.json", CredentialsRefused, "a code is good once"),
        (403, "error.403.blocked.html", Forbidden, "is blocked"),
        (402, "error.402.json", Forbidden, "not paid"),
        (404, "error.404.json", CredentialsRefused, "renamed or moved"),
        (200, "error.500.json", BadResponse, "an access_token and a refresh_token"),
    ],
)
async def test_a_refused_renewal_says_why(status: int, name: str, kind: type[SourceError], sentence: str) -> None:
    http: Any = Endpoint(status, name)

    with pytest.raises(kind, match=sentence):
        await grant().renew(http, spent())


@pytest.mark.anyio
async def test_consent_for_another_account_is_refused() -> None:
    http: Any = Endpoint(200, "oauth2.access_token.json")

    with pytest.raises(CredentialsRefused, match=r"is for other\.amocrm\.ru"):
        await grant().exchange(http, {"code": "c", "referer": "other.amocrm.ru"}, redirect_uri=None)
    assert not http.asked
    await grant().exchange(http, {"code": "c", "referer": "example.amocrm.ru"}, redirect_uri=None)
    assert http.asked[0][2]["grant_type"] == "authorization_code"


def test_consent_is_asked_for_at_the_vendors_own_page() -> None:
    told_at: Grant = grant()
    assert told_at.consent_url(state="s", redirect_uri=None) == (
        "https://www.amocrm.ru/oauth?client_id=id&state=s&mode=popup"
    )


def test_a_long_lived_token_says_when_it_dies() -> None:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": 1795176000}).encode()).decode().rstrip("=")

    assert expires_at(SecretStr(f"e30.{claims}.x")) == datetime.fromtimestamp(1795176000, UTC)
    assert [expires_at(SecretStr(text)) for text in ("", "x", "a.b.c", "e30.e30.x")] == [None] * 4


# ── settings ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"account": "www.amocrm.ru"}, "not the common www"),
        ({"account": "example.com"}, "no account's host"),
        ({"access_token": None}, "or client_id, client_secret and redirect_uri"),
        ({"access_token": None, "client_id": "x"}, "or client_id, client_secret and redirect_uri"),
        ({"client_id": "x"}, "stands alone"),
        ({"deal_stages": ["142"]}, "a stage is pipeline:status"),
        ({"response_counts": ["calls"]}, "incoming_call"),
    ],
)
def test_what_cannot_be_meant_is_refused(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        settings(**given)


def test_an_account_may_be_copied_from_the_address_line() -> None:
    found = settings(account="https://Example.amocrm.ru/leads/")

    assert (found.account, found.base_url) == ("example.amocrm.ru", "https://example.amocrm.ru")
