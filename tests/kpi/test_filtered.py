"""A KPI with a `where`, broken down by another dimension than that of the filter."""

from decimal import Decimal
from typing import Any

import pytest

from collector.kpi.memory import Memory
from tests.kpi.conftest import Business

END = "2026-04-10"
PAID = {"channel": "paid"}
CRM = {"connector": "csv", "path": "crm.csv", "record": "deal", "complete_through": "yesterday"}
COLUMNS = {
    "id": "id", "created_at": "created", "closed_at": "closed", "status": "status", "amount": "amount",
    "currency": "currency", "customer_id": "customer", "manager": "manager", "pipeline": "pipeline", "gclid": "click",
}  # fmt: skip


def kpi(business: Business, formula: str, where: dict[str, Any], unit: str = "money", **more: Any) -> None:
    """The KPI `some`."""
    told = {"name": "some", "formula": formula, "unit": unit, "better": "up", "where": where}
    business.settings["kpis"] = [told | more]


def deals(business: Business, *rows: str, **settings: Any) -> None:
    """id,created,closed,status,amount,customer,manager,pipeline; those with `ad` at the end came by Paid Search."""
    head = "id,created,closed,status,amount,currency,customer,manager,pipeline,click"
    lines = [row.replace(",ad", ",clicked") if row.endswith(",ad") else row + "," for row in rows]
    business.write("crm.csv", "\n".join([head, *lines]) + "\n")
    business.sources["crm"] = {**CRM, "columns": COLUMNS, **settings}


def shown(business: Business, by: str, window: str = "30d") -> dict[str | None, Decimal | None]:
    return business.by("some", window, by, at=END)


def whole(business: Business, window: str = "30d") -> Decimal | None:
    return business.value("some", window, at=END).value


# ── facts ────────────────────────────────────────────────────────────────────────────


def test_members_of_another_dimension_count_what_the_filter_keeps_and_add_up_to_the_whole(business: Business) -> None:
    kpi(business, "spend", PAID)
    business.facts(
        "ads",
        """day,channel,manager,spend
        2026-04-01,Paid Search,x,10
        2026-04-02,Paid Social,x,5
        2026-04-02,Email,x,100
        2026-04-10,Paid Search,y,7""",
    )
    business.poll()

    assert shown(business, "manager", "7d") == {"y": 7}
    assert shown(business, "manager", "mtd") == {"x": 15, "y": 7}
    assert whole(business, "mtd") == 22


def test_a_kpi_inside_another_keeps_its_filter_by_every_dimension(business: Business) -> None:
    business.settings["kpis"] = [
        {"name": "paid", "formula": "spend", "unit": "money", "better": "up", "where": PAID},
        {"name": "some", "formula": "paid / spend", "unit": "ratio", "better": "up"},
    ]
    rows = "day,channel,manager,spend\n2026-04-01,Paid Search,x,10\n2026-04-02,Email,x,30\n2026-04-10,Paid Search,y,7"
    business.facts("ads", rows)
    business.poll()

    assert shown(business, "manager", "mtd") == {"x": Decimal("0.25"), "y": 1}


def test_a_channel_found_by_rules_is_read_from_the_cut_that_it_was_found_by(business: Business) -> None:
    business.settings["dimensions"] = {"device": "device"}
    kpi(business, "sessions", PAID, "session")
    rows = """day,medium,campaign,device,sessions
        2026-04-01,yandex / cpc,spring,,10
        2026-04-01,yandex / cpc,summer,,20
        2026-04-01,google / organic,spring,,40
        2026-04-10,,,phone,80"""
    business.facts("site", rows, cuts=[["source_medium", "campaign"], ["device"]])
    business.sources["site"]["columns"] = {
        "day": "day", "source_medium": "medium", "campaign": "campaign", "device": "device", "sessions": "sessions",
    }  # fmt: skip
    business.poll()

    assert shown(business, "campaign", "mtd") == {"spring": 10, "summer": 20}
    assert shown(business, "source_medium", "mtd") == {"yandex / cpc": 30}
    with business.engine("some", at=END) as (engine, of_paid):
        assert engine.dimensions(of_paid) == {"channel", "source_medium", "campaign", "source", "site"}


