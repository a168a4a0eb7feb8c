"""What the library knows of a country: a change in it changes figures, so it is written down here."""

from datetime import date

import pytest

from collector.vocabulary.daysoff import DaysOff, country_fault, days_off, release


def off(country: str, *days: str) -> list[bool]:
    return [date.fromisoformat(day) in days_off(country, int(day[:4])).off for day in days]


def test_russias_new_year_ends_where_the_government_says() -> None:
    assert off("RU", "2025-12-31", "2026-01-01", "2026-01-09", "2026-01-12") == [True, True, True, False]
    assert off("RU", "2024-01-08", "2024-01-09", "2024-12-30", "2024-12-31") == [True, False, True, True]


def test_a_holiday_at_a_weekend_moves_to_the_monday_after() -> None:
    assert off("RU", "2026-03-08", "2026-03-09", "2026-05-09", "2026-05-11") == [True, True, True, True]


@pytest.mark.parametrize(
    ("year", "worked"),
    [
        (2024, {date(2024, 4, 27), date(2024, 11, 2), date(2024, 12, 28)}),
        (2025, {date(2025, 11, 1)}),
        (2026, set()),
        (2027, {date(2027, 2, 20)}),
    ],
)
def test_russias_worked_saturdays_are_known(year: int, worked: set[date]) -> None:
    assert days_off("RU", year).worked == worked


def test_the_day_of_a_holiday_that_was_moved_away_is_not_worked_where_it_is_one_itself() -> None:
    """The day off of Sunday, 4 January 2026, was moved to 31 December; the 4th stays a holiday."""
    assert date(2026, 1, 4) not in days_off("RU", 2026).worked
    assert off("RU", "2026-01-04", "2026-12-31") == [True, True]


def test_of_years_without_a_decree_the_fixed_holidays_are_known() -> None:
    """12 June 2032 is a Saturday; what is off instead is not known yet."""
    assert off("RU", "2032-01-08", "2032-06-12", "2032-06-14") == [True, True, False]
    assert days_off("RU", 2032).worked == frozenset()


def test_days_are_those_of_the_year_asked() -> None:
    known = days_off("CN", 2026)

    assert known != DaysOff()
    assert {day.year for day in known.off | known.worked} == {2026}


@pytest.mark.parametrize("country", ["RU", "RUS", "DE-BY", "DE-Bayern", "US-CA", "GB-SCT"])
def test_countries_and_regions_are_called_as_the_library_calls_them(country: str) -> None:
    assert country_fault(country) is None
    assert days_off(country, 2026).off


def test_the_librarys_release_is_told() -> None:
    assert release().count(".") >= 1
