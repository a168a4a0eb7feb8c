"""What the vendor means by an answer, as the configuration says; and what is left of its quotas."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import Any

from collector.plugin import (
    BadResponse,
    CredentialsExpired,
    CredentialsRefused,
    Forbidden,
    Json,
    Quota,
    QuotaExhausted,
    RateLimited,
    Response,
    SourceError,
    TemporaryFailure,
)
from connectors.http_json.expressions import BadExpression, Expression
from connectors.http_json.faults import Faults
from connectors.http_json.settings import ErrorSettings, HeaderSettings, QuotaSettings

DEFAULT_WAIT = timedelta(hours=1)
"""How long a quota is taken for used up, where the vendor does not say."""

_AN_INSTANT = Decimal(1_000_000_000)
_LONGEST = 366 * 86400
_MESSAGE = 300


@dataclass(frozen=True)
class Told:
    """A figure that an answer tells: at a path of its body, in a header, or the same for ever."""

    path: Expression | None = None
    header: str | None = None
    constant: float | None = None

    def of(self, body: Json, response: Response) -> Json:
        """What is told; None if nothing is."""
        if self.constant is not None:
            return self.constant
        if self.header is not None:
            return response.headers.get(self.header.lower())
        return _found(self.path, body)


@dataclass(frozen=True)
class Rule:
    """One entry of `errors`, compiled."""

    settings: ErrorSettings
    when: Expression | None
    message: Expression | None
    retry_after: Told | None
    until: Told | None

    def fits(self, response: Response, body: Json) -> bool:
        """Whether it is about this answer."""
        if self.settings.status is not None and response.status not in self.settings.status:
            return False
        try:
            return self.when is None or self.when.holds(body)
        except BadExpression:
            return False

    def error(self, response: Response, body: Json, now: datetime) -> SourceError:
        """The answer as an error of the taxonomy."""
        words = _found(self.message, body)
        shown = "" if words is None else f": {' '.join(str(words).split())[:_MESSAGE]}"
        told = f"{response.where} answered {response.status}{shown}"
        wait = _wait(
            self.retry_after.of(body, response) if self.retry_after else response.headers.get("retry-after"),
            response,
            now,
        )
        until = _instant(self.until.of(body, response), now) if self.until else None
        match self.settings.meaning:
            case "rate_limited":
                return RateLimited(max(timedelta(0), until - now) if until is not None and wait is None else wait)
            case "quota_exhausted":
                return QuotaExhausted(until or now + (DEFAULT_WAIT if wait is None else wait))
            case "credentials_refused":
                return CredentialsRefused(told)
            case "credentials_expired":
                return CredentialsExpired(told)
            case "forbidden":
                return Forbidden(told)
            case "temporary":
                return TemporaryFailure(told)
        return BadResponse(expected="no refusal", where=told)


@dataclass(frozen=True)
class QuotaRule:
    """One entry of `quotas`, compiled."""

    name: str
    remaining: Told
    limit: Told
    resets_at: Told | None
    resets_in: Told | None

    def quota(self, response: Response, body: Json, now: datetime) -> Quota | None:
        """What an answer says of it; None: nothing."""
        remaining = _number(self.remaining.of(body, response))
        limit = _number(self.limit.of(body, response))
        if remaining is None or limit is None or limit <= 0:
            return None
        resets = _instant(self.resets_at.of(body, response), now) if self.resets_at else None
        wait = _seconds(self.resets_in.of(body, response)) if self.resets_in else None
        return Quota(self.name, float(remaining), float(limit), resets if wait is None else now + wait)


def rules(settings: Sequence[ErrorSettings], faults: Faults) -> tuple[Rule, ...]:
    """`errors`, compiled."""
    made = []
    for number, each in enumerate(settings):
        key = f"errors.{number}"
        if each.status is None and each.when is None:
            faults.add(key, "needs a status or a when; else it would mean every answer")
        made.append(
            Rule(
                each,
                faults.optional(f"{key}.when", each.when),
                faults.optional(f"{key}.message", each.message),
                _told(f"{key}.retry_after", each.retry_after, faults),
                _told(f"{key}.until", each.until, faults),
            )
        )
    return tuple(made)


def quota_rules(settings: Sequence[QuotaSettings], faults: Faults) -> tuple[QuotaRule, ...]:
    """`quotas`, compiled."""
    return tuple(
        QuotaRule(
            each.name,
            _told(f"quotas.{number}.remaining", each.remaining, faults) or Told(),
            _told(f"quotas.{number}.limit", each.limit, faults) or Told(),
            _told(f"quotas.{number}.resets_at", each.resets_at, faults),
            _told(f"quotas.{number}.resets_in", each.resets_in, faults),
        )
        for number, each in enumerate(settings)
    )


def refusal(response: Response, those: Sequence[Rule], now: datetime) -> SourceError | None:
    """The first that fits; None: go by the status."""
    body = body_of(response) if those else None
    return next((rule.error(response, body, now) for rule in those if rule.fits(response, body)), None)


def quotas(response: Response, those: Sequence[QuotaRule], now: datetime) -> Iterator[Quota]:
    """What an answer says of each."""
    body = body_of(response) if those else None
    for rule in those:
        found = rule.quota(response, body, now)
        if found is not None:
            yield found


def body_of(response: Response) -> Json:
    """The body, or None where it is no JSON: refusals often are pages."""
    try:
        return response.json()
    except BadResponse:
        return None


def _told(key: str, settings: float | str | HeaderSettings | None, faults: Faults) -> Told | None:
    match settings:
        case None:
            return None
        case HeaderSettings():
            return Told(header=settings.header)
        case str():
            return Told(path=faults.expression(key, settings))
    return Told(constant=float(settings))


def _found(path: Expression | None, body: Json) -> Json:
    try:
        return None if path is None else path.of(body)
    except BadExpression:
        return None


def _number(value: Any) -> Decimal | None:
    try:
        found = None if value is None or isinstance(value, bool) else Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() else None


def _seconds(value: Any) -> timedelta | None:
    found = _number(value)
    return None if found is None or found < 0 else timedelta(seconds=float(min(found, Decimal(_LONGEST))))


def _wait(value: Any, response: Response, now: datetime) -> timedelta | None:
    """Seconds, or the date of a header (RFC 9110, 10.2.3), measured against the vendor's own `Date`."""
    seconds, until = _seconds(value), _http_date(value)
    if seconds is not None or until is None:
        return seconds
    return max(timedelta(0), until - (_http_date(response.headers.get("date")) or now))


def _http_date(value: Any) -> datetime | None:
    try:
        found = parsedate_to_datetime(value) if isinstance(value, str) else None
    except (ValueError, TypeError, OverflowError):
        return None
    return found if found is None or found.tzinfo is not None else found.replace(tzinfo=UTC)


def _instant(value: Any, now: datetime) -> datetime | None:
    """An instant as ISO, or as seconds or milliseconds since 1970."""
    number = _number(value)
    try:
        if number is not None:
            return datetime.fromtimestamp(float(number / 1000 if number > _AN_INSTANT * 1000 else number), UTC)
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None
    return found if found is None or found.tzinfo is not None else found.replace(tzinfo=now.tzinfo)
