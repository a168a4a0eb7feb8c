"""What counts when, scene by scene."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from collector.plugin.records import Customer, Gone


def test_a_deal_counts_on_its_day_of_creation_and_its_revenue_on_the_day_of_winning(crm: Any, deal: Any) -> None:
    crm.commit(deal(1, created="2026-02-01", won="2026-02-03", amount="900"))

    assert crm.measure("deals", "2026-02-01") == 1
    assert crm.measure("revenue", "2026-02-01") == 0
    assert crm.measure("revenue", "2026-02-03") == 900
    assert crm.measure("gross_profit", "2026-02-03") == 450


def test_a_deal_that_falls_back_to_lost_takes_its_revenue_away(crm: Any, deal: Any) -> None:
    crm.commit(deal(7, won="2026-11-02", amount="900"))
    crm.commit(deal(7, lost="2026-11-05", amount="900"))

    assert crm.measure("revenue", "2026-11-02") == 0
    assert crm.measure("deals_lost", "2026-11-05") == 1


def test_an_older_state_that_comes_late_changes_nothing(crm: Any, deal: Any) -> None:
    crm.commit(deal(7, won="2026-11-05", amount="900"))
    crm.commit(deal(7, won="2026-11-02", amount="100"))

    assert crm.measure("revenue", "2026-11-01", "2026-11-30") == 900


def test_a_deleted_deal_takes_everything_away_and_lives_again_when_seen(crm: Any, deal: Any) -> None:
    crm.commit(deal(1, won="2026-02-03"))
    crm.commit(Gone(entity="deal", id="1"))
    assert crm.measure("deals_won", "2026-01-01", "2026-12-31") == 0

    crm.commit(deal(1, won="2026-02-03"))
    assert crm.measure("deals_won", "2026-01-01", "2026-12-31") == 1


def test_a_customer_is_new_on_the_day_of_the_first_won_deal_ever(crm: Any, deal: Any) -> None:
    crm.commit(deal(1, won="2026-02-03", customer="contact:1"), deal(2, won="2026-03-03", customer="contact:1"))
    assert crm.measure("new_customers", "2026-02-03") == 1
    assert crm.measure("new_customers", "2026-01-01", "2026-12-31") == 1

    crm.commit(deal(3, won="2026-01-20", amount="70", customer="contact:1"))
    assert crm.measure("new_customers", "2026-01-20") == 1
    assert crm.measure("new_customers", "2026-02-03") == 0
    assert crm.measure("new_customer_revenue", "2026-01-01", "2026-12-31") == 70


def test_a_later_link_renames_the_customer_and_makes_no_second_one(crm: Any, deal: Any) -> None:
    crm.commit(deal(1, won="2026-02-03", customer="contact:1"), deal(2, won="2026-03-03", customer="company:9"))
    assert crm.measure("new_customers", "2026-01-01", "2026-12-31") == 2

    crm.commit(Customer(id="contact:1", parent_id="company:9"))
    assert crm.measure("new_customers", "2026-01-01", "2026-12-31") == 1
    assert crm.customers("returning_customers", "2026-03-01", "2026-03-31") == 1

    crm.commit(Customer(id="contact:1"))
    assert crm.measure("new_customers", "2026-01-01", "2026-12-31") == 2


def test_customers_merged_in_a_circle_are_one(crm: Any, deal: Any) -> None:
    crm.commit(
        Customer(id="contact:1", merged_into="contact:2"),
        Customer(id="contact:2", merged_into="contact:1"),
        deal(1, won="2026-02-03", customer="contact:1"),
        deal(2, won="2026-02-04", customer="contact:2"),
    )

    assert crm.measure("new_customers", "2026-01-01", "2026-12-31") == 1


def test_a_refund_counts_in_refunds_and_in_no_other_deal_measure(crm: Any, deal: Any) -> None:
    crm.commit(
        deal(1, won="2026-02-03", amount="100", customer="contact:1"),
        deal(2, created="2026-02-05", won="2026-02-05", amount="-40", customer="contact:1"),
    )

    assert crm.measure("refunds", "2026-02-05") == 40
    assert crm.measure("deals", "2026-01-01", "2026-12-31") == 1
    assert crm.measure("deals_won", "2026-01-01", "2026-12-31") == 1
    assert crm.measure("revenue", "2026-01-01", "2026-12-31") == 100
    assert crm.measure("gross_profit", "2026-01-01", "2026-12-31") == 30
    assert crm.measure("customer_gross_profit", "2026-02-05") == -20
    assert crm.customers("active_customers", "2026-02-05", "2026-02-05") == 0


def test_won_deals_of_a_refund_pipeline_are_no_sales_whatever_their_amount(crm: Any, deal: Any) -> None:
    crm.rules = replace(crm.rules, refund_pipelines=frozenset({"returns"}))
    crm.commit(
        *(
            deal(number, won="2026-02-03", amount=amount, customer="contact:1", pipeline="returns")
            for number, amount in enumerate(("40", "-40", "0"))
        )
    )

    assert crm.measure("refunds", "2026-02-03") == 80
    assert crm.measure("deals", "2026-01-01", "2026-12-31") == 0
    assert crm.measure("deals_won", "2026-02-03") == 0
    assert crm.measure("new_customers", "2026-02-03") == 0
    assert crm.customers("active_customers", "2026-02-03", "2026-02-03") == 0


def test_a_won_deal_of_zero_is_a_sale_and_makes_a_customer(crm: Any, deal: Any) -> None:
    crm.commit(deal(1, won="2026-02-03", amount="0", customer="contact:1"))

    assert crm.measure("deals_won", "2026-02-03") == 1
    assert crm.measure("new_customers", "2026-02-03") == 1


def test_won_deals_without_a_customer_count_in_revenue_but_make_none(crm: Any, deal: Any) -> None:
    crm.commit(deal(1, won="2026-02-03"))

    assert crm.measure("revenue", "2026-02-03") == 100
    assert crm.measure("new_customers", "2026-02-03") == 0
    assert crm.measure("customer_gross_profit", "2026-02-03") == 0


def test_two_orders_of_one_day_are_one_purchase_day(crm: Any, deal: Any) -> None:
    crm.commit(deal(1, won="2026-02-03", customer="a"), deal(2, won="2026-02-03", customer="a"))
    assert crm.customers("repeat_customers", "2026-01-01", "2026-12-31") == 0

    crm.commit(deal(3, won="2026-02-04", customer="a"))
    assert crm.customers("repeat_customers", "2026-01-01", "2026-12-31") == 1
    assert crm.customers("repeat_customers", "2026-01-01", "2026-02-03") == 0


def test_the_pipeline_of_a_day_is_what_was_created_by_then_and_not_closed_by_then(crm: Any, deal: Any) -> None:
    crm.commit(deal(1, created="2026-02-01", won="2026-02-10", amount="100"), deal(2, created="2026-02-05", amount="7"))

    assert crm.measure("pipeline_amount", "2026-01-31") == 0
    assert crm.measure("pipeline_amount", "2026-02-09") == 107
    assert crm.measure("pipeline_amount", "2026-02-10") == 7
    assert crm.measure("pipeline_idle_amount", "2026-03-06") == 0
    assert crm.measure("pipeline_idle_amount", "2026-03-07") == 7


def test_a_lead_counts_on_its_day_of_creation_with_the_best_state_it_ever_reached(crm: Any, lead: Any) -> None:
    crm.commit(
        lead(1, status="converted"), lead(2, status="qualified"), lead(3, status="lost", ever_qualified=True),
        lead(4), lead(5, status="junk"),
    )  # fmt: skip

    assert crm.measure("leads", "2026-01-01") == 4
    assert crm.measure("qualified_leads", "2026-01-01") == 3
    assert crm.measure("leads_converted", "2026-01-01") == 1


def test_a_second_lead_of_a_customer_within_a_day_is_the_same_lead(crm: Any, lead: Any) -> None:
    crm.commit(
        lead(1, customer="a"),
        lead(2, hour=23, customer="a", status="qualified"),
        lead(3, hour=24, customer="a"),
        lead(4, hour=1),
        lead(5, hour=2),
    )

    assert crm.measure("leads", "2026-01-01", "2026-01-02") == 4
    assert crm.measure("qualified_leads", "2026-01-01") == 1


def test_junk_anchors_no_duplicates(crm: Any, lead: Any) -> None:
    crm.commit(lead(1, customer="a", status="junk"), lead(2, hour=1, customer="a"))

    assert crm.measure("leads", "2026-01-01") == 1


def test_money_keeps_its_currency_to_the_millionth(crm: Any, deal: Any) -> None:
    crm.commit(deal(1, won="2026-02-03", amount="0.000001"), deal(2, won="2026-02-03", amount="8999999999999.99"))

    assert crm.measure("revenue", "2026-02-03") == Decimal("8999999999999.990001")


def test_a_first_purchase_on_the_windows_first_day_is_a_new_customers(crm: Any, deal: Any) -> None:
    crm.commit(deal(1, won="2026-02-03", customer="a"), deal(2, won="2026-02-05", customer="a"))

    assert crm.customers("returning_customers", "2026-02-03", "2026-02-28") == 0
    assert crm.customers("returning_customers", "2026-02-04", "2026-02-28") == 1
