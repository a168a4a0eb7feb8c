"""Units of the Data API: what calls cost, and how many are left of the project's day.

YouTube tells nobody how many are left, so they are counted here: in the store's buckets for all
processes (`LIMIT`), and by this one since the last midnight in California, to be shown.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from collector.plugin import Quota, RateLimit

A_DAY = 10_000
"""Of a project that has not asked for more; `list` methods cost one, refused ones as well."""
KEY = "project"
PATHS = "/youtube/v3/"
LIMIT = RateLimit(A_DAY, per="24h", key=KEY, paths=PATHS, name="units")
PACIFIC = ZoneInfo("America/Los_Angeles")


def next_day(now: datetime) -> datetime:
    """When the units return."""
    tomorrow = now.astimezone(PACIFIC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), tzinfo=PACIFIC).astimezone(now.tzinfo)


class Units:
    """What this source has used since midnight in California."""

    def __init__(self) -> None:
        self._used = 0
        self._until: datetime | None = None

    def spent(self, now: datetime) -> Quota:
        """One more; what is left of the day."""
        if self._until is None or now >= self._until:
            self._used, self._until = 0, next_day(now)
        self._used += 1
        return self._left()

    def used_up(self, now: datetime) -> Quota:
        """The vendor says that there are none left, whoever used them."""
        self._used, self._until = A_DAY, next_day(now)
        return self._left()

    def _left(self) -> Quota:
        return Quota("units", max(0, A_DAY - self._used), A_DAY, self._until, KEY)
