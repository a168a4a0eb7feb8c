"""Values beside those of the window before and of a year ago, wholes and members."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from collector.kpi.comparing import before, changed, year_before
from collector.kpi.windows import Days
from tests.kpi.conftest import Business

Compared = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def compared(business: Business, kpi_collector: Callable[..., str]) -> Compared:
    def told(kpi: str, *arguments: str, window: str = "7d") -> list[dict[str, Any]]:
        business.poll()
        asked = ["show", kpi, "--window", window, "--at", "2026-10-14", "--compare", *arguments, "--format", "json"]
        return [json.loads(line) for line in kpi_collector("--config", business.config, "kpi", *asked).splitlines()]

    return told


def day(text: str) -> date:
    return date.fromisoformat(text)


# ── which days ───────────────────────────────────────────────────────────────────────


def test_the_window_before_has_as_many_days_and_ends_just_before() -> None:
    month_to_date = Days(day("2026-10-01"), day("2026-10-14"))

    assert before("mtd", month_to_date) == Days(day("2026-09-17"), day("2026-09-30"))


def test_a_year_before_a_29_february_is_the_28th() -> None:
    assert year_before("7d", Days(day("2028-02-23"), day("2028-02-29"))) == Days(day("2027-02-22"), day("2027-02-28"))


@pytest.mark.parametrize("window", ["all", "today"])
def test_before_all_time_and_for_a_day_that_is_not_over_there_is_nothing(window: str) -> None:
    days = Days(day("2026-10-14"), day("2026-10-14"))

    assert (before(window, days), year_before(window, days)) == (None, None)


# ── how much ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("value", "earlier", "by", "ratio"),
    [
        ("120", "100", "20", "0.2"),
        ("80", "100", "-20", "-0.2"),
        ("-50", "-100", "50", "0.5"),  # half the loss: that is more
        ("5", "0", "5", None),
        ("5", None, None, None),
        (None, "5", None, None),
    ],
)
def test_a_change_is_told_absolute_and_as_a_share_of_what_was(
    value: str | None, earlier: str | None, by: str | None, ratio: str | None
) -> None:
    now, then = (None if each is None else Decimal(each) for each in (value, earlier))

    found = changed(now, then)

    assert found.by == (None if by is None else Decimal(by))
    assert found.ratio == (None if ratio is None else Decimal(ratio))


def test_a_value_stands_beside_the_window_before_and_a_year_ago(business: Business, compared: Compared) -> None:
    business.deals("id,won,amount,customer\n1,2025-10-10,50,a\n2,2026-10-03,100,b\n3,2026-10-10,80,c")

    (found,) = compared("revenue")

    assert found == {
        "kpi": "revenue",
        "window": "7d",
        "from": "2026-10-08",
        "through": "2026-10-14",
        "value": "80",
        "unit": "money",
        "currency": "EUR",
        "fresh": True,
        "undefined": None,
        "previous": "100",
        "change": "-20",
        "change_ratio": "-0.2",
        "year_ago": "50",
        "change_year": "30",
        "change_year_ratio": "0.6",
    }


def test_days_that_the_data_do_not_reach_are_no_zero(business: Business, compared: Compared) -> None:
    business.facts("ads", "day,spend\n2026-10-08,10\n2026-10-14,20")

    (found,) = compared("spend")

    assert (found["value"], found["previous"], found["change"], found["year_ago"]) == ("30", None, None, None)


def test_without_the_option_no_key_is_added(business: Business, kpi_collector: Callable[..., str]) -> None:
    business.deals("id,won,amount,customer\n1,2026-10-10,50,a")
    business.poll()

    line = kpi_collector("--config", business.config, "kpi", "show", "revenue", "--window", "7d", "--format", "json")

    assert "previous" not in json.loads(line)


# ── members ──────────────────────────────────────────────────────────────────────────

CHANNELS = """day,channel,spend,clicks
    2026-09-20,Email,0,0
    2026-10-02,Email,10,5
    2026-10-03,Display,20,10
    2026-10-09,Email,15,5
    2026-10-10,Paid Search,40,8
    2026-10-14,Email,0,0"""


def test_members_that_add_up_count_as_zero_where_they_are_missing(business: Business, compared: Compared) -> None:
    business.facts("ads", CHANNELS)

    found = compared("spend", "--by", "channel")

    assert {each["channel"]: (each["value"], each["previous"], each["change"]) for each in found} == {
        "Display": ("0", "20", "-20"),
        "Email": ("15", "10", "5"),
        "Paid Search": ("40", "0", "40"),
    }
    (whole,) = compared("spend")
    assert sum(Decimal(each["change"]) for each in found) == Decimal(whole["change"])
    assert all(each["from"] == "2026-10-08" for each in found)


def test_members_of_a_ratio_that_were_missing_have_no_earlier_value(business: Business, compared: Compared) -> None:
    business.facts("ads", CHANNELS)

    found = compared("cpc", "--by", "channel")

    assert {each["channel"]: (each["value"], each["previous"]) for each in found} == {
        "Email": ("3", "2"),
        "Paid Search": ("5", None),
    }


def test_the_members_of_a_window_without_an_earlier_one_have_no_zeros(business: Business, compared: Compared) -> None:
    business.facts("ads", "day,channel,spend\n2026-10-08,Email,10\n2026-10-14,Email,20")

    (found,) = compared("spend", "--by", "channel")

    assert (found["value"], found["previous"], found["year_ago"]) == ("30", None, None)


def test_medians_do_not_add_up(business: Business, compared: Compared) -> None:
    business.deals(
        "id,made,won,amount,manager\n1,2026-10-01,2026-10-03,5,ann\n2,2026-10-08,2026-10-09,5,bob",
        columns={"id": "id", "created_at": "made", "closed_at": "won", "amount": "amount", "manager": "manager"},
    )

    (found,) = compared("sales_cycle", "--by", "manager")

    assert (found["manager"], found["value"], found["previous"]) == ("bob", "86400", None)
