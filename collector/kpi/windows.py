"""Which days a window holds, or why it holds none.

Pure: the reference day and how far the data reach come in, the first and last day (both
inside) go out. Days are the project's calendar days, so daylight saving never shows here.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Literal

TRAILING = {"1d": 1, "7d": 7, "28d": 28, "30d": 30, "90d": 90, "365d": 365}
TO_DATE = ("wtd", "mtd", "qtd", "ytd")
WINDOWS: tuple[str, ...] = (*TRAILING, *TO_DATE, "all", "today")


@dataclass(frozen=True)
class Days:
    """The days of a window, first and last both inside; `partial`: the last one is not over."""

    first: date
    last: date
    partial: bool = False


@dataclass(frozen=True)
class Reach:
    """How far the data of a KPI reach.

    `through`: the last day that all its required streams have completed; None: no day.
    `begins`: the first day that all its facts cover; None: they have no beginning.
    `opens`: the day of the first entity or fact, which is shown where nothing sets a
    beginning. `so_far`: whether the reference day has been read already.
    """

    through: date | None
    begins: date | None = None
    opens: date | None = None
    so_far: bool = False


def resolve(window: str, *, reference: date, live: bool, reach: Reach) -> Days | Literal["no_data", "too_short"]:
    """The days of a window as of `reference`; live, that day is not over yet.

    Trailing windows are shifted, not shortened, where the data end earlier.
    """
    if window == "today":
        return _today(reference, reach)
    if reach.through is None:
        return "no_data"
    last = min(reference - timedelta(days=1) if live else reference, reach.through)
    if window == "all":
        first = reach.begins or min(reach.opens or last, last)
    elif window in TRAILING:
        first = last - timedelta(days=TRAILING[window] - 1)
    else:
        first = period_start(window, reference)
    if last < first or (reach.begins is not None and first < reach.begins):
        return "too_short"
    return Days(first, last)


def trailing(window: str, *, last: date) -> Days | None:
    """The days of a trailing window that ends with `last`; None for other windows."""
    length = TRAILING.get(window)
    return None if length is None else Days(last - timedelta(days=length - 1), last)


def _today(reference: date, reach: Reach) -> Days | Literal["no_data", "too_short"]:
    if reach.through is None and not reach.so_far:
        return "no_data"
    complete = reach.through is not None and reach.through >= reference
    if not (reach.so_far or complete) or (reach.begins is not None and reference < reach.begins):
        return "too_short"
    return Days(reference, reference, partial=True)


def period_start(window: str, day: date) -> date:
    """The first day of the week (Monday), month, quarter or year that holds `day`."""
    match window:
        case "wtd":
            return day - timedelta(days=day.weekday())
        case "mtd":
            return day.replace(day=1)
        case "qtd":
            return day.replace(month=day.month - (day.month - 1) % 3, day=1)
        case "ytd":
            return day.replace(month=1, day=1)
    raise ValueError(unknown_window(window))


def unknown_window(window: str) -> str:
    """What to tell somebody who asked for a window that does not exist."""
    near = get_close_matches(window, WINDOWS, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"there is no window {window!r}; there are {', '.join(WINDOWS)}.{hint}"
