"""How much of each vendor's limits has been used: shared by all processes, kept across restarts.

A file beside the store with one small record a bucket; a kernel lock holds it for the
microseconds that a request needs to take its turn. What was taken is written before the
request leaves, so that not even a killed process overruns a limit. Times are wall-clock
seconds; a clock that was set back makes waits shorter than they were, never endless.
"""

import fcntl
import os
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryFile

from collector.store.connect import path_of

SLOTS = 61
"""A long window is counted in one piece less: the oldest, partly outside, counts whole."""

LONGEST_BLOCK_SECONDS = 25 * 3600.0
"""A vendor may refuse until its next day; what is longer is a clock that was set."""

_PATIENCE_SECONDS = 0.1
"""With a process that was stopped while it held the lock; the event loop waits meanwhile."""

_KEY_BYTES = 16
_RECORD = struct.Struct(f"<{_KEY_BYTES}sdd{SLOTS}d")  # key, blocked until, newest slot or next turn, counts
_HEAD = struct.Struct(f"<{_KEY_BYTES}sdd")  # its beginning, which is all that other buckets than sliding ones use


@dataclass(frozen=True)
class Leak:
    """A bucket that leaks `rate` calls a second and holds `burst`."""

    key: bytes
    rate: float
    burst: float


@dataclass(frozen=True)
class Sliding:
    """At most `calls` in any `seconds`."""

    key: bytes
    calls: float
    seconds: float


@dataclass(frozen=True)
class Gate:
    """Open, but for times at which the vendor has said to wait."""

    key: bytes


Bucket = Leak | Sliding | Gate


def beside(store_url: str) -> Path | None:
    """Where the limits are shared by those who only look and open no store; None where there is no store yet."""
    if not store_url.startswith("sqlite:"):
        return None
    path = path_of(store_url)
    return path if path.exists() else None


def bucket_key(*parts: str) -> bytes:
    """What a bucket is known by; nothing of the parts (one may be a token) can be read from it."""
    return blake2b("\0".join(parts).encode(), digest_size=_KEY_BYTES).digest()


class Buckets:
    """The buckets of one store, or with no path those of this process alone."""

    def __init__(self, store_path: Path | None) -> None:
        if store_path is None:
            with TemporaryFile() as nameless:
                self._file = os.dup(nameless.fileno())
        else:
            self._file = os.open(f"{store_path}-limits", os.O_CREAT | os.O_RDWR, 0o600)
        self._places: dict[bytes, int] = {}
        self._read = 0

    def take(self, wanted: Sequence[tuple[Bucket, float]], now: float) -> float:
        """Take the costs from all buckets and return 0; or take nothing, and return the seconds to wait."""
        with self._locked():
            records = [self._record(bucket) for bucket, _ in wanted]
            waits = [_wait(bucket, cost, record, now) for (bucket, cost), record in zip(wanted, records, strict=True)]
            wait = max(waits, default=0.0)
            if wait > 0:
                return wait
            for (bucket, cost), record in zip(wanted, records, strict=True):
                if _take(bucket, cost, record, now):
                    self._write(bucket, record)
        return 0.0

    def block(self, key: bytes, until: float) -> None:
        """Nobody takes from this bucket before `until`."""
        with self._locked():
            gate = Gate(key)
            record = self._record(gate)
            if until > record[0]:
                record[0] = until
                self._write(gate, record)

    def fill(self, bucket: Leak, now: float) -> None:
        """The bucket is full: from now on there is as much as leaks out of it."""
        with self._locked():
            record = self._record(bucket)
            record[1] = now + bucket.burst / bucket.rate
            self._write(bucket, record)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Alone in the file: for microseconds, unless a holder was stopped right there; then without it."""
        patience = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() > patience:
                    break
                time.sleep(0.0002)
        try:
            yield
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)

    def _record(self, bucket: Bucket) -> list[float]:
        """Blocked until; the newest slot (or the next turn); of a sliding one the slots' counts."""
        form = _RECORD if isinstance(bucket, Sliding) else _HEAD
        _, *values = form.unpack(os.pread(self._file, form.size, self._place(bucket.key)))
        return values

    def _write(self, bucket: Bucket, record: Sequence[float]) -> None:
        form = _RECORD if isinstance(bucket, Sliding) else _HEAD
        os.pwrite(self._file, form.pack(bucket.key, *record), self._place(bucket.key))

    def _place(self, key: bytes) -> int:
        """Where its record is; others may have added theirs since we looked."""
        if key not in self._places:
            end = os.fstat(self._file).st_size // _RECORD.size * _RECORD.size
            while self._read < end:
                known = os.pread(self._file, _KEY_BYTES, self._read)
                self._places.setdefault(known, self._read)
                self._read += _RECORD.size
            if key not in self._places:
                os.pwrite(self._file, _RECORD.pack(key, 0.0, 0.0, *([0.0] * SLOTS)), end)
                self._places[key] = end
                self._read = end + _RECORD.size
        return self._places[key]


def _wait(bucket: Bucket, cost: float, record: list[float], now: float) -> float:
    """Seconds until the cost could be taken; 0 or less: now."""
    blocked = record[0] - now
    blocked = 0.0 if blocked > LONGEST_BLOCK_SECONDS else blocked
    match bucket:
        case Gate():
            return blocked
        case Leak():
            full = bucket.burst / bucket.rate
            record[1] = min(record[1], now + full)  # later only if the clock was set back
            return max(blocked, max(record[1] - now, 0.0) - (full - min(cost, bucket.burst) / bucket.rate))
        case Sliding():
            return max(blocked, _sliding_wait(bucket, min(cost, bucket.calls), record, now))


def _take(bucket: Bucket, cost: float, record: list[float], now: float) -> bool:
    """Put the cost into the record; whether that changed it."""
    match bucket:
        case Gate():
            return False
        case Leak():
            record[1] = max(record[1], now) + cost / bucket.rate
        case Sliding():
            _turn(bucket, record, now)
            record[2 + int(record[1]) % SLOTS] += cost
    return True


def _turn(bucket: Sliding, record: list[float], now: float) -> None:
    """Make the slot of `now` the newest, with all between empty; calls of a future that was set back count as now's."""
    slot = now // _width(bucket)
    passed = slot - record[1]
    if passed >= SLOTS or passed < 0:
        kept = sum(record[2:]) if passed < 0 else 0.0
        record[2:] = [0.0] * SLOTS
        record[2 + int(slot) % SLOTS] = kept
    else:
        for each in range(int(record[1]) + 1, int(slot) + 1):
            record[2 + each % SLOTS] = 0.0
    record[1] = slot


def _width(bucket: Sliding) -> float:
    return bucket.seconds / (SLOTS - 1)


def _sliding_wait(bucket: Sliding, cost: float, record: list[float], now: float) -> float:
    _turn(bucket, record, now)
    over = sum(record[2:]) + cost - bucket.calls
    if over <= 0:
        return 0.0
    width, newest = _width(bucket), int(record[1])
    for age in range(SLOTS - 1, -1, -1):  # the oldest leave first
        over -= record[2 + (newest - age) % SLOTS]
        if over <= 1e-9:
            return (newest - age + SLOTS) * width - now
    return bucket.seconds
