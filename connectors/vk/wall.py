"""A wall, walked from its newest post on; nothing is lost when posts come and go meanwhile.

Pages are asked for by offset, so a post that is deleted between two of them moves the
others up: each page overlaps the one before, and where it does not it is asked for again
from further back. The pinned post comes first whatever its date, and says nothing of order.
"""

import math
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from collector.plugin import BadResponse, Json, TemporaryFailure
from connectors.vk.methods import AT_ONCE, WALL, Call, Methods

PAGE = 100
OVERLAP = 2
MOST_STEPS_BACK = 10
"""In a row; each is twice as far."""


class Wall:
    """One walk over the community's own posts; `expected` is how many there were at the last one."""

    def __init__(self, methods: Methods, owner: int, *, expected: int = 0) -> None:
        self._methods = methods
        self._owner = owner
        self._seen: set[int] = set()
        self._offset = 0  # where the next page has to begin
        self._step = PAGE - OVERLAP
        self._overlaps = False
        self._in_order: set[int] = set()  # those that were told in their place, and not pinned
        self._apart: list[tuple[int, int]] = []  # of pages that did not overlap: their first post, and the wall's count
        self.count = expected
        """How many the wall says that it has."""
        self._ended = False

    async def pages(self, back_to: datetime | None) -> AsyncIterator[list[Json]]:
        """Posts that were not told yet, page by page, until one is older than `back_to`, or to the end.

        Raises:
            BadResponse: an answer is no page.
            TemporaryFailure: the wall changes all the time.
        """
        bound = None if back_to is None else back_to.timestamp()
        at_once = self._pages_left((), bound) if bound is None else 1
        while True:
            begins, step = self._offset, self._step
            items: Sequence[Json] = ()
            for number, body in enumerate(await self._asked(begins, step, at_once)):
                at, items = begins + number * step, self._checked(body)
                if self._has_gap(at, items):
                    self._go_back(at)
                    break
                yield self._taken(at, items)
                if self._ended or (bound is not None and _oldest(items) < bound):
                    return
            at_once = self._pages_left(items, bound)

    async def _asked(self, begins: int, step: int, pages: int) -> Sequence[Json]:
        asked = {"owner_id": self._owner, "count": PAGE, "filter": "owner"}
        return await self._methods.many(
            [Call(WALL, {**asked, "offset": begins + number * step}) for number in range(pages)]
        )

    def _checked(self, body: Json) -> list[Json]:
        items, count = (body.get("items"), body.get("count")) if isinstance(body, dict) else (None, None)
        if not isinstance(items, list) or type(count) is not int:
            raise BadResponse(expected="posts under items, and their count", where=WALL, got=body)
        for item in items:
            if not isinstance(item, dict) or type(item.get("id")) is not int or type(item.get("owner_id")) is not int:
                raise BadResponse(expected="a post with its owner and number", where=WALL, got=item)
        self.count = count
        return items

    # ── whether the pages hang together ──────────────────────────────────────────────

    def _has_gap(self, at: int, items: Sequence[Json]) -> bool:
        """Whether a post may lie between this page and what was told before.

        If none was deleted since, one that begins further back with the same post shows that none does.
        """
        ids = [item["id"] for item in items if not _is_pinned(item)]
        begins = (ids[0] if ids else 0, self.count)
        is_told = self.count == 0 or not self._in_order.isdisjoint(ids) or (begins in self._apart and at < self.count)
        if is_told or not self._overlaps:
            self._apart.clear()
            return False
        self._apart.append(begins)
        return True

    def _go_back(self, at: int) -> None:
        if len(self._apart) > MOST_STEPS_BACK or at == 0:
            raise TemporaryFailure(f"{WALL}: the wall changes while it is read, and is read anew later")
        back = OVERLAP * 2 ** (len(self._apart) - 1)
        self._offset = max(0, min(self._offset, self.count - OVERLAP, at - back))

    def _taken(self, at: int, items: list[Json]) -> list[Json]:
        """What is new of a page; and where the next one begins."""
        new = [item for item in items if item["id"] not in self._seen]
        self._seen.update(item["id"] for item in items)
        self._in_order.update(item["id"] for item in items if not _is_pinned(item))
        self._ended = not items or at + len(items) >= self.count or (not new and at + PAGE >= self.count)
        self._overlaps = len(items) > 1
        self._step = max(1, len(items) - OVERLAP)
        self._offset = at + self._step
        return new

    def _pages_left(self, items: Sequence[Json], bound: float | None) -> int:
        """How many pages to ask for at once, by how old the posts of the last one are."""
        left = (self.count - self._offset) / self._step
        dates = sorted(item["date"] for item in items if not _is_pinned(item) and type(item.get("date")) is int)
        if bound is not None and dates:
            left = min(left, (dates[0] - bound) / max(1, dates[-1] - dates[0]) + 1)
        return max(1, min(AT_ONCE, math.ceil(left)))


def _is_pinned(item: Json) -> bool:
    return item.get("is_pinned") in (1, True)


def _oldest(items: Sequence[Json]) -> float:
    """When the last post that is in its place came out."""
    dates = [item["date"] for item in items if not _is_pinned(item) and type(item.get("date")) is int]
    return min(dates, default=math.inf)
