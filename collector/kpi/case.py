"""A value that is to be explained, and the rows that its figures were made of."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from collector.kpi.engine import Engine, Inputs
from collector.kpi.figures import Delivered
from collector.kpi.formula import Name
from collector.kpi.supply import Supply
from collector.kpi.values import Kpi
from collector.kpi.windows import Days


@dataclass(frozen=True)
class Case:
    """A KPI in a window: the whole, or one member of a dimension."""

    engine: Engine
    kpi: Kpi
    window: str
    found: Inputs
    """What the engine computed it from."""
    by: str | None = None
    member: str | None = None

    def supply(self, name: Name) -> Supply | None:
        """What gives a measure; None where it is left out."""
        return self.engine.supply(name, self.by)

    def days(self, name: Name) -> Days | None:
        """The days that a name is of: those of its own window, shifted by its lag."""
        if self.found.days is None:
            return None
        own = self.engine.own_days(self.kpi, name, self.window, self.found.days)
        return own if isinstance(own, Days) else None

    def number(self, name: Name) -> Decimal | None:
        """The figure as the formula takes it."""
        figure = self.found.figures.get(name)
        if figure is None or figure.reason is not None:
            return None
        missing = None if figure.missing else Decimal(0)
        return figure.by_member.get(self.member, missing)

    def rows(self, name: Name, supply: Supply, days: Days) -> list[tuple[Delivered, date]]:
        """What a name's figure is added up from, of all members that count, each with the day whose rates it takes."""
        where = self.engine.filter(name)
        if where is None:
            return self.engine.figures.rows(supply.measure, days, self.by)
        return self.engine.filtered.rows(supply.measure, where, days, self.by)

    def is_of(self, member: str | None) -> bool:
        """Whether rows of this member went in."""
        return self.member is None or member == self.member


def names_of(case: Case) -> Iterator[Name]:
    """The names of the formula, each measure, window and filter once."""
    told = set()
    for name in case.found.figures:
        key = (name.name, name.window, name.where, name.lag)
        if key not in told:
            told.add(key)
            yield name
