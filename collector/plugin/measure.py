"""What a measure is: a daily quantity with a unit and one way of aggregation."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Aggregation = Literal["sum", "last", "distinct", "median", "given"]
EntityKind = Literal["deal", "lead", "post"]

NAME = re.compile(r"[a-z][a-z0-9_]*")
"""Names of measures, KPIs, dimensions, projects and sources."""


@dataclass(frozen=True)
class Measure:
    """A daily quantity.

    `unit` is `money`, a count's noun (`lead`, `session`) or `second`. `aggregation` says
    how the days of a window make one value: **sum**; **last** (a stock); **distinct** and
    **median** (from the entities of exactly the window); **given** (the vendor's own
    figure for its own window, as in `users_28d`). `of` names the entities that it is
    rolled up from; empty: it is stated by facts (or readings). `title` is what people
    read, by language (`en`, `ru`).
    """

    name: str
    unit: str
    aggregation: Aggregation = "sum"
    of: tuple[EntityKind, ...] = ()
    title: Mapping[str, str] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"measure {self.name!r}: a name is lower case letters, digits and _, a letter first")

    def means_as(self, other: "Measure") -> bool:
        """Whether figures of the two may be added up: they share unit and aggregation."""
        return (self.unit, self.aggregation) == (other.unit, other.aggregation)

    @property
    def is_money(self) -> bool:
        """Whether values carry a currency."""
        return self.unit == "money"