def test_who_delivered_a_row_needs_no_cut(business: Business) -> None:
    kpi(business, "spend", PAID)
    business.facts("ads", "day,channel,spend\n2026-04-01,Paid Search,10\n2026-04-10,Email,1")
    business.facts("more", "day,channel,spend\n2026-04-01,Paid Social,5\n2026-04-10,Email,1")
    business.poll()
    assert shown(business, "source", "mtd") == {"ads": 10, "more": 5}

    kpi(business, "spend", {"source": "more"})
    assert shown(business, "channel", "mtd") == {"Paid Social": 5, "Email": 1}


def test_each_day_of_a_filtered_member_has_its_own_rate_and_vat(business: Business) -> None:
    business.settings["rates"] = {"USD": {"2026-04-01": 2, "2026-04-06": 3}}
    rates = {"2025-01-01": "0.1", "2026-04-06": "0.25"}
    business.settings["vat"] = {"payer": True, "rates": rates, "revenue": "gross", "spend": {"ads": "gross"}}
    kpi(business, "spend", PAID)
    business.facts(
        "ads",
        """day,channel,manager,spend,currency
        2026-04-01,Paid Search,x,11,EUR
        2026-04-01,Paid Search,x,11,USD
        2026-04-10,Paid Search,x,50,USD
        2026-04-10,Email,x,50,USD""",
        columns={"day": "day", "channel": "channel", "manager": "manager", "spend": "spend", "currency": "currency"},
    )
    business.poll()

    assert shown(business, "manager", "mtd") == {"x": 10 + 20 + 120}


def test_what_a_filter_leaves_out_needs_no_rate(business: Business) -> None:
    kpi(business, "spend", PAID)
    rows = "day,channel,manager,spend,currency\n2026-04-01,Paid Search,x,1,EUR\n2026-04-01,Email,x,1,USD\n"
    business.facts("ads", f"{rows}2026-04-10,Paid Search,y,5,USD")
    business.poll()

    assert shown(business, "manager", "mtd") == {"x": 1}, "y has no rate"


def test_a_stated_stock_is_the_filtered_part_of_the_last_statement(business: Business) -> None:
    business.settings["dimensions"] = {"region": "region"}
    kpi(business, "followers", {"network": "vk"}, "follower")
    business.facts(
        "pages",
        """day,network,region,followers
        2026-04-01,vk,north,100
        2026-04-01,vk,south,50
        2026-04-08,vk,north,120
        2026-04-08,tg,south,7""",
    )
    business.poll()

    assert business.by("some", "7d", "region", at="2026-04-08") == {"north": 120}
    assert business.value("some", "7d", at="2026-04-08").value == 120


# ── leads and deals ──────────────────────────────────────────────────────────────────

SALES = (
    "1,2026-04-01,2026-04-02,won,100,EUR,a,x,new,ad",
    "2,2026-04-01,2026-04-03,won,10,EUR,b,y,new,ad",
    "3,2026-04-01,2026-04-03,won,1000,EUR,c,x,old",
    "4,2026-04-04,2026-04-05,won,40,EUR,a,y,old,ad",
    "5,2026-04-06,,open,7,EUR,d,x,new,ad",
    "6,2026-04-06,,open,70,EUR,e,x,new",
)


def test_deals_of_a_channel_by_manager(business: Business) -> None:
    kpi(business, "revenue", PAID)
    deals(business, *SALES)
    business.poll()

    assert shown(business, "manager") == {"x": 100, "y": 50}
    assert whole(business) == 150
    assert shown(business, "channel") == {"Paid Search": 150}


def test_an_open_pipeline_of_a_channel_by_manager(business: Business) -> None:
    kpi(business, "pipeline_amount", PAID)
    deals(business, *SALES)
    business.poll()

    assert business.by("some", "1d", "manager", at=END) == {"x": 7, "y": 0}
    assert business.by("some", "1d", "manager", at="2026-04-02") == {"x": 0, "y": 10}


