"""`kpi-collector kpi`: what it prints, and what it refuses."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.kpi.conftest import Business

DEALS = "id,won,amount,customer\n1,2026-10-01,10,ann\n2,2026-10-02,20,ann\n3,2026-10-02,0,bob"
Program = Callable[..., str]


@pytest.fixture
def shop(business: Business) -> Business:
    business.deals(DEALS)
    business.poll()
    return business


@pytest.fixture
def lines(shop: Business, kpi_collector: Program) -> Callable[..., list[dict[str, Any]]]:
    def told(*arguments: str) -> list[dict[str, Any]]:
        out = kpi_collector("--config", shop.config, "kpi", *arguments, "--format", "json")
        return [json.loads(line) for line in out.splitlines()]

    return told


Lines = Callable[..., list[dict[str, Any]]]


def test_a_value_is_one_object_with_its_days(lines: Lines) -> None:
    assert lines("show", "average_order_value", "--at", "2026-10-02", "--window", "7d") == [
        {
            "kpi": "average_order_value",
            "window": "7d",
            "from": "2026-09-26",
            "through": "2026-10-02",
            "value": "10",
            "unit": "money/deal",
            "currency": "EUR",
            "fresh": True,
            "undefined": None,
        }
    ]


def test_an_undefined_value_says_why_and_is_no_failure(lines: Lines) -> None:
    (found,) = lines("show", "average_order_value", "--at", "2026-09-02", "--window", "7d")

    assert (found["value"], found["undefined"]) == (None, "zero_denominator")


def test_ratios_have_all_their_digits(lines: Lines) -> None:
    (found,) = lines("show", "cltv", "--at", "2026-10-01", "--window", "all")
    (share,) = lines("show", "repeat_purchase_rate", "--at", "2026-10-02")

    assert found["kpi"] == "cltv_historical"
    assert found["value"] == "5"
    assert share["value"] == "0.5"


def test_a_break_down_names_member_and_title(lines: Lines) -> None:
    assert lines("show", "sales", "--at", "2026-10-02", "--window", "1d", "--by", "manager") == [
        {
            "kpi": "sales",
            "window": "1d",
            "from": "2026-10-02",
            "through": "2026-10-02",
            "value": "2",
            "unit": "deal",
            "currency": None,
            "fresh": True,
            "undefined": None,
            "manager": "(not set)",
            "member": "(not set)",
        }
    ]


def test_without_a_name_all_that_sources_give_is_shown(lines: Lines) -> None:
    names = {line["kpi"] for line in lines("show", "--at", "2026-10-02")}

    assert {"sales", "revenue", "cltv_historical"} <= names
    assert "traffic" not in names


def test_what_no_source_gives_is_shown_by_its_name(lines: Lines) -> None:
    (found,) = lines("show", "traffic", "--window", "7d")

    assert (found["value"], found["undefined"], found["from"]) == (None, "not_configured", None)


def test_a_listed_kpi_is_shown_though_no_source_gives_it(shop: Business, lines: Lines) -> None:
    shop.settings["kpis"] = ["sales", "traffic"]

    found = {line["kpi"]: line["undefined"] for line in lines("show", "--at", "2026-10-02", "--window", "7d")}

    assert found == {"sales": None, "traffic": "not_configured"}


def test_the_list_tells_formula_and_metric(lines: Lines) -> None:
    found = {line["name"]: line for line in lines("list")}

    assert found["visit_to_lead"]["formula"] == "web_leads / sessions"
    assert found["visit_to_lead"]["metric"] == "marketing_conversion_ratio"


def test_an_explanation_tells_the_numbers_that_went_in(lines: Lines) -> None:
    (found,) = lines("explain", "average_order_value", "--at", "2026-10-02", "--window", "7d")

    assert {each["name"]: each["value"] for each in found["inputs"]} == {"revenue": "30", "deals_won": "3"}
    assert [each["source"] for each in found["streams"]] == ["crm"]
    assert found["advice"] is None


def test_an_explanation_tells_what_to_do(shop: Business, kpi_collector: Program) -> None:
    told = kpi_collector("--config", shop.config, "kpi", "explain", "cac", "--window", "7d")

    assert "none: no source gives it (not_configured)" in told
    assert "No live source gives: spend." in told


def test_a_missing_margin_is_explained(shop: Business, kpi_collector: Program) -> None:
    del shop.settings["margin"]

    told = kpi_collector("--config", shop.config, "kpi", "explain", "gross_profit", "--window", "7d")

    assert "(no_margin)" in told
    assert "state `margin: {default: 0.35}`" in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["show", "salse"], "there is no KPI 'salse'. Did you mean sales?"),
        (["explain", "conversio"], "there is no KPI 'conversio'. Did you mean conversion?"),
        (["show", "sales", "--window", "8d"], "there is no window '8d'"),
        (["show", "sales", "--at", "2026-02-30"], "'2026-02-30' is no day; write it as 2026-11-02"),
        (["show", "sales", "--by", "manger"], "Did you mean manager?"),
        (["show", "sales", "--project", "defualt"], "there is no project 'defualt'. Did you mean default?"),
    ],
)
def test_what_does_not_exist_is_refused_with_the_nearest_name(
    shop: Business,
    kpi_collector: Program,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    told: str,
) -> None:
    kpi_collector("--config", shop.config, "kpi", *arguments, code=2)

    assert told in capsys.readouterr().err


def test_several_projects_are_told_apart(shop: Business, lines: Lines) -> None:
    shop.settings["projects"] = {"other": {"currency": "USD", "kpis": ["traffic"]}}

    found = lines("show", "--at", "2026-10-02", "--window", "7d")

    assert {line["project"] for line in found} == {"default", "other"}
    assert {line["kpi"] for line in found if line["project"] == "other"} == {"traffic"}
