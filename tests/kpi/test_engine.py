"""From files to values: when there is one, what it is, and why there is none."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from collector.kpi.values import UNDEFINED_REASONS
from tests.kpi.conftest import Business

SPEND = """
    day,spend
    2026-10-01,100
    2026-10-05,50
    2026-10-10,30
"""
DEALS = """
    id,won,amount,customer
    1,2026-09-01,1000,ann
    2,2026-10-05,400,bob
    3,2026-10-12,600,ann
"""
CLICKS = """
    day,channel,spend,clicks,impressions
    2026-10-01,Paid Search,30,10,100
    2026-10-01,Display,5,0,50
    2026-10-02,Organic,0,7,70
    2026-10-02,Paid Search,10,0,20
"""


def amount(text: str) -> Decimal:
    return Decimal(text)


# ── missing is not zero ──────────────────────────────────────────────────────────────


def test_a_kpi_that_no_source_gives_is_left_out_unless_it_is_listed(business: Business) -> None:
    business.deals(DEALS)
    business.poll()

    unlisted = business.evaluate("cac", "sales", listed=False, at="2026-10-12")
    listed = business.evaluate("cac", at="2026-10-12", windows=["7d"])

    assert {kpi.name for kpi in unlisted.kpis} == {"sales"}
    assert [(value.undefined, value.value, value.first) for value in listed.values] == [("not_configured", None, None)]


def test_what_was_never_read_has_no_data(business: Business) -> None:
    business.facts("ads", SPEND)

    found = business.value("spend", "7d", at="2026-10-10", states=None)

    assert (found.value, found.undefined) == (None, "no_data")


def test_entities_wait_for_their_history(business: Business) -> None:
    business.deals(DEALS)

    found = business.value("new_customers", "7d", at="2026-10-10")

    assert (found.value, found.undefined) == (None, "history_incomplete")


def test_a_day_without_rows_between_two_with_rows_is_a_true_zero(business: Business) -> None:
    business.facts("ads", SPEND)
    business.poll()

    found = business.value("spend", "1d", at="2026-10-03")

    assert (found.value, found.undefined) == (Decimal(0), None)


def test_before_the_first_deal_nothing_was_sold(business: Business) -> None:
    business.deals(DEALS)
    business.poll()

    assert business.value("sales", "30d", at="2026-08-01").value == 0
    assert business.value("average_order_value", "30d", at="2026-08-01").undefined == "zero_denominator"
    assert business.value("sales_cycle", "30d", at="2026-08-01").undefined == "no_events"


def test_a_window_ends_with_the_last_day_that_all_streams_have_completed(business: Business) -> None:
    business.facts("ads", SPEND)
    business.deals(DEALS)
    business.poll()

    found = business.value("cac", "7d", at="2026-10-20")

    assert (found.first, found.last, found.value) == (date(2026, 10, 4), date(2026, 10, 10), amount("80"))
    assert business.evaluate("cac", at="2026-10-20").data_through == {"cac": date(2026, 10, 10)}


def test_facts_that_begin_inside_a_window_leave_it_too_short(business: Business) -> None:
    business.facts("ads", SPEND)
    business.deals(DEALS)
    business.poll()

    assert business.value("cac", "30d", at="2026-10-10").undefined == "too_short"
    assert business.value("cac", "mtd", at="2026-10-10").value == amount("180")
    whole = business.value("cac", "all", at="2026-10-10")
    assert (whole.first, whole.value) == (date(2026, 10, 1), amount("180"))


def test_live_the_last_day_is_yesterday(business: Business) -> None:
    business.deals(DEALS)
    business.poll()

    found = business.value("sales", "7d")

    assert found.last == datetime.now(UTC).date() - timedelta(days=1)


# ── stale ────────────────────────────────────────────────────────────────────────────

READ = {"last_success": datetime(2026, 10, 20, 12, tzinfo=UTC), "data_through": date(2026, 10, 19)}


@pytest.mark.parametrize(
    ("now", "fresh", "undefined"),
    [
        ("2026-10-20T12:15", True, None),
        ("2026-10-20T12:15:01", False, None),
        ("2026-10-23T12:00", False, None),
        ("2026-10-23T12:00:01", False, "stale"),
    ],
)
def test_a_silent_source_is_fresh_then_held_then_withdrawn(
    business: Business, now: str, fresh: bool, undefined: str | None
) -> None:
    business.deals(DEALS)
    business.poll()

    found = business.value("sales", "30d", now=now, states={"crm": READ})

    assert (found.fresh, found.undefined) == (fresh, undefined)
    assert found.value == (None if undefined else 2)


def test_a_past_day_that_was_complete_is_not_doubted_by_later_silence(business: Business) -> None:
    business.deals(DEALS)
    business.poll()
    asked: dict[str, Any] = {"now": "2027-01-01", "states": {"crm": READ}}

    assert business.value("sales", "30d", at="2026-10-19", **asked).value == 2
    assert business.value("sales", "30d", at="2026-10-20", **asked).undefined == "stale"


# ── whose life, who counts ───────────────────────────────────────────────────────────


def test_a_pilot_source_counts_nowhere(business: Business) -> None:
    business.facts("ads", SPEND)
    business.facts("trial", "day,spend\n2026-10-10,1000", mode="pilot")
    business.poll()

    assert business.value("spend", "1d", at="2026-10-10").value == 30


def test_several_ad_systems_add_up(business: Business) -> None:
    business.facts("ads", SPEND)
    business.facts("more", "day,spend\n2026-10-09,5\n2026-10-10,7")
    business.poll()

    assert business.value("spend", "1d", at="2026-10-10").value == 37


def test_a_source_whose_life_is_over_holds_nothing_back(business: Business) -> None:
    business.facts("ads", SPEND)
    business.facts("old", "day,spend\n2026-10-01,1\n2026-10-03,1", active={"until": "2026-10-03"})
    business.poll()

    assert business.value("spend", "7d", at="2026-10-10").value == 80


def test_before_a_source_began_its_life_nothing_is_missing(business: Business) -> None:
    business.facts("ads", SPEND)
    business.facts("new", "day,spend\n2026-10-09,5\n2026-10-10,7", active={"from": "2026-10-09"})
    business.poll()

    assert business.value("spend", "7d", at="2026-10-10").value == 92


def test_a_late_source_that_is_not_required_makes_the_value_partial(business: Business) -> None:
    business.facts("ads", SPEND)
    business.facts("late", "day,spend\n2026-10-01,1\n2026-10-05,1", required=False)
    business.poll()

    found = business.value("spend", "7d", at="2026-10-10")

    assert (found.value, found.last) == (Decimal(81), date(2026, 10, 10))
    assert "partial" in found.flags


def test_optional_measures_count_where_a_source_has_them(business: Business) -> None:
    business.facts("ads", SPEND)
    business.deals(DEALS)
    business.poll()
    without = business.value("cac", "7d", at="2026-10-10").value
    business.facts("fees", "day,other_costs\n2026-10-01,0\n2026-10-10,20")
    business.poll()

    assert without == 80
    assert business.value("cac", "7d", at="2026-10-10").value == 100


# ── ways of aggregation ──────────────────────────────────────────────────────────────


def test_a_stock_is_its_value_at_the_windows_end(business: Business) -> None:
    business.facts("club", "day,followers\n2026-10-01,100\n2026-10-08,130\n2026-10-10,120")
    business.poll()

    assert business.value("audience", "7d", at="2026-10-09").value == 130
    assert business.value("audience", "7d", at="2026-10-10").value == 120


def test_a_vendors_own_figure_is_for_its_own_window_only(business: Business) -> None:
    business.facts("site", "day,users_28d\n2026-09-01,70\n2026-10-10,90")
    business.poll()

    assert business.value("visitors", "28d", at="2026-10-10").value == 90
    assert business.value("visitors", "7d", at="2026-10-10").undefined == "not_additive"


def test_two_vendors_figures_cannot_be_added_up(business: Business) -> None:
    business.facts("site", "day,users_28d\n2026-09-01,70\n2026-10-10,90")
    business.facts("shop", "day,users_28d\n2026-09-01,70\n2026-10-10,90")
    business.poll()

    assert business.value("visitors", "28d", at="2026-10-10").undefined == "not_additive"


def test_customers_are_new_once_and_returning_ever_after(business: Business) -> None:
    business.deals(DEALS)
    business.poll()

    kpis = ("new_customers", "active_customers", "returning_customers")
    found = business.evaluate(*kpis, windows=["mtd"], at="2026-10-31").values

    assert [value.value for value in found] == [1, 2, 1]


def test_refunds_leave_the_measure_revenue_alone_and_lower_the_kpi(business: Business) -> None:
    business.deals(DEALS + "4,2026-10-13,-150,ann")
    business.poll()

    assert business.value("revenue", "mtd", at="2026-10-31").value == 850
    assert business.value("average_order_value", "mtd", at="2026-10-31").value == 500
    assert business.value("gross_profit", "mtd", at="2026-10-31").value == 425


def test_leads_are_steps_of_a_funnel(business: Business) -> None:
    business.leads(
        "id,created,status\n1,2026-10-01,open\n2,2026-10-02,qualified\n3,2026-10-02,converted\n4,2026-10-03,junk"
    )
    business.poll()
    found = business.evaluate("leads", "qualified_leads", "lead_to_deal", windows=["mtd"], at="2026-10-31").values

    assert [value.value for value in found] == [3, 2, amount("0.3333333333333333333333333333333333")]


# ── money ────────────────────────────────────────────────────────────────────────────


def test_without_a_margin_there_is_no_profit(business: Business) -> None:
    del business.settings["margin"]
    business.deals(DEALS)
    business.poll()

    assert business.value("gross_profit", "mtd", at="2026-10-31").undefined == "no_margin"
    assert business.value("cltv_historical", "all", at="2026-10-31").undefined == "no_margin"
    assert business.value("revenue", "mtd", at="2026-10-31").value == 1000


FOREIGN: dict[str, Any] = {"constants": {"status": "won", "currency": "USD"}}


def test_other_currencies_need_a_rate(business: Business) -> None:
    business.deals(DEALS, **FOREIGN)
    business.poll()

    assert business.value("revenue", "mtd", at="2026-10-31").undefined == "no_rate"
    assert business.value("sales", "mtd", at="2026-10-31").value == 2


def test_flows_are_converted_at_the_rate_of_their_day(business: Business) -> None:
    business.settings["rates"] = {"USD": {"2026-09-01": "0.5", "2026-10-05": "0.8", "2026-10-10": "0.9"}}
    business.deals(DEALS, **FOREIGN)
    business.poll()

    found = business.value("revenue", "mtd", at="2026-10-31")

    assert (found.value, found.currency) == (400 * amount("0.8") + 600 * amount("0.9"), "EUR")


def test_a_rate_is_good_for_ten_days_and_no_longer(business: Business) -> None:
    business.deals("id,won,amount,customer\n1,2026-10-11,100,ann", **FOREIGN)
    business.settings["rates"] = {"USD": {"2026-10-01": "0.5"}}
    business.poll()
    tenth = business.value("revenue", "mtd", at="2026-10-31").value
    business.settings["rates"] = {"USD": {"2026-09-30": "0.5"}}

    assert tenth == 50
    assert business.value("revenue", "mtd", at="2026-10-31").undefined == "no_rate"


def test_one_price_for_a_currency_holds_for_all_days(business: Business) -> None:
    business.settings["rates"] = {"USD": "0.5"}
    business.deals(DEALS, **FOREIGN)
    business.poll()

    assert business.value("revenue", "all", at="2026-10-31").value == 1000


def test_rates_may_come_from_a_source(business: Business) -> None:
    business.deals(DEALS, **FOREIGN)
    business.write("bank.csv", "day,price\n2026-10-04,0.5\n2026-10-12,2\n")
    business.sources["bank"] = {
        "connector": "csv",
        "record": "rate",
        "path": "bank.csv",
        "columns": {"day": "day", "value": "price"},
        "constants": {"currency": "USD", "per": "EUR"},
    }
    business.poll()

    assert business.value("revenue", "mtd", at="2026-10-31").value == 1400


# ── break-downs ──────────────────────────────────────────────────────────────────────


def test_a_break_down_has_the_members_and_adds_up_to_the_whole(business: Business) -> None:
    business.facts("ads", CLICKS)
    business.poll()

    assert business.by("spend", "all", "channel", at="2026-10-02") == {
        "Paid Search": 40,
        "Display": 5,
        "Organic": 0,
    }
    assert business.value("spend", "all", at="2026-10-02").value == 45


def test_members_without_a_denominator_are_absent(business: Business) -> None:
    business.facts("ads", CLICKS)
    business.poll()

    assert business.by("cpc", "all", "channel", at="2026-10-02") == {"Paid Search": 4}
    assert business.by("ctr", "all", "channel", at="2026-10-02") == {
        "Paid Search": amount("0.08333333333333333333333333333333333"),
        "Display": 0,
        "Organic": amount("0.1"),
    }


def test_a_kpi_is_broken_down_only_where_all_its_measures_have_the_dimension(business: Business) -> None:
    business.facts("ads", CLICKS)
    business.deals(DEALS)
    business.poll()

    assert business.by("cac", "all", "channel", at="2026-10-02") == {}


PAID_CLICKS = {
    "name": "paid_clicks",
    "formula": "clicks",
    "unit": "click",
    "better": "up",
    "where": {"channel": "paid"},
}
PAID_PART = {"name": "paid_part", "formula": "paid_clicks / clicks", "unit": "ratio", "better": "up"}


def test_the_members_of_a_filter_are_taken_for_those_of_no_other_dimension(business: Business) -> None:
    business.settings["kpis"] = [PAID_CLICKS, PAID_PART]
    business.facts("ads", "day,channel,manager,clicks\n2026-10-01,Paid Search,x,10\n2026-10-02,Organic,y,30")
    business.poll()

    assert business.value("paid_part", "all", at="2026-10-02").value == Decimal("0.25")
    assert business.by("paid_part", "all", "channel", at="2026-10-02") == {"Organic": 0, "Paid Search": 1}
    assert business.by("paid_part", "all", "manager", at="2026-10-02") == {"x": 1, "y": 0}


def test_where_keeps_some_members_of_a_dimension(business: Business) -> None:
    business.settings["kpis"] = [
        PAID_CLICKS,
        {"name": "organic", "formula": "clicks", "unit": "click", "better": "up", "where": {"channel": "Organic"}},
    ]
    business.facts("ads", CLICKS)
    business.poll()
    found = business.evaluate("paid_clicks", "organic", windows=["all"], at="2026-10-02").values

    assert [value.value for value in found] == [10, 7]
    assert business.by("paid_clicks", "all", "channel", at="2026-10-02") == {"Paid Search": 10, "Display": 0}


def test_a_filter_on_a_dimension_that_a_measure_lacks_is_not_configured(business: Business) -> None:
    business.facts("ads", SPEND)
    business.deals(DEALS)
    business.poll()

    assert business.value("cac_paid", "all", at="2026-10-02").undefined == "not_configured"


def test_a_filter_of_a_kpi_inside_another_is_asked_for_its_dimension_too(business: Business) -> None:
    """`paid_part` has no `where` of its own, and no clicks by channel."""
    business.settings["kpis"] = [PAID_CLICKS, PAID_PART]
    business.facts("ads", "day,clicks\n2026-10-01,10\n2026-10-02,0")
    business.poll()

    assert business.value("paid_part", "all", at="2026-10-02").undefined == "not_configured"


# ── names at other windows, other KPIs ───────────────────────────────────────────────


def test_a_name_may_stand_for_another_kpi_at_another_window(business: Business) -> None:
    business.settings["kpis"] = [
        {"name": "pace", "formula": "spend.1d / spend_a_day", "unit": "ratio", "better": "within"},
        {"name": "spend_a_day", "formula": "spend.7d / 7", "unit": "money", "better": "within"},
    ]
    business.facts("ads", SPEND)
    business.poll()

    assert business.value("pace", "mtd", at="2026-10-10").value == Decimal(30) / (Decimal(80) / 7)


def test_of_several_reasons_the_first_is_told(business: Business) -> None:
    del business.settings["margin"]
    business.facts("ads", SPEND)
    business.deals(DEALS)

    assert business.value("romi", "7d").undefined == UNDEFINED_REASONS[0]
    assert business.value("marketing_profit", "7d").undefined == "history_incomplete"
    business.poll()
    assert business.value("marketing_profit", "30d", at="2026-10-10").undefined == "too_short"
    assert business.value("marketing_profit", "7d", at="2026-10-10").undefined == "no_margin"


def test_all_days_of_a_source_count_whose_life_began_with_its_first_one(business: Business) -> None:
    text = "day,sessions\n2026-01-05,5\n2026-01-06,6\n2026-01-07,7"
    business.facts("site", text, active={"from": "2026-01-05"})
    business.poll()

    found = business.value("traffic", "all", at="2026-01-10")

    assert (found.value, str(found.first), str(found.last)) == (Decimal(18), "2026-01-05", "2026-01-07")


def test_the_leads_of_a_source_that_cannot_tell_answers_wait_for_none(business: Business) -> None:
    answered = {"id": "id", "created_at": "created", "status": "status", "first_response_at": "answered"}
    business.leads("id,created,status,answered\n1,2026-10-02,open,2026-10-02", columns=answered)
    business.leads("id,created,status\n2,2026-10-02,open", name="calls")
    business.poll()

    assert business.value("response_sla", "7d", at="2026-10-07").value == 1
