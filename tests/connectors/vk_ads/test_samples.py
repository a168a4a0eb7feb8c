"""Sample answers → exact facts, by the mapping table."""

import asyncio
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from collector.plugin import BadResponse, Fact, Member, Window
from connectors.vk_ads import mapping
from connectors.vk_ads.plugin import PLANS, STATISTICS, VkAds
from tests.connectors.vk_ads.desk import SAMPLES, Desk, sample

SPRING, RETARGET = "Весна | подписчики", "Ретаргетинг"


def body(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text(encoding="utf-8"), parse_float=Decimal)


def of_row(day: str, id_: str, name: str, spent: str, shows: int, clicks: int) -> list[Fact]:
    members = {
        "campaign": id_,
        "campaign_name": name,
        "default_channel": "Paid Social",
        "source_medium": "vk / cpc",
    }
    return [
        Fact(date.fromisoformat(day), "spend", Decimal(spent), "RUB", members),
        Fact(date.fromisoformat(day), "impressions", Decimal(shows), None, members),
        Fact(date.fromisoformat(day), "clicks", Decimal(clicks), None, members),
    ]


def test_statistics_by_day() -> None:
    items = body("vk_statistics_day.json")["items"]
    names = {8372481: SPRING, 8372490: RETARGET}

    assert [fact for item in items for fact in mapping.facts(item, names[item["id"]], "RUB", "GET day")] == [
        *of_row("2026-03-01", "8372481", SPRING, "23328.92", 75881, 270),
        *of_row("2026-03-02", "8372481", SPRING, "21940", 70112, 251),
        *of_row("2026-03-02", "8372490", RETARGET, "310.5", 1200, 9),
    ]


def test_totals_without_days_are_no_statistics() -> None:
    (item,) = body("vk_statistics_v3_totals.json")["items"]

    with pytest.raises(BadResponse, match="rows by day"):
        list(mapping.facts(item, None, "RUB", "GET day"))


@pytest.mark.parametrize(
    "row",
    [
        {"date": "2026-03-01"},
        {"date": "2026-03-01", "base": None},
        {"base": {"spent": "1"}},
        {"date": "1 March", "base": {"spent": "1"}},
        {"date": "2026-03-01", "base": {"spent": "much"}},
        None,
    ],
)
def test_a_day_that_cannot_be_read_is_told(row: object) -> None:
    with pytest.raises(BadResponse):
        list(mapping.facts({"id": 1, "rows": [row]}, None, "RUB", "GET day"))


def test_what_is_null_is_nothing() -> None:
    base = {"spent": None, "shows": 5, "clicks": None}

    facts = list(mapping.facts({"id": 1, "rows": [{"date": "2026-03-01", "base": base}]}, None, "RUB", "GET day"))

    assert {each.measure: int(each.value) for each in facts} == {"spend": 0, "impressions": 5, "clicks": 0}
    assert facts[0].dimensions["campaign_name"] == "(not set)"


@respx.mock
def test_plans_come_in_pages_and_deleted_ones_are_among_them(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    pages = {"0": "vk_ad_plans_page1.json", "2": "vk_ad_plans_page2_last.json"}
    desk.of[PLANS] = lambda request: sample(pages[request.url.params["offset"]])
    desk.of[STATISTICS] = lambda _: httpx.Response(200, json=body("vk_statistics_day_empty.json"))
    connector = desk.bench.connector
    assert isinstance(connector, VkAds)
    window = Window(date(2026, 3, 1), date(2026, 3, 2))

    async def read() -> list[Any]:
        try:
            return [each async for each in connector.campaigns(window)]
        finally:
            await desk.bench.client.close()

    found = asyncio.run(read())

    assert found == [
        Member("campaign", "8372481", SPRING),
        Member("campaign", "8372490", RETARGET),
        Member("campaign", "8100001", "Old plan"),
    ]
    (asked,) = desk.requests(STATISTICS)
    assert dict(asked.url.params) == {
        "id": "8372481,8372490,8100001",
        "date_from": "2026-03-01",
        "date_to": "2026-03-02",
        "metrics": "base",
        "attribution": "impression",
    }
    assert desk.requests(PLANS)[0].url.params["_status__in"] == "active,blocked,deleted"
