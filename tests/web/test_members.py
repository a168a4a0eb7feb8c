"""A KPI's members stand under it, the greatest first; what leads where is the reader's choice."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from collector.kpi.values import OTHER, OVERLAP, Kpi, ProjectValues, Value
from collector.snapshot.build import build
from collector.snapshot.inputs import SnapshotInputs
from collector.vocabulary.builtin_channels import CHANNELS
from collector.vocabulary.texts import CHANNELS as WORDS
from collector.web.members import BreakDown, break_downs, dimensions_of

Ask = Callable[..., httpx.Response]
DAY = date(2026, 11, 22)


def kpi(name: str, unit: str = "money/customer", better: Any = "down") -> Kpi:
    return Kpi(name, name, unit, better, {"en": name}, {}, ("7d", "30d"))


def value(of: str, member: str, amount: str | None, window: str = "30d", **more: Any) -> Value:
    worth = None if amount is None else Decimal(amount)
    given = {"dimension": "channel", "title": member, "currency": "RUB"} | more
    return Value("shop", of, window, DAY, DAY, worth, "money/customer", member=member, **given)


def found(*values: Value, kpis: tuple[Kpi, ...] = (kpi("cac"),)) -> ProjectValues:
    return ProjectValues("shop", "RUB", kpis, values)


def told(of: ProjectValues, *, language: Any = "en") -> dict[str, BreakDown]:
    return break_downs(of, "channel", ("7d", "30d"), {}, language)


def test_members_stand_by_their_figure_of_the_first_window_and_the_rest_comes_last() -> None:
    values = (
        value("cac", OVERLAP, "-1", title=None),
        value("cac", OTHER, "99999", title=None),
        value("cac", "Display", "5"),
        value("cac", "Email", "70"),
        value("cac", "Direct", "1", window="7d"),
        value("cac", "Display", "9", window="7d"),
    )

    rows = told(found(*values))["cac"].members

    assert [row.title for row in rows] == ["Display", "Direct", "Email", "all others", "counted several times"]
    assert [cell.figure for cell in rows[0].cells] == ["9.00\u00a0RUB", "5.00\u00a0RUB"]
    assert [cell.figure for cell in rows[1].cells] == ["1.00\u00a0RUB", None]


def test_what_a_customer_costs_is_open_and_the_rest_is_closed() -> None:
    kpis = (kpi("cac"), kpi("average", "money/deal"), kpi("cltv", better="up"))
    shown = told(found(*(value(each.name, "Email", "7") for each in kpis), kpis=kpis))

    assert {name: each.opened for name, each in shown.items()} == {"cac": True, "average": False, "cltv": False}


def test_a_kpi_without_any_figure_of_a_member_has_no_break_down() -> None:
    assert told(found(value("cac", "Email", None, undefined="no_data"))) == {}


def test_channels_are_in_the_readers_language_and_vendors_words_stay() -> None:
    rows = told(found(value("cac", "Paid Search", "2"), value("cac", "Цех №1", "1")), language="ru")["cac"].members

    assert [row.title for row in rows] == ["Контекст", "Цех №1"]


def test_every_channel_has_words() -> None:
    assert set(WORDS) == set(CHANNELS)
    assert all(word["en"] == name for name, word in WORDS.items())


def test_members_of_one_title_are_told_apart() -> None:
    rows = told(found(value("cac", "1", "2", title="Anna"), value("cac", "2", "1", title="Anna")))["cac"].members

    assert [row.title for row in rows] == ["Anna (1)", "Anna (2)"]


def test_the_dimension_of_the_most_kpis_is_the_first() -> None:
    values = (
        value("cac", "7", "1", dimension="manager"),
        value("cac", "Email", "1"),
        value("cpl", "Email", "1"),
        value("cac", "x", None, dimension="pipeline"),
    )

    assert dimensions_of(found(*values)) == ("channel", "manager")


@pytest.fixture
def by_two(inputs: SnapshotInputs, daemon: Any) -> None:
    """The shop's revenue by manager as well."""
    shop, *others = inputs.values
    revenue = next(each for each in shop.values if each.dimension == "channel")
    managers = replace(revenue, dimension="manager", member="7", title="Anna", value=Decimal(3))
    daemon.snapshot = build(None, replace(inputs, values=(replace(shop, values=(*shop.values, managers)), *others)))


def members(page: str) -> list[str]:
    return re.findall(r'<tr class="member">\s*<th scope="row">(.*?)</th>', page)


def test_the_page_has_the_members_of_the_chosen_dimension(ask: Ask, by_two: None) -> None:
    assert members(ask("/?lang=en").text) == ["&lt;script&gt;alert(1)", "=cmd|&#39; /C calc&#39;!A0"]
    assert members(ask("/?lang=en&by=manager").text) == ["Anna"]
    assert members(ask("/?lang=en&by=nothing").text) == members(ask("/?lang=en").text)


def test_links_to_other_break_downs_and_languages_keep_the_rest(ask: Ask, by_two: None) -> None:
    page = ask("/?project=shop&lang=en&by=manager").text

    assert 'href="?by=channel&amp;project=shop&amp;lang=en"' in page
    assert 'href="?lang=ru&amp;project=shop&amp;by=manager"' in page
    assert "by channel" in page


def test_one_dimension_is_no_choice(ask: Ask) -> None:
    assert "<nav" not in ask("/?lang=en").text
