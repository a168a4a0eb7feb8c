"""Values beside earlier ones: of the window of equal length before, and of the same days a year ago.

Above `engine`. What is compared has to be alike: nothing is said where there is no earlier
window, where one of the values does not exist, and of a day that is not over.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from collector.kpi.engine import Engine
from collector.kpi.formula import DIGITS
from collector.kpi.values import Kpi, Value
from collector.kpi.windows import Days


@dataclass(frozen=True)
class Change:
    """An earlier value, and what has changed since: in the KPI's unit, and as a share of the earlier value."""

    earlier: Decimal | None
    by: Decimal | None
    ratio: Decimal | None
    """None too where the earlier value is zero; above zero means more, also where that was negative."""


@dataclass(frozen=True)
class Comparison:
    """A value beside earlier ones; None where the window has no earlier one."""

    value: Value
    previous: Value | None
    year_ago: Value | None

    @property
    def change(self) -> Change:
        """Against the window before."""
        return changed(self.value.value, None if self.previous is None else self.previous.value)

    @property
    def change_year(self) -> Change:
        """Against the same days a year ago."""
        return changed(self.value.value, None if self.year_ago is None else self.year_ago.value)


def changed(value: Decimal | None, earlier: Decimal | None) -> Change:
    """What lies between two values."""
    if value is None or earlier is None:
        return Change(earlier, None, None)
    by = DIGITS.subtract(value, earlier)
    return Change(earlier, by, DIGITS.divide(by, abs(earlier)) if earlier else None)


def compare(engine: Engine, kpi: Kpi, window: str) -> Comparison:
    """A KPI's value in a window, in the one before, and in the same a year ago."""
    value = engine.whole(kpi, window)
    previous, year_ago = (
        None if days is None else engine.whole(kpi, window, days=days) for days in _earlier(window, value)
    )
    return Comparison(value, previous, year_ago)


Members = dict[str, Value]


def compare_members(engine: Engine, kpi: Kpi, window: str, dimension: str) -> list[Comparison]:
    """The same by the members of a dimension.

    Of a KPI whose members add up, one that is missing on a side counts there as its zero,
    so that the changes of all members come to that of the whole; of others it is left out
    of that side.
    """
    if dimension not in engine.dimensions(kpi):
        return []
    whole = engine.whole(kpi, window)
    now = _members(engine, kpi, window, dimension, None)
    previous, year_ago = (
        None if days is None else _members(engine, kpi, window, dimension, days) for days in _earlier(window, whole)
    )
    if now is not None and engine.members_add_up(kpi):
        now, previous, year_ago = _filled(now, previous, year_ago, whole)
    return [
        Comparison(
            value, None if previous is None else previous.get(name), None if year_ago is None else year_ago.get(name)
        )
        for name, value in (now or {}).items()
    ]


def _members(engine: Engine, kpi: Kpi, window: str, dimension: str, days: Days | None) -> Members | None:
    """The values by member, of other days than the window's if they are given; None where the whole has none."""
    inputs = engine.inputs(kpi, window, dimension, days=days)
    if inputs.undefined is not None:
        return None
    return {value.member: value for value in engine.members_of(kpi, window, dimension, inputs) if value.member}


def _filled(
    now: Members, previous: Members | None, year_ago: Members | None, whole: Value
) -> tuple[Members, Members | None, Members | None]:
    """All three with the members of each, those that are missing as zeros."""
    every = {**(year_ago or {}), **(previous or {}), **now}
    zeros = {
        name: replace(value, value=Decimal(0), first=whole.first, last=whole.last, fresh=whole.fresh, flags=whole.flags)
        for name, value in sorted(every.items())
    }
    earlier = [None if side is None else zeros | side for side in (previous, year_ago)]
    return zeros | now, earlier[0], earlier[1]


def _earlier(window: str, value: Value) -> tuple[Days | None, Days | None]:
    if value.first is None or value.last is None:
        return None, None
    days = Days(value.first, value.last)
    return before(window, days), year_before(window, days)


_ALONE = ("all", "today")
"""Before all time there is nothing, and a day that is not over is like no whole one."""


def before(window: str, days: Days) -> Days | None:
    """As many days just before; none before all time, nor for a day that is not over."""
    if window in _ALONE:
        return None
    length = days.last - days.first + timedelta(days=1)
    return Days(days.first - length, days.last - length)


def year_before(window: str, days: Days) -> Days | None:
    """The same days a year ago, as many of them; the year before a 29 February ends on the 28th."""
    if window in _ALONE:
        return None
    last = _a_year_before(days.last)
    return Days(last - (days.last - days.first), last)


def _a_year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)
