"""What Metrica's refusals mean: status and `error_type` → errors of the taxonomy.

A refusal is an `errors` key, also at 200. Messages are translated and show people what the
vendor said; nothing goes by them.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

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

THROTTLED = (420, 429)
"""The vendor's pages name either."""

REPEAT_AFTER = timedelta(seconds=10)
"""A query that was too complicated may pass so much later; it takes the vendor as long to say so."""

_MOST_BYTES = 20_000
"""Of a refusal with status 200; reports are longer, and are not read twice."""

_WAITS: Mapping[str, timedelta] = {
    "quota_requests_by_ip": timedelta(seconds=1),
    "quota_parallel_requests": timedelta(seconds=2),
}
_UNKNOWN_WAIT = timedelta(minutes=5)
_OF_THE_DAY = ("quota_requests_by_uid", "quota_requests_by_counter_id")


class TooMuch(TemporaryFailure):
    """The report is too great: for fewer days it may pass."""

    def __init__(self, words: str) -> None:
        super().__init__(f"Metrica cannot make so great a report: {words}", retry=False)


class TooComplicated(RateLimited):
    """Metrica was not able to make the report now. The same one may pass, after a pause; else one of fewer days."""

    def __init__(self) -> None:
        super().__init__(REPEAT_AFTER)


def refusal(response: Response, *, counter: str, now: datetime) -> SourceError | None:
    """The refusal in an answer, if it is one; None: go by the status."""
    if response.status < 300 and (len(response.body) > _MOST_BYTES or b'"errors"' not in response.body):
        return None
    kind, words, status = _told(response)
    if status in THROTTLED:
        return _throttled(kind, response, now)
    if kind is None:
        return _of_status(status, words, response) if response.status < 300 else None
    if (meant := _MEANINGS.get(kind)) is not None:
        return meant(words, counter)
    return _of_status(status, words, response)


def _told(response: Response) -> tuple[str | None, str, int]:
    """The type of the first error, the words, and the status that counts; no type: it is no refusal of Metrica's."""
    try:
        body = response.json()
    except BadResponse:
        return None, "", response.status
    errors = body.get("errors") if isinstance(body, dict) else None
    if not isinstance(errors, list) or not errors or not isinstance(errors[0], dict):
        return None, "", response.status
    first: dict[str, Json] = errors[0]
    words = str(first.get("message") or body.get("message") or "")
    code = body.get("code")
    status = code if isinstance(code, int) and response.status < 300 else response.status
    return str(first.get("error_type") or ""), words, status


def _throttled(kind: str | None, response: Response, now: datetime) -> SourceError:
    """By the vendor's own time where it names one, else by what was used up; a type that nobody knows is 5 minutes."""
    told = response.headers.get("retry-after", "").strip()
    named = timedelta(seconds=min(int(told), 86_400)) if told.isascii() and told.isdigit() else None
    if kind in _OF_THE_DAY:
        return QuotaExhausted(next_day(now) if named is None else now + named)
    return RateLimited(named or _WAITS.get(kind or "", _UNKNOWN_WAIT))


def next_day(now: datetime) -> datetime:
    """When the day's quotas are whole again: at 00:00 GMT."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=1)


def _of_status(status: int, words: str, response: Response) -> SourceError | None:
    if status < 300:
        return None
    if status >= 500:
        return TemporaryFailure(f"{response.where} answered {status}: {words}")
    expected = "a request that Metrica accepts; see counter_id, attribution, goals and currency"
    return BadResponse(expected=expected, where=f"{response.where} answered {status}", got=words)


def _no_token(words: str, counter: str) -> SourceError:
    del counter
    return CredentialsRefused(
        f"Metrica does not accept the access token ({words}): get a new one with the right metrika:read, "
        "and write it into access_token"
    )


def _no_access(words: str, counter: str) -> SourceError:
    return Forbidden(
        f"the access token's login may not see counter {counter} ({words}): its owner gives it the right to view "
        "under Counter settings → Access; or name another counter in counter_id"
    )


def _no_counter(words: str, counter: str) -> SourceError:
    return Forbidden(
        f"Metrica has no counter {counter} ({words}): it was deleted, or the number is wrong; see counter_id"
    )


def _too_much(words: str, counter: str) -> SourceError:
    del counter
    return TooMuch(words)


def _too_complicated(words: str, counter: str) -> SourceError:
    del words, counter
    return TooComplicated()


_MEANINGS: Mapping[str, Callable[[str, str], SourceError]] = {
    "unauthorized": _no_token,
    "invalid_token": _no_token,
    "access_denied": _no_access,
    "not_found": _no_counter,
    "too_much_rows": _too_much,
    "timeout": _too_much,
    "query_error": _too_complicated,
}
