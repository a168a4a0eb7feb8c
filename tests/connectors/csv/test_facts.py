"""connectors/csv/facts.py, cuts.py: rows to facts."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis.strategies import dates, decimals

from collector.plugin import Fact
from connectors.csv.facts import over_its_month

Fault = Callable[..., str]


def values(facts: list[Fact]) -> list[tuple[str, str, str]]:
    return [(str(fact.day), fact.measure, str(fact.value)) for fact in facts]


def test_each_measure_of_a_row_is_a_fact_and_an_empty_cell_is_none(desk: Any) -> None:
    facts = desk.read(
        "date,channel,cost,imp,clk\n2026-11-01,Paid Search,10.50,100,3\n2026-11-02,Display,,0,\n",
        record="fact",
        columns={"day": "date", "channel": "channel", "spend": "cost", "impressions": "imp", "clicks": "clk"},
    )

    assert values(facts) == [
        ("2026-11-01", "spend", "10.50"),
        ("2026-11-01", "impressions", "100"),
        ("2026-11-01", "clicks", "3"),
        ("2026-11-02", "impressions", "0"),
    ]
    assert [fact.dimensions["channel"] for fact in facts] == ["Paid Search"] * 3 + ["Display"]


def test_money_has_the_rows_currency_else_the_projects_and_counts_have_none(desk: Any) -> None:
    facts = desk.read(
        "date,cost,clk,cur\n2026-11-01,1,5,usd\n2026-11-02,2,6,\n",
        record="fact",
        columns={"day": "date", "spend": "cost", "clicks": "clk", "currency": "cur"},
    )

    assert [(fact.measure, fact.currency) for fact in facts] == [
        ("spend", "USD"),
        ("clicks", None),
        ("spend", "RUB"),
        ("clicks", None),
    ]


def test_a_constant_currency_and_dimension_stand_for_all_rows(desk: Any, spend: Any) -> None:
    (fact,) = desk.read(
        "date,campaign,cost\n2026-11-01,a,1\n", **spend, constants={"currency": "EUR", "channel": "Paid Social"}
    )

    assert fact.currency == "EUR"
    assert fact.dimensions == {"campaign": "a", "channel": "Paid Social"}


def test_a_constant_measure_counts_rows(desk: Any) -> None:
    facts = desk.read(
        "date\n2026-11-01\n2026-11-01\n", record="fact", columns={"day": "date"}, constants={"sessions": 1}
    )

    assert values(facts) == [("2026-11-01", "sessions", "1")] * 2


def test_rows_may_name_their_measure(desk: Any) -> None:
    facts = desk.read(
        "date,what,much\n2026-11-01,spend,7\n2026-11-01,clicks,3\n2026-11-02,spend,\n",
        record="fact",
        columns={"day": "date", "measure": "what", "value": "much"},
    )

    assert [(fact.measure, str(fact.value), fact.currency) for fact in facts] == [
        ("spend", "7", "RUB"),
        ("clicks", "3", None),
    ]


def test_a_measure_that_rows_name_must_be_known(fault: Fault) -> None:
    told = fault(
        "date,what,much\n2026-11-01,spent,7\n",
        record="fact",
        columns={"day": "date", "measure": "what", "value": "much"},
    )

    assert told == "a.csv:2, column 'what': 'spent' is no measure that a file can state"


def test_a_constant_measure_may_have_its_value_in_a_column(desk: Any) -> None:
    source = desk.source(
        record="fact", columns={"day": "date", "value": "much"}, constants={"measure": "other_costs", "currency": "EUR"}
    )
    desk.write("a.csv", "date,much\n2026-11-01,7\n")

    (part,) = source.list_parts()
    (fact,) = source.read(part)

    assert (fact.measure, fact.value, fact.currency) == ("other_costs", Decimal(7), "EUR")
    assert source.streams()[0].provides == {"other_costs": ((),)}


def test_by_default_all_dimension_columns_are_one_cut_and_a_missing_member_is_not_set(desk: Any) -> None:
    settings = {
        "record": "fact",
        "columns": {"day": "date", "source_medium": "sm", "campaign": "campaign", "sessions": "n"},
    }
    facts = desk.read("date,sm,campaign,n\n2026-11-01,ya / cpc,,5\n2026-11-01,,,7\n", **settings)

    assert [fact.dimensions for fact in facts] == [
        {"source_medium": "ya / cpc", "campaign": "(not set)"},
        {"source_medium": "(not set)", "campaign": "(not set)"},
    ]
    assert desk.source(**settings).streams()[0].provides == {"sessions": (("source_medium", "campaign"),)}


def test_a_row_belongs_to_the_smallest_cut_beyond_which_it_has_nothing(desk: Any) -> None:
    facts = desk.read(
        "date,sm,campaign,n\n2026-11-01,,,12\n2026-11-01,ya / cpc,,5\n2026-11-01,,sale,7\n",
        record="fact",
        columns={"day": "date", "source_medium": "sm", "campaign": "campaign", "sessions": "n"},
        cuts=[[], ["source_medium", "campaign"]],
    )

    assert [fact.dimensions for fact in facts] == [
        {},
        {"source_medium": "ya / cpc", "campaign": "(not set)"},
        {"source_medium": "(not set)", "campaign": "sale"},
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2026-11-01,ya,sale,7", "has campaign, channel, which no cut has together"),
        ("2026-11-01,,,7", "may belong to the cut (channel) or (campaign) alike"),
    ],
)
def test_a_row_that_fits_no_cut_or_several_alike_is_bad(fault: Fault, row: str, reason: str) -> None:
    told = fault(
        f"date,channel,campaign,n\n{row}\n",
        record="fact",
        columns={"day": "date", "channel": "channel", "campaign": "campaign", "sessions": "n"},
        cuts=[["channel"], ["campaign"]],
    )

    assert told == f"a.csv:2: {reason}"


def test_facts_of_one_key_add_up_and_say_so(desk: Any, spend: Any) -> None:
    stream = desk.source(**spend).streams()[0]
    facts = desk.read("date,campaign,cost\n2026-11-01,a,1\n2026-11-01,a,2\n", **spend)

    assert stream.repeated == "sum"
    assert values(facts) == [("2026-11-01", "spend", "1"), ("2026-11-01", "spend", "2")]


def test_a_stock_cannot_be_stated_twice_for_one_day(fault: Fault) -> None:
    told = fault(
        "date,net,n\n2026-11-01,vk,5\n2026-11-01,ok,5\n2026-11-01,vk,6\n",
        record="fact",
        columns={"day": "date", "network": "net", "followers": "n"},
    )

    assert told == "a.csv:4, column 'n': followers of 2026-11-01 is in this file already"


def test_the_day_of_an_instant_is_the_one_in_the_zone(desk: Any) -> None:
    text = "date,campaign,cost\n2026-11-01T22:30:00Z,a,1\n2026-11-01 22:30,a,1\n"
    settings = {"record": "fact", "columns": {"day": "date", "spend": "cost"}}

    assert [fact.day for fact in desk.read(text, **settings)] == [date(2026, 11, 2), date(2026, 11, 1)]
    assert [fact.day for fact in desk.read(text, **settings, zone="UTC")] == [date(2026, 11, 1)] * 2


def test_a_declared_dimension_of_the_source_is_read_from_its_column(desk: Any) -> None:
    desk.dimensions = {"shelf": "UF_1"}
    facts = desk.read(
        "date,Регион,n,s\n2026-11-01,Юг,5,left\n",
        record="fact",
        columns={"day": "date", "sessions": "n", "shelf": "s"},
        dimensions={"region": "Регион"},
    )

    assert facts[0].dimensions == {"region": "Юг", "shelf": "left"}


def test_flags_come_from_a_column(desk: Any, fault: Fault) -> None:
    settings = {"record": "fact", "columns": {"day": "date", "sessions": "n", "flags": "f"}}

    facts = desk.read('date,n,f\n2026-11-01,5,sampled\n2026-11-02,6,\n2026-11-03,7,"sampled, partial"\n', **settings)

    assert [sorted(fact.flags) for fact in facts] == [["sampled"], [], ["partial", "sampled"]]
    assert fault("date,n,f\n2026-11-01,5,odd\n", **settings).startswith("a.csv:2, column 'f': flags: known are")


def test_a_months_cost_is_spread_over_its_days(desk: Any) -> None:
    facts = desk.read(
        "month,fee\n2026-02-14,1000\n2026-11,60\n",
        record="fact",
        columns={"day": "month", "other_costs": "fee"},
        spread="month",
    )

    february = [fact for fact in facts if fact.day.month == 2]
    assert [fact.day.day for fact in february] == list(range(1, 29))
    assert [fact.value for fact in february] == [Decimal("35.714285")] * 27 + [Decimal("35.714305")]
    assert sum(fact.value for fact in february) == 1000
    assert [fact.value for fact in facts if fact.day.month == 11] == [Decimal("2.000000")] * 30


@given(day=dates(), value=decimals(min_value=-(10**9), max_value=10**9, places=6))
def test_what_is_spread_adds_up_exactly(day: date, value: Decimal) -> None:
    spread = over_its_month(Fact(day, "other_costs", value, "RUB"))

    assert sum(fact.value for fact in spread) == value
    assert {fact.day.replace(day=1) for fact in spread} == {day.replace(day=1)}
    assert max(Counter(fact.day for fact in spread).values()) == 1
