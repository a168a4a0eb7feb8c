"""What Direct's refusals mean: codes → errors of the taxonomy, each with a sentence for people.

An answer refuses by an `error`, whatever its status; codes come as numbers or as texts.
201 and 202 are no refusals: a report is being made.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from collector.plugin import (
    BadResponse,
    CredentialsRefused,
    Forbidden,
    NotReady,
    QuotaExhausted,
    RateLimited,
    Response,
    SourceError,
    TemporaryFailure,
)

SOON = timedelta(seconds=10)
"""How long Direct wants to be left alone where it does not say."""


class Told(NamedTuple):
    """A refusal in Direct's words, and where."""

    code: int
    words: str
    where: str


def refusal(response: Response, *, client_login: str | None, now: datetime) -> SourceError | None:
    """The refusal in an answer, or that its report is not ready; None: go by the status."""
    if response.status in (201, 202):
        queue = response.headers.get("reportsinqueue", "")
        told = f" ({queue} in its queue)" if queue else ""
        return NotReady(f"Direct is still making the report{told}", retry_after=retry_in(response))
    if response.body[:1] != b"{":
        return None
    try:
        body = response.json()
    except BadResponse:
        return None
    error = body.get("error") if isinstance(body, dict) else None
    return None if not error else error_of(_told(error, response.where), client_login=client_login, now=now)


def retry_in(response: Response) -> timedelta:
    """When Direct wants to be asked again; it says so anew each time."""
    told = response.headers.get("retryin", "").strip()
    return timedelta(seconds=min(int(told), 3600)) if told.isdecimal() else SOON


def _told(error: object, where: str) -> Told:
    if not isinstance(error, dict):
        return Told(0, str(error), where)
    code = str(error.get("error_code", "")).strip()
    words = [str(error[name]) for name in ("error_string", "error_detail") if error.get(name)]
    return Told(int(code) if code.isdecimal() else 0, ": ".join(words) or "an error without words", where)


def error_of(told: Told, *, client_login: str | None, now: datetime) -> SourceError:
    """What a code means."""
    if told.code in (54, 8000) and client_login is None and _speaks_of_login(told):
        return Forbidden(
            f"{told.where}: Direct answers {told.words!r}: if the token is an agency's, write the login of the "
            "client whose campaigns are to be read into client_login"
        )
    if told.code == 152:
        next_hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        return QuotaExhausted(next_hour)  # points come back by the hour
    if told.code in _SLOW_DOWN:
        return RateLimited(SOON)
    if told.code == 9000:
        return NotReady(
            f"Direct's queue of reports is full ({told.words}): others ask by this account", retry_after=SOON
        )
    if told.code in _TEMPORARY:
        return TemporaryFailure(f"{told.where}: Direct answered {told.code} {told.words}")
    if told.code in _MEANINGS:
        return _MEANINGS[told.code](told, client_login)
    return BadResponse(expected="a report", where=told.where, got=f"{told.code} {told.words}")


def _speaks_of_login(told: Told) -> bool:
    return told.code == 54 or "login" in told.words.lower()


def _credentials(told: Told, _: str | None) -> SourceError:
    return CredentialsRefused(
        f"{told.where}: the token is not accepted ({told.words}): make a new one with the right direct:api, "
        "and write it into access_token"
    )


def _rights(told: Told, login: str | None) -> SourceError:
    whose = f"the campaigns of {login}" if login else "these campaigns"
    return Forbidden(
        f"{told.where}: the token's account may not read {whose} ({told.words}): see client_login, or let the "
        "advertiser give the account access"
    )


def _registration(told: Told, _: str | None) -> SourceError:
    return Forbidden(
        f"{told.where}: the OAuth application has no access to Direct's API yet ({told.words}): send the request "
        "for it in Direct, under API → My requests, and wait until it is approved"
    )


def _not_connected(told: Told, login: str | None) -> SourceError:
    return Forbidden(
        f"{told.where}: the login {login or 'of the token'} has no account in Direct ({told.words}): "
        "correct client_login, or sign in to Direct with it once"
    )


_SLOW_DOWN = (56, 506)
_TEMPORARY = (52, 1000, 1001, 1002)
_MEANINGS: dict[int, Callable[[Told, str | None], SourceError]] = {
    53: _credentials,
    54: _rights,
    58: _registration,
    513: _not_connected,
}
