"""What a vendor allows, counted as vendors count it. Which is which is told by the vendor's docs.

Each says of a request how many seconds too early it is; one that is on time is counted.
"""

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from starlette.requests import Request

Whose = Callable[[Request], str]


def of_host(_: Request) -> str:
    """All that ask share it."""
    return ""


def of_bearer(request: Request) -> str:
    """Each token has its own."""
    return request.headers.get("authorization", "")


class Limit(Protocol):
    """One bound; `paths` is how the paths that it counts begin."""

    name: str
    paths: str

    def early(self, request: Request, now: datetime) -> float:
        """Seconds until this request may be made; 0: now, and it is counted."""


@dataclass
class SlidingWindow:
    """At most `calls` in any `per` seconds."""

    calls: int
    per: float
    whose: Whose = of_host
    name: str = "requests"
    paths: str = ""
    _taken: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque), repr=False)

    def early(self, request: Request, now: datetime) -> float:
        """Seconds until the oldest call of a full window leaves it."""
        at, taken = now.timestamp(), self._taken[self.whose(request)]
        while taken and taken[0] <= at - self.per:
            taken.popleft()
        if len(taken) >= self.calls:
            return taken[0] + self.per - at
        taken.append(at)
        return 0.0


@dataclass
class LeakyBucket:
    """Holds `burst` calls, and leaks `rate` of them a second."""

    rate: float
    burst: float
    whose: Whose = of_host
    name: str = "requests"
    paths: str = ""
    _levels: dict[str, tuple[float, float]] = field(default_factory=dict, repr=False)

    def early(self, request: Request, now: datetime) -> float:
        """Seconds until the bucket has room for one more."""
        at, key = now.timestamp(), self.whose(request)
        level, seen = self._levels.get(key, (0.0, at))
        level = max(0.0, level - (at - seen) * self.rate)
        if level + 1 > self.burst:
            self._levels[key] = (level, at)
            return (level + 1 - self.burst) / self.rate
        self._levels[key] = (level + 1, at)
        return 0.0


@dataclass
class DailyQuota:
    """At most `calls` a day of `zone`."""

    calls: int
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    whose: Whose = of_host
    name: str = "daily"
    paths: str = ""
    _used: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int), repr=False)

    def early(self, request: Request, now: datetime) -> float:
        """Seconds until the next day, where today's calls are used up."""
        here = now.astimezone(self.zone)
        key = (self.whose(request), here.date().isoformat())
        if self._used[key] >= self.calls:
            return (self.resets_at(now) - now).total_seconds()
        self._used[key] += 1
        return 0.0

    def left(self, request: Request, now: datetime) -> int:
        """How many calls are left of today's."""
        return self.calls - self._used[self.whose(request), now.astimezone(self.zone).date().isoformat()]

    def resets_at(self, now: datetime) -> datetime:
        """When the day is over."""
        tomorrow = now.astimezone(self.zone).date() + timedelta(days=1)
        return datetime.combine(tomorrow, time(), tzinfo=self.zone).astimezone(UTC)
