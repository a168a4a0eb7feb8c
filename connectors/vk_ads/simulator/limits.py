"""Limits by the calendar, told in the headers of each answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from starlette.requests import Request

MOSCOW = ZoneInfo("Europe/Moscow")


@dataclass
class Calendar:
    """At most `calls` in a second, hour or day of Moscow's calendar (`name` as the headers have it)."""

    name: str
    calls: int
    paths: str = ""
    _used: dict[datetime, int] = field(default_factory=dict, repr=False)

    def early(self, request: Request, now: datetime) -> float:
        """Seconds until the period is over, where its calls are used up."""
        del request
        begins, ends = self._period(now)
        if self._used.get(begins, 0) >= self.calls:
            return (ends - now).total_seconds()
        self._used = {begins: self._used.get(begins, 0) + 1}
        return 0.0

    def left(self, now: datetime) -> int:
        """How many calls are left of this period's."""
        return self.calls - self._used.get(self._period(now)[0], 0)

    def _period(self, now: datetime) -> tuple[datetime, datetime]:
        here = now.astimezone(MOSCOW)
        if self.name == "RPS":
            begins = here.replace(microsecond=0)
            return begins, begins + timedelta(seconds=1)
        if self.name == "Hourly":
            begins = here.replace(minute=0, second=0, microsecond=0)
            return begins, begins + timedelta(hours=1)
        begins = datetime.combine(here.date(), time(), tzinfo=MOSCOW)
        return begins, begins + timedelta(days=1)


def headers(limits: Sequence[Calendar], now: datetime) -> Mapping[str, str]:
    """What is left, in the vendor's headers."""
    found: dict[str, str] = {}
    for each in limits:
        found[f"X-RateLimit-{each.name}-Limit"] = str(each.calls)
        found[f"X-RateLimit-{each.name}-Remaining"] = str(max(0, each.left(now)))
    return found
