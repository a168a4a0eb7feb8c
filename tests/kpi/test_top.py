"""Which members of a break-down are shown one by one, and what the others come to together."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from collector.kpi.top import Choice, choose
from collector.kpi.values import OTHER
from tests.kpi.conftest import Business

TODAY = date(2026, 11, 23)


def _volumes(**volumes: int) -> dict[str, Decimal]:
    return {name: Decimal(volume) for name, volume in volumes.items()}


def _chosen(previous: Choice | None, **volumes: int) -> frozenset[str] | None:
    found = choose(previous, day=TODAY, volumes=_volumes(**volumes), top=2)
    return None if found is None else found.members


def test_the_biggest_are_kept() -> None:
    assert _chosen(None, a=1, b=3, c=2) == frozenset("bc")


def test_as_many_as_there_is_room_for_are_all_shown() -> None:
    assert _chosen(None, a=1, b=3) is None


def test_who_was_chosen_today_stays_even_when_outgrown() -> None:
    assert _chosen(Choice(TODAY, frozenset("bc")), a=9, b=3, c=2) == frozenset("bc")


def test_a_new_day_chooses_anew() -> None:
    assert _chosen(Choice(TODAY - timedelta(days=1), frozenset("bc")), a=9, b=3, c=2) == frozenset("ab")


def test_a_place_that_becomes_free_is_filled() -> None:
    assert _chosen(Choice(TODAY, frozenset("bz")), a=9, b=3, c=2) == frozenset("ab")


SPEND = """day,campaign,currency,spend,clicks
    2026-11-01,a,EUR,50,5
    2026-11-01,b,EUR,30,10
    2026-11-01,c,EUR,6,1
    2026-11-01,d,EUR,4,4"""
AT: dict[str, Any] = {"at": "2026-11-01", "windows": ["1d"], "by": ["campaign"]}


def _shown(business: Business, kpi: str) -> dict[str | None, Decimal | None]:
    found = business.evaluate(kpi, **AT)
    return {value.member: value.value for value in found.values if value.dimension == "campaign"}


def test_the_rest_of_a_sum_is_other(business: Business) -> None:
    business.settings["top"] = 2
    business.facts("ads", SPEND)
    business.poll()

    assert _shown(business, "spend") == {"a": 50, "b": 30, OTHER: 10}


def test_the_rest_of_a_ratio_is_that_of_the_sums_of_its_measures(business: Business) -> None:
    business.settings["top"] = 2
    business.facts("ads", SPEND)
    business.poll()

    assert _shown(business, "cpc") == {"a": 10, "b": 3, OTHER: 2}


def test_how_many_values_are_not_shown_is_told(business: Business) -> None:
    business.settings["top"] = 2
    business.facts("ads", SPEND)
    business.poll()

    assert business.evaluate("spend", **AT).hidden == {("spend", "campaign"): 2}
