"""A property's quotas: tokens by day and hour, errors of the server's own, requests by thresholded dimensions."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from connectors.google_analytics.simulator.refusals import Refusal

STANDARD: Mapping[str, int] = {
    "tokensPerDay": 200_000,
    "tokensPerHour": 40_000,
    "concurrentRequests": 10,
    "serverErrorsPerProjectPerHour": 10,
    "potentiallyThresholdedRequestsPerHour": 120,
    "tokensPerProjectPerHour": 14_000,
}
_TOKENS = ("tokensPerDay", "tokensPerHour", "tokensPerProjectPerHour")
_PACIFIC = ZoneInfo("America/Los_Angeles")


@dataclass
class Buckets:
    """One property's."""

    limits: dict[str, int] = field(default_factory=lambda: dict(STANDARD))
    _used: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def check(self, now: datetime) -> None:
        """Raises Refusal where one is empty: then nothing is answered."""
        for name in self.limits:
            if self.left(name, now) <= 0:
                raise Refusal.exhausted(name)

    def charge(self, tokens: int, now: datetime) -> None:
        """Take a report's tokens."""
        for name in _TOKENS:
            self._used[name, _period(name, now)] += tokens

    def erred(self, now: datetime) -> None:
        """Count an error of the server's."""
        name = "serverErrorsPerProjectPerHour"
        self._used[name, _period(name, now)] += 1

    def spend(self, name: str, now: datetime) -> None:
        """Use one up."""
        self._used[name, _period(name, now)] = self.limits[name]

    def used(self, name: str, now: datetime) -> int:
        """What of it was used in its present day or hour."""
        return self._used[name, _period(name, now)]

    def left(self, name: str, now: datetime) -> int:
        """What is left of it."""
        return max(0, self.limits[name] - self.used(name, now))

    def told(self, tokens: int, now: datetime) -> dict[str, dict[str, int]]:
        """The member `propertyQuota`: zeros are left out, as proto3 does."""
        found = {}
        for name in self.limits:
            pair = {"consumed": tokens if name in _TOKENS else 0, "remaining": self.left(name, now)}
            found[name] = {key: value for key, value in pair.items() if value}
        return found


def _period(name: str, now: datetime) -> str:
    if name == "tokensPerDay":
        return now.astimezone(_PACIFIC).date().isoformat()
    return now.strftime("%Y-%m-%dT%H")
