"""What is left of a property's quotas, as answers tell, and how many errors of the server's we have used up.

Google counts by property and cloud project. Tokens of a day return at midnight in California, those
of an hour within the hour. Ten errors of the server's own within an hour close the property, so they
are counted here, and repetitions end early.
"""

import json
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from collector.plugin import Json, Quota, Response

KEY = "property_id"
_PACIFIC = ZoneInfo("America/Los_Angeles")
_HOUR = timedelta(hours=1)
_KEY_BYTES = b'"propertyQuota"'

SERVER_ERRORS = 10
"""An hour, of a standard property."""
CLIENT_ERRORS = timedelta(minutes=15)
MOST_REPEATED = 3
"""Errors in an hour after which a request is not made again at once."""


class Bucket(NamedTuple):
    """A quota of a standard property; one of 360 has ten times as much (errors and requests at once: five times)."""

    label: str
    limit: int
    of_360: int
    period: str


class Spent(NamedTuple):
    """A bucket that is empty, and when it is full again."""

    label: str
    limit: int
    until: datetime


BUCKETS: Mapping[str, Bucket] = {
    "tokensPerDay": Bucket("tokens_per_day", 200_000, 2_000_000, "day"),
    "tokensPerHour": Bucket("tokens_per_hour", 40_000, 400_000, "hour"),
    "tokensPerProjectPerHour": Bucket("tokens_per_project_per_hour", 14_000, 140_000, "hour"),
    "concurrentRequests": Bucket("concurrent_requests", 10, 50, ""),
    "serverErrorsPerProjectPerHour": Bucket("server_errors_per_project_per_hour", SERVER_ERRORS, 50, "hour"),
    "potentiallyThresholdedRequestsPerHour": Bucket("potentially_thresholded_requests_per_hour", 120, 1_200, ""),
}


def next_day(now: datetime) -> datetime:
    """When a day's tokens return."""
    there = now.astimezone(_PACIFIC).date() + timedelta(days=1)
    return datetime.combine(there, time(), tzinfo=_PACIFIC).astimezone(now.tzinfo)


def next_hour(now: datetime) -> datetime:
    """When an hour's tokens return."""
    return now.replace(minute=0, second=0, microsecond=0) + _HOUR


class Quotas:
    """What one source knows of its property's quotas."""

    def __init__(self) -> None:
        self._errors: deque[datetime] = deque()
        self._used_up: tuple[str, ...] = ()

    def heard(self, response: Response, now: datetime) -> Iterator[Quota]:
        """What an answer says, or is."""
        if response.status >= 500:
            self._errors.append(now)
            left = SERVER_ERRORS - self.errors(now)  # the last one is left to others, whatever the reserve
            ends = self._errors[0] + _HOUR
            yield Quota("server_errors_per_project_per_hour", left if left > 1 else 0, SERVER_ERRORS, ends, KEY)
            return
        if response.status == 429:
            spent = self.spent(response.text, now)
            if spent is not None:
                yield Quota(spent.label, 0, spent.limit, spent.until, KEY)
            return
        told = property_quota(response.body)
        if told:
            self._used_up = tuple(name for name in BUCKETS if name in told and not _left(told[name]))
        for name, bucket in BUCKETS.items():
            if name in told:
                yield self._quota(bucket, _left(told[name]), now)

    def spent(self, told: str, now: datetime) -> Spent | None:
        """The bucket that a refusal speaks of, by its words, else by what was left last; None: it passes at once."""
        words = told.lower()
        if "concurrent" in words:
            return None
        for sign, label, limit, until in (
            ("client errors", "client_errors", 1, now + CLIENT_ERRORS),
            ("thresholded", "potentially_thresholded_requests_per_hour", 120, now + _HOUR),
            ("server errors", "server_errors_per_project_per_hour", SERVER_ERRORS, now + _HOUR),
            ("per day", "tokens_per_day", 200_000, next_day(now)),
            ("24 hours", "tokens_per_day", 200_000, next_day(now)),
            ("project per hour", "tokens_per_project_per_hour", 14_000, next_hour(now)),
            ("per hour", "tokens_per_hour", 40_000, next_hour(now)),
            ("an hour", "tokens_per_hour", 40_000, next_hour(now)),
        ):
            if sign in words:
                return Spent(label, limit, until)
        for name in self._used_up:
            label, limit, _, period = BUCKETS[name]
            if period:
                return Spent(label, limit, next_day(now) if period == "day" else next_hour(now))
        return None

    def errors(self, now: datetime) -> int:
        """Errors of the server's in the last hour."""
        while self._errors and self._errors[0] <= now - _HOUR:
            self._errors.popleft()
        return len(self._errors)

    def may_repeat(self, now: datetime) -> bool:
        """Whether a request that met such an error may be made again at once."""
        return self.errors(now) < MOST_REPEATED

    def _quota(self, bucket: Bucket, left: int, now: datetime) -> Quota:
        limit = bucket.limit if left <= bucket.limit else bucket.of_360
        if bucket.period == "":
            return Quota(bucket.label, left, limit, None, KEY)
        return Quota(bucket.label, left, limit, next_day(now) if bucket.period == "day" else next_hour(now), KEY)


def property_quota(body: bytes) -> Mapping[str, Json]:
    """The quota in an answer, without decoding all of its rows once more: it stands after them."""
    at = body.rfind(_KEY_BYTES)
    if at < 0:
        return {}
    tail = body[at + len(_KEY_BYTES) :].decode("utf-8", errors="replace").lstrip().removeprefix(":").lstrip()
    try:
        found, _ = json.JSONDecoder().raw_decode(tail)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _left(told: Json) -> int:
    """proto3 leaves a zero out: without `remaining` it is none."""
    remaining = told.get("remaining", 0) if isinstance(told, dict) else 0
    return remaining if isinstance(remaining, int) else 0
