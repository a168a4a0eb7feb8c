"""Meta's days: they begin at midnight in California, whatever the account's country."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from collector.plugin import Window

PACIFIC = ZoneInfo("America/Los_Angeles")
A_DAY = timedelta(days=1)


def begins(day: date) -> int:
    """The instant of a day's beginning, as the API takes it."""
    return int(datetime.combine(day, time(), tzinfo=PACIFIC).timestamp())


def borders(first: date, last: date) -> dict[str, int]:
    """`since` and `until` of these days; both inside."""
    return {"since": begins(first), "until": begins(last + A_DAY)}


def is_over(day: date, now: datetime) -> bool:
    """Whether a day has ended."""
    return begins(day + A_DAY) <= now.timestamp()


def today(now: datetime) -> date:
    """The day that it is."""
    return now.astimezone(PACIFIC).date()


def closed_by(end: datetime) -> date:
    """The day that `end_time` closes."""
    return (end.astimezone(PACIFIC) - timedelta(seconds=1)).date()


def runs(window: Window, most: int) -> Iterator[Window]:
    """The window in pieces of at most so many days; thirty days may have an hour more than the API allows."""
    first = window.first
    while first <= window.last:
        last = min(window.last, first + timedelta(days=most - 1))
        yield Window(first, last)
        first = last + A_DAY


def apart(zone: ZoneInfo, now: datetime) -> bool:
    """Whether a zone's days are others than Meta's."""
    instants = (now, now + timedelta(days=182))
    return any(at.astimezone(UTC).astimezone(zone).utcoffset() != at.astimezone(PACIFIC).utcoffset() for at in instants)
