"""When a counter's day is over, and in which money it counts."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collector.plugin import BadResponse, Forbidden
from connectors.yandex_metrica.counter import Counter, in_other_days, read_counter
from tests.connectors.yandex_metrica.asked import sample

UTC_ZONE = ZoneInfo("UTC")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
"""Days of 23 and 25 hours in Berlin."""


def counter(**told: Any) -> Counter:
    body = sample("counter")
    body["counter"] |= told
    return read_counter(body, "44147844")


def test_the_sample() -> None:
    assert counter() == Counter("Shop", ZoneInfo("Europe/Moscow"), "RUB")


@pytest.mark.parametrize(("day", "ends"), [(SPRING, 22), (AUTUMN, 23)])
def test_a_day_ends_at_its_own_midnight_also_where_clocks_change(day: date, ends: int) -> None:
    berlin = counter(time_zone_name="Europe/Berlin")
    at = datetime(day.year, day.month, day.day, ends, tzinfo=UTC)

    def is_over(now: datetime, lag: int = 0) -> bool:
        return berlin.is_over(day, now=now, lag=timedelta(seconds=lag), otherwise=UTC_ZONE)

    assert [is_over(at - timedelta(seconds=1)), is_over(at), is_over(at, lag=1)] == [False, True, False]


@pytest.mark.parametrize(
    ("told", "currency"),
    [(643, "RUB"), (840, "USD"), ("978", "EUR"), ("usd", "USD"), (None, None), (999, None), ("", None), (True, None)],
)
def test_the_currency_is_a_number_or_a_code_or_not_known(told: Any, currency: str | None) -> None:
    assert counter(currency=told).currency == currency


def test_a_counter_that_was_deleted_is_told() -> None:
    with pytest.raises(Forbidden, match="counter 44147844 was deleted: restore it"):
        counter(status="Deleted")


@pytest.mark.parametrize("body", [{}, {"counter": None}, [], None, {"counter": []}])
def test_what_is_no_counter_is_a_bad_response(body: Any) -> None:
    with pytest.raises(BadResponse, match="expected a counter"):
        read_counter(body, "44147844")


def test_zones_are_other_days_if_they_differ_in_summer_only() -> None:
    now = datetime(2026, 1, 10, tzinfo=UTC)
    names = ("Europe/London", "Africa/Abidjan", "UTC")
    london, abidjan, utc = map(ZoneInfo, names)

    assert in_other_days(london, utc, now)
    assert not in_other_days(abidjan, utc, now)
