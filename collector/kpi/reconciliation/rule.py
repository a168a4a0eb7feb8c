"""When two ways of counting the same have come apart: the one rule, for every check.

Pure. A `Series` holds both sides day by day; `judge` looks at its last 2, 7 and 28 days. In
each the gap is (a - b) / the greater of the two, and it is compared with what it usually is
in stretches of the same length. A drift is an alarm where

- it is more than 10 points, and five times the usual scatter on top, and
- the first half of the days and their last quarter tell it too, each for itself: so no single
  day and no late answer makes an alarm, and one is over soon when what was broken is mended.

So a great break is seen in two days, a small one in a week or four, and chance in none.
Told with numbers in docs/reconciliation.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from math import sqrt
from statistics import median
from typing import Literal, get_args

Length = Literal[2, 7, 28]
LENGTHS: tuple[Length, ...] = get_args(Length)
"""The stretches of days that are looked at, the quickest first."""
LONGEST = 28
AT_LEAST = 30
"""Events on the greater side; of fewer a gap tells nothing."""
COMPARED, RECENT = 15, 10
"""So many are enough in a stretch that usual ones are found by, and in the days that are judged: a break takes
events away, and what chance does to few is allowed for."""
HISTORY = 56
"""Days in which the stretches ended that a gap is compared with."""
ENOUGH = 28
"""So many of these stretches must be known."""
POINTS = 0.10
TIMES = 5
PART_POINTS = 0.05
"""How far the first half and the last quarter must lie off, on the same side."""
CHANCE = 0.5
"""What chance alone does to the gap of n events: this divided by the root of n, at least."""
WEEK = 7
BEYOND_ONE = 4
"""The same weekday stands for itself from so many weeks on."""
REACH = LONGEST + HISTORY + LONGEST - 1
"""Days that are looked at in all."""

_NORMAL = 1.4826  # the standard deviation of normal numbers, by their median distance from the median

Lack = Literal["too_short", "too_few"]


@dataclass(frozen=True)
class Series:
    """Both sides by day; `first` and all other days are ordinals."""

    first: int
    a: Sequence[float]
    b: Sequence[float]
    _sums: tuple[Sequence[float], Sequence[float]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        sums = tuple([0.0, *accumulate(side)] for side in (self.a, self.b))
        object.__setattr__(self, "_sums", sums)

    @property
    def last(self) -> int:
        """Its last day."""
        return self.first + len(self.a) - 1

    def totals(self, first: int, last: int) -> tuple[float, float]:
        """What both sides come to in these days, both inside."""
        begin, end = first - self.first, last - self.first + 1
        a, b = self._sums
        return a[end] - a[begin], b[end] - b[begin]

    def gap(self, first: int, last: int, *, least: float = AT_LEAST) -> float | None:
        """How far the sides disagree; None where there is too little to say."""
        return gap(*self.totals(first, last), least=least) if first >= self.first else None


def gap(a: float, b: float, *, least: float = AT_LEAST) -> float | None:
    """(a - b) / the greater of the two; None where that is less than `least`."""
    greater = max(a, b)
    return (a - b) / greater if greater > 0 and greater >= least else None


@dataclass(frozen=True)
class Drift:
    """The last days beside the eight weeks before them.

    `drift` is the gap minus the `usual` one; up to `allowed`, on either side, is no alarm.
    `since`: the first day that lay off, where it is one.
    """

    length: Length
    gap: float
    usual: float
    drift: float
    allowed: float
    is_alarm: bool
    since: int | None = None
    a: float = 0.0
    b: float = 0.0

    @property
    def at_stake(self) -> float:
        """How many events a day the drift comes to."""
        return abs(self.drift) * max(self.a, self.b) / self.length


@dataclass(frozen=True)
class Judgement:
    """What is to be said of a series: its gap in 28 days, and its drift in each stretch that can be judged."""

    gap: float | None
    lack: Lack | None
    """Why there is no gap."""
    a: float
    b: float
    drifts: tuple[Drift, ...]

    @property
    def alarm(self) -> Drift | None:
        """The quickest stretch that raises one."""
        return next((each for each in self.drifts if each.is_alarm), None)


def judge(series: Series, last: int) -> Judgement:
    """Judge a series as of a day."""
    first = last - LONGEST + 1
    if first < series.first or last > series.last:
        return Judgement(None, "too_short", 0.0, 0.0, ())
    a, b = series.totals(first, last)
    found = gap(a, b)
    drifts = (drift(series, last, length) for length in LENGTHS)
    lack: Lack | None = "too_few" if found is None else None
    return Judgement(found, lack, a, b, tuple(each for each in drifts if each is not None))


def drift(series: Series, last: int, length: Length) -> Drift | None:
    """The last days beside the stretches of their length before them; None where either is too little."""
    first = last - length + 1
    now = series.gap(first, last, least=RECENT)
    ends = range(first - HISTORY, first)
    known = {end: before for end in ends if (before := series.gap(end - length + 1, end, least=COMPARED)) is not None}
    if now is None or len(known) < ENOUGH:
        return None
    usual = _usual(known, now, last) if length % WEEK else median(known.values())
    a, b = series.totals(first, last)
    off, allowed = now - usual, POINTS + TIMES * _scatter(series, known, length, max(a, b))
    alarm = abs(off) > allowed and _both_ends(series, first, last, usual, off)
    since = _since(series, last, usual, off) if alarm else None
    return Drift(length, now, usual, off, allowed, alarm, since, a, b)


def _usual(known: dict[int, float], now: float, last: int) -> float:
    """The median, or that of the same weekdays where that is nearer: a weekend of its own is nothing new."""
    every = median(known.values())
    same = [before for end, before in known.items() if (last - end) % WEEK == 0]
    return min([every, *([median(same)] if len(same) >= BEYOND_ONE else [])], key=lambda each: abs(now - each))


def _scatter(series: Series, ends: Iterable[int], length: int, events: float) -> float:
    """How much a gap of this length scatters: by that of two days each, which there are many of, and by chance."""
    twos = [found for end in ends if (found := series.gap(end - 1, end, least=1)) is not None]
    middle = median(twos)
    seen = _NORMAL * median(abs(each - middle) for each in twos) * sqrt(2 / length)
    return max(seen, CHANCE / sqrt(events))


def _both_ends(series: Series, first: int, last: int, usual: float, off: float) -> bool:
    """Whether the first half and the last quarter lie off, each for itself."""
    length = last - first + 1
    half, quarter = (first, first + (length - 1) // 2), (last + 1 - max(1, round(length / 4)), last)
    return all(_is_off(series, *part, usual, off, PART_POINTS) for part in (half, quarter))


def _is_off(series: Series, first: int, last: int, usual: float, off: float, least: float) -> bool:
    """Whether these days lie off on the same side, by more than `least`."""
    found = series.gap(first, last, least=1)
    return found is not None and (found - usual) * (1 if off > 0 else -1) > least


def _since(series: Series, last: int, usual: float, off: float) -> int:
    """The first of the latest days that lie off by half the drift; one day among them may look as usual."""
    since, day, missed = last, last, 0
    while day > max(series.first, last - HISTORY) and missed < 2:
        if _is_off(series, day, day, usual, off, max(PART_POINTS, abs(off) / 2)):
            since, missed = day, 0
        else:
            missed += 1
        day -= 1
    return since
