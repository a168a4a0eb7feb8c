"""What answers say of quotas in the common headers, where a connector does not know better.

`X-RateLimit-Limit`, `-Remaining` and `-Reset` (seconds from now, or an instant since
1970), and the three `RateLimit-…` headers of the IETF's draft (07 and before).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from collector.plugin.client import Response
from collector.plugin.limits import Quota

_FAMILIES = ("x-ratelimit-", "ratelimit-", "x-rate-limit-")
_AN_INSTANT = 1_000_000_000
"""Greater numbers are seconds since 1970, not from now."""


def told_quotas(response: Response, now: datetime, known: Iterable[Quota]) -> Sequence[Quota]:
    """The connector's, or what the common headers say."""
    return tuple(known) or tuple(_common(response.headers, now))


def _common(headers: Mapping[str, str], now: datetime) -> Iterable[Quota]:
    for family in _FAMILIES:
        limit, remaining = _number(headers, f"{family}limit"), _number(headers, f"{family}remaining")
        if limit is not None and remaining is not None and limit > 0:
            yield Quota("requests", remaining, limit, _reset(_number(headers, f"{family}reset"), now))
            return


def _number(headers: Mapping[str, str], name: str) -> float | None:
    told = headers.get(name, "").partition(",")[0].partition(";")[0].strip()
    try:
        found = float(told)
    except ValueError:
        return None
    return found if 0 <= found < 1e15 else None


def _reset(told: float | None, now: datetime) -> datetime | None:
    if told is None:
        return None
    if told > _AN_INSTANT * 1000:  # some write milliseconds
        told /= 1000
    return datetime.fromtimestamp(told, UTC) if told > _AN_INSTANT else now + timedelta(seconds=told)
