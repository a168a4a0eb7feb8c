"""Prices of foreign money, as a central bank sets them: from Tuesday to Saturday, not on holidays.

A rate is known from the afternoon of the day before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import sin

from collector.testing.company.calendar import HOUR, midnight, weekday
from collector.testing.company.dice import dice
from collector.testing.company.terms import CURRENCIES

SET_AT = 15 * HOUR
_PRICES = {"USD": 88.0, "EUR": 96.0, "KZT": 17.6, "UZS": 70.0}
_HOLIDAYS = {(1, day) for day in range(1, 9)} | {(2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4)}


@dataclass(frozen=True, slots=True)
class Rate:
    """The price of `nominal` units of a currency in rubles on a day."""

    day: int
    currency: str
    nominal: int
    price: Decimal

    @property
    def value(self) -> Decimal:
        """The price of one unit."""
        return self.price / self.nominal


def rates_of(seed: int, day: int, at: int) -> Iterator[Rate]:
    """The rates of a day that are known at an instant; there are none on many days."""
    if at < midnight(day - 1) + SET_AT or not _is_set(day):
        return
    random = dice(seed, "rates", day)
    for number, (currency, nominal) in enumerate(CURRENCIES.items()):
        wave = 0.06 * sin(day / 61 + number) + 0.03 * sin(day / 17 + 2 * number)
        price = _PRICES[currency] * (1 + wave + 0.004 * random.gauss(0, 1))
        yield Rate(day, currency, nominal, Decimal(int(price * 10_000)).scaleb(-4))


def _is_set(day: int) -> bool:
    then = date.fromordinal(day)
    return weekday(day) not in (6, 0) and (then.month, then.day) not in _HOLIDAYS
