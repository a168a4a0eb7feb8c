"""Who of those that are due may poll now: a bound for all, one for each host, and history last.

Between the schedule (when) and the poller. A claim passes several gates; where one is full
it is parked there, and looked at again only when that gate has room: nothing here walks
over all claims.
"""

import heapq
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

P = TypeVar("P")

_Key = tuple[bool, float, int]


@dataclass(slots=True, eq=False)
class Gate:
    """A bound: `taken` of at most `most` places are in use; who found none is parked, in order."""

    most: int
    taken: int = 0
    parked: "list[tuple[_Key, Claim[Any]]]" = field(default_factory=list)

    @property
    def full(self) -> bool:
        """Whether nobody else may pass."""
        return self.taken >= self.most


@dataclass(slots=True, eq=False)
class Claim(Generic[P]):
    """A turn that is due and wants to be taken."""

    payload: P
    due: float
    behind: bool
    """History: after everything that is fresh."""
    key: _Key
    gates: tuple[Gate, ...]
    """The pool first."""
    waits: bool = True


class Slots(Generic[P]):
    """Gives out places, to what is fresh and has waited longest first."""

    def __init__(self) -> None:
        self._ready: dict[Gate, list[tuple[_Key, Claim[P]]]] = {}
        self._fresh: list[tuple[float, int, Claim[P]]] = []
        self._order = 0

    def claim(self, payload: P, *, gates: tuple[Gate, ...], due: float, behind: bool) -> Claim[P]:
        """Line up; the first of `gates` is the pool, of which there are few."""
        self._order += 1
        claim = Claim(payload, due, behind, (behind, due, self._order), gates)
        heapq.heappush(self._ready.setdefault(gates[0], []), (claim.key, claim))
        if not behind:
            heapq.heappush(self._fresh, (due, self._order, claim))
        return claim

    def next(self) -> Claim[P] | None:
        """The next that may go; its places are taken then, until `release`."""
        for pool, ready in self._ready.items():
            while ready and not pool.full:
                _, claim = heapq.heappop(ready)
                full = next((gate for gate in claim.gates if gate.full), None) if claim.waits else None
                if claim.waits and full is None:
                    for gate in claim.gates:
                        gate.taken += 1
                    claim.waits = False
                    return claim
                if full is not None:
                    heapq.heappush(full.parked, (claim.key, claim))
                self._wake(claim.gates[1:])  # it was let in where others wait, and does not go
        return None

    def release(self, claim: Claim[P]) -> None:
        """Give the places of a claim back that `next` returned."""
        for gate in claim.gates:
            gate.taken -= 1
        self._wake(claim.gates[1:])

    @property
    def waiting(self) -> bool:
        """Whether somebody could go as soon as there is a place."""
        return any(self._ready.values())

    @property
    def longest_due(self) -> float | None:
        """Since when the fresh turn that has waited longest is due."""
        while self._fresh and not self._fresh[0][2].waits:
            heapq.heappop(self._fresh)
        return self._fresh[0][0] if self._fresh else None

    def _wake(self, gates: tuple[Gate, ...]) -> None:
        """Where there is room, the first that was parked may try again."""
        for gate in gates:
            while gate.parked and not gate.full:
                _, claim = heapq.heappop(gate.parked)
                if claim.waits:
                    heapq.heappush(self._ready[claim.gates[0]], (claim.key, claim))
                    break
