"""How far back posts are read again: the younger a post, the sooner its counters move.

A stream that reads a listing newest first asks here at each poll how deep it has to go.
Boundaries are whole multiples of a span since 1970 UTC that lie between the last complete
poll and this one: so none is missed after a pause, and none comes twice.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from collector.plugin.window import Instant

AT_EVERY_POLL = timedelta(days=3)
"""Posts younger than this are read at every poll."""

DEEPER: Sequence[tuple[timedelta, timedelta]] = (
    (timedelta(days=1), timedelta(days=365)),
    (timedelta(hours=6), timedelta(days=30)),
)
"""How often, and up to which age, the rarest first."""

ALL_OF_THEM = timedelta(weeks=1)
"""How often all posts are read, however old."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_back_to(now: Instant) -> datetime | None:
    """The instant down to whose posts a poll has to read; None: to the very first.

    Posts younger than 3 days at every poll, than 30 days every 6 hours, than a year once a
    day; all once a week, and at a stream's first poll.
    """
    if now.previous is None or _crossed(now.previous, now, ALL_OF_THEM):
        return None
    reached = (age for span, age in DEEPER if _crossed(now.previous, now, span))
    return datetime.fromtimestamp(now.timestamp(), UTC) - next(reached, AT_EVERY_POLL)


def _crossed(previous: datetime, now: datetime, span: timedelta) -> bool:
    """Whether a multiple of the span lies between the two."""
    return (previous - _EPOCH) // span != (now - _EPOCH) // span
