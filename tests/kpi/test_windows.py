from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.clock import day_of
from collector.kpi.windows import TO_DATE, TRAILING, WINDOWS, Days, Reach, resolve, unknown_window

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]
FAR = Reach(through=date(9999, 12, 31))


def on(text: str) -> date:
    return date.fromisoformat(text)


def days(first: str, last: str) -> Days:
    return Days(on(first), on(last))


def lived(zone: ZoneInfo) -> list[date]:
    """The days that pass in a zone from 2025 through 2026, found by looking at its clock each half hour."""
    start = datetime(2024, 12, 30, tzinfo=UTC)
    return sorted({day_of(start + timedelta(minutes=30 * step), zone) for step in range(48 * 735)})


CALENDARS = {zone: lived(ZoneInfo(zone)) for zone in ZONES}


@given(zone=st.sampled_from(ZONES), minutes=st.integers(0, 365 * 24 * 60), window=st.sampled_from([*TRAILING]))
def test_live_trailing_windows_hold_the_last_days_that_are_over(zone: str, minutes: int, window: str) -> None:
    today = day_of(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes), ZoneInfo(zone))
    calendar = CALENDARS[zone]
    over = calendar[: bisect_left(calendar, today)]
    wanted = over[-int(window[:-1]) :]

    assert resolve(window, reference=today, live=True, reach=FAR) == Days(wanted[0], wanted[-1])


def same_period(window: str, one: date, other: date) -> bool:
    match window:
        case "wtd":
            return one.isocalendar()[:2] == other.isocalendar()[:2]
        case "mtd":
            return (one.year, one.month) == (other.year, other.month)
        case "qtd":
            return (one.year, (one.month + 2) // 3) == (other.year, (other.month + 2) // 3)
    return one.year == other.year


@given(zone=st.sampled_from(ZONES), minutes=st.integers(0, 365 * 24 * 60), window=st.sampled_from(TO_DATE))
def test_live_periods_to_date_hold_the_days_of_the_period_that_are_over(zone: str, minutes: int, window: str) -> None:
    today = day_of(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes), ZoneInfo(zone))
    wanted = [day for day in CALENDARS[zone] if day < today and same_period(window, day, today)]

    found = resolve(window, reference=today, live=True, reach=FAR)

    assert found == (Days(wanted[0], wanted[-1]) if wanted else "too_short")


@pytest.mark.parametrize(
    ("zone", "changes"),
    [
        ("Europe/Berlin", ["2026-03-29", "2026-10-25"]),
        ("America/New_York", ["2026-03-08", "2026-11-01"]),
        ("Australia/Lord_Howe", ["2026-04-05", "2026-10-04"]),
    ],
)
def test_no_day_is_lost_or_doubled_where_clocks_change(zone: str, changes: list[str]) -> None:
    calendar = CALENDARS[zone]

    for change in changes:
        at = calendar.index(on(change))
        assert calendar[at - 1 : at + 2] == [on(change) + timedelta(days=step) for step in (-1, 0, 1)]


def test_as_of_a_past_day_that_day_is_inside() -> None:
    assert resolve("7d", reference=on("2026-11-10"), live=False, reach=FAR) == days("2026-11-04", "2026-11-10")
    assert resolve("mtd", reference=on("2026-11-10"), live=False, reach=FAR) == days("2026-11-01", "2026-11-10")
    assert resolve("qtd", reference=on("2026-11-10"), live=False, reach=FAR) == days("2026-10-01", "2026-11-10")
    assert resolve("ytd", reference=on("2026-11-10"), live=False, reach=FAR) == days("2026-01-01", "2026-11-10")
    assert resolve("wtd", reference=on("2026-11-10"), live=False, reach=FAR) == days("2026-11-09", "2026-11-10")


def test_where_data_end_earlier_a_trailing_window_is_shifted_not_shortened() -> None:
    late = Reach(through=on("2026-11-05"))

    assert resolve("7d", reference=on("2026-11-10"), live=True, reach=late) == days("2026-10-30", "2026-11-05")


def test_where_data_end_earlier_a_period_to_date_is_shortened() -> None:
    late = Reach(through=on("2026-11-05"))

    assert resolve("mtd", reference=on("2026-11-10"), live=True, reach=late) == days("2026-11-01", "2026-11-05")


def test_a_period_none_of_whose_days_is_complete_is_too_short() -> None:
    late = Reach(through=on("2026-10-31"))

    assert resolve("mtd", reference=on("2026-11-10"), live=True, reach=late) == "too_short"
    assert resolve("mtd", reference=on("2026-11-01"), live=True, reach=FAR) == "too_short"
    assert resolve("mtd", reference=on("2026-11-01"), live=False, reach=FAR) == days("2026-11-01", "2026-11-01")


def test_a_window_that_reaches_before_the_facts_begin_is_too_short() -> None:
    young = Reach(through=on("2026-11-09"), begins=on("2026-11-03"))

    assert resolve("7d", reference=on("2026-11-10"), live=True, reach=young) == days("2026-11-03", "2026-11-09")
    assert resolve("28d", reference=on("2026-11-10"), live=True, reach=young) == "too_short"
    assert resolve("mtd", reference=on("2026-11-10"), live=True, reach=young) == "too_short"


def test_all_begins_where_the_facts_begin() -> None:
    young = Reach(through=on("2026-11-09"), begins=on("2026-11-03"), opens=on("2026-01-01"))

    assert resolve("all", reference=on("2026-11-10"), live=True, reach=young) == days("2026-11-03", "2026-11-09")
    assert resolve("all", reference=on("2026-11-01"), live=False, reach=young) == "too_short"


def test_all_of_entities_alone_is_shown_from_the_first_one() -> None:
    shop = Reach(through=on("2026-11-09"), opens=on("2026-01-05"))

    assert resolve("all", reference=on("2026-11-10"), live=True, reach=shop) == days("2026-01-05", "2026-11-09")
    assert resolve("all", reference=on("2025-12-31"), live=False, reach=shop) == days("2025-12-31", "2025-12-31")


def test_today_is_the_reference_day_so_far_and_says_so() -> None:
    read = Reach(through=on("2026-11-09"), so_far=True)
    unread = Reach(through=on("2026-11-09"))

    assert resolve("today", reference=on("2026-11-10"), live=True, reach=read) == Days(
        on("2026-11-10"), on("2026-11-10"), partial=True
    )
    assert resolve("today", reference=on("2026-11-10"), live=True, reach=unread) == "too_short"


def test_without_a_complete_day_there_is_no_window() -> None:
    for window in WINDOWS:
        assert resolve(window, reference=on("2026-11-10"), live=True, reach=Reach(through=None)) == "no_data"


def test_an_unknown_window_is_told_with_the_nearest_one() -> None:
    assert unknown_window("mdt") == (
        "there is no window 'mdt'; there are 1d, 7d, 28d, 30d, 90d, 365d, wtd, mtd, qtd, ytd, all, today. "
        "Did you mean mtd?"
    )
