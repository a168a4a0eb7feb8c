"""The vendor's bodies come to just these facts."""

from datetime import date
from decimal import Decimal

import pytest

from collector.plugin import BadResponse, Forbidden, Window
from connectors.google_analytics.answers import decoded
from connectors.google_analytics.mapping import Mapped, doubts, raise_if_hidden, told_of
from connectors.google_analytics.reports import (
    AD_COST,
    CAMPAIGN,
    GOOGLE_ADS,
    OF_GOOGLE_ADS,
    SOURCES,
    USERS,
    VENDOR_CHANNEL,
    Report,
)
from tests.connectors.google_analytics.told import BY_CAMPAIGN, DAYS, MONEY, answer, facts_of, mapped, plain, sample

FIRST = Window(DAYS.first, DAYS.first)
TWO = Report(VENDOR_CHANNEL, {"sessions": "sessions", "engagedSessions": "engaged_sessions"})


def test_traffic_in_full() -> None:
    found = plain(facts_of("traffic_full", BY_CAMPAIGN))

    assert len(found) == 70
    assert found[:7] == [
        ("2026-03-01", "sessions yandex / organic, (organic)", "412", None),
        ("2026-03-01", "engaged_sessions yandex / organic, (organic)", "288", None),
        ("2026-03-01", "new_users yandex / organic, (organic)", "251", None),
        ("2026-03-01", "page_views yandex / organic, (organic)", "1530", None),
        ("2026-03-01", "key_events yandex / organic, (organic)", "9.5", None),
        ("2026-03-01", "purchases yandex / organic, (organic)", "4", None),
        ("2026-03-01", "web_revenue yandex / organic, (organic)", "38210.5", "USD"),
    ]
    assert [(day, what, value) for day, what, value, _ in found if "revenue" in what and value != "0"] == [
        ("2026-03-01", "web_revenue yandex / organic, (organic)", "38210.5"),
        ("2026-03-01", "web_revenue google / organic, (organic)", "7990"),
        ("2026-03-01", "web_revenue yandex / cpc, brand_msk", "24110.990000000002"),
        ("2026-03-02", "web_revenue yandex / organic, (organic)", "51020"),
        ("2026-03-02", "web_revenue google / cpc, pmax_all", "-1490"),
    ]
    assert [(day, what, value) for day, what, value, _ in found if what.startswith("sessions")] == [
        ("2026-03-01", "sessions yandex / organic, (organic)", "412"),
        ("2026-03-01", "sessions google / organic, (organic)", "198"),
        ("2026-03-01", "sessions yandex / cpc, brand_msk", "87"),
        ("2026-03-01", "sessions (direct) / (none), (direct)", "143"),
        ("2026-03-01", "sessions chatgpt.com / ai-assistant, (ai-assistant)", "11"),
        ("2026-03-01", "sessions (not set), (not set)", "6"),
        ("2026-03-02", "sessions yandex / organic, (organic)", "455"),
        ("2026-03-02", "sessions vk / cpc, весна / новинки", "64"),
        ("2026-03-02", "sessions google / cpc, pmax_all", "39"),
        ("2026-03-02", "sessions (other), (other)", "17"),
    ]


def test_the_vendors_own_group_is_a_dimension_of_its_own() -> None:
    facts = mapped(TWO, answer("traffic_page1"), answer("traffic_page2"), answer("traffic_page3_last"))

    assert plain(facts) == [
        ("2026-03-01", "sessions Direct", "143", None),
        ("2026-03-01", "engaged_sessions Direct", "80", None),
        ("2026-03-01", "sessions Organic Search", "610", None),
        ("2026-03-01", "engaged_sessions Organic Search", "419", None),
        ("2026-03-01", "sessions Paid Search", "87", None),
        ("2026-03-01", "engaged_sessions Paid Search", "70", None),
        ("2026-03-02", "sessions Direct", "150", None),
        ("2026-03-02", "engaged_sessions Direct", "83", None),
        ("2026-03-02", "sessions Organic Search", "455", None),
        ("2026-03-02", "engaged_sessions Organic Search", "301", None),
    ]
    assert {tuple(each.dimensions) for each in facts} == {("vendor_channel",)}


def test_users_as_they_are_given() -> None:
    assert plain(facts_of("users", Report({}, USERS))) == [
        ("2026-03-01", "users_1d", "731", None),
        ("2026-03-01", "users_7d", "4102", None),
        ("2026-03-01", "users_28d", "13980", None),
        ("2026-03-02", "users_1d", "798", None),
        ("2026-03-02", "users_7d", "4155", None),
        ("2026-03-02", "users_28d", "14011", None),
    ]


def test_ad_cost_by_campaign_without_rows_of_zeros() -> None:
    report = Report(GOOGLE_ADS, AD_COST, fixed=OF_GOOGLE_ADS, zeros=False)

    assert plain(facts_of("ad_cost", report)) == [
        ("2026-03-01", "spend google / cpc, pmax_all", "1530.42", "RUB"),
        ("2026-03-01", "clicks google / cpc, pmax_all", "61", None),
        ("2026-03-01", "impressions google / cpc, pmax_all", "4102", None),
        ("2026-03-02", "spend google / cpc, pmax_all", "1499.1", "RUB"),
        ("2026-03-02", "clicks google / cpc, pmax_all", "58", None),
        ("2026-03-02", "impressions google / cpc, pmax_all", "3998", None),
    ]


