"""When a stream's next turn is: pure arithmetic of seconds since 1970, for the scheduler."""

import hashlib
import math
from collections.abc import Sequence

from collector.polling.job import Job
from collector.store.streams import Standing, StreamKey

LONGEST_BACKOFF = 3600.0
LOOK_AGAIN = 5.0
"""After a file that was still being written, or a poll of somebody else's (or of one's former settings)."""

SPREAD_OVER = 30.0
SPREAD_FROM = 100
"""Overdue turns; fewer are taken at once."""


def key_of(job: Job) -> StreamKey:
    """Project, source and stream."""
    return (job.project.name, job.source.name, job.stream.name)


def interval_of(job: Job) -> float:
    """Seconds between a stream's polls."""
    return (job.source.settings.interval or job.stream.every).total_seconds()


def offset_of(key: StreamKey) -> float:
    """A stream's own place within its interval, as a share of it.

    It is the same after every restart, and differs between streams: no herd.
    """
    digest = hashlib.blake2b("/".join(key).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def next_turn(now: float, interval: float, offset: float) -> float:
    """The next instant after `now` at the stream's own offset within its interval."""
    shift = offset * interval
    turn = (math.floor((now - shift) / interval) + 1) * interval + shift
    return max(turn, now + 0.001)  # where a float is too coarse to tell


def first_due(now: float, interval: float, offset: float, standing: Standing) -> float:
    """At once if the last attempt is an interval ago, lies in the future, or never was; else in turn.

    A stream that waits for its quota goes on waiting.
    """
    if standing.waits_until is not None and standing.waits_until.timestamp() > now:
        return standing.waits_until.timestamp()
    last = None if standing.last_attempt is None else standing.last_attempt.timestamp()
    if last is None or last > now or now - last >= interval:
        return now
    return next_turn(now, interval, offset)


def backoff(interval: float, failures: int) -> float:
    """How long to wait after so many failures in a row: doubling, to an hour at most.

    Nothing is polled more often because it fails: an interval over an hour stays.
    """
    doublings: int = 2 ** min(max(failures - 1, 0), 20)
    return min(interval * doublings, max(interval, LONGEST_BACKOFF))


def spread(count: int, now: float) -> Sequence[float]:
    """When so many overdue turns are taken: a few at once, many one after the other, so that nobody is run over."""
    if count <= SPREAD_FROM:
        return [now] * count
    return [now + place * SPREAD_OVER / count for place in range(count)]
