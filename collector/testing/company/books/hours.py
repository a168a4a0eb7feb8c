"""How long somebody was there between two instants: first responses are timed by working hours."""

from collector.testing.company.calendar import HOUR, HOURS, day_of, midnight, weekday


def worked(since: int, until: int) -> int:
    """The working seconds between two instants."""
    found = 0
    for day in range(day_of(since), day_of(until) + 1):
        if weekday(day) in HOURS:
            opens, closes = (midnight(day) + hour * HOUR for hour in HOURS[weekday(day)])
            found += max(0, min(closes, until) - max(opens, since))
    return found
