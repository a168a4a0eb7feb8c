"""How fast a portal is read: less at once as its methods' run time adds up, or after a refusal.

The vendor adds up each method's run time over ten minutes (`time.operating`) and blocks a
method past 480 seconds. The bound is heard of in every good answer; a refusal for too many
requests is heard of too. Waiting itself is the engine's.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from collector.plugin import Quota, Response

AT_ONCE = 5
FEWER = 3
"""After a refusal: with 2,500 rows in over a second, two would leave a part of the portal's limit unused."""

MOST_PAGES = 50
ALLOWED_SECONDS = 480.0
"""The vendor's documented example; own servers allow 420 or count nothing."""

RECOVERS = timedelta(seconds=30)
REPEATS = timedelta(minutes=2)
"""A request that was too long fails again as it is repeated; that is one failure."""

_TAIL = 32 * 1024
_OPERATING = re.compile(rb'"operating"\s*:\s*"?(\d+(?:\.\d+)?)')
_RESET = re.compile(rb'"operating_reset_at"\s*:\s*(?:(\d+)|"([^"]+)")')


class Pace:
    """What is known of one source's run time."""

    def __init__(self) -> None:
        self.resets_at: datetime | None = None
        self._used = 0.0
        self._refused_at: datetime | None = None
        self._strained_at: datetime | None = None
        self.pages = MOST_PAGES
        """How many pages one request may ask for: half as many after one that was too long, then slowly more."""

    def strained(self, now: datetime) -> None:
        """A request was more than the portal could do."""
        if self._strained_at is None or now - self._strained_at >= REPEATS:
            self.pages = max(1, self.pages // 2)
            self._strained_at = now

    def heard(self, response: Response, now: datetime) -> Iterable[Quota]:
        """Learn from an answer; what it says is left."""
        if response.status == 503:
            self._refused_at = now
        elif response.status >= 500:  # past a minute a call is cut by what stands before the portal
            self.strained(now)
        elif response.status == 200:
            self.pages = min(MOST_PAGES, self.pages + 1)
        tail = response.body[-_TAIL:]  # `time` is the last key
        used = [float(each) for each in _OPERATING.findall(tail)]
        if not used:
            return ()
        self._used = max(used) / ALLOWED_SECONDS
        self.resets_at = max(filter(None, map(_instant, _RESET.findall(tail))), default=None)
        left = max(0.0, ALLOWED_SECONDS - max(used))
        return (Quota("operating", left, ALLOWED_SECONDS, self.resets_at),)

    def at_once(self, now: datetime) -> int:
        """How many requests may be under way."""
        if self._used >= 0.6:
            return 1
        is_refused = self._refused_at is not None and now - self._refused_at < RECOVERS
        return FEWER if is_refused or self._used >= 0.4 else AT_ONCE


def _instant(told: tuple[bytes, bytes]) -> datetime | None:
    """Seconds since 1970, or as some portals write it, ISO."""
    seconds, text = told
    try:
        return datetime.fromtimestamp(int(seconds), UTC) if seconds else datetime.fromisoformat(text.decode())
    except (ValueError, OverflowError, OSError):
        return None
