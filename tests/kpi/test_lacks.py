"""What an explanation says that is missing: exactly which measure, stream, day or currency."""

from collections.abc import Callable
from typing import Any

import pytest

from collector.kpi.explain import explain as explain_value
from tests.kpi.conftest import Business, lacks

Explain = Callable[..., dict[str, Any]]
Program = Callable[..., str]

DEALS = "id,won,amount,customer\n1,2026-10-02,120,ann\n2,2026-10-06,240,bob"


def test_a_measure_that_only_a_pilot_gives_is_told(business: Business, explain: Explain) -> None:
    business.facts("tried", "day,sessions\n2026-10-01,10", mode="pilot")

    assert lacks(explain("traffic")) == [
        "no live source of the project gives sessions",
        "tried gives sessions, but is a pilot (`mode: pilot`)",
    ]


def test_leads_that_cannot_tell_answers_are_told(business: Business, explain: Explain) -> None:
    business.leads("id,created,status\n1,2026-10-02,open")

    assert "forms has leads, but cannot tell when they were answered (response_seconds)" in lacks(
        explain("response_time")
    )


LEADS = "id,created,status,stage\n1,2026-10-02,open,NEW\n2,2026-10-03,converted,WON\n3,2026-10-07,open,PAYING"
ONLY_DEALS: dict[str, Any] = {
    "columns": {"id": "id", "created_at": "created", "status": "status", "stage": "stage"},
    "constants": {"is_deal": "true"},
}


def test_where_all_leads_are_deals_the_step_to_a_deal_waits_for_its_stages(
    business: Business, explain: Explain
) -> None:
    business.leads(LEADS, **ONLY_DEALS)

    found = explain("lead_to_deal")

    assert (found["value"], found["undefined"]) == (None, "not_configured")
    assert lacks(found) == [
        "forms has nothing but deals (simple CRM), and nobody said at which stages a lead has become one: "
        "set `deal_stages` (leads_converted)"
    ]
    assert found["advice"] == "Name the stages at which a lead has become a deal: `deal_stages` of forms."
    assert business.value("leads", "7d", at="2026-10-07").value == 3
    assert not business.by("lead_to_deal", "7d", "channel", at="2026-10-07")


def test_once_the_stages_are_named_what_was_read_before_has_its_step(business: Business, explain: Explain) -> None:
    business.leads(LEADS, **ONLY_DEALS)
    business.poll()

    business.leads(LEADS, **ONLY_DEALS, deal_stages=["PAYING"])

    assert business.value("leads", "7d", at="2026-10-07").value == 3
    assert float(explain("lead_to_deal")["value"]) == pytest.approx(2 / 3)


def test_a_filter_without_its_dimension_names_the_stream(business: Business, explain: Explain) -> None:
    business.facts("ads", "day,spend\n2026-10-01,10\n2026-10-07,0")
    business.deals(DEALS)

    found = explain("cac_paid")

    assert lacks(found) == ["ads/rows does not give spend by channel"]
    assert found["advice"].startswith("No live source gives: spend (channel).")


def test_a_source_that_was_never_read_is_named(business: Business, kpi_collector: Program) -> None:
    business.deals(DEALS)

    told = kpi_collector("--config", business.config, "kpi", "explain", "sales", "--window", "7d", "--lang", "ru")

    assert "crm/rows ни разу не прочитан успешно" in told


def test_a_stream_that_begins_too_late_is_named_with_the_day_that_is_needed(
    business: Business, explain: Explain
) -> None:
    business.facts("ads", "day,spend\n2026-10-03,10\n2026-10-07,0")

    assert lacks(explain("spend")) == ["ads/rows begins on 2026-10-03; 7d needs it from 2026-10-01 on"]


def test_a_period_of_which_no_day_is_complete_is_told(business: Business, explain: Explain) -> None:
    business.facts("ads", "day,spend\n2026-09-03,10\n2026-09-30,0")

    assert lacks(explain("spend", window="mtd")) == ["mtd began on 2026-10-01, and the last complete day is 2026-09-30"]


