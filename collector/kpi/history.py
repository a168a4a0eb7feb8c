"""A KPI's value as of each of many days, all from one state of the store.

Above `engine`, for `kpi history` and the API. Points come one by one, so that whoever asks
can stop; what the figures of several days share is computed once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from difflib import get_close_matches

from collector.kpi.engine import Engine, has_costs
from collector.kpi.values import OVERLAP, Kpi, Value

STEPS = ("1d", "7d", "1m")
DEFAULT_DAYS = 30


class BadStretch(ValueError):
    """The days that were asked for make no history; the message says what would."""


@dataclass(frozen=True)
class Stretch:
    """The days of a history, counted back from its last one.

    Either `first`, or so many days (`number`, default 30). A step of `1m` is the same day
    of each month, or its last where that is shorter.
    """

    first: date | None = None
    last: date | None = None
    number: int | None = None
    step: str = "1d"

    def days(self, *, last: date, most: int) -> list[date]:
        """The days, oldest first; `last` where the stretch names none.

        Raises:
            BadStretch: they contradict each other, or are more than `most`.
        """
        last = self.last or last
        if self.step not in STEPS:
            near = get_close_matches(self.step, STEPS, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise BadStretch(f"there is no step {self.step!r}; there are {', '.join(STEPS)}.{hint}")
        if self.first is not None and self.number is not None:
            raise BadStretch("a first day and a number of days: give one of the two")
        if self.number is not None and self.number < 1:
            raise BadStretch(f"{self.number} days are none; give 1 or more")
        first = self.first or _back(last, (self.number or DEFAULT_DAYS) - 1)
        if first > last:
            raise BadStretch(f"the first day, {first}, lies after the last one, {last}")
        found: list[date] = []
        for day in _stepped(last, self.step):
            if day < first:
                break
            if len(found) == most:
                raise BadStretch(f"more than {most} points; name a window, take a longer step, or fewer days")
            found.append(day)
        return found[::-1]


def _back(day: date, days: int) -> date:
    try:
        return day - timedelta(days=days)
    except OverflowError:
        return date.min


def _stepped(last: date, step: str) -> Iterator[date]:
    """The days from the last one back, to the beginning of the calendar."""
    if step != "1m":
        length = int(step[:-1])
        yield from (date.fromordinal(day) for day in range(last.toordinal(), 0, -length))
        return
    for month in range(last.year * 12 + last.month - 1, 11, -1):
        yield _in_month(month // 12, month % 12 + 1, last.day)


def _in_month(year: int, month: int, day: int) -> date:
    while True:
        try:
            return date(year, month, day)
        except ValueError:
            day -= 1


@dataclass(frozen=True)
class Point:
    """A value, and the day that it is as of; the window may end before it, where data do."""

    at: date
    value: Value


def history(
    engine: Engine, kpi: Kpi, window: str, days: Iterable[date], *, by: str | None = None, member: str | None = None
) -> Iterator[Point]:
    """A KPI's value in a window as of each day; with `by` and `member`, that of one member.

    A day is as `kpi show --at` has it: over, and as good as it will get.
    """
    for day in days:
        then = engine.as_of(day)
        yield Point(
            day, then.whole(kpi, window) if by is None or member is None else _of(then, kpi, window, by, member)
        )


def _of(engine: Engine, kpi: Kpi, window: str, by: str, member: str) -> Value:
    inputs = engine.inputs(kpi, window, by)
    value = engine.member(kpi, window, by, inputs, member)
    if value.value is None or member == OVERLAP or has_costs(kpi, inputs.figures, member):
        return value
    return replace(value, value=None)  # a cost per something, without costs


def member_id(engine: Engine, by: str, named: str) -> str:
    """The id of a member that is named by its id or its title."""
    named = engine.figures.campaigns.joined(by, named) or named
    titles = engine.figures.titles(by)
    if named in titles:
        return named
    return next((id_ for id_, title in titles.items() if title == named), named)


def last_day(engine: Engine, kpi: Kpi) -> date:
    """The day with which a history ends where nobody says: the KPI's last complete one."""
    return engine.last_day(kpi) or engine.reference - timedelta(days=1)
