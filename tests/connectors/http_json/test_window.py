"""Streams of kind window: facts by day, out of any shape of answer."""

from datetime import date
from decimal import Decimal

import pytest

from collector.plugin import BadResponse, Fact
from tests.connectors.http_json.desk import Desk, one

SPEND = one("""\
kind: window
request: {path: /stats, params: {from: "{first}", to: "{last}"}}
record: fact
rows: data
fields: {day: date}
measures: {spend: cost, clicks: clicks}
dimensions: {campaign: campaign.id}
""")


def test_a_row_becomes_a_fact_for_each_measure_and_money_has_the_projects_currency() -> None:
    desk = Desk(SPEND, {"data": [{"date": "2026-11-01", "cost": "12.50", "clicks": 7, "campaign": {"id": 5}}]})

    assert desk.records() == [
        Fact(date(2026, 11, 1), "spend", Decimal("12.50"), "EUR", {"campaign": "5"}),
        Fact(date(2026, 11, 1), "clicks", 7, None, {"campaign": "5"}),
    ]
    assert desk.asked[0].params == {"from": "2026-11-01", "to": "2026-11-03"}
    assert desk.stream.provides == {"spend": (("campaign",),), "clicks": (("campaign",),)}


def test_a_figure_that_is_null_is_no_fact_and_a_member_that_is_null_is_not_set() -> None:
    desk = Desk(SPEND, {"data": [{"date": "2026-11-01", "cost": None, "clicks": 0, "campaign": None}]})

    assert desk.records() == [Fact(date(2026, 11, 1), "clicks", 0, None, {"campaign": "(not set)"})]


def test_an_empty_list_is_an_answer_and_a_body_without_rows_is_none() -> None:
    assert Desk(SPEND, {"data": []}).records() == []
    with pytest.raises(BadResponse, match="expected rows at 'data'"):
        Desk(SPEND, {"error": "?"}).records()
    assert Desk(SPEND.replace("rows: data", "rows: data\n    rows_optional: true"), {}).records() == []


def test_null_is_not_an_answer_without_rows_that_would_be_zeros() -> None:
    with pytest.raises(BadResponse, match="expected rows at 'data', got 'null'"):
        Desk(SPEND, None).records()
    assert Desk(SPEND.replace("rows: data", "rows: data\n    rows_optional: true"), None).records() == []


def test_rows_by_their_day_are_given_their_key() -> None:
    text = one("""\
kind: window
request: {path: /reports/sales, params: {date_min: "{first}", date_max: "{last}"}}
record: fact
rows: "[0].totals"
key_as: day
fields: {day: day}
measures: {purchases: orders, web_revenue: sales}
""")
    desk = Desk(text, [{"totals_grouped_by": "day", "totals": {"2026-11-01": {"sales": "14.00", "orders": 3}}}])

    assert desk.records() == [
        Fact(date(2026, 11, 1), "purchases", 3),
        Fact(date(2026, 11, 1), "web_revenue", Decimal("14.00"), "EUR"),
    ]
    assert desk.stream.provides["purchases"] == ((),)


def test_rows_within_rows_know_what_is_around_them() -> None:
    text = SPEND.replace("rows: data", "rows: data\n    inner: ads\n    skip_if: test")
    text = text.replace("day: date", "day: {path: date, of: outer}").replace("campaign.id", "id")
    ads = [{"id": "a", "clicks": 1}, {"id": "b", "clicks": 2}, {"test": True}]
    desk = Desk(text, {"data": [{"date": "2026-11-01", "ads": ads}, {"date": "2026-11-02"}, {"ads": []}]})

    assert desk.records() == [
        Fact(date(2026, 11, 1), "clicks", 1, None, {"campaign": "a"}),
        Fact(date(2026, 11, 1), "clicks", 2, None, {"campaign": "b"}),
    ]
    with pytest.raises(BadResponse, match="row 1: expected a fact, but rows at 'ads' are needed, got 'none'"):
        Desk(text, {"data": [{"ads": "none"}]}).records()


def test_rows_that_are_lists_are_read_by_their_places() -> None:
    text = SPEND.replace("day: date", 'day: "[0]"').replace("spend: cost, clicks: clicks", 'sessions: "[1]"')
    desk = Desk(text.replace("campaign.id", '"[2]"'), {"data": [["2026-11-02", 4, "x"]]})

    assert desk.records() == [Fact(date(2026, 11, 2), "sessions", 4, None, {"campaign": "x"})]


def test_a_request_for_each_day_may_name_the_day_in_the_record() -> None:
    text = one("""\
kind: window
per_day: true
request: {path: "/day/{first:%Y%m%d}"}
record: fact
fields: {day: {const: "{first}"}}
measures: {sessions: visits}
""")
    desk = Desk(text, {"visits": 1}, {"visits": 2}, {"visits": 3})

    assert [(str(fact.day), int(fact.value)) for fact in desk.records()] == [
        ("2026-11-01", 1),
        ("2026-11-02", 2),
        ("2026-11-03", 3),
    ]
    assert [asked.url for asked in desk.asked] == ["/day/20261101", "/day/20261102", "/day/20261103"]


