"""Walks through a list by its ids: all of it in ranges, several at once; or what has changed.

A range is one batch of up to 50 pages, each above the last id of the one before. How wide
ranges are is learnt from how densely ids lie. A few are under way at once, and are handed
on in order, so that a run that is cut off goes on where it was, and memory holds a few.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from datetime import datetime
from itertools import pairwise

from collector.plugin import Since
from connectors.bitrix24.listing import PAGE, Chunk, Listing, joined
from connectors.bitrix24.portal import MOST_COMMANDS, Portal, Row

FULL = PAGE * MOST_COMMANDS
"""Rows that one batch can hold."""

AIM = FULL - 2 * PAGE
"""Rows that a range is made for, where ids have gaps: some more are there at times."""

BEGINNING = 9
"""Pages that a walk begins with: a small portal is read by then, of a large one is known how densely ids lie."""

GROWTH = 16
"""A range is at most so many times wider than the one before: gaps end."""

CHAINS = (1, 4, 16, MOST_COMMANDS)
"""Pages that are asked for at once, of what has changed: mostly there is little."""


def iso(at: datetime) -> str:
    """An instant as filters take it."""
    return at.isoformat(timespec="seconds")


class Walker:
    """Walks through a portal's lists; `at_once` requests, of so many `pages` each."""

    def __init__(self, portal: Portal, at_once: Callable[[], int], pages: Callable[[], int] = lambda: 50) -> None:
        self._portal = portal
        self._at_once = at_once
        self._pages = pages

    async def read(self, listing: Listing, since: Since, above: int = 0) -> AsyncGenerator[Chunk, None]:
        """What a run is to read, above an id: all there is, or what has changed."""
        if since.after is None:
            chunks = self.whole(listing, above)
        else:
            chunks = self.changed(listing.filtered({f">={listing.changed}": iso(since.after)}), above)
        async with aclosing(chunks):
            async for chunk in chunks:
                yield chunk

    async def changed(self, listing: Listing, above: int = 0) -> AsyncGenerator[Chunk, None]:
        """What fits the listing's filter, in longer and longer chains."""
        async with aclosing(self._on(listing, above, None)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def whole(self, listing: Listing, above: int = 0) -> AsyncGenerator[Chunk, None]:
        """All there is."""
        first, plan = await self._begun(listing, above)
        yield first
        under_way: _UnderWay = deque()
        try:
            while not first.ended:
                self._begin(listing, plan, under_way)
                if not under_way:
                    return
                planned, task = under_way.popleft()
                chunk = await task
                self._begin(listing, plan, under_way)  # so that it goes on while these rows are stored
                count = len(chunk.rows)
                yield chunk
                if not chunk.ended:
                    async with aclosing(self._on(listing, chunk.reached, planned.through)) as more:
                        async for chunk in more:
                            count += len(chunk.rows)
                            yield chunk
                plan.learn(planned, count)
        finally:
            for _, task in under_way:
                task.cancel()
            await asyncio.gather(*(task for _, task in under_way), return_exceptions=True)

    def _begin(self, listing: Listing, plan: "_Plan", under_way: "_UnderWay") -> None:
        while len(under_way) < self._at_once() and (planned := plan.next()) is not None:
            reading = self._chain(listing, planned.above, planned.through, planned.chain)
            under_way.append((planned, asyncio.create_task(reading, name=f"{listing.method} {planned.above}")))

    async def named(self, listing: Listing, field: str, values: Sequence[int]) -> AsyncGenerator[list[Row], None]:
        """All rows whose field is one of the values, some values at a time."""
        groups = [values[start : start + PAGE] for start in range(0, len(values), PAGE)]
        start = 0
        while start < len(groups):
            step = self._pages()
            some = [listing.filtered({f"@{field}": group}) for group in groups[start : start + step]]
            start += step
            yield [row for rows in await self.apart(some) for row in rows]

    async def apart(self, listings: Sequence[Listing]) -> list[list[Row]]:
        """All rows of up to 50 short lists, each by itself; their pages are asked for side by side."""
        rows: list[list[Row]] = [[] for _ in listings]
        reached = dict.fromkeys(range(len(listings)), 0)
        while reached:
            pages = await self._portal.batch([listings[place].page(above=above) for place, above in reached.items()])
            for (place, above), page in zip(list(reached.items()), pages, strict=True):
                chunk = joined(listings[place], [page], above=above, through=None)
                rows[place] += chunk.rows
                reached[place] = chunk.reached
                if chunk.ended:
                    del reached[place]
        return rows

    async def _on(self, listing: Listing, above: int, through: int | None) -> AsyncGenerator[Chunk, None]:
        """On from an id, in longer and longer chains."""
        steps = list(CHAINS)
        while True:
            chunk = await self._chain(listing, above, through, steps[0])
            yield chunk
            if chunk.ended:
                return
            above = chunk.reached
            steps = steps[1:] or steps

    async def _chain(self, listing: Listing, above: int, through: int | None, length: int) -> Chunk:
        pages = await self._portal.batch(listing.chain(above=above, through=through, length=min(length, self._pages())))
        return joined(listing, pages, above=above, through=through)

    async def _begun(self, listing: Listing, above: int) -> "tuple[Chunk, _Plan]":
        """The first pages, and the plan for the rest: made by them and by the very last ids."""
        ids = listing.ids()
        length = min(BEGINNING, self._pages())
        commands = [*listing.chain(above=above, through=None, length=length), ids.page(above=above, rising=False)]
        *pages, end = await self._portal.batch(commands)
        first = joined(listing, pages, above=above, through=None)
        return first, _Plan([listing.id_of(row) for row in first.rows], [ids.id_of(row) for row in ids.rows(end)])


class _Range:
    """Ids to be read by one batch; the last one has no end, for rows that come meanwhile."""

    def __init__(self, above: int, through: int | None, width: int, chain: int) -> None:
        self.above, self.through, self.width, self.chain = above, through, width, chain


_UnderWay = deque[tuple[_Range, asyncio.Task[Chunk]]]


class _Plan:
    """Cuts the ids after the first ones, to the last, into ranges."""

    def __init__(self, first: Sequence[int], last: Sequence[int]) -> None:
        self._next = max(first, default=0)
        self._last = max([*last, self._next])
        self._density = _density(first, last)
        self._width = 0
        self._done = False

    def next(self) -> _Range | None:
        """The next range; None: all are given out."""
        if self._done:
            return None
        aim = FULL if self._density >= 1 else AIM
        width = max(PAGE, int(aim / self._density))
        self._width = width = min(width, GROWTH * self._width) if self._width else width
        above, through = self._next, self._next + width
        self._done = through >= self._last
        self._next = through
        expected = self._density * (min(through, self._last) - above)
        chain = min(MOST_COMMANDS, int(expected * 1.1) // PAGE + 2)
        return _Range(above, None if self._done else through, width, chain)

    def learn(self, read: _Range, rows: int) -> None:
        """How densely the ids of a range have lain."""
        if read.through is not None:
            self._density = min(1.0, max(rows, 1) / read.width)


def _density(first: Sequence[int], last: Sequence[int]) -> float:
    """Ids to a number, by most of the gaps: a few great ones tell of imports and of what was cleared away."""
    gaps = sorted(abs(after - before) for ids in (first, last) for before, after in pairwise(ids))
    most = gaps[: max(1, len(gaps) * 9 // 10)]
    return 1.0 if not most else min(1.0, len(most) / max(1, sum(most)))
