"""Which rate a day takes: the last earlier one, turned round or crossed where nobody tells it as it is needed."""

from datetime import date
from decimal import Decimal

from collector.store.rates import Rates

FRIDAY = date(2026, 3, 20)


def rates() -> Rates:
    found = Rates()
    found.add("USD", "RUB", FRIDAY, Decimal("83.1204"))
    found.add("KZT", "RUB", FRIDAY, Decimal("0.168817"))
    found.add("EUR", "RUB", date(2026, 3, 2), Decimal("90.4417"))
    return found.settle()


def test_a_rate_is_told_or_the_inverse_of_one_that_is() -> None:
    assert rates().on(FRIDAY, currency="USD", per="RUB") == Decimal("83.1204")
    assert rates().on(FRIDAY, currency="RUB", per="USD") == 1 / Decimal("83.1204")


def test_two_currencies_are_compared_by_their_prices_in_a_third() -> None:
    assert rates().on(FRIDAY, currency="USD", per="KZT") == Decimal("83.1204") / Decimal("0.168817")


def test_days_without_a_rate_take_the_last_earlier_one_at_most_ten_days_old() -> None:
    found = [rates().on(date(2026, 3, day), currency="USD", per="RUB") for day in (19, 23, 30, 31)]

    assert found == [None, Decimal("83.1204"), Decimal("83.1204"), None]
    assert rates().on(FRIDAY, currency="USD", per="EUR") is None
