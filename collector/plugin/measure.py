"""What a measure is: a daily quantity with a unit and one way of aggregation."""

import re
from dataclasses import dataclass
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
    rolled up from; empty: it is stated by facts (or readings).
    """

    name: str
    unit: str
    aggregation: Aggregation = "sum"
    of: tuple[EntityKind, ...] = ()

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"measure {self.name!r}: a name is lower case letters, digits and _, a letter first")

    @property
    def is_money(self) -> bool:
        """Whether values carry a currency."""
        return self.unit == "money"
