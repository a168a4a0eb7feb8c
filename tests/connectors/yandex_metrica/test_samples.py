"""The vendor's bodies come to the facts of the mapping, value by value."""

import copy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from collector.plugin import BadResponse, Fact, Window
from connectors.yandex_metrica.reports import Report, Reports
from tests.connectors.yandex_metrica.asked import Vendor, answering, connector, read, sample

pytestmark = pytest.mark.anyio

# source / medium, campaign, Metrica's own, what untagged visits mean:
# visits, without bounce, new users, page views, key events, purchases, revenue
FULL = {
    ("2026-03-01", "yandex / organic", "(not set)", "organic", "Organic Search"): "412 324 251 1530 9 4 38210.5",
    ("2026-03-01", "google / organic", "(not set)", "organic", "Organic Search"): "198 148 120 640 3 1 7990",
    ("2026-03-01", "yandex / cpc", "brand_msk", "ad", "(not set)"): "87 70 22 402 6 3 24110.99",
    ("2026-03-01", "(direct) / (none)", "(not set)", "direct", "Direct"): "143 80 77 371 2 0 0",
    ("2026-03-01", "(not set)", "(not set)", "undefined", "Unassigned"): "2 0 2 2 0 0 0",
    ("2026-03-02", "vkontakte / social", "(not set)", "social", "Organic Social"): "31 21 28 66 0 0 0",
    ("2026-03-02", "telegram / messenger", "(not set)", "messenger", "Organic Social"): "12 10 9 40 1 0 0",
    ("2026-03-02", "vk / cpc", "весна", "ad", "(not set)"): "64 31 58 118 1 0 0",
    ("2026-03-02", "zen / recommend", "(not set)", "recommend", "Referral"): "9 8 9 15 0 0 0",
}
MEASURES = ("sessions", "unbounced_sessions", "new_users", "page_views", "key_events", "purchases", "web_revenue")


def table(facts: list[Fact]) -> dict[tuple[str, ...], str]:
    found: dict[tuple[str, ...], dict[str, Decimal]] = {}
    for each in facts:
        members = [
            each.dimensions[name] for name in ("source_medium", "campaign", "vendor_channel", "untagged_channel")
        ]
        row = found.setdefault((str(each.day), *members), {})
        assert each.measure not in row, "a key twice"
        row[each.measure] = each.value
    zero = Decimal(0)
    return {key: " ".join(f"{row.get(name, zero).normalize():f}" for name in MEASURES) for key, row in found.items()}


async def test_visits_with_their_sources() -> None:
    vendor = Vendor(answering(traffic=sample("traffic_full")))

    facts = await read(connector(vendor), "traffic", "2026-03-01", "2026-03-02")

    assert table(facts) == FULL
    assert {each.currency for each in facts if each.measure == "web_revenue"} == {"RUB"}
    assert {each.flags for each in facts} == {frozenset()}


async def test_what_is_asked_for() -> None:
    vendor = Vendor(answering(traffic=sample("traffic_full")))

    await read(connector(vendor), "traffic", "2026-03-01", "2026-03-02")

    (path, asked) = vendor.asked[-1]
    echo = sample("traffic_full")["query"]
    assert path.endswith("/stat/v1/data")
    assert asked["dimensions"].split(",") == asked["sort"].split(",") == echo["dimensions"]
    assert asked["metrics"].split(",") == echo["metrics"]
    same = ("accuracy", "lang", "limit", "include_undefined", "attribution", "currency", "date1", "date2", "ids")
    assert [str(asked[name]) for name in same] == [
        *("full", "en", "10000", "true", "cross_device_last_significant", "RUB", "2026-03-01", "2026-03-02"),
        "44147844",
    ]
    assert "timezone" not in asked


async def test_sources_that_are_one_channel_are_added_up_and_not_overwritten() -> None:
    body = sample("traffic_full")
    direct = body["data"][3]
    for source in ("saved", "internal"):
        other = copy.deepcopy(direct)
        other["dimensions"][1] = {"name": source, "id": source}
        body["data"].insert(4, other)

    facts = await read(connector(Vendor(answering(traffic=body))), "traffic", "2026-03-01", "2026-03-02")

    direct_facts = [each for each in facts if each.dimensions["source_medium"] == "(direct) / (none)"]
    assert sum(each.value for each in direct_facts if each.measure == "sessions") == 3 * 143
    assert sum(each.value for each in direct_facts if each.measure == "unbounced_sessions") == 3 * 80


