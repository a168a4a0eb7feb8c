"""Which members of a break-down are shown one by one."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from collector.kpi.values import Kpi
from collector.snapshot.top import Choice, choose, is_additive
from collector.vocabulary.measures import all_measures

Make = Callable[..., Any]
TODAY = date(2026, 11, 23)


def _volumes(**volumes: int) -> dict[str, Decimal]:
    return {name: Decimal(volume) for name, volume in volumes.items()}


def test_the_biggest_are_kept() -> None:
    assert choose(None, day=TODAY, volumes=_volumes(a=1, b=3, c=2), top=2) == Choice(TODAY, frozenset("bc"))


def test_who_was_chosen_today_stays_even_when_outgrown() -> None:
    chosen = Choice(TODAY, frozenset("bc"))

    assert choose(chosen, day=TODAY, volumes=_volumes(a=9, b=3, c=2), top=2).members == frozenset("bc")


def test_a_new_day_chooses_anew() -> None:
    chosen = Choice(TODAY - timedelta(days=1), frozenset("bc"))

    assert choose(chosen, day=TODAY, volumes=_volumes(a=9, b=3, c=2), top=2).members == frozenset("ab")


def test_a_place_that_becomes_free_is_filled() -> None:
    chosen = Choice(TODAY, frozenset("bz"))

    assert choose(chosen, day=TODAY, volumes=_volumes(a=9, b=3, c=2), top=2).members == frozenset("ab")


@pytest.mark.parametrize(
    ("formula", "additive"),
    [
        ("leads", True),
        ("revenue - refunds", True),
        ("revenue − refunds", True),
        ("pipeline_amount", True),
        ("profit", True),
        ("spend / leads", False),
        ("leads + 1", False),
        ("users_28d", False),
        ("active_customers", False),
        ("seconds_to_win", False),
        ("max(leads, deals)", False),
        ("nothing_known", False),
    ],
)
def test_only_sums_and_stocks_add_up(kpi: Make, formula: str, additive: bool) -> None:
    kpis: dict[str, Kpi] = {"profit": kpi("profit", formula="gross_profit - spend")}

    assert is_additive(kpi("tested", formula=formula), kpis, all_measures()) is additive


def test_the_rest_of_a_sum_is_other(scene: Any, kpi: Make, member: Make) -> None:
    values = (
        member("leads", "a", "5"),
        member("leads", "b", "3"),
        member("leads", "c", "2"),
        member("leads", "d", "1"),
    )
    told = scene.but(kpis=(kpi("leads"),), values=values, project=replace(scene.project, top=2))

    assert told.lines("marketing_leads_by_channel") == [
        'marketing_leads_by_channel{project="shop",window="30d",channel="a"} 5',
        'marketing_leads_by_channel{project="shop",window="30d",channel="b"} 3',
        'marketing_leads_by_channel{project="shop",window="30d",channel="__other__"} 3',
    ]
    assert told.lines("kpi_collector_series") == [
        'kpi_collector_series{project="shop",family="marketing_leads_by_channel"} 3'
    ]
    assert told.lines("kpi_collector_series_dropped") == [
        'kpi_collector_series_dropped{project="shop",family="marketing_leads_by_channel"} 2'
    ]


def test_the_rest_of_a_ratio_is_left_out_and_the_shown_are_the_big_ones(scene: Any, kpi: Make, member: Make) -> None:
    sizes = {"a": "5", "b": "3", "c": "2"}
    rates = {"a": "0.1", "b": "0.2", "c": "0.9"}
    values = (
        *(member("leads", id_, size) for id_, size in sizes.items()),
        *(member("rate", id_, rate, unit="ratio") for id_, rate in rates.items()),
    )
    kpis = (kpi("leads"), kpi("rate", formula="leads / sessions", unit="ratio"))
    told = scene.but(kpis=kpis, values=values, project=replace(scene.project, top=2))

    assert told.lines("marketing_rate_by_channel_ratio") == [
        'marketing_rate_by_channel_ratio{project="shop",window="30d",channel="a"} 0.1',
        'marketing_rate_by_channel_ratio{project="shop",window="30d",channel="b"} 0.2',
    ]


def test_a_member_that_is_called_other_is_not_the_rest(scene: Any, kpi: Make, member: Make) -> None:
    values = (member("leads", "x", "9", title="__other__"), member("leads", "a", "3"), member("leads", "b", "2"))
    told = scene.but(kpis=(kpi("leads"),), values=values, project=replace(scene.project, top=2))

    assert told.lines("marketing_leads_by_channel") == [
        'marketing_leads_by_channel{project="shop",window="30d",channel="__other__ (x)"} 9',
        'marketing_leads_by_channel{project="shop",window="30d",channel="a"} 3',
        'marketing_leads_by_channel{project="shop",window="30d",channel="__other__"} 2',
    ]


def test_members_stay_through_the_day_of_the_project(scene: Any, kpi: Make, member: Make) -> None:
    def told(a: str, b: str) -> Any:
        values = (member("leads", "a", a), member("leads", "b", b))
        return scene.but(kpis=(kpi("leads"),), values=values, project=replace(scene.project, top=1))

    def shown(snapshot: Any) -> bytes:
        found: bytes = snapshot.blocks["marketing_leads_by_channel", "shop"].body.plain
        return found.splitlines()[0]

    morning = told("5", "3").snapshot()
    evening = told("5", "8").snapshot(morning)
    tomorrow = told("5", "8").but(now=scene.now + timedelta(days=1)).snapshot(evening)

    assert shown(evening) == b'marketing_leads_by_channel{project="shop",window="30d",channel="a"} 5'
    assert shown(tomorrow) == b'marketing_leads_by_channel{project="shop",window="30d",channel="b"} 8'
