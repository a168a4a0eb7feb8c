"""What VK Ads' refusals and its headers of limits mean.

Limits are counted by calendar seconds, hours and days, these of Moscow; each answer tells
what is left.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from collector.plugin import (
    BadResponse,
    Forbidden,
    Json,
    Quota,
    QuotaExhausted,
    RateLimited,
    Response,
    SourceError,
    TemporaryFailure,
)

MOSCOW = ZoneInfo("Europe/Moscow")
WRONG_PLANS = "ERR_WRONG_ADPLANS"
TOO_MUCH = "ERR_LIMIT_EXCEEDED"
PERIODS = ("RPS", "Minutely", "Hourly", "Daily")
"""As headers name them, the shortest first."""


def refusal(response: Response, now: datetime) -> SourceError | None:
    """The refusal in an answer; None: go by the status, or whoever asked deals with it."""
    if response.status == 429:
        return _too_often(response, now)
    if response.status < 400 or response.status == 401:
        return None
    code, words = told(response)
    if response.status >= 500:
        return TemporaryFailure(f"{response.where}: VK Ads answered {response.status} {words}") if code else None
    if response.status == 403:
        return Forbidden(
            f"{response.where}: VK Ads denies access ({words or 'without words'}): see in the cabinet, under "
            "Settings → API access, that the client may read statistics"
        )
    if response.status == 413 or code in (WRONG_PLANS, TOO_MUCH) or not code:
        return None
    return BadResponse(expected="statistics", where=response.where, got=f"{code} {words}")


def told(response: Response) -> tuple[str, str]:
    """The code and the words of a refusal; empty where it has none."""
    if response.body[:1] != b"{":
        return "", ""
    try:
        body: Json = response.json()
    except BadResponse:
        return "", ""
    error = body.get("error")
    if isinstance(error, dict):
        return str(error.get("code") or ""), str(error.get("message") or "")
    return str(error or ""), str(body.get("error_description") or "")


def quotas(response: Response, now: datetime) -> Iterator[Quota]:
    """What is left of each period."""
    for period in PERIODS:
        left, limit = (_number(response, f"x-ratelimit-{period.lower()}-{name}") for name in ("remaining", "limit"))
        if left is not None and limit:
            yield Quota(period.lower(), left, limit, period_ends(period, now), key="client_id")


def period_ends(period: str, now: datetime) -> datetime:
    """When a calendar second, minute, hour or Moscow's day is over."""
    here = now.astimezone(MOSCOW)
    match period:
        case "RPS":
            ends = here.replace(microsecond=0) + timedelta(seconds=1)
        case "Minutely":
            ends = here.replace(second=0, microsecond=0) + timedelta(minutes=1)
        case "Hourly":
            ends = here.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        case _:
            ends = datetime.combine(here.date() + timedelta(days=1), time(), tzinfo=MOSCOW)
    return ends.astimezone(now.tzinfo)


def _too_often(response: Response, now: datetime) -> SourceError | None:
    used_up = [each for each in quotas(response, now) if each.remaining <= 0 and each.resets_at is not None]
    if not used_up:
        return None
    ends = max(each.resets_at for each in used_up if each.resets_at is not None)
    return QuotaExhausted(ends) if ends - now > timedelta(minutes=1) else RateLimited(ends - now)


def _number(response: Response, name: str) -> int | None:
    told = response.headers.get(name, "").strip()
    return int(told) if told.isdecimal() else None
