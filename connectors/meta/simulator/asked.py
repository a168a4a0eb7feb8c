"""The parameters of a request, in all the ways in which Meta takes them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from starlette.responses import Response

from connectors.meta import days
from connectors.meta.simulator.refusals import refused

_TOP_LEVEL = re.compile(r"[,](?![^({]*[)}])")


@dataclass(frozen=True)
class Span:
    """The whole days of `since` … `until`, both inside."""

    first: date
    last: date

    def days(self) -> list[date]:
        """Each, oldest first."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


def names(told: str | None) -> list[str]:
    """A list as JSON (as the SDK sends it) or with commas; modifiers such as `.limit(0)` are taken off."""
    if not told:
        return []
    if told.startswith("["):
        try:
            found = json.loads(told)
        except ValueError:
            return []
        return [str(each) for each in found] if isinstance(found, list) else []
    return [re.split(r"[.({]", each.strip())[0] for each in _TOP_LEVEL.split(told) if each.strip()]


def span(query: Mapping[str, str], now: datetime, *, most_seconds: int) -> Span | Response:
    """The days that are asked for; by default the last two that are over."""
    today = days.today(now)
    until = _instant(query.get("until")) or days.begins(today)
    since = _instant(query.get("since")) or days.begins(days.today(now) - timedelta(days=2))
    if until - since > most_seconds:
        told = f"There cannot be more than {most_seconds // 86_400} days ({most_seconds} s) between since and until."
        return refused(400, 100, f"(#100) {told}")
    if until < since:
        return refused(400, 100, "(#100) since param is not valid. Metrics data is available for the last 2 years")
    return Span(_first_from(since), _last_by(until))


def _first_from(since: int) -> date:
    day = days.today(datetime.fromtimestamp(since, tz=days.PACIFIC))
    return day if days.begins(day) == since else day + days.A_DAY


def _last_by(until: int) -> date:
    return days.today(datetime.fromtimestamp(until, tz=days.PACIFIC)) - days.A_DAY


def _instant(told: str | None) -> int | None:
    """Seconds since 1970, or a day."""
    if not told:
        return None
    if told.isdigit():
        return int(told)
    try:
        return days.begins(date.fromisoformat(told[:10]))
    except ValueError:
        return None