async def test_rows_of_equal_members_are_one_fact() -> None:
    body = sample("traffic_full")
    other = copy.deepcopy(body["data"][0])
    other["dimensions"][2] = {"name": "Yandex (mobile)", "id": "organic.search.yandex"}
    body["data"].insert(1, other)

    facts = await read(connector(Vendor(answering(traffic=body))), "traffic", "2026-03-01", "2026-03-02")

    found = table(facts)
    assert found["2026-03-01", "yandex / organic", "(not set)", "organic", "Organic Search"].startswith("824 648 502")


async def test_an_empty_report_is_nothing_and_no_failure() -> None:
    assert await read(connector(Vendor(answering())), "traffic", "2026-03-01", "2026-03-01") == []


async def test_users_of_a_day_and_of_the_days_that_end_with_it() -> None:
    def users(asked: Any) -> Any:
        return sample("users_by_day") if "dimensions" in asked else sample("users_window_28d")

    vendor = Vendor(answering(users=users))

    facts = await read(connector(vendor), "users", "2026-03-01", "2026-03-02")

    assert [(str(each.day), each.measure, int(each.value)) for each in facts] == [
        ("2026-03-01", "users_1d", 760),
        ("2026-03-02", "users_1d", 822),
        ("2026-03-01", "users_7d", 13980),
        ("2026-03-01", "users_28d", 13980),
        ("2026-03-02", "users_7d", 13980),
        ("2026-03-02", "users_28d", 13980),
    ]
    spans = [(asked["date1"], asked["date2"]) for _, asked in vendor.asked if "sort" not in asked and "ids" in asked]
    assert spans[:2] == [("2026-02-23", "2026-03-01"), ("2026-02-02", "2026-03-01")]


async def test_chosen_goals_are_the_key_events() -> None:
    def goals(asked: Any) -> Any:
        body = sample("traffic_full")
        names = asked["metrics"].split(",")
        for row in body["data"]:
            row["metrics"] = [2.0, 1.0][: len(names)]
        body["totals"] = [18.0, 9.0][: len(names)]
        return body

    vendor = Vendor(answering(traffic=sample("traffic_full"), goals=goals))

    facts = await read(connector(vendor, goals=["30001", 30002]), "traffic", "2026-03-01", "2026-03-02")

    assert vendor.asked[-1][1]["metrics"] == "ym:s:goal30001reaches,ym:s:goal30002reaches"
    assert sum(each.value for each in facts if each.measure == "key_events") == 9 * 3
    assert sum(each.value for each in facts if each.measure == "sessions") == 958


async def test_more_goals_than_a_request_may_have_are_asked_for_in_parts() -> None:
    vendor = Vendor(answering())

    await read(connector(vendor, goals=list(range(1, 46))), "traffic", "2026-03-01", "2026-03-01")

    lengths = [len(asked["metrics"].split(",")) for _, asked in vendor.asked if "ym:s:goal" in asked.get("metrics", "")]
    assert lengths == [20, 20, 5]


async def test_a_sample_is_flagged_and_told_and_never_scaled_again() -> None:
    body = sample("sampled") | {
        "data": [sample("sampled")["data"][0] | {"metrics": [1204330.0]}],
        "totals": [1204330.0],
    }
    made = connector(Vendor(answering(users=body)))

    facts = await read(made, "users", "2026-03-01", "2026-03-01")

    assert [(each.measure, int(each.value), each.flags) for each in facts] == [
        (name, 1204330, frozenset({"sampled"})) for name in ("users_1d", "users_7d", "users_28d")
    ]
    assert made.take_warnings() == ("Metrica answers from a sample, a share of 0.1: figures are its estimates",)


async def test_rows_that_are_withheld_are_flagged_and_the_gap_is_told() -> None:
    body = sample("traffic_full") | {"contains_sensitive_data": True}
    body["totals"][0] = 1000.0
    made = connector(Vendor(answering(traffic=body)))

    facts = await read(made, "traffic", "2026-03-01", "2026-03-02")

    assert {each.flags for each in facts} == {frozenset({"thresholded"})}
    (told,) = made.take_warnings()
    assert "come to 958 visits, the report to 1000: Metrica withholds small rows" in told


async def test_names_are_translated_and_ids_are_not() -> None:
    body = sample("traffic_full")
    for row in body["data"]:
        for each in row["dimensions"][1:3]:
            each["name"] = "Переходы откуда-то" if each["name"] else None

    facts = await read(connector(Vendor(answering(traffic=body))), "traffic", "2026-03-01", "2026-03-02")

    assert table(facts) == FULL


async def test_another_currency() -> None:
    counter = sample("counter")
    counter["counter"]["currency"] = 840
    body = sample("traffic_full")
    body["query"]["currency"] = "USD"
    vendor = Vendor(answering(counter=counter, traffic=body))

    facts = await read(connector(vendor), "traffic", "2026-03-01", "2026-03-02")

    assert "ym:s:ecommerceUSDConvertedRevenue" in vendor.asked[-1][1]["metrics"]
    assert {each.currency for each in facts if each.measure == "web_revenue"} == {"USD"}