def test_romi_has_a_break_down_by_campaign(business: Business) -> None:
    columns = {**COLUMNS, "utm_source": "source", "utm_medium": "medium", "utm_campaign": "campaign"}
    head = "id,created,closed,status,amount,currency,customer,manager,pipeline,click,source,medium,campaign"
    business.write(
        "crm.csv",
        f"{head}\n1,2026-04-01,2026-04-02,won,300,EUR,a,,,,yandex,cpc,spring\n"
        "2,2026-04-01,2026-04-02,won,900,EUR,b,,,,mail,email,spring\n",
    )
    business.sources["crm"] = {**CRM, "columns": columns}
    business.facts(
        "ads", "day,channel,campaign,spend\n2026-04-01,Paid Search,spring,100\n2026-04-10,Paid Search,summer,50"
    )
    business.poll()

    assert business.by("romi", "mtd", "campaign", at=END) == {"spring": Decimal("0.5"), "summer": -1}


def test_a_deal_without_a_margin_leaves_its_filtered_member_without_a_profit(business: Business) -> None:
    business.settings["margin"] = {"by": {"pipeline": {"new": "0.5"}}}
    kpi(business, "gross_profit", PAID)
    deals(business, *SALES)
    business.poll()

    assert shown(business, "manager") == {"x": 50}, "y sold something of the pipeline old"


def test_leads_without_an_answer_are_due_in_their_filtered_member(business: Business) -> None:
    kpi(business, "leads_answered_in_time / leads_response_due", PAID, "ratio")
    columns = {"id": "id", "created_at": "at", "first_response_at": "answered", "manager": "manager", "gclid": "click"}
    business.leads(
        """id,at,answered,manager,click
        1,2026-04-01T10:00:00,2026-04-01T10:01:00,x,c
        2,2026-04-01T11:00:00,,x,c
        3,2026-04-01T11:00:00,,x,
        4,2026-04-01T12:00:00,2026-04-01T12:01:00,y,c""",
        columns=columns,
        constants={"status": "open"},
    )
    business.poll()

    assert shown(business, "manager") == {"x": Decimal("0.5"), "y": 1}


def test_a_median_is_that_of_the_numbers_that_a_filter_keeps(business: Business) -> None:
    kpi(business, "seconds_to_win", {"manager": ["x", "y"]}, "second")
    rows = ("1,2026-04-01,2026-04-02,won,1,EUR,a,x,new", "2,2026-04-01,2026-04-04,won,1,EUR,b,y,new")
    deals(business, *rows, "3,2026-04-01,2026-04-09,won,1,EUR,c,z,new", "4,2026-04-01,2026-04-02,won,1,EUR,d,x,old")
    business.poll()

    assert whole(business) == 86_400
    assert shown(business, "manager") == {"x": 86_400, "y": 3 * 86_400}
    assert shown(business, "pipeline") == {"new": 2 * 86_400, "old": 86_400}


# ── customers ────────────────────────────────────────────────────────────────────────

CUSTOMERS = (
    "1,2026-04-01,2026-04-02,won,1,EUR,a,x,new,ad",
    "2,2026-04-01,2026-04-02,won,1,EUR,a,y,old",
    "3,2026-04-01,2026-04-03,won,1,EUR,a,z,old",
    "4,2026-04-01,2026-04-03,won,1,EUR,b,x,old",
    "5,2026-04-01,2026-04-03,won,1,EUR,b,x,new",
    "6,2026-04-01,2026-04-03,won,1,EUR,c,z,old",
    "7,2026-04-04,2026-04-05,won,1,EUR,b,x,old,ad",  # b was won without an ad
)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("manager", {"x": 2, "y": 1, "overlap": -1}),
        ("pipeline", {"new": 2, "old": 2, "overlap": -2}),  # a bought something new of x, something old of y
        ("channel", {"Paid Search": 1, "Unassigned": 1}),
        ("source", {"crm": 2}),
    ],
)
def test_a_customer_of_several_kept_members_counts_once(business: Business, by: str, expected: dict[str, int]) -> None:
    kpi(business, "active_customers", {"manager": ["x", "y"]}, "customer")
    deals(business, *CUSTOMERS)
    business.poll()

    assert shown(business, by) == expected
    assert whole(business) == sum(expected.values()) == 2


