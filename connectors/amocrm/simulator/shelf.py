"""What is listed now, in the orders that are asked for; it follows the clock.

Things know all that will ever happen to them. A shelf keeps those that are listed now by id and
by their last change, and takes up what has changed since it was last asked: no request looks at
all of them.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence
from heapq import heapify, heappop
from typing import Generic, Protocol, TypeVar


class Thing(Protocol):
    """A card, a contact, a company."""

    id: int

    def touches(self) -> Sequence[int]:
        """All instants at which it changes."""

    def exists(self, at: int) -> bool:
        """Whether it is listed."""

    def updated(self, at: int) -> int:
        """When it last changed."""


T = TypeVar("T", bound=Thing)


class Shelf(Generic[T]):
    """Things of one kind. `version` changes whenever anything does."""

    def __init__(self) -> None:
        self.things: dict[int, T] = {}
        self.version = 0
        self._at = 0
        self._coming: list[tuple[int, int]] = []
        self._listed: dict[int, int] = {}
        self._by_change: list[tuple[int, int]] = []
        self._ids: list[int] | None = None

    def add(self, things: Iterable[T], at: int) -> None:
        """Take in new ones, as they stand at an instant."""
        for thing in things:
            self.things[thing.id] = thing
            touches = thing.touches()
            if thing.exists(at):
                self._listed[thing.id] = max(touch for touch in touches if touch <= at)
            self._coming += [(touch, thing.id) for touch in touches if touch > at]
        heapify(self._coming)
        self._by_change = sorted((updated, number) for number, updated in self._listed.items())
        self._at = max(self._at, at)
        self._changed()

    def follow(self, at: int) -> None:
        """Take up all that has changed by an instant."""
        while self._coming and self._coming[0][0] <= at:
            self._take_up(self.things[heappop(self._coming)[1]], at)
        if at < self._at:  # somebody set the clock back: everything stands as it stood
            again, self._coming, self._listed = list(self.things.values()), [], {}
            self._at = at
            self.add(again, at)
        self._at = at

    def _take_up(self, thing: T, at: int) -> None:
        before = self._listed.pop(thing.id, None)
        if before is not None:
            del self._by_change[bisect_left(self._by_change, (before, thing.id))]
        if thing.exists(at):
            self._listed[thing.id] = thing.updated(at)
            insort(self._by_change, (self._listed[thing.id], thing.id))
        self._changed()

    def _changed(self) -> None:
        self.version += 1
        self._ids = None

    # ── what is asked of it ──────────────────────────────────────────────────────────

    def find(self, number: int) -> T | None:
        """The one of this id, if it is listed."""
        return self.things[number] if number in self._listed else None

    @property
    def ids(self) -> Sequence[int]:
        """All that are listed, in order."""
        if self._ids is None:
            self._ids = sorted(self._listed)
        return self._ids

    def changed(self, first: int | None, last: int | None) -> list[int]:
        """Those that last changed between two instants, both inside; in that order."""
        begin = 0 if first is None else bisect_left(self._by_change, (first,))
        end = len(self._by_change) if last is None else bisect_right(self._by_change, (last, float("inf")))
        return [number for _, number in self._by_change[begin:end]]

    def last_change(self, number: int) -> int:
        """When a listed one last changed."""
        return self._listed[number]
