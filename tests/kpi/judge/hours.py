"""Seconds between two instants of which somebody works (method, section 2: first response)."""

from datetime import datetime, time, timedelta

from tests.kpi.judge.world import World


def seconds(world: World, since: datetime, until: datetime) -> int:
    """Round the clock without working hours."""
    if world.hours is None:
        return int((until - since).total_seconds())
    found, day = 0, world.day(since)
    while day <= world.day(until):
        if day.weekday() < 5 and day not in world.hours.holidays:
            opens = datetime.combine(day, time(world.hours.opens), world.zone)
            closes = datetime.combine(day, time(world.hours.closes), world.zone)
            found += max(0, int(min(closes, until).timestamp() - max(opens, since).timestamp()))
        day += timedelta(days=1)
    return found