def test_customers_of_a_channel_are_those_that_it_won_by_whoever_sold_to_them(business: Business) -> None:
    kpi(business, "active_customers", PAID, "customer")
    deals(business, *CUSTOMERS)
    business.poll()

    assert shown(business, "manager") == {"x": 1, "y": 1, "z": 1, "overlap": -2}
    assert whole(business) == 1


def test_a_returning_customer_may_have_bought_of_another_manager_before(business: Business) -> None:
    kpi(business, "returning_customers", {"manager": "x"}, "customer")
    rows = ("1,2026-03-01,2026-03-01,won,1,EUR,a,z,new", "2,2026-04-09,2026-04-09,won,1,EUR,a,x,new")
    deals(business, *rows, "3,2026-04-09,2026-04-09,won,1,EUR,b,x,new")
    business.poll()

    assert whole(business, "7d") == 1
    assert shown(business, "pipeline", "7d") == {"new": 1}
    assert whole(business, "90d") == 0


def test_a_vendors_own_figure_is_shown_for_the_members_that_are_kept_and_not_put_together(business: Business) -> None:
    kpi(business, "users_28d", {"channel": ["Email", "Direct"]}, "user")
    rows = "day,channel,users_28d\n2026-03-01,,1\n2026-04-10,,9\n2026-04-10,Email,3\n2026-04-10,Direct,5"
    business.facts("site", f"{rows}\n2026-04-10,Referral,4", cuts=[[], ["channel"]])
    business.poll()

    assert shown(business, "channel", "28d") == {"Email": 3, "Direct": 5}
    assert business.value("some", "28d", at=END).undefined == "not_additive"
    assert shown(business, "source", "28d") == {}


# ── which, and when ──────────────────────────────────────────────────────────────────


def test_an_optional_measure_that_cannot_be_filtered_by_a_dimension_is_left_out_of_it(business: Business) -> None:
    kpi(business, "spend + other_costs", PAID, optional=["other_costs"])
    business.facts("ads", "day,channel,manager,spend\n2026-04-01,Paid Search,x,10\n2026-04-10,Email,y,5")
    rows = "day,channel,manager,other_costs\n2026-04-01,Paid Search,,1\n2026-04-10,,x,7"
    business.facts("fees", rows, cuts=[["channel"], ["manager"]])
    business.poll()

    assert whole(business, "mtd") == 11
    assert shown(business, "manager", "mtd") == {"x": 10}


def test_only_who_asks_for_it_waits_for_another_dimension(business: Business) -> None:
    kpi(business, "revenue", PAID)
    deals(business, *SALES)
    business.poll()

    (found,) = business.evaluate("some", at=END, windows=["30d"]).kpis
    assert found.by == ("channel",)
    kpi(business, "revenue", PAID, by=["manager"])
    (found,) = business.evaluate("some", at=END, windows=["30d"]).kpis
    assert found.by == ("manager",)


def test_what_is_remembered_of_a_filter_goes_with_its_stream(business: Business) -> None:
    kpi(business, "revenue", PAID)
    deals(business, *SALES)
    business.poll()
    memory = Memory()
    assert business.by("some", "30d", "manager", at=END, memory=memory) == {"x": 100, "y": 50}

    deals(business, *SALES, "7,2026-04-06,2026-04-07,won,5,EUR,f,x,new,ad")
    business.poll()
    assert business.by("some", "30d", "manager", at=END, memory=memory) == {"x": 105, "y": 50}


def test_of_two_filters_each_counts_its_own_members(business: Business) -> None:
    told = {"unit": "money", "better": "up"}
    business.settings["kpis"] = [
        {"name": "paid", "formula": "revenue", "where": PAID, **told},
        {"name": "of_x", "formula": "revenue", "where": {"manager": "x"}, **told},
        {"name": "some", "formula": "of_x - paid", **told},
    ]
    deals(business, *SALES)
    business.poll()

    assert whole(business) == 1100 - 150
    assert shown(business, "channel") == {"Paid Search": -50, "Unassigned": 1000}
    assert shown(business, "manager") == {"x": 1000, "y": -50}
    assert shown(business, "pipeline") == {"new": 100 - 110, "old": 1000 - 40}
