"""Each request waits here for its turn under the vendor's limits.

A limit becomes a bucket that all sources with the same account share, in every process
on this store. Who waits takes nothing: it asks again when its time has come, so that a
process that slept long sends one request and not a queue of them.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from collector.clock import Clock
from collector.plugin.connector import Connector
from collector.plugin.errors import QuotaExhausted
from collector.plugin.limits import Concurrency, RateLimit
from collector.store.buckets import Bucket, Buckets, Gate, Leak, Sliding, bucket_key

PATIENCE = timedelta(seconds=60)
"""How long a poll waits for its turn; for longer ones it ends and comes back later."""

SPREAD_UP_TO = timedelta(minutes=1)
"""Limits of a shorter time are spread evenly over it: requests that are sent at once may arrive late, and so
together with the next ones."""

LATENESS = timedelta(seconds=0.1)
"""By which requests may arrive later than they left; a tenth of the limit's time, if that is less. Where the reserve
is smaller, requests are spread a little wider, so that the vendor still counts no more than it allows."""

SHORTEST_SLEEP = 1e-5
"""Seconds: clocks count in microseconds, and what is left of a wait by rounding would be no wait at all."""

CONNECTIONS_AT_ONCE = 8
"""Requests under way of one source, where its connector declares nothing."""

Sleep = Callable[[float], Awaitable[None]]


@dataclass
class Shared:
    """What the throttles of all sources have in common."""

    buckets: Buckets
    clock: Clock
    slots: dict[bytes, asyncio.Semaphore] = field(default_factory=dict)
    queues: dict[tuple[bytes, ...], asyncio.Lock] = field(default_factory=dict)
    sleep: Sleep = asyncio.sleep


@dataclass(frozen=True)
class _Counted:
    name: str
    paths: str
    bucket: Bucket


class Throttle:
    """One source's limits."""

    def __init__(self, connector: Connector[Any], shared: Shared, *, project: str, source: str, host: str) -> None:
        self._connector = connector
        self._shared = shared
        self._owner = f"{project}/{source}"
        self._host = host
        reserve = connector.settings.reserve
        self.patience = min(PATIENCE, connector.settings.timeout / 4)  # else a short time-out would hide the wait
        rates = [limit for limit in connector.limits if isinstance(limit, RateLimit)]
        self._counted = [_Counted(each.name, each.paths, self._bucket(each, reserve)) for each in rates]
        self._gates = [Gate(self._gate(name)) for name in dict.fromkeys([*(each.key for each in rates), "source"])]
        self._main_gate = self._gates[0].key
        bounds = [each for each in connector.limits if isinstance(each, Concurrency)]
        self._slots = [self._slot(each, reserve) for each in bounds or [Concurrency(CONNECTIONS_AT_ONCE)]]

    @asynccontextmanager
    async def turn(self, path: str, cost: Mapping[str, float]) -> AsyncIterator[timedelta]:
        """Wait for a free connection and for the turn under all limits; gives the time that was waited.

        Raises:
            QuotaExhausted: it would take too long.
        """
        began = self._shared.clock.monotonic()
        held: list[asyncio.Semaphore] = []
        try:
            for key, calls in self._slots:
                slot = self._shared.slots.setdefault(key, asyncio.Semaphore(calls))
                await slot.acquire()
                held.append(slot)
            await self._take(path, cost)
            yield timedelta(seconds=self._shared.clock.monotonic() - began)
        finally:
            for slot in held:
                slot.release()

    async def _take(self, path: str, cost: Mapping[str, float]) -> None:
        counted = [each for each in self._counted if path.startswith(each.paths)]
        wanted: list[tuple[Bucket, float]] = [(each.bucket, cost.get(each.name, 1.0)) for each in counted]
        wanted += [(gate, 0.0) for gate in self._gates]
        names = tuple(bucket.key for bucket, _ in wanted)
        async with self._shared.queues.setdefault(names, asyncio.Lock()):  # first come, first served
            while True:
                now = self._shared.clock.now()
                seconds = self._shared.buckets.take(wanted, now.timestamp())
                if seconds <= 0:
                    return
                if seconds > self.patience.total_seconds():
                    raise QuotaExhausted(now + timedelta(seconds=seconds))
                await self._shared.sleep(max(seconds, SHORTEST_SLEEP))

    def block(self, until: datetime, *, key: str | None = None) -> None:
        """The vendor has said to wait: nobody with this account asks before then."""
        gate = self._main_gate if key is None else self._gate(key)
        self._shared.buckets.block(gate, until.astimezone(UTC).timestamp())
        if all(each.key != gate for each in self._gates):
            self._gates.append(Gate(gate))

    def refused(self) -> None:
        """The vendor refuses for too many calls: others have filled its leaky buckets, so ours are full as well."""
        now = self._shared.clock.now().timestamp()
        for each in self._counted:
            if isinstance(each.bucket, Leak):
                self._shared.buckets.fill(each.bucket, now)

    def whose(self, name: str) -> str:
        """The account that a limit's `key` means.

        Raises:
            TypeError: it means nothing: a defect of the connector.
        """
        match name:
            case "source":
                return self._owner
            case "host" | "ip":
                return self._host
        told = self._connector.limit_key(name)
        return self._owner if told is None else f"{self._connector.name}/{name}/{told}"

    def _gate(self, name: str) -> bytes:
        return bucket_key("gate", self.whose(name))

    def _bucket(self, limit: RateLimit, reserve: float) -> Bucket:
        seconds, calls = limit.period.total_seconds(), limit.calls * (1 - reserve)
        key = bucket_key("rate", self.whose(limit.key), limit.name, limit.paths, str(limit.calls), str(seconds))
        if limit.burst is not None:
            return Leak(key, calls / seconds, max(1.0, limit.burst * (1 - reserve)))
        if limit.period < SPREAD_UP_TO:
            late = min(LATENESS.total_seconds(), seconds / 10)
            return Leak(key, min(calls / seconds, limit.calls / (seconds + late)), 1.0)
        return Sliding(key, max(1.0, calls), seconds)

    def _slot(self, bound: Concurrency, reserve: float) -> tuple[bytes, int]:
        """The key under which those of one account share their connections, and how many there are."""
        calls = max(1, int(bound.calls * (1 - reserve)))
        return bucket_key("slots", self.whose(bound.key), str(calls)), calls
