"""What marketing costs besides the clicks, and what it may cost: the accountant's sheets.

Both are told for whole months, in amounts that divide by their days.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from collector.testing.company.dice import dice

FEES_A_DAY = 190_000
PLAN_A_DAY = 950_000


@dataclass(frozen=True, slots=True)
class Month:
    """A month's fees and salaries, and its budget for advertising, in hundredths, to be spread over its days."""

    first: date
    fees: int
    budget: int

    @property
    def days(self) -> int:
        """How many it has."""
        return monthrange(self.first.year, self.first.month)[1]


def months(seed: int, size: int, first: date, last: date) -> Iterator[Month]:
    """All months that have one of these days."""
    begins = first.replace(day=1)
    while begins <= last:
        random = dice(seed, size, "costs", begins)
        days = monthrange(begins.year, begins.month)[1]
        fees, plan = (size * (a_day + int(random.random() * a_day / 5)) for a_day in (FEES_A_DAY, PLAN_A_DAY))
        yield Month(begins, fees * days, plan * days)
        begins = (begins + timedelta(days=days)).replace(day=1)
