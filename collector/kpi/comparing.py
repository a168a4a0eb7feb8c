"""The windows that a value is compared with: of equal length before, and the same a year ago."""

from dataclasses import dataclass
from datetime import date, timedelta

from collector.kpi.engine import Engine
from collector.kpi.values import Kpi, Value
from collector.kpi.windows import Days


@dataclass(frozen=True)
class Comparison:
    """A value beside earlier ones; None where the window has no earlier one."""

    value: Value
    previous: Value | None
    year_ago: Value | None


def compare(engine: Engine, kpi: Kpi, window: str) -> Comparison:
    """A KPI's value in a window, in the one before, and in the same a year ago."""
    value = engine.whole(kpi, window)
    if value.first is None or value.last is None:
        return Comparison(value, None, None)
    days = Days(value.first, value.last)
    found = [
        None if other is None else engine.whole(kpi, window, days=other)
        for other in (before(window, days), year_before(window, days))
    ]
    return Comparison(value, *found)


def before(window: str, days: Days) -> Days | None:
    """As many days just before; none before all time."""
    if window == "all":
        return None
    length = days.last - days.first + timedelta(days=1)
    return Days(days.first - length, days.last - length)


def year_before(window: str, days: Days) -> Days | None:
    """The same days a year ago, as many of them; the year before a 29 February ends on the 28th."""
    if window == "all":
        return None
    last = _a_year_before(days.last)
    return Days(last - (days.last - days.first), last)


def _a_year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)
