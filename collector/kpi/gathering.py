"""Figures, and amounts on their way into one: by member, with doubts, or the reason why there is none."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from collector.kpi.values import Undefined

Members = dict[str | None, Decimal]


@dataclass(frozen=True)
class Figure:
    """A measure in a window: its value by member (None: the whole), or why there is none."""

    by_member: Mapping[str | None, Decimal] = field(default_factory=dict)
    reason: Undefined | None = None
    flags: frozenset[str] = frozenset()
    missing: Undefined | None = None
    """What a member that is not there means; None: zero."""
    refused: Mapping[str | None, Undefined] = field(default_factory=dict)
    """Members of which something is missing, such as a rate; the others have their figure."""


NOTHING = Figure()
"""A true zero for every member."""


class Gathered:
    """Amounts by measure and member; what one of them lacks leaves that member without a figure."""

    def __init__(self) -> None:
        self._amounts: dict[str, Members] = defaultdict(dict)
        self._flags: dict[str, frozenset[str]] = defaultdict(frozenset)
        self._refused: dict[str, dict[str | None, Undefined]] = defaultdict(dict)

    def add(self, measure: str, member: str | None, amount: Decimal | None, flags: frozenset[str]) -> None:
        """One more amount; None: it has no rate."""
        if amount is None:
            self.refuse(measure, member, "no_rate")
            return
        of_measure = self._amounts[measure]
        of_measure[member] = of_measure.get(member, Decimal(0)) + amount
        if flags:
            self._flags[measure] |= flags

    def refuse(self, measure: str, member: str | None, reason: Undefined) -> None:
        """The member has no figure; of several reasons the first is told."""
        self._refused[measure].setdefault(member, reason)

    def figures(self) -> dict[str, Figure]:
        """What was gathered."""
        return {name: self._figure(name) for name in self._amounts.keys() | self._refused.keys()}

    def _figure(self, measure: str) -> Figure:
        refused = self._refused.get(measure, {})
        members = {member: each for member, each in self._amounts.get(measure, {}).items() if member not in refused}
        flags = self._flags.get(measure, frozenset())
        return Figure(members, refused.get(None), flags, refused=refused)
