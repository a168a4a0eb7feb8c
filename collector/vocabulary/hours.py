"""Working hours: how much of the time between two instants somebody was there.

Made from what a source's `working_hours` says (`hours_written`), read where first responses are
timed. A working day's hours are those that clocks show in its zone: a time that the clocks
jump over stands for the instant of the jump, one that they show twice for the first.
Counting is in whole microseconds, answers are in the seconds that have begun and ended.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import Self
from zoneinfo import ZoneInfo

from collector.vocabulary.daysoff import DaysOff, days_off, release
from collector.vocabulary.hours_written import ALL_DAY, Span, Week, read_hours
from collector.vocabulary.texts import WEEKDAYS, Language, text

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SECOND = 1_000_000


@dataclass(frozen=True)
class WorkingHours:
    """A week's hours in a zone, without the holidays of a country.

    `str()` of two is the same where they count the same, in any process.
    """

    week: Week
    zone: ZoneInfo
    country: str | None = None
    _years: dict[int, "_Year"] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __str__(self) -> str:
        holidays = f"{self.country} of {release()}" if self.country else "none"
        return f"week={self.week} zone={self.zone.key} holidays={holidays}"

    def seconds_between(self, start: datetime, end: datetime) -> int:
        """Working seconds from one aware instant to another; 0 where `end` is not after `start`."""
        if end <= start:
            return 0
        (first, before), (last, through) = self._worked(start), self._worked(end)
        whole = sum(self._year(year).total for year in range(first, last))
        return (whole + through) // _SECOND - before // _SECOND

    def after(self, start: datetime, working: timedelta) -> datetime:
        """The first instant, in UTC, at which so much working time has passed since `start`.

        Outside the hours time stands still until the next opening.

        Raises:
            ValueError: `working` is negative.
        """
        if working < timedelta(0):
            raise ValueError(f"working time does not go back: {working}")
        if not working:
            return start.astimezone(UTC)
        year, wanted = self._worked(start)
        wanted += working // _MICROSECOND
        while wanted > self._year(year).total:
            wanted -= self._year(year).total
            year += 1
        return _EPOCH + self._year(year).when(wanted) * _MICROSECOND

    def on(self, day: date) -> tuple[Span, ...]:
        """The hours of one day, as minutes of its clock: (540, 1080) is 09:00-18:00."""
        calendar = DaysOff() if self.country is None else days_off(self.country, day.year)
        if day in calendar.off:
            return ()
        own = self.week[day.weekday()]
        if own is None and day in calendar.worked:
            return self._last_before(day.weekday())
        return own or ()

    def told(self, language: Language) -> str:
        """Which hours are used, as a phrase for people."""
        if self.country is None and set(self.week) == {ALL_DAY}:
            return text("round_the_clock", language)
        hours = text("working_hours", language, hours=_week_told(self.week, language), zone=self.zone.key)
        return hours if self.country is None else text("but_holidays", language, hours=hours, country=self.country)

    def _last_before(self, weekday: int) -> tuple[Span, ...]:
        """A worked Saturday is like the last day before it that has hours."""
        return next(spans for back in range(1, 8) if (spans := self.week[weekday - back]))

    def _worked(self, instant: datetime) -> tuple[int, int]:
        """The year in which an instant lies, and the working time from its beginning."""
        year = instant.astimezone(self.zone).year
        return year, self._year(year).until((instant - _EPOCH) // _MICROSECOND)

    def _year(self, year: int) -> "_Year":
        if year not in self._years:  # two threads may both make it, and make the same
            self._years[year] = _Year.of(self, year)
        return self._years[year]


@dataclass(frozen=True, slots=True)
class _Year:
    """When a year's spans open, in microseconds since 1970, and the working time before each and in all."""

    opens: list[int]
    before: list[int]
    lengths: list[int]
    total: int

    @classmethod
    def of(cls, hours: WorkingHours, year: int) -> Self:
        first = date(year, 1, 1).toordinal()
        spans = [
            (_instant(day, opening, hours.zone), _instant(day, closing, hours.zone))
            for day in map(date.fromordinal, range(first, date(year, 12, 31).toordinal() + 1))
            for opening, closing in hours.on(day)
        ]
        lived = [(opening, closing - opening) for opening, closing in spans if closing > opening]
        lengths = [length for _, length in lived]
        *before, total = accumulate(lengths, initial=0)
        return cls([opening for opening, _ in lived], before, lengths, total)

    def until(self, instant: int) -> int:
        """The working time from the year's beginning to an instant in it."""
        span = bisect_right(self.opens, instant) - 1
        return 0 if span < 0 else self.before[span] + min(instant - self.opens[span], self.lengths[span])

    def when(self, worked: int) -> int:
        """The first instant at which so much has been worked in the year; more than nothing, at most all."""
        span = bisect_left(self.before, worked) - 1
        return self.opens[span] + worked - self.before[span]


def _instant(day: date, minute: int, zone: ZoneInfo) -> int:
    """The first microsecond since 1970 at which the clock of `zone` shows this minute of the day, or a later one."""
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)  # noqa: DTZ001 - what a clock shows
    early, late = ((wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) - _EPOCH) // _MICROSECOND for fold in (1, 0))
    if early >= late:
        return late  # shown once, or for the first time
    while late - early > 1:  # the clock jumps over it between the two
        middle = (early + late) // 2
        shown = (_EPOCH + middle * _MICROSECOND).astimezone(zone).replace(tzinfo=None)
        early, late = (early, middle) if shown >= wall else (middle, late)
    return late


def _week_told(week: Week, language: Language) -> str:
    """`Mon–Thu 09:00–18:00; Fri 09:00–17:00`: days with the same hours together."""
    days: dict[tuple[Span, ...], list[int]] = {}
    for day, spans in enumerate(week):
        if spans:
            days.setdefault(spans, []).append(day)
    return "; ".join(f"{_days_told(found, language)} {_spans_told(spans)}" for spans, found in days.items())


def _days_told(days: list[int], language: Language) -> str:
    names = WEEKDAYS[language]
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(names[run[0]] if len(run) == 1 else f"{names[run[0]]}–{names[run[-1]]}" for run in runs)


def _spans_told(spans: tuple[Span, ...]) -> str:
    return ", ".join("–".join(f"{minute // 60:02}:{minute % 60:02}" for minute in span) for span in spans)


def parse_working_hours(mapping: Mapping[str, str], zone: ZoneInfo) -> WorkingHours:
    """The hours that `{mon-fri: 09:00-18:00, holidays: RU}` tells, on the clocks of `zone`.

    Raises:
        BadHours: all that is wrong with them.
    """
    week, country = read_hours(mapping)
    return WorkingHours(week, zone, country)


ROUND_THE_CLOCK = WorkingHours((ALL_DAY,) * 7, ZoneInfo("UTC"))
"""Where a source has no working hours: all the time that passes counts."""
