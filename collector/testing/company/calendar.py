"""The company's days, hours and seasons.

Under everything else here. Instants are whole seconds since 1970, days are ordinals as
`date.toordinal()` counts them: lives of a hundred thousand deals are made of them, and these
are cheap. Moscow has had one offset since 2014, and the world begins later.
"""

from datetime import UTC, date, datetime, time
from functools import lru_cache
from math import cos, pi

MINUTE, HOUR, DAY = 60, 3600, 86_400
ZONE = "Europe/Moscow"
OFFSET = 3 * HOUR
WORLD_BEGINS = date(2018, 1, 1)
"""Nothing is told of earlier days."""

HOURS = {0: (9, 18), 1: (9, 18), 2: (9, 18), 3: (9, 18), 4: (9, 18), 5: (10, 16)}
"""Weekday (Monday is 0) → when the sales department opens and closes; nobody works on Sundays."""

_EPOCH = date(1970, 1, 1).toordinal()
_WEEK = (1.10, 1.12, 1.08, 1.05, 1.00, 0.72, 0.68)
_YEARLY = 0.16
_BEST_DAY = 325  # late November
_GROWTH = 0.04  # a year
_AVERAGE_YEAR = 2026


def midnight(day: int) -> int:
    """The instant at which a day begins."""
    return (day - _EPOCH) * DAY - OFFSET


def day_of(instant: int) -> int:
    """The day that an instant belongs to."""
    return (instant + OFFSET) // DAY + _EPOCH


def seconds(at: datetime) -> int:
    """An aware instant in whole seconds."""
    return int(at.timestamp())


def moment(instant: int) -> datetime:
    """An instant as an aware UTC `datetime`."""
    return datetime.fromtimestamp(instant, UTC)


def noon(day: date) -> datetime:
    """The middle of a day in the company's zone."""
    return datetime.combine(day, time(12 - OFFSET // HOUR), UTC)


def as_of(today: date | None, now: datetime) -> datetime:
    """The instant at which a world stands: noon of its day, if one is set, but never one that is yet to come today."""
    if today is None:
        return now
    return min(noon(today), now) if day_of(seconds(now)) == today.toordinal() else noon(today)


def weekday(day: int) -> int:
    """Monday is 0."""
    return (day + 6) % 7


@lru_cache(maxsize=10_000)
def busyness(day: int) -> float:
    """How much more happens on a day than on an average one: weekday, season, slow growth."""
    then = date.fromordinal(day)
    number = then.timetuple().tm_yday
    season = 1 + _YEARLY * cos(2 * pi * (number - _BEST_DAY) / 365)
    growth = 1 + _GROWTH * (then.year + number / 365 - _AVERAGE_YEAR)
    return _WEEK[weekday(day)] * season * max(0.5, growth)


def after_work(instant: int, worked: int) -> int:
    """When so many seconds have been worked since an instant; nights and Sundays do not count."""
    day = day_of(instant)
    while True:
        hours = HOURS.get(weekday(day))
        if hours is not None:
            begins = midnight(day)
            opens, closes = begins + hours[0] * HOUR, begins + hours[1] * HOUR
            starts = max(opens, instant)
            if starts + worked <= closes:
                return starts + worked
            worked -= max(0, closes - starts)
        day += 1
