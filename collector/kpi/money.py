"""Amounts as the project counts them: without or with VAT, in its own currency.

Rates that the configuration states come before those that sources gave, and history of rates
before what a system, such as a CRM, uses at present: that is one system's own. Amounts are
stored as delivered; what is brought in here can change without touching the store.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Literal

from sqlalchemy import Connection

from collector.kpi.formula import DIGITS
from collector.settings.model import Project
from collector.store.rates import Rates, present_rates, rates
from collector.vocabulary.measures import COSTS

Origin = Literal["constant", "stated", "given"]
"""Who says a rate: the configuration, for ever or by day, or a source."""


@dataclass(frozen=True)
class Quote:
    """A rate, and what it is made of: the price of the pair's first currency in its second, or the inverse of that."""

    rate: Decimal
    origin: Origin
    pair: tuple[str, str]


class Exchange:
    """Prices of other currencies in the project's own."""

    def __init__(self, tx: Connection, project: Project) -> None:
        self._tx = tx
        self._project = project

    def in_own(self, amount: Decimal, *, currency: str | None, day: date) -> Decimal | None:
        """An amount in the project's currency at a day's rate; None where there is no rate."""
        if currency is None or currency == self._project.currency or not amount:
            return amount
        rate = self.rate(currency, day)
        return None if rate is None else DIGITS.multiply(amount, rate)

    def rate(self, currency: str, day: date) -> Decimal | None:
        """What one `currency` costs in the project's on a day."""
        return self._said(currency, day)[1]

    def quote(self, currency: str, day: date) -> Quote | None:
        """The same, with who says so; None where there is no rate."""
        own = self._project.currency
        known, rate = self._said(currency, day)
        if rate is None:
            return None
        if known is None:
            return Quote(rate, "constant", (currency, own))
        inverse = Rates({(own, currency): known.by_pair.get((own, currency), [])})
        direct = Rates({(currency, own): known.by_pair.get((currency, own), [])})
        is_turned = [each.on(day, currency=currency, per=own) is not None for each in (direct, inverse)] == [
            False,
            True,
        ]
        pair = (own, currency) if is_turned else (currency, own)
        return Quote(rate, "stated" if known is self._stated else "given", pair)

    def _said(self, currency: str, day: date) -> tuple[Rates | None, Decimal | None]:
        """The rate, and the rates that it is of; None: the configuration says one for ever."""
        own = self._project.currency
        constant = self._project.rates.get(currency)
        if constant is not None and not isinstance(constant, Mapping):
            return None, Decimal(str(constant))
        for said in (self._stated, self._given):
            rate = said.on(day, currency=currency, per=own)
            if rate:
                return said, rate
        return self._present, self._present.on(day, currency=currency, per=own)

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

    @cached_property
    def _present(self) -> Rates:
        return present_rates(self._tx, self._project.name)


class Vat:
    """Delivered amounts with or without VAT, so that a payer's figures are all net and another's costs gross."""

    def __init__(self, project: Project) -> None:
        self._vat = project.vat

    def delivered(self, measure: str, owner: str) -> str | None:
        """`gross` or `net`: how an owner delivers the amounts of a measure; None: nobody said."""
        if self._vat is None:
            return None
        if measure in COSTS:
            return self._vat.spend.get(owner)
        return self._vat.revenue if self._vat.payer else "gross"

    def is_doubtful(self, measure: str, owner: str) -> bool:
        """Whether nobody said how these amounts are delivered, so that they are taken as they are."""
        return self.delivered(measure, owner) is None

    def applied(self, amount: Decimal, measure: str, owner: str, day: date) -> Decimal:
        """An amount of that day as the project counts it."""
        delivered = self.delivered(measure, owner)
        if self._vat is None or delivered is None or delivered == ("net" if self._vat.payer else "gross"):
            return amount
        gross = 1 + self._vat.rate_on(day)
        return DIGITS.divide(amount, gross) if self._vat.payer else DIGITS.multiply(amount, gross)

    def rates_in(self, first: date, last: date) -> dict[date, Decimal]:
        """The rates of the days from `first` to `last`, by the day from which each holds."""
        if self._vat is None:
            return {}
        since = sorted({first, *(day for day in self._vat.rates if first < day <= last)})
        return {day: self._vat.rate_on(day) for day in since}

    def is_steady(self, first: date, last: date) -> bool:
        """Whether all days from `first` to `last` have one rate."""
        return self._vat is None or not any(first < since <= last for since in self._vat.rates)
