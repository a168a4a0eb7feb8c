"""The one place that knows what time it is; everything else is told.

Instants are aware UTC datetimes. Tests hand a `FixedClock` where the program hands a `SystemClock`.
"""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """What time it is, and how long ago something was."""

    def now(self) -> datetime:
        """The present instant, aware, UTC."""

    def monotonic(self) -> float:
        """Seconds that never go back, whatever is done to the wall clock."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some start."""
        return time.monotonic()


class SlowClock(SystemClock):
    """The machine's own, set back."""

    def __init__(self, behind: timedelta = timedelta(0)) -> None:
        self.behind = behind

    def now(self) -> datetime:
        """The instant that it was so long ago."""
        return super().now() - self.behind


class FixedClock:
    """A clock that moves only when told."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)
        self._elapsed = 0.0

    def now(self) -> datetime:
        """The instant it was last set to."""
        return self._at

    def monotonic(self) -> float:
        """Seconds that were advanced so far."""
        return self._elapsed

    def advance(self, by: timedelta) -> None:
        """Let `by` pass."""
        self._at += by
        self._elapsed += by.total_seconds()


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """The calendar day of an instant in a zone, DST included."""
    return instant.astimezone(zone).date()


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a zone's day ends, that is, at which the next one begins."""
    following = day + timedelta(days=1)
    return datetime(following.year, following.month, following.day, tzinfo=zone).astimezone(UTC)
