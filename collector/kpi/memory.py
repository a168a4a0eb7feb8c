"""What was computed before, and still holds: figures by the versions of the streams that they come from.

Kept by the daemon from one snapshot to the next, for one project and as long as its
settings stay; commands begin with an empty one. A poll changes the version of its own
stream only, so all figures of other sources are taken as they are.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, cast

from collector.kpi.gathering import Figure
from collector.kpi.top import Choice
from collector.kpi.values import Value
from collector.kpi.windows import Days

T = TypeVar("T")

Stamp = Hashable
"""The versions of all that a figure comes from; equal stamps, equal figures."""


@dataclass
class _Kept:
    stamp: Stamp
    figure: Figure
    used: bool = True


@dataclass
class _Shown:
    signature: tuple[object, ...]
    values: tuple[Value, ...]
    used: bool = True


@dataclass
class Memory:
    """Figures and values of one project; `choices` are the members that its break-downs show today."""

    choices: dict[tuple[str, str], Choice] = field(default_factory=dict)
    _figures: dict[tuple[str, Days, Hashable], _Kept] = field(default_factory=dict)
    _values: dict[tuple[str, str, str | None], _Shown] = field(default_factory=dict)
    _once: dict[str, tuple[object, object]] = field(default_factory=dict)

    def figure(self, measure: str, days: Days, by: Hashable, stamp: Stamp) -> Figure | None:
        """A measure's figure, if its streams are as they were; `by`: all that its members depend on."""
        kept = self._figures.get((measure, days, by))
        if kept is None or kept.stamp != stamp:
            return None
        kept.used = True
        return kept.figure

    def keep(self, measure: str, days: Days, by: Hashable, stamp: Stamp, figure: Figure) -> None:
        """Remember a figure."""
        self._figures[measure, days, by] = _Kept(stamp, figure)

    def values(self, kpi: str, window: str, by: str | None, signature: Sequence[object]) -> tuple[Value, ...] | None:
        """A KPI's values, if all that they were computed from is the same."""
        shown = self._values.get((kpi, window, by))
        if shown is None or shown.signature != tuple(signature):
            return None
        shown.used = True
        return shown.values

    def show(
        self, kpi: str, window: str, by: str | None, signature: Sequence[object], values: tuple[Value, ...]
    ) -> None:
        """Remember values; `signature` is all that they were computed from."""
        self._values[kpi, window, by] = _Shown(tuple(signature), values)

    def once(self, name: str, stamp: object, find: Callable[[], T]) -> T:
        """What `find` finds, found once for as long as the stamp is the same."""
        if name not in self._once or self._once[name][0] != stamp:
            self._once[name] = (stamp, find())
        return cast("T", self._once[name][1])

    def forget_unused(self) -> None:
        """Drop what was not asked for since the last call, such as yesterday's windows."""
        self._figures = {key: kept for key, kept in self._figures.items() if kept.used}
        self._values = {key: shown for key, shown in self._values.items() if shown.used}
        for kept in self._figures.values():
            kept.used = False
        for shown in self._values.values():
            shown.used = False
