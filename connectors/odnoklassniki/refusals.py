"""What Odnoklassniki's refusals mean. They come with status 200, as `error_code` and `error_msg`."""

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta

from collector.plugin import (
    BadResponse,
    CredentialsRefused,
    Forbidden,
    Json,
    QuotaExhausted,
    RateLimited,
    Response,
    SourceError,
    TemporaryFailure,
)
from connectors.odnoklassniki.mapping import MOSCOW

FLOOD_PASSES = timedelta(minutes=1)
BLOCK_PASSES = timedelta(hours=1)
_MOST_BYTES = 20_000
"""Of a refusal; answers are longer, and are not read twice."""

_NEW_TOKEN = "take a new eternal token and its secret key from the application's settings"  # noqa: S105 - a sentence

_CREDENTIALS: Mapping[int, str] = {
    101: "it does not know the application key: see application_key",
    102: f"the token's session has expired, as it was idle or given out for a short time: {_NEW_TOKEN}",
    103: f"the token is not valid, or was revoked (another password, the application removed): {_NEW_TOKEN}",
    104: "the signature is wrong: session_secret_key is not the one of this access_token",
    453: f"no token came with the request: {_NEW_TOKEN}",
    900: "there is no such application: see application_key",
}
_RIGHTS: Mapping[int, str] = {
    9: "it blocks this machine's address: write to api-support@ok.ru",
    10: "a permission is lacking: the application needs VALUABLE_ACCESS, LONG_ACCESS_TOKEN and GROUP_CONTENT, "
    "asked for by mail to api-support@ok.ru, and the token has to be made after that",
    22: "the token's user is not activated: sign in at ok.ru",
    24: "the token's user is not the owner",
    50: "the token's user is no administrator of the group: give them the role, or take a token of somebody who has it",
    160: "there is no group of this number: see group_id",
    200: "the application lacks a right: write to api-support@ok.ru",
    210: "the application is switched off: see its settings",
    300: "there is no such group: see group_id",
    456: "the group is restricted",
    457: "the group is not open to this user",
    511: "the token's user is blocked: sign in at ok.ru",
    514: "the token's user has to be confirmed: sign in at ok.ru",
}
_BROKEN = frozenset({1, 2, 30, 31, 5000, 9999})


def refusal(response: Response, now: datetime) -> SourceError | None:
    """The refusal in an answer; None: it is none, or goes by its status."""
    if response.status >= 300:
        return None
    if response.body.strip() in (b"", b"null"):
        return TemporaryFailure(f"{response.where}: Odnoklassniki answered nothing")
    if len(response.body) > _MOST_BYTES or b'"error_code"' not in response.body:
        return None
    body: Json = response.json()
    if not isinstance(body, dict) or "error_code" not in body:
        return None
    words = f"{body.get('error_msg') or 'without words'}"
    if body.get("error_data") and str(body["error_data"]) not in words:
        words += f", {body['error_data']}"
    try:
        code = int(body["error_code"])
    except (TypeError, ValueError):
        code = 0
    return _meant(code, f"{code} {words}", response.where, now)


def _meant(code: int, words: str, where: str, now: datetime) -> SourceError:
    told: Callable[[str], str] = lambda what: f"{where}: Odnoklassniki refuses ({words}): {what}"  # noqa: E731
    if code in _CREDENTIALS:
        return CredentialsRefused(told(_CREDENTIALS[code]))
    if code in _RIGHTS:
        return Forbidden(told(_RIGHTS[code]))
    if code in _BROKEN:
        return TemporaryFailure(f"{where}: Odnoklassniki is broken for the moment ({words})")
    if code == 7:
        return QuotaExhausted(now + BLOCK_PASSES)
    if code == 8:
        return RateLimited(FLOOD_PASSES)
    if code == 11:
        return QuotaExhausted(tomorrow(now))
    return BadResponse(expected="an answer", where=where, got=words)


def tomorrow(now: datetime) -> datetime:
    """When Moscow's day is over."""
    ends = datetime.combine(now.astimezone(MOSCOW).date() + timedelta(days=1), time(), MOSCOW)
    return ends.astimezone(now.tzinfo)
