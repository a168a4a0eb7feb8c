"""Statistics of a community by day, week, month: as stats.get writes them, newest first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

DAY = 86_400
MOSCOW = 3 * 3600


@dataclass(frozen=True)
class Day:
    """What is counted of a day."""

    day: date
    reach: int
    activity: Mapping[str, int]


@dataclass(frozen=True)
class Question:
    """Which periods, and what of them."""

    since: int
    until: int
    interval: str
    count: int
    groups: Sequence[str]
    is_extended: bool
    begins_at_moscow: bool

    @property
    def shift(self) -> int:
        """By how much earlier than in UTC a day begins."""
        return MOSCOW if self.begins_at_moscow else 0

    def begins(self, day: date) -> int:
        """When a day begins."""
        return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) - self.shift

    def days(self, first: date, last: date) -> tuple[date, date]:
        """The first and last day that are asked for, of those that there are."""
        ends = [datetime.fromtimestamp(each + self.shift, UTC).date() for each in (self.since, self.until)]
        return max(first, ends[0]), min(last, ends[1])


def periods(days: Sequence[Day], question: Question) -> list[dict[str, Any]]:
    """The answer; `days` are the oldest first."""
    key = {"day": _itself, "week": _week, "month": _month, "year": _year, "all": _all}[question.interval]
    runs = [list(run) for _, run in groupby(days, key=lambda each: key(each.day))]
    found = [_period(run, question) for run in reversed(runs)]
    return found[: question.count] if question.count else found


def _period(run: Sequence[Day], question: Question) -> dict[str, Any]:
    reach = _reach(run)
    told: dict[str, Any] = {}
    if "visitors" in question.groups:
        told["visitors"] = {"views": reach // 20, "visitors": reach // 35, "mobile_views": reach // 40}
    if "reach" in question.groups:
        told["reach"] = {"reach": reach, "reach_subscribers": reach * 3 // 5, "mobile_reach": reach // 2}
    for name in told:
        told[name] |= _people(reach) if question.is_extended else {}
    told |= {"period_from": question.begins(run[0].day), "period_to": question.begins(run[-1].day) + DAY - 1}
    activity = dict(_activity(run)) if "activity" in question.groups else {}
    return told | ({"activity": activity} if activity else {})


def _activity(run: Sequence[Day]) -> Iterator[tuple[str, int]]:
    """What is zero is left out."""
    for name in run[0].activity:
        if total := sum(each.activity[name] for each in run):
            yield name, total


def _reach(run: Sequence[Day]) -> int:
    """Different people: of several days fewer than their sum."""
    return run[0].reach if len(run) == 1 else max(each.reach for each in run) + sum(each.reach for each in run) // 3


def _people(reach: int) -> dict[str, Any]:
    return {
        "sex": [{"count": reach // 2, "value": "f"}, {"count": reach - reach // 2, "value": "m"}],
        "age": [{"count": reach, "value": "21-24"}],
        "sex_age": [{"count": reach, "value": "f;21-24"}],
        "cities": [],
        "countries": [{"value": 1, "name": "Russia", "count": reach, "code": "RU"}],
    }


def _itself(day: date) -> object:
    return day


def _week(day: date) -> object:
    return day - timedelta(days=day.weekday())


def _month(day: date) -> object:
    return day.replace(day=1)


def _year(day: date) -> object:
    return day.year


def _all(_: date) -> object:
    return None
