"""What the engine asks a stream for; the parameter's name tells the kind of stream.

`window: Window` facts by day · `since: Since` entities by change · `part: Part` files ·
`now: Instant` present-only figures.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Literal, overload
from zoneinfo import ZoneInfo

StreamKind = Literal["window", "since", "part", "now"]


class Instant(datetime):
    """The instant of a poll, aware and in UTC.

    `previous`: that of the stream's last complete poll; None: there was none. `cursor`: the
    last `Checkpoint` that was committed, by whichever poll. `dry`: what is yielded is looked
    at and not kept, so nothing may be confirmed at the vendor.
    """

    previous: datetime | None = None
    cursor: str | None = None
    dry: bool = False

    if TYPE_CHECKING:  # the difference to any datetime is a span, whatever its class

        @overload  # type: ignore[override]
        def __sub__(self, other: datetime, /) -> timedelta: ...
        @overload
        def __sub__(self, other: timedelta, /) -> datetime: ...
        def __sub__(self, other: Any, /) -> Any: ...

    @classmethod
    def of(
        cls, at: datetime, *, previous: datetime | None = None, cursor: str | None = None, dry: bool = False
    ) -> "Instant":
        """The instant `at`, after one at `previous`."""
        made = cls.combine(at.date(), at.timetz())
        made.previous, made.cursor, made.dry = previous, cursor, dry
        return made


@dataclass(frozen=True, slots=True)
class Window:
    """Days of the source's own calendar, first and last both inside.

    `cursor`: the last `Checkpoint` of a run for just these days that came to no end; such
    as the name of a report that the vendor is still making.
    """

    first: date
    last: date
    cursor: str | None = None

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"a window ends on {self.last}, before it begins on {self.first}")

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    def days(self) -> Iterator[date]:
        """Each day, oldest first."""
        for offset in range(len(self)):
            yield self.first + timedelta(days=offset)

    def instants(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """When its first day begins in a zone, and when the day after its last one does, both in UTC."""
        ends = (self.first, self.last + timedelta(days=1))
        begin, end = (datetime.combine(day, time(), zone).astimezone(UTC) for day in ends)
        return begin, end


@dataclass(frozen=True, slots=True)
class Since:
    """Where an entity stream goes on.

    `after`: yield what changed at or after this instant (overlap is already taken off);
    None asks for all history. `cursor`: the last `Checkpoint` of a run that was cut off,
    to go on from; None begins anew. `until`: when this run began; what changes later
    belongs to the next one.
    """

    after: datetime | None
    cursor: str | None
    until: datetime


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A place to go on from, for a later run.

    Yielded by a `since` or `now` stream: all before it is whole; the records before it and the
    cursor are committed in one transaction, before the stream goes on. By a `window` stream: by
    what the answer for these days is asked for; it is kept at once, and forgotten when the days
    are in.
    """

    cursor: str


@dataclass(frozen=True, slots=True)
class Untold:
    """Yielded by a `window` stream: of this day the vendor tells nothing (yet), which is not zero.

    What is in of the day stays, and the day is asked for again.
    """

    day: date


@dataclass(frozen=True, slots=True)
class Begins:
    """The instant from which on all posts are known; of earlier ones some are lacking. None: none is.

    Yielded by a `now` stream whose vendor tells nothing of what was published before somebody listened.
    """

    at: datetime | None


Mark = Checkpoint | Untold | Begins
"""What a stream yields besides records: nothing of it is stored as one."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file (or other unit) that a stream reads whole.

    `name` is its identity (a path relative to the pattern's fixed folder); `fingerprint`
    changes when its content does; `modified_at` is when that last happened; a `growing`
    part is still being written: its former rows stay and it is read at a later poll.
    """

    name: str
    fingerprint: str
    modified_at: datetime
    growing: bool = False