async def test_money_in_another_currency_than_asked_for_is_refused() -> None:
    vendor = Vendor(answering(traffic=sample("traffic_full")))

    with pytest.raises(BadResponse, match="revenue in EUR"):
        await read(connector(vendor, currency="EUR"), "traffic", "2026-03-01", "2026-03-02")


async def test_a_day_is_partial_until_it_is_over_and_all_in() -> None:
    def days(asked: Any) -> Any:
        body = sample("partial_day")
        for row, day in zip(body["data"], ("2026-03-09", "2026-03-10"), strict=True):
            row["dimensions"][0]["name"] = day
        return body if "dimensions" in asked else sample("users_window_28d")

    made = connector(Vendor(answering(users=days)))

    facts = await read(made, "users", "2026-03-09", "2026-03-10")

    assert [(str(each.day), each.flags) for each in facts[:2]] == [
        ("2026-03-09", frozenset()),
        ("2026-03-10", frozenset({"partial"})),
    ]


async def test_pages_are_read_to_the_last_one() -> None:
    def users(asked: Any) -> Any:
        return sample({1: "page1", 3: "page2", 5: "page3_last"}[asked["offset"]])

    assert await _visits(users) == [101, 102, 103, 104, 105]


async def test_where_the_number_of_rows_is_rounded_the_last_page_is_one_that_is_not_full() -> None:
    def users(asked: Any) -> Any:
        name = {1: "page1", 3: "page2", 5: "page3_last"}[asked["offset"]]
        return sample(name) | {"total_rows": 1_000_000, "total_rows_rounded": True}

    assert await _visits(users) == [101, 102, 103, 104, 105]


async def _visits(answers: Any) -> list[int]:
    """By the way in which pages are read, of the samples' own report."""
    vendor = Vendor(answering(traffic=answers))
    connector(vendor)
    reports = Reports(lambda: vendor, counter="1", attribution="last", tell=print)
    report = Report(("ym:s:visits", "ym:s:bounceRate"), ("ym:s:lastTrafficSource",))
    window = Window(date(2026, 3, 1), date(2026, 3, 5))
    return [int(metrics[0] or 0) async for day in reports.days(report, window) for metrics in day.rows.values()]


async def test_a_row_that_comes_again_as_pages_shift_counts_once() -> None:
    def users(asked: Any) -> Any:
        body = sample({1: "page1", 3: "page2", 5: "page3_last"}[asked["offset"]])
        if asked["offset"] == 3:
            body["data"][0] = sample("page1")["data"][1]
        return body

    assert await _visits(users) == [101, 102, 104, 105]


async def test_a_report_that_is_too_much_half_way_is_gone_on_with_where_it_ended() -> None:
    refused = []

    def users(asked: Any) -> Any:
        if asked["date1"] != "2026-03-01":
            rows = [row for name in ("page1", "page2", "page3_last") for row in sample(name)["data"]]
            kept = [row for row in rows if asked["date1"] <= row["dimensions"][0]["name"] <= asked["date2"]]
            return sample("page1") | {"data": kept, "total_rows": len(kept)}
        if asked["offset"] == 3:
            refused.append(asked)
            return 400, sample("error_400_too_much_rows")
        return sample("page1")

    assert await _visits(users) == [101, 102, 103, 104, 105]
    assert len(refused) == 1


async def test_rows_in_another_order_are_refused() -> None:
    body = sample("traffic_full")
    body["data"].reverse()

    with pytest.raises(BadResponse, match="in the order of their days"):
        await read(connector(Vendor(answering(traffic=body))), "traffic", "2026-03-01", "2026-03-02")


@pytest.mark.parametrize(
    "row",
    [
        {"dimensions": [{"name": None}] * 6, "metrics": [1.0] * 7},
        {"dimensions": [{"name": "2026-03-01"}] * 6, "metrics": [1.0] * 6},
        {"dimensions": [{"name": "2026-03-01"}] * 6, "metrics": ["many"] * 7},
        {"dimensions": [{"name": "2026-03-01"}] * 3, "metrics": [1.0] * 7},
        {"dimensions": ["2026-03-01"] * 6, "metrics": [1.0] * 7},
        {"metrics": [1.0] * 7},
        [],
    ],
)
async def test_what_is_no_row_is_a_bad_response(row: Any) -> None:
    body = sample("traffic_full") | {"data": [row]}

    with pytest.raises(BadResponse):
        await read(connector(Vendor(answering(traffic=body))), "traffic", "2026-03-01", "2026-03-02")