def test_days_may_be_asked_for_as_instants_of_the_vendors_zone() -> None:
    text = "zone: Europe/Moscow\n" + SPEND.replace('"{first}"', '"{first:unix}"').replace('"{last}"', '"{after:iso}"')
    desk = Desk(text, {"data": []})
    desk.records()

    assert desk.asked[0].params == {"from": 1793480400, "to": "2026-11-03T21:00:00Z"}


def test_an_instant_is_a_day_of_the_vendors_zone() -> None:
    desk = Desk("zone: Europe/Moscow\n" + SPEND, {"data": [{"date": "2026-11-01T22:30:00Z", "clicks": 1}]})

    assert [str(fact.day) for fact in desk.records()] == ["2026-11-02"]


def test_a_row_belongs_to_the_smallest_cut_that_has_its_members() -> None:
    text = SPEND.replace("dimensions: {campaign: campaign.id}", "dimensions: {campaign: c, channel: h}\n    cuts: CUTS")
    text = text.replace("CUTS", "[[], [channel], [channel, campaign]]")
    day = {"date": "2026-11-01", "clicks": 1}
    desk = Desk(text, {"data": [day, {**day, "h": "ads"}, {**day, "c": "x"}]})

    assert [dict(fact.dimensions) for fact in desk.records()] == [
        {},
        {"channel": "ads"},
        {"channel": "(not set)", "campaign": "x"},
    ]
    assert desk.stream.provides["clicks"] == ((), ("channel",), ("channel", "campaign"))


def test_the_same_answer_may_hold_more_kinds_of_records() -> None:
    fields = "{dimension: {const: campaign}, id: id, title: name}"
    text = SPEND + f"    also: [{{record: member, rows: 'data[].campaign', fields: {fields}}}]\n"
    desk = Desk(text, {"data": [{"date": "2026-11-01", "clicks": 1, "campaign": {"id": 5, "name": "Autumn"}}]})

    assert [record.type for record in desk.records()] == ["fact", "member"]
    assert desk.stream.yields == {"fact", "member"}


def test_values_are_mapped_scaled_and_taken_from_the_whole_answer() -> None:
    text = one("""\
kind: window
request: {path: /stats}
record: fact
rows: data
fields: {day: {path: d, date: "%d.%m.%Y"}, currency: {path: meta.currency, of: body}}
measures: {spend: {path: micros, factor: 0.000001}, sessions: {path: n, decimal: ","}}
dimensions: {channel: {path: src, map: {1: Paid Search}, default: Other}}
skip_if: "test == `true`"
""")
    desk = Desk(
        text,
        {
            "meta": {"currency": "usd"},
            "data": [
                {"d": "01.11.2026", "micros": 1_500_000, "n": "1 200", "src": 1},
                {"d": "01.11.2026", "micros": 0, "n": "1.200,5", "src": 9},
                {"test": True},
            ],
        },
    )

    assert desk.records() == [
        Fact(date(2026, 11, 1), "spend", Decimal("1.5"), "USD", {"channel": "Paid Search"}),
        Fact(date(2026, 11, 1), "sessions", 1200, None, {"channel": "Paid Search"}),
        Fact(date(2026, 11, 1), "spend", 0, "USD", {"channel": "Other"}),
        Fact(date(2026, 11, 1), "sessions", Decimal("1200.5"), None, {"channel": "Other"}),
    ]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (
            {"date": "soon"},
            r"row 1: expected a fact, but day \(date\): a day or instant such as .* is needed, got 'soon'",
        ),
        ({"date": 1793480400}, "if it counts since 1970, say date: unix or date: ms"),
        ({}, "expected a fact, but day: a day is needed, there is none"),
        (
            {"date": "2026-11-01", "cost": "12,50"},
            r"spend \(cost\): '12,50' is no number; its decimal sign is set to be",
        ),
        ({"date": "2026-11-01", "cost": True}, "a number is needed, got True"),
        ({"date": "2026-11-01", "cost": {}}, r"a number is needed, got \{\}"),
        ({"date": "2026-11-01", "cost": "1e99"}, "beyond"),
        (
            {"date": "2026-11-01", "cost": 1, "campaign": {"id": []}},
            r"campaign \(campaign.id\): a plain value is needed",
        ),
        ({"id": 17, "date": "?"}, r"row 1 \(id 17\)"),
        ("nothing", "day: a day is needed"),
    ],
)
def test_a_bad_row_is_told_with_its_number_and_field(row: object, told: str) -> None:
    with pytest.raises(BadResponse, match=told):
        Desk(SPEND, {"data": [row]}).records()


def test_bad_rows_may_be_left_out_and_are_told_but_not_all_of_them() -> None:
    text = SPEND + "    on_bad_row: skip\n"
    good = {"date": "2026-11-01", "clicks": 1}
    desk = Desk(text, {"data": [{"date": "?"}, good]})

    assert len(desk.records()) == 1
    (warning,) = desk.connector.take_warnings()
    assert "row 1: expected a fact, but day (date)" in warning
    with pytest.raises(BadResponse, match="expected some good row, got '2 bad ones'"):
        Desk(text, {"data": [{"date": "?"}, {}]}).records()
