"""Working hours as people write them: `{mon-fri: 09:00-18:00, sat: closed, holidays: RU}`.

Below `hours`. Keys are days, ranges and lists of them; where several keys hold a day, the
one for the fewest days wins.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise

from collector.vocabulary.daysoff import country_fault

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOLIDAYS = "holidays"
CLOSED = "closed"

Span = tuple[int, int]
"""From a minute of the day to another, which is not in it: (540, 1080) is 09:00-18:00."""
Week = tuple[tuple[Span, ...] | None, ...]
"""The hours of Monday to Sunday; none at all is `closed`, None: nothing was said."""
ALL_DAY: tuple[Span, ...] = ((0, 24 * 60),)

_SPAN = re.compile(r"(\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)")


@dataclass(frozen=True, slots=True)
class HoursFault:
    """A mistake, with what would be right. `key`: where; `in_key`: in the key itself; no key: in the whole."""

    fault: str
    remedy: str
    key: str | None = None
    in_key: bool = False

    def __str__(self) -> str:
        return f"{self.key}: {self.fault}. {self.remedy}" if self.key else f"{self.fault}. {self.remedy}"


class BadHours(ValueError):
    """Working hours that cannot be meant; all that is wrong with them."""

    def __init__(self, faults: list[HoursFault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


def read_hours(mapping: Mapping[str, str]) -> tuple[Week, str | None]:
    """A week's hours, and the country whose holidays are none.

    Raises:
        BadHours: all that is wrong with them.
    """
    faults: list[HoursFault] = []
    days: dict[str, tuple[int, ...]] = {}
    spans: dict[str, tuple[Span, ...]] = {}
    for key, value in mapping.items():
        if key == HOLIDAYS:
            with _telling(faults, key):
                _check_country(value)
            continue
        with _telling(faults, key, in_key=True):
            days[key] = _days(key)
        if key in days:  # else nobody knows what its value should be
            with _telling(faults, key):
                spans[key] = _spans(value)
    faults.extend(_doubly_said(days))
    if faults:
        raise BadHours(faults)
    week = _week(days, spans)
    if not any(week):
        remedy = "Write some, such as mon-fri: 09:00-18:00; without working_hours it is round the clock."
        raise BadHours([HoursFault("no day has any hours", remedy)])
    return week, mapping.get(HOLIDAYS)


class _Wrong(Exception):
    """A mistake whose place the caller knows."""

    def __init__(self, fault: str, remedy: str) -> None:
        super().__init__(fault)
        self.fault, self.remedy = fault, remedy


@contextmanager
def _telling(faults: list[HoursFault], key: str, *, in_key: bool = False) -> Iterator[None]:
    """A mistake that is made inside is told of `key`, and the others are still looked for."""
    try:
        yield
    except _Wrong as wrong:
        faults.append(HoursFault(wrong.fault, wrong.remedy, key, in_key))


def _days(key: str) -> tuple[int, ...]:
    """The days of `mon`, `mon-fri`, `sun-thu`, `mon,wed,fri`."""
    found: set[int] = set()
    for part in key.split(","):
        first, *rest = (_day(name.strip()) for name in part.split("-"))
        if len(rest) > 1:
            raise _Wrong(f"{part.strip()!r} is no range of days", "Write its first and its last day, such as mon-fri.")
        last = rest[0] if rest else first
        found.update((first + step) % 7 for step in range((last - first) % 7 + 1))
    return tuple(sorted(found))


def _day(name: str) -> int:
    lower = name.lower()
    if lower in DAYS:
        return DAYS.index(lower)
    near = next((day for day in DAYS if lower.startswith(day)), None)
    meant = [near] if near else get_close_matches(lower, (*DAYS, HOLIDAYS), n=1)
    known = f"Days: {', '.join(DAYS)}; also mon-fri and mon,wed,fri; and {HOLIDAYS}."
    raise _Wrong(f"there is no day {name!r}", f"Did you mean {meant[0]}?" if meant else known)


def _spans(value: str) -> tuple[Span, ...]:
    """The spans of `09:00-13:00, 14:00-18:00` in their order; `closed` has none."""
    if value.strip().lower() == CLOSED:
        return ()
    spans = sorted(_span(part.strip()) for part in value.split(","))
    for one, other in pairwise(spans):
        if other[0] < one[1]:
            fault = f"{_told(one)} and {_told(other)} overlap"
            raise _Wrong(fault, f"Join them: {_told((one[0], max(one[1], other[1])))}.")
    return tuple(spans)


def _span(written: str) -> Span:
    match = _SPAN.fullmatch(written)
    if match is None:
        fault = f"{written!r} is no span of time"
        raise _Wrong(fault, f"Write 09:00-18:00, several with commas between them, or {CLOSED}.")
    hour, minute, last_hour, last_minute = map(int, match.groups())
    start, end = hour * 60 + minute, last_hour * 60 + last_minute
    if max(start, end) > 24 * 60 or max(minute, last_minute) > 59:
        raise _Wrong(f"{written!r} has a time that no clock shows", "Times go from 00:00 to 24:00.")
    if start == end:
        raise _Wrong(
            f"{written!r} has no length", f"Write {CLOSED} for a day without hours, 00:00-24:00 for a whole one."
        )
    if start > end:
        night = (
            f"{_told((start, 24 * 60))}, and {_told((0, end))} on the day after" if end else f"{_told((start, 1440))}"
        )
        raise _Wrong(f"{written!r} ends before it begins", f"Over midnight it is {night}.")
    return start, end


def _told(span: Span) -> str:
    return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in span)


def _check_country(country: str) -> None:
    wrong = country_fault(country)
    if wrong is not None:
        raise _Wrong(*wrong)


def _doubly_said(days: Mapping[str, tuple[int, ...]]) -> Iterator[HoursFault]:
    """Days that two keys hold, of which neither is more exact, nor any third."""
    for day, name in enumerate(DAYS):
        holding = [key for key, held in days.items() if day in held]
        fewest = min((len(days[key]) for key in holding), default=0)
        exact = [key for key in holding if len(days[key]) == fewest]
        if len(exact) > 1:
            remedy = "The key for the fewest days counts; these are for as many."
            yield HoursFault(f"has hours for {name}, as {exact[0]} has", remedy, exact[1], in_key=True)


def _week(days: Mapping[str, tuple[int, ...]], spans: Mapping[str, tuple[Span, ...]]) -> Week:
    week: list[tuple[Span, ...] | None] = [None] * 7
    for key in sorted(days, key=lambda each: len(days[each]), reverse=True):
        for day in days[key]:
            week[day] = spans[key]
    return tuple(week)
