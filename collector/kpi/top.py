"""Which members of a break-down are shown one by one; the rest is `__other__`.

The biggest are chosen once a day of the project and kept through it, so that series do
not come and go with every poll. How big a member is tell the KPI's own measures: its
greatest share in one of them, in the longest window.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from collector.kpi.gathering import Figure
from collector.kpi.values import OVERLAP


@dataclass(frozen=True)
class Choice:
    """The members that a break-down shows on `day`."""

    day: date
    members: frozenset[str]


def choose(previous: Choice | None, *, day: date, volumes: Mapping[str, Decimal], top: int) -> Choice | None:
    """The `top` biggest members; None: all are shown.

    Those chosen earlier on the same day stay, new ones fill what is free.
    """
    if len(volumes) <= top:
        return None
    kept = set(previous.members) & volumes.keys() if previous is not None and previous.day == day else set()
    by_volume = sorted(volumes.keys() - kept, key=lambda member: (-volumes[member], member))
    kept_first = sorted(kept, key=lambda member: (-volumes[member], member))
    return Choice(day, frozenset([*kept_first, *by_volume][:top]))


def volumes(figures: Iterable[Figure]) -> dict[str, Decimal]:
    """By member, its greatest share in a measure."""
    found: dict[str, Decimal] = {}
    for figure in figures:
        sizes = {member: abs(value) for member, value in figure.by_member.items() if member not in (None, OVERLAP)}
        whole = sum(sizes.values()) or Decimal(1)
        for member, size in sizes.items():
            assert member is not None  # noqa: S101 - narrows a type
            found[member] = max(found.get(member, Decimal(0)), size / whole)
    return found