def test_of_imported_cost_only_the_systems_that_were_named() -> None:
    report = Report(CAMPAIGN, {"sessions": "clicks"}, sources=SOURCES["vk_ads"], zeros=False)

    assert plain(facts_of("traffic_full", report)) == [("2026-03-02", "clicks vk / cpc, весна / новинки", "64", None)]


def test_landing_pages_as_a_dimension_of_the_users_own() -> None:
    report = Report({"landingPage": "landing_page"}, {"sessions": "sessions", "keyEvents": "key_events"})
    facts = facts_of("landing_pages", report)

    assert plain(facts)[::2] == [
        ("2026-03-01", "sessions /", "88", None),
        ("2026-03-01", "sessions /каталог/куртки", "51", None),
        ("2026-03-01", "sessions (not set)", "6", None),
        ("2026-03-01", "sessions (not set)", "3", None),
    ]


@pytest.mark.parametrize("name", ["empty_report", "empty_report_bare", "past_the_end"])
def test_nothing_matched(name: str) -> None:
    assert facts_of(name, BY_CAMPAIGN) == []


def test_past_the_end_the_number_of_rows_stays() -> None:
    assert answer("past_the_end").row_count == 5
    assert answer("empty_report").row_count == 0


def test_money_is_in_the_propertys_currency() -> None:
    (euro,) = [each for each in facts_of("other_currency_eur", BY_CAMPAIGN) if each.currency]

    assert (euro.measure, euro.value, euro.currency) == ("web_revenue", Decimal("119.9"), "EUR")


def test_enums_as_numbers_and_a_column_that_nobody_asked_for() -> None:
    whole = Report({}, {"sessions": "sessions", "keyEvents": "key_events", "purchaseRevenue": "web_revenue"})
    assert [value for _, _, value, _ in plain(facts_of("enum_as_int", whole))] == ["857", "20.5", "70311.49"]

    ranges = mapped(Report({}, {"sessions": "sessions"}), answer("two_date_ranges"))
    assert plain(ranges) == [("2026-03-01", "sessions", "857", None), ("2026-02-22", "sessions", "801", None)]


def test_sampled_and_thresholded_figures_are_flagged() -> None:
    whole = Report({}, {"sessions": "sessions"})
    (sampled,) = facts_of("sampled", whole)
    (kept_back,) = facts_of("thresholded", Report(VENDOR_CHANNEL, {"sessions": "sessions"}))

    assert sampled.flags == {"sampled"}
    assert kept_back.flags == {"thresholded"}
    assert list(doubts(answer("sampled"), whole, FIRST)) == [
        "2026-03-01 … 2026-03-01, as a whole: sampled: GA4 has read 24% of the events, and estimated the rest"
    ]


def test_of_lumped_members_only_their_day_is_doubtful() -> None:
    facts = facts_of("traffic_full", BY_CAMPAIGN)

    assert {each.day: each.flags for each in facts} == {
        date(2026, 3, 1): frozenset(),
        date(2026, 3, 2): frozenset({"partial"}),
    }


def test_a_row_without_a_day_is_exposed_and_counts_on_none() -> None:
    report = Report(VENDOR_CHANNEL, {"sessions": "sessions"})
    pages = Mapped(report, DAYS, MONEY)

    assert plain(list(pages.facts(answer("date_other_row")))) == [("2026-03-01", "sessions Direct", "143", None)]
    assert told_of(pages.unplaced, report, DAYS) == (
        "2026-03-01 … 2026-03-02, by vendor_channel: GA4 gives no day for 12 sessions: they count on none"
    )


def test_where_one_day_was_asked_for_it_is_of_that_one() -> None:
    facts = facts_of("date_other_row", Report(VENDOR_CHANNEL, {"sessions": "sessions"}), FIRST)

    assert plain(facts)[1] == ("2026-03-01", "sessions (other)", "12", None)
    assert {tuple(each.flags) for each in facts} == {("partial",)}


def test_hidden_cost_is_no_zero() -> None:
    with pytest.raises(Forbidden, match=r"advertiserAdCost is hidden from robot@x.*take “No cost metrics” off it"):
        raise_if_hidden(answer("cost_restricted"), "robot@x")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"rows": 3}', "expected rows in a list"),
        (b"[]", "expected a report"),
        (b'{"dimensionHeaders": "x"}', "expected headers with names"),
        (
            b'{"dimensionHeaders": [{"name": "date"}], "rows": [{"dimensionValues": []}]}',
            "expected rows of 1 dimension",
        ),
        (b'{"dimensionHeaders": [{"name": "date"}], "rows": [7]}', "expected rows of 1 dimension"),
        (b"<html>", "expected a JSON body"),
    ],
)
def test_what_is_no_report_is_told_as_that(body: bytes, words: str) -> None:
    response = sample("users")
    with pytest.raises(BadResponse, match=words):
        decoded(type(response)(200, {}, body, response.where))


def test_a_column_that_is_missing_and_a_day_that_is_none() -> None:
    with pytest.raises(BadResponse, match="expected a column keyEvents"):
        facts_of("traffic_page1", Report({}, {"keyEvents": "key_events"}))
    odd = answer("users")
    rows = (("yesterday",), odd.rows[0][1])
    with pytest.raises(BadResponse, match="expected a day such as 20260301"):
        mapped(Report({}, USERS), type(odd)(odd.dimensions, odd.metrics, (rows,), 1, odd.metadata))
