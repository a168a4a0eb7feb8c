"""Other currencies, brought into the project's at the rate of a day.

Rates that the configuration states come before those that sources gave.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property

from sqlalchemy import Connection

from collector.settings.model import Project
from collector.store.rates import Rates, rates


class Exchange:
    """Prices of other currencies in the project's own."""

    def __init__(self, tx: Connection, project: Project) -> None:
        self._tx = tx
        self._project = project

    def in_own(self, amount: Decimal, *, currency: str | None, day: date) -> Decimal | None:
        """An amount in the project's currency at a day's rate; None where there is no rate."""
        own = self._project.currency
        if currency is None or currency == own or not amount:
            return amount
        constant = self._project.rates.get(currency)
        if constant is not None and not isinstance(constant, Mapping):
            return amount * Decimal(str(constant))
        rate = self._stated.on(day, currency=currency, per=own) or self._given.on(day, currency=currency, per=own)
        return None if rate is None else amount * rate

    @cached_property
    def _stated(self) -> Rates:
        found = Rates()
        for currency, prices in self._project.rates.items():
            if isinstance(prices, Mapping):
                for day, price in prices.items():
                    when = day if isinstance(day, date) else date.fromisoformat(str(day))
                    found.add(currency, self._project.currency, when, Decimal(str(price)))
        return found.settle()

    @cached_property
    def _given(self) -> Rates:
        return rates(self._tx, self._project.name)
