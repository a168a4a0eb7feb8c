"""Takes records from a stream's generator, sync or async, some at a time and not for ever."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any

from collector.plugin.window import Checkpoint
from collector.polling.threads import in_thread

RECORDS_AT_ONCE = 10_000
"""Records that are taken from a connector, checked and staged at a time."""


class Budget:
    """How long a poll may fetch.

    Only fetching counts, not what the store does with the records. With `each` the time
    is for every batch anew.
    """

    def __init__(self, seconds: float, *, each: bool = False) -> None:
        self._seconds = seconds
        self._each = each
        self._used = 0.0

    def half_used(self) -> bool:
        """Whether another slice might not fit."""
        return self._used > self._seconds / 2

    async def batches(self, rows: Any) -> AsyncGenerator[list[Any], None]:
        """Lists of records; one ends at a checkpoint, and what came before a failure comes first.

        Raises:
            TimeoutError: the time is used up.
            TypeError: the stream did not return a generator.
        """
        if isinstance(rows, AsyncIterator):
            source = self._from_async(rows)
        elif isinstance(rows, Iterator):
            source = self._from_sync(rows)
        else:
            raise TypeError(f"a stream is a generator (it yields records); this one returned {rows!r:.80}")
        async with aclosing(source) as batches:
            async for batch in batches:
                yield batch

    async def _from_async(self, rows: AsyncIterator[Any]) -> AsyncGenerator[list[Any], None]:
        try:
            async for batch in self._taken(rows):
                yield batch
        finally:
            await _close(rows)

    async def _taken(self, rows: AsyncIterator[Any]) -> AsyncGenerator[list[Any], None]:
        more = True
        while more:
            batch: list[Any] = []
            failure: Exception | None = None
            try:
                async with self._limit():
                    more = await _take(rows, batch)
            except Exception as error:  # noqa: BLE001 - raised again below, after what came before it
                failure = error
            if batch:
                yield batch
            if failure is not None:
                raise failure

    async def _from_sync(self, rows: Iterator[Any]) -> AsyncGenerator[list[Any], None]:
        more = True
        while more:
            async with self._limit():
                batch, more = await in_thread(_take_sync, rows)
            if batch:
                yield batch

    @asynccontextmanager
    async def _limit(self) -> AsyncIterator[None]:
        """A time-out that takes what it used off the budget."""
        clock = asyncio.get_running_loop().time
        began = clock()
        left = self._seconds - (0 if self._each else self._used)
        try:
            async with asyncio.timeout(max(0.0, left)):
                yield
        finally:
            self._used += clock() - began


async def _take(rows: AsyncIterator[Any], batch: list[Any]) -> bool:
    """Fill a batch, to its end or to a checkpoint; whether there may be more."""
    async for row in rows:
        batch.append(row)
        if len(batch) >= RECORDS_AT_ONCE or isinstance(row, Checkpoint):
            return True
    return False


def _take_sync(rows: Iterator[Any]) -> tuple[list[Any], bool]:
    """The same of a sync generator."""
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) >= RECORDS_AT_ONCE or isinstance(row, Checkpoint):
            return batch, True
    return batch, False


async def _close(rows: AsyncIterator[Any]) -> None:
    """Let a generator clean up: it may hold a connection."""
    if isinstance(rows, AsyncGenerator):
        with suppress(Exception):
            await rows.aclose()
