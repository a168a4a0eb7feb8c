"""Which days a value covers (design, section 5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Stream:
    """What is known of a stream's days; entities have no first one."""

    last: date
    first: date | None = None
    born: date | None = None
    ended: date | None = None
    required: bool = True

    @property
    def through(self) -> date:
        """Complete through this day; after the end of its life everything is a true zero."""
        return date.max if self.ended and self.last >= self.ended else self.last

    def begins(self, last: date) -> date | None:
        """Where days through `last` are covered from; None: all are.

        Before the start of its life everything is a true zero, so that sets no beginning.
        """
        if self.first is None or (self.born and (self.first <= self.born or last < self.born)):
            return None
        return self.first


def last_day(streams: Iterable[Stream], reference: date) -> date:
    return min([reference, *(stream.through for stream in streams if stream.required)])


def beginning(streams: Iterable[Stream], last: date) -> date | None:
    """The latest beginning of the required streams; None: they have none."""
    return max((day for stream in streams if stream.required and (day := stream.begins(last))), default=None)


def first_day(window: str, reference: date, last: date) -> date | None:
    """The first day that a window asks for; None for `all`, which begins with the data."""
    match window:
        case "all":
            return None
        case "wtd":
            return reference - timedelta(days=reference.weekday())
        case "mtd":
            return reference.replace(day=1)
        case "qtd":
            return reference.replace(month=(reference.month - 1) // 3 * 3 + 1, day=1)
        case "ytd":
            return reference.replace(month=1, day=1)
        case _:
            return last - timedelta(days=int(window[:-1]) - 1)
