"""Which members of a break-down are shown one by one; the rest is `__other__`.

The biggest are chosen once a day of the project and kept through it, so that series do
not come and go with every poll. `__other__` exists only where members may be added up.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from collector.kpi.values import Kpi, Value
from collector.plugin.measure import Measure

OTHER = "__other__"
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SUM_FORMULA = re.compile(r"[a-z0-9_+\-−\s()]*")
_CONSTANT = re.compile(r"(?<![a-z0-9_])\d")
_ADDITIVE = frozenset({"sum", "last"})


@dataclass(frozen=True)
class Choice:
    """The members that a break-down shows on `day`."""

    day: date
    members: frozenset[str]


def choose(previous: Choice | None, *, day: date, volumes: Mapping[str, Decimal], top: int) -> Choice:
    """The `top` biggest members; those chosen earlier on the same day stay, new ones fill what is free."""
    if len(volumes) <= top:
        return Choice(day, frozenset(volumes))
    kept = set(previous.members) & volumes.keys() if previous is not None and previous.day == day else set()
    by_volume = sorted(volumes.keys() - kept, key=lambda member: (-volumes[member], member))
    kept_first = sorted(kept, key=lambda member: (-volumes[member], member))
    return Choice(day, frozenset([*kept_first, *by_volume][:top]))


def volumes(values: Iterable[Value]) -> dict[str, Decimal]:
    """By member, how much it amounts to: its greatest absolute value over the windows."""
    found: dict[str, Decimal] = {}
    for value in values:
        if value.member is not None and value.value is not None:
            found[value.member] = max(found.get(value.member, Decimal(0)), abs(value.value))
    return found


def is_additive(kpi: Kpi, kpis: Mapping[str, Kpi], measures: Mapping[str, Measure]) -> bool:
    """Whether the values of a KPI's members add up: sums and stocks, added and subtracted only."""
    return _adds_up(kpi, kpis, measures, frozenset())


def _adds_up(kpi: Kpi, kpis: Mapping[str, Kpi], measures: Mapping[str, Measure], above: frozenset[str]) -> bool:
    if kpi.name in above or not _SUM_FORMULA.fullmatch(kpi.formula) or _CONSTANT.search(kpi.formula):
        return False
    for name in _NAME.findall(kpi.formula):
        if name in measures:
            if measures[name].aggregation not in _ADDITIVE:
                return False
        elif name not in kpis or not _adds_up(kpis[name], kpis, measures, above | {kpi.name}):
            return False
    return True
