"""By which channel a lead or deal came: the order of evidence, scene by scene."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from collector.plugin.records import Customer
from collector.vocabulary.channels import ChannelRules, Rule

YANDEX = {"utm_source": "yandex", "utm_medium": "cpc"}
VK = {"utm_source": "vk", "utm_medium": "cpc"}


def test_its_own_tags_come_first(crm: Any, deal: Any) -> None:
    crm.commit(deal(1, **YANDEX, click_ids={"fbclid": "x"}, lead_source="CALL"))

    assert crm.by("deals", "channel") == {"Paid Search": 1}


def test_tags_that_no_rule_matches_do_not_stop_the_search(crm: Any, deal: Any) -> None:
    crm.commit(deal(1, utm_source="??", utm_medium="??", click_ids={"rb_clickid": "x"}))

    assert crm.by("deals", "channel") == {"Paid Social": 1}


def test_a_deal_takes_the_evidence_of_the_lead_that_it_names_however_old(crm: Any, deal: Any, lead: Any) -> None:
    crm.commit(lead(7, created="2025-01-01", **VK), deal(1, created="2026-02-01", lead_id="7"))

    assert crm.by("deals", "channel") == {"Paid Social": 1}


def test_a_named_lead_that_changes_changes_its_deals(crm: Any, deal: Any, lead: Any) -> None:
    crm.commit(lead(7, customer="contact:1"), deal(1, customer="contact:2", lead_id="7"))
    assert crm.by("deals", "channel") == {"Unassigned": 1}

    crm.commit(lead(7, customer="contact:1", **VK))
    assert crm.by("deals", "channel") == {"Paid Social": 1}


def test_the_customers_last_touch_speaks_for_ninety_days_the_last_one_inside(crm: Any, deal: Any, lead: Any) -> None:
    crm.commit(
        lead(1, created="2026-01-01", customer="a", **YANDEX),
        deal(1, created="2026-04-01", customer="a"),  # 90 days later
        lead(2, created="2026-01-01", customer="b", **YANDEX),
        deal(2, created="2026-04-02", customer="b"),  # 91
    )

    assert crm.by("deals", "channel") == {"Paid Search": 1, "Unassigned": 1}


def test_a_touch_of_junk_counts_and_that_of_a_refund_does_not(crm: Any, deal: Any, lead: Any) -> None:
    crm.commit(
        lead(1, created="2026-01-01", customer="a", status="junk", **VK),
        deal(1, created="2026-01-10", customer="a"),
        deal(2, created="2026-01-01", won="2026-01-02", amount="-5", customer="b", **VK),
        deal(3, created="2026-01-10", customer="b"),
    )

    assert crm.by("deals", "channel") == {"Paid Social": 1, "Unassigned": 1}


def test_a_later_touch_explains_nothing_earlier(crm: Any, deal: Any, lead: Any) -> None:
    crm.commit(deal(1, created="2026-01-01", customer="a"), lead(1, created="2026-01-02", customer="a", **VK))

    assert crm.by("deals", "channel") == {"Unassigned": 1}


def test_who_has_bought_before_is_an_existing_customer_by_the_instant(crm: Any, deal: Any) -> None:
    crm.commit(
        deal(1, created="2026-01-01", won="2026-01-05", customer="a"),
        deal(2, created="2026-01-05", customer="a", lead_source="CALL"),  # created at the instant of the win
        deal(3, created="2026-01-06", customer="a", lead_source="CALL"),
    )

    assert crm.by("deals", "channel") == {"Unassigned": 1, "Calls": 1, "Existing customers": 1}


def test_what_the_crm_says_of_repetition_outranks_our_own_finding(crm: Any, deal: Any) -> None:
    crm.commit(
        deal(1, created="2026-01-01", won="2026-01-02", customer="a", is_repeat=True),
        deal(2, created="2026-01-09", customer="a", is_repeat=False, lead_source="EMAIL"),
    )

    assert crm.by("deals", "channel") == {"Existing customers": 1, "Email": 1}


def test_first_attribution_takes_the_customers_earliest_touch(crm: Any, deal: Any, lead: Any) -> None:
    crm.rules = replace(crm.rules, attribution="first")
    crm.commit(
        lead(1, created="2025-01-01", customer="a", **VK),
        deal(1, created="2026-01-01", won="2026-01-02", customer="a", **YANDEX),
    )

    assert crm.by("deals", "channel") == {"Paid Social": 1}
    assert crm.by("new_customers", "channel") == {"Paid Social": 1}


def test_customers_are_cut_by_their_first_won_deal(crm: Any, deal: Any) -> None:
    crm.commit(
        deal(1, created="2026-01-01", won="2026-01-02", amount="10", customer="a", manager="ann", **VK),
        deal(2, created="2026-02-01", won="2026-02-02", amount="20", customer="a", manager="bob", **YANDEX),
    )

    assert crm.by("customer_gross_profit", "channel") == {"Paid Social": 15}
    assert crm.by("customer_gross_profit", "manager") == {"ann": 15}
    assert crm.by("gross_profit", "channel") == {"Paid Social": 5, "Paid Search": 10}
    assert crm.by("new_customer_revenue", "channel") == {"Paid Social": 10}


def test_an_earlier_win_that_comes_late_takes_the_acquisition_with_it(crm: Any, deal: Any) -> None:
    crm.commit(deal(1, created="2026-02-01", won="2026-02-02", customer="a", **VK))
    crm.commit(deal(2, created="2026-01-01", won="2026-01-02", customer="a", **YANDEX))

    assert crm.by("new_customers", "channel") == {"Paid Search": 1}


def test_a_company_and_its_contact_share_their_touches_once_they_are_linked(crm: Any, deal: Any, lead: Any) -> None:
    crm.commit(
        lead(1, created="2026-01-01", customer="contact:1", **VK),
        deal(1, created="2026-01-05", customer="company:9"),
    )
    assert crm.by("deals", "channel") == {"Unassigned": 1}

    crm.commit(Customer(id="contact:1", parent_id="company:9"))
    assert crm.by("deals", "channel") == {"Paid Social": 1}


def test_a_users_rule_comes_before_the_built_in_ones(crm: Any, deal: Any) -> None:
    crm.rules = replace(crm.rules, channels=ChannelRules((Rule("Podcasts", source="yandex*"),)))
    crm.commit(deal(1, **YANDEX))

    assert crm.by("deals", "channel") == {"Podcasts": 1}


def test_other_rules_make_the_ledger_anew(crm: Any, deal: Any) -> None:
    crm.commit(deal(1, **YANDEX))
    crm.rules = replace(crm.rules, channels=ChannelRules((Rule("Podcasts", source="yandex"),)))
    crm.commit()

    assert crm.by("deals", "channel") == {"Podcasts": 1}


def test_web_leads_are_those_that_came_by_the_web(crm: Any, lead: Any) -> None:
    crm.commit(lead(1, lead_source="CALL"), lead(2, lead_source="PARTNER"), lead(3, **VK), lead(4))

    assert crm.measure("leads", "2026-01-01") == 4
    assert crm.measure("web_leads", "2026-01-01") == 2


# ── responses ────────────────────────────────────────────────────────────────────────


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_an_answer_after_exactly_the_target_is_in_time(crm: Any, lead: Any) -> None:
    crm.commit(
        lead(1, first_response_at=_at("2026-01-01T12:15:00")),
        lead(2, first_response_at=_at("2026-01-01T12:15:01")),
        lead(3),
    )

    assert crm.measure("leads_answered_in_time", "2026-01-01") == 1
    assert crm.measure("leads_response_due", "2026-01-01") == 2
    assert crm.samples("response_seconds") == [900, 901]


def test_a_duplicate_brings_its_answer_to_the_lead_that_counts(crm: Any, lead: Any) -> None:
    crm.commit(
        lead(1, customer="a", first_response_at=_at("2026-01-01T20:00:00")),
        lead(2, customer="a", hour=1, first_response_at=_at("2026-01-01T13:05:00")),
    )

    assert crm.samples("response_seconds") == [3900]


def test_an_answer_before_the_lead_was_written_down_took_no_time(crm: Any, lead: Any) -> None:
    crm.commit(lead(1, first_response_at=_at("2026-01-01T11:00:00")))

    assert crm.samples("response_seconds") == [0]


# ── margins ──────────────────────────────────────────────────────────────────────────


def test_a_deal_without_a_margin_is_told_and_not_taken_for_nothing(crm: Any, deal: Any) -> None:
    crm.rules = replace(crm.rules, margin=None, margin_by={"pipeline": {"shop": crm.rules.margin}})
    crm.commit(deal(1, won="2026-01-02", pipeline="shop"), deal(2, won="2026-01-02", pipeline="b2b"))

    assert crm.measure("gross_profit", "2026-01-02") == 50
    assert crm.measure("gross_profit:no_margin", "2026-01-02") == 1


def test_a_deals_own_margin_outranks_that_of_its_pipeline_and_the_default(crm: Any, deal: Any) -> None:
    crm.rules = replace(
        crm.rules, margin_field="share", dimensions=("share",), margin_by={"pipeline": {"shop": crm.rules.margin}}
    )
    crm.commit(
        deal(1, won="2026-01-02", dimensions={"share": "0.1"}),
        deal(2, won="2026-01-03", dimensions={"share": "7"}),  # no share: more than all of it
    )

    assert crm.measure("gross_profit", "2026-01-02") == 10
    assert crm.measure("gross_profit", "2026-01-03") == 50
