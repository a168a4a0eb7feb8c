"""What an answer's status means where the connector does not say, and when to come back."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from collector.plugin.client import Response
from collector.plugin.errors import (
    BadResponse,
    CredentialsExpired,
    CredentialsRefused,
    Forbidden,
    RateLimited,
    SourceError,
    TemporaryFailure,
)


def refusal(response: Response, *, accept: Collection[int], expires: bool, now: datetime) -> SourceError | None:
    """The error that a status stands for (RFC 9110, 15); `expires`: whether the token can be renewed."""
    status, where = response.status, response.where
    if status < 300 or status in accept:
        return None
    if status == 401 and expires:
        return CredentialsExpired(f"{where} answered 401: the token is not accepted")
    if status == 401:
        return CredentialsRefused(f"{where} answered 401: the credentials are not accepted{_words(response)}")
    if status == 403:
        return Forbidden(f"{where} answered 403: the credentials lack a right{_words(response)}")
    if status == 429:
        return RateLimited(retry_after(response, now))
    if status == 503 and (told := retry_after(response, now)) is not None:
        return RateLimited(told)
    if status in (408, 425) or status >= 500:
        return TemporaryFailure(f"{where} answered {status}")
    if status < 400:
        return BadResponse(expected="an answer", where=where, got=f"a redirect ({status})")
    return BadResponse(expected="a 2xx answer", where=f"{where} answered {status}", got=response.text)


def retry_after(response: Response, now: datetime) -> timedelta | None:
    """`Retry-After` in seconds or as a date (RFC 9110, 10.2.3); None where it is absent or no sense.

    A date is measured against the vendor's own `Date` where it sends one, so that clocks may differ.
    """
    told = response.headers.get("retry-after", "").strip()
    if told.replace(".", "", 1).isdigit() and told.isascii():
        return timedelta(seconds=min(float(told), 366 * 86400))
    until = http_date(told)
    return None if until is None else max(timedelta(0), until - (http_date(response.headers.get("date", "")) or now))


def http_date(text: str) -> datetime | None:
    """A date of a header, or None if it is none."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _words(response: Response) -> str:
    """The beginning of what a vendor says to a refusal, unless it is a page."""
    text = " ".join(response.text.split())
    return "" if not text or text.startswith("<") else f" ({text[:200]})"