def test_a_missing_rate_is_told_with_currency_source_and_days(business: Business, explain: Explain) -> None:
    rows = ["2026-10-01,100,USD", "2026-10-05,80,USD", "2026-10-07,50,EUR"]
    business.facts("ads", "\n".join(["day,spend,currency", *rows]))

    found = explain("spend")

    assert (found["undefined"], found["put_in"]) == ("no_rate", None)
    assert lacks(found) == ["spend of ads: no rate of USD in EUR for 2026-10-01, 2026-10-05"]
    assert found["missing"][0]["days"] == ["2026-10-01", "2026-10-05"]


def test_deals_without_a_margin_are_told_with_what_they_have_in_common(business: Business, explain: Explain) -> None:
    business.settings["margin"] = {"by": {"pipeline": {"B2B": "0.3"}}}
    shape = {"id": "id", "closed_at": "won", "amount": "amount", "customer_id": "customer", "pipeline": "pipeline"}
    business.deals("id,won,amount,customer,pipeline\n1,2026-10-02,9,ann,B2B\n2,2026-10-02,9,bob,Shop", columns=shape)

    assert lacks(explain("gross_profit")) == [
        "gross_profit: nothing says the margin of 1 deals of crm",
        "these deals have the pipeline: Shop",
    ]


def test_a_figure_of_a_source_tells_its_only_window(business: Business, explain: Explain) -> None:
    business.facts("ga", "day,users_28d\n2026-09-01,10\n2026-10-07,20")

    assert lacks(explain("visitors")) == ["the source gives users_28d for the window 28d only"]


def test_a_figure_of_two_sources_tells_that_they_cannot_be_put_together(business: Business, explain: Explain) -> None:
    for name in ("vk", "ok"):
        business.facts(name, "day,reach_7d\n2026-09-01,10\n2026-10-07,20")

    assert lacks(explain("reach_7d")) == [
        "reach_7d comes from several sources, whose people cannot be told apart: ok, vk"
    ]


def test_a_denominator_of_zero_is_told_as_what_it_is(business: Business, explain: Explain) -> None:
    business.deals("id,won,amount,customer\n1,2026-09-02,120,ann")

    found = explain("deal_to_win")

    assert (found["put_in"], lacks(found)) == ("0 / (0 + 0)", ["deals_won + deals_lost = 0"])


def test_a_silent_stream_is_told_with_its_last_answer(business: Business) -> None:
    business.deals(DEALS)
    business.poll()

    with business.engine("sales", now="2031-01-01T00:00") as (engine, kpi):
        told = explain_value(engine, kpi, "7d")

    assert told.value.undefined == "stale"
    (lack,) = told.lacks
    assert (lack.what, lack.facts["stream"]) == ("silent", "crm/rows")


def test_a_history_that_is_not_all_in_names_the_stream(business: Business) -> None:
    business.deals(DEALS)
    business.poll()

    with business.engine("new_customers", states={"crm": {"history_complete": False}}) as (engine, kpi):
        told = explain_value(engine, kpi, "7d")

    assert [(each.what, each.facts["stream"]) for each in told.lacks] == [("history_incomplete", "crm/rows")]


def test_a_constant_without_a_value_on_that_day_is_named(business: Business, explain: Explain) -> None:
    fee = {"unit": "ratio", "values": {"2026-10-20": "0.1"}}
    ours = {"name": "fees", "formula": "spend * fee", "unit": "money", "better": "down", "constants": {"fee": fee}}
    business.settings["kpis"] = [ours]
    business.facts("ads", "day,spend\n2026-09-20,0\n2026-10-07,40")

    found = explain("fees")

    assert (found["undefined"], found["put_in"]) == ("not_configured", None)
    assert lacks(found) == ["the constant fee has no value on 2026-10-07"]
    assert found["advice"] == "State a value of fee that holds on 2026-10-07."
