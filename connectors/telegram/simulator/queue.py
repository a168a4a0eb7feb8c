"""The updates that wait for a bot: numbered, kept for a day, forgotten once they are confirmed."""

from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.telegram.simulator.channel import EVENTS, Event

KEPT = 86_400
FIRST = 500_000
DEFAULT = frozenset(EVENTS) - {"message_reaction_count"}
"""Reactions come only where they were asked for."""

Update = Mapping[str, Any]


@dataclass
class Queue:
    """One bot's. `events(after, until)` tells what happened in its channel."""

    events: Callable[[int, int], Sequence[Event]]
    heard: int
    """Through which instant it has listened."""
    allowed: Collection[str] = DEFAULT
    _waiting: deque[tuple[int, Update]] = field(default_factory=deque)
    _last: int = FIRST

    def listen(self, now: int) -> None:
        """Take in what has happened by now; what nobody took within a day is dropped."""
        for at, kind, content in self.events(self.heard, now) if now > self.heard else ():
            if kind in self.allowed:
                self._last += 1
                self._waiting.append((at, {"update_id": self._last, kind: content}))
        self.heard = max(self.heard, now)
        while self._waiting and self._waiting[0][0] <= now - KEPT:
            self._waiting.popleft()

    def allow(self, kinds: Collection[str]) -> None:
        """From now on these come; none named means the default."""
        self.allowed = frozenset(kinds) or DEFAULT

    def confirm(self, offset: int) -> None:
        """Forget all before an update; of a negative number all but so many."""
        if offset < 0:
            offset = self._last + 1 + offset
        while self._waiting and self._waiting[0][1]["update_id"] < offset:
            self._waiting.popleft()

    def first(self, most: int) -> list[Update]:
        """The oldest that wait."""
        return [update for _, update in list(self._waiting)[:most]]

    def __len__(self) -> int:
        return len(self._waiting)
