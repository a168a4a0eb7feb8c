"""KPIs that no formula can say: functions of the program's own, by name.

A definition names one by `native:`. None exists yet: the forecasts of a customer's value
will be the first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Native:
    """What a definition may rely on; how it is computed is the engine's."""

    name: str
    unit: str
    measures: frozenset[str]
    """What it reads."""
    windows: tuple[str, ...]
    """The windows that it can be computed for; the default ones of a definition."""


NATIVES: Mapping[str, Native] = MappingProxyType({})
