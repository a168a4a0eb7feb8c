"""How long methods ran: the `time` of each answer, and the limit of their running time.

Seconds are summed by method and by who asks in buckets of a minute, ten of them; a method that
used too many is blocked until the oldest bucket leaves.
"""

from collections import defaultdict, deque
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

_BUCKET, _KEPT = 60, 600


class Meter:
    """Running time by method and by who asks."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], deque[tuple[float, float]]] = defaultdict(deque)

    def used(self, who: str, method: str, now: datetime) -> tuple[float, int]:
        """Seconds of the last ten minutes, and when the oldest of them are forgotten."""
        at, buckets = now.timestamp(), self._buckets[who, method]
        while buckets and buckets[0][0] + _KEPT <= at:
            buckets.popleft()
        reset = (buckets[0][0] if buckets else at) + _KEPT
        return sum(seconds for _, seconds in buckets), int(reset)

    def add(self, who: str, method: str, seconds: float, now: datetime) -> None:
        """A call took so long."""
        at, buckets = now.timestamp(), self._buckets[who, method]
        if buckets and at < buckets[-1][0] + _BUCKET:
            begun, sofar = buckets[-1]
            buckets[-1] = (begun, sofar + seconds)
        else:
            buckets.append((at, seconds))


def time_of(begun: datetime, seconds: float, zone: ZoneInfo, operating: tuple[float, int] | None) -> dict[str, Any]:
    """The block `time` of an answer; own servers (`operating` None) tell no operating figures."""
    duration = seconds + 0.046
    done = begun + timedelta(seconds=duration)
    told: dict[str, Any] = {
        "start": round(begun.timestamp(), 6),
        "finish": round(done.timestamp(), 6),
        "duration": round(duration, 6),
        "processing": round(seconds, 6),
        "date_start": begun.astimezone(zone).isoformat(timespec="seconds"),
        "date_finish": done.astimezone(zone).isoformat(timespec="seconds"),
    }
    if operating is not None:
        used, reset = operating
        told |= {"operating_reset_at": reset, "operating": round(used, 6)}
    return told


def at_once(now: datetime) -> tuple[float, int]:
    """The operating figures of what does not count."""
    return 0, int(now.astimezone(UTC).timestamp()) + _KEPT
