"""What amounts come to in the books: in rubles, without VAT, and how much of them is profit.

Under `of_deals` and `of_facts`.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal, localcontext

from collector.testing.company.rates import Rate
from collector.testing.company.terms import CURRENCY, MARGIN, MARGINS, OLDEST_RATE, SPEND_WITH_VAT, VAT


class Money:
    """Amounts in hundredths of a currency → rubles."""

    def __init__(self, rates: Iterable[Rate]) -> None:
        self._rates = {(rate.currency, rate.day): rate.value for rate in rates}
        self._factors: dict[tuple[str, int, bool], tuple[Decimal, Decimal]] = {}

    def sold(self, cents: int, currency: str, day: int) -> Decimal:
        """An amount that a buyer pays: it is told with VAT."""
        return self._in_rubles(cents, currency, day, with_vat=True)

    def cost(self, cents: int, currency: str, day: int, source: str) -> Decimal:
        """An amount that the company pays; its source tells it with VAT or without."""
        return self._in_rubles(cents, currency, day, with_vat=SPEND_WITH_VAT[source])

    def _in_rubles(self, cents: int, currency: str, day: int, *, with_vat: bool) -> Decimal:
        if not cents:
            return Decimal(0)
        key = (currency, day, with_vat)
        if key not in self._factors:
            rate = Decimal(1) if currency == CURRENCY else self._rate(currency, day)
            self._factors[key] = (rate, 100 * (1 + vat_rate(day)) if with_vat else Decimal(100))
        rate, part = self._factors[key]
        with localcontext(prec=40):
            return cents * rate / part

    def _rate(self, currency: str, day: int) -> Decimal:
        """The last one by that day."""
        for earlier in range(day, day - OLDEST_RATE.days - 1, -1):
            if (currency, earlier) in self._rates:
                return self._rates[currency, earlier]
        raise ValueError(f"nobody told what one {currency} cost on {date.fromordinal(day)}")


def vat_rate(day: int) -> Decimal:
    """The share that is added to a net amount."""
    return VAT[max(since for since in VAT if since.toordinal() <= day)]


def margin(pipeline: int) -> Decimal:
    """The share of a deal's amount that is profit."""
    return MARGINS.get(pipeline, MARGIN)
