"""What KPIs are called on /metrics, and which samples they have."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from collector.snapshot.families import family_name, unit_suffix

Make = Callable[..., Any]


@pytest.mark.parametrize(
    ("unit", "suffix"),
    [
        ("lead", ""),
        ("money", ""),
        ("money/customer", ""),
        ("ratio", "_ratio"),
        ("money/money", "_ratio"),
        ("second", "_seconds"),
        ("month", "_seconds"),
    ],
)
def test_the_suffix_tells_the_base_unit(unit: str, suffix: str) -> None:
    assert unit_suffix(unit) == suffix


def test_the_unit_comes_last_in_a_breakdowns_name(kpi: Make) -> None:
    response_time = kpi("response_time", unit="second")

    assert family_name(response_time, None) == "marketing_response_time_seconds"
    assert family_name(response_time, "manager") == "marketing_response_time_by_manager_seconds"


def test_the_kpis_of_a_group_share_a_family_and_differ_by_step(scene: Any, kpi: Make, value: Make) -> None:
    steps = [kpi(name, unit="ratio", group="conversion", label=("step", name)) for name in ("first", "second")]
    told = scene.but(kpis=tuple(steps), values=(value("first", "0.5"), value("second", "0.25")))

    assert told.lines("marketing_conversion_ratio") == [
        'marketing_conversion_ratio{project="shop",window="30d",step="first"} 0.5',
        'marketing_conversion_ratio{project="shop",window="30d",step="second"} 0.25',
    ]


def test_money_carries_its_currency(scene: Any, kpi: Make, value: Make) -> None:
    told = scene.but(kpis=(kpi("revenue", unit="money"),), values=(value("revenue", "900.50", currency="RUB"),))

    assert told.lines("marketing_revenue") == ['marketing_revenue{project="shop",window="30d",currency="RUB"} 900.5']


def test_what_is_undefined_has_a_reason_and_no_sample(scene: Any, kpi: Make, value: Make) -> None:
    told = scene.but(kpis=(kpi("leads"),), values=(value("leads", None, undefined="no_data"),))

    assert told.lines("marketing_leads") == []
    assert told.lines("marketing_kpi_undefined") == [
        'marketing_kpi_undefined{project="shop",kpi="leads",window="30d",reason="no_data"} 1'
    ]
    assert told.lines("marketing_kpi_fresh") == []


@pytest.mark.parametrize(
    ("values", "fresh"),
    [({"amount": "3"}, "1"), ({"amount": "3", "fresh": False}, "0"), ({"amount": None, "undefined": "stale"}, "0")],
)
def test_fresh_held_and_withdrawn(scene: Any, kpi: Make, value: Make, values: dict[str, Any], fresh: str) -> None:
    told = scene.but(kpis=(kpi("leads"),), values=(value("leads", **values),))

    assert told.lines("marketing_kpi_fresh") == [f'marketing_kpi_fresh{{project="shop",kpi="leads"}} {fresh}']


def test_data_through_is_the_instant_at_which_that_day_ended_in_the_projects_zone(scene: Any, kpi: Make) -> None:
    told = scene.but(kpis=(kpi("leads"),), through={"leads": date(2026, 11, 22)})

    # midnight in Moscow, 21:00 UTC
    assert told.lines("marketing_kpi_data_through_timestamp_seconds") == [
        'marketing_kpi_data_through_timestamp_seconds{project="shop",kpi="leads"} 1795381200'
    ]


def test_info_speaks_the_projects_language(scene: Any, kpi: Make) -> None:
    told = scene.but(kpis=(kpi("leads", title={"en": "Leads", "ru": "Лиды"}),))

    assert told.lines("marketing_kpi_info") == [
        'marketing_kpi_info{project="shop",kpi="leads",unit="lead",direction="up",mode="live",title="Лиды"} 1'
    ]


def test_members_of_one_title_are_told_apart_by_their_ids(scene: Any, kpi: Make, member: Make) -> None:
    values = (member("leads", "7", "1", title="Anna"), member("leads", "9", "2", title="Anna"))
    told = scene.but(kpis=(kpi("leads"),), values=values)

    assert told.lines("marketing_leads_by_channel") == [
        'marketing_leads_by_channel{project="shop",window="30d",channel="Anna (7)"} 1',
        'marketing_leads_by_channel{project="shop",window="30d",channel="Anna (9)"} 2',
    ]


def test_a_member_without_a_title_is_shown_by_its_id(scene: Any, kpi: Make, member: Make) -> None:
    told = scene.but(kpis=(kpi("leads"),), values=(member("leads", "77", "1"),))

    assert told.lines("marketing_leads_by_channel") == [
        'marketing_leads_by_channel{project="shop",window="30d",channel="77"} 1'
    ]


def test_a_value_that_comes_twice_is_shown_once(scene: Any, kpi: Make, value: Make) -> None:
    told = scene.but(kpis=(kpi("leads"),), values=(value("leads", "1"), value("leads", "2")))

    assert told.lines("marketing_leads") == ['marketing_leads{project="shop",window="30d"} 1']


def test_help_says_that_values_are_cached_and_how_often_sources_are_polled(full: Any) -> None:
    assert (
        "# HELP marketing_leads Leads: how many leads. "
        "Cached: sources are polled every 15m, a scrape reads what the last polls found." in full.text()
    )
