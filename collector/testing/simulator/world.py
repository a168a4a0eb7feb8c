"""How much of a world a simulator shows: the same numbers give the same answers."""

from dataclasses import dataclass
from datetime import date

from collector.testing.company.broken import Break, broken
from collector.testing.company.company import Company


@dataclass(frozen=True)
class World:
    """`days` days before `today` (None: the clock's day), at a `size`; all chance comes from `seed`.

    `fault`: what is broken between the company and this vendor.
    """

    seed: int = 1
    days: int = 400
    size: int = 1
    today: date | None = None
    fault: Break | None = None

    def company(self, today: date) -> Company:
        """The company on a day, as this vendor sees it."""
        whole = Company(self.seed, today, self.days, self.size)
        return whole if self.fault is None else broken(whole, self.fault)
