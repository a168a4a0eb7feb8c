"""Popular clients of Bitrix24, as they are, read the simulator, and see what the company's books say."""

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
from b24pysdk import BitrixWebhook, Client
from b24pysdk.errors import BitrixAPIError
from fast_bitrix24 import BitrixAsync

Rows = list[dict[str, Any]]
DEALS = ["ID", "DATE_CREATE", "STAGE_SEMANTIC_ID", "OPPORTUNITY", "CATEGORY_ID", "ASSIGNED_BY_ID", "IS_RECURRING"]
RETURNS = "3"
FIRST_DAY = "2026-09-21"
"""The first of the days that the books show."""


@pytest.fixture
def webhook(simulate: Callable[..., dict[str, Any]]) -> str:
    """A portal by plain http."""
    return str(simulate("bitrix24")["settings"]["webhook_url"])


@pytest.fixture
def client(simulate: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """The SDK knows https only, and asks a host and a port as it would a portal."""
    told = simulate("bitrix24", "--tls", "--seed", "1", "--days", "60", "--today", "2026-11-20")["settings"]
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", told["ca_file"])
    monkeypatch.setitem(os.environ, "NO_PROXY", "*")
    url = urlsplit(told["webhook_url"])
    _, _, user, code, *_ = url.path.split("/")
    return Client(BitrixWebhook(domain=f"localhost:{url.port}", webhook_token=f"{user}/{code}"))


def made(deals: Rows) -> dict[tuple[str, ...], Decimal]:
    """Day, measure, pipeline → deals that were made, as the books count them: refunds are none."""
    found: Counter[tuple[str, ...]] = Counter()
    for deal in deals:
        is_refund = deal["STAGE_SEMANTIC_ID"] == "S" and (
            deal["CATEGORY_ID"] == RETURNS or Decimal(deal["OPPORTUNITY"]) < 0
        )
        day = deal["DATE_CREATE"][:10]
        if FIRST_DAY <= day < "2026-11-20" and deal["IS_RECURRING"] == "N" and not is_refund:
            found[day, "deals", deal["CATEGORY_ID"]] += 1
    return {key: Decimal(count) for key, count in found.items()}


def of_deals(books: dict[tuple[str, ...], Decimal]) -> dict[tuple[str, ...], Decimal]:
    return {key: value for key, value in books.items() if key[1] == "deals"}


# ── fast_bitrix24 ────────────────────────────────────────────────────────────────────


def test_fast_bitrix24_reads_all_deals(webhook: str, truth: Callable[..., Any]) -> None:
    deals = asyncio.run(BitrixAsync(webhook, verbose=False).get_all("crm.deal.list", {"select": DEALS}))
    assert len({deal["ID"] for deal in deals}) == len(deals) > 100
    assert made(deals) == of_deals(truth("bitrix24", "pipeline"))


def test_fast_bitrix24_reads_all_leads_and_their_history(webhook: str, truth: Callable[..., Any]) -> None:
    async def read() -> tuple[Rows, Rows]:
        portal = BitrixAsync(webhook, verbose=False)
        leads = await portal.get_all("crm.lead.list", {"select": ["ID", "STATUS_ID", "DATE_CREATE", "CONTACT_ID"]})
        return leads, await portal.get_all("crm.stagehistory.list", {"entityTypeId": 1})

    leads, steps = asyncio.run(read())
    assert {str(step["OWNER_ID"]) for step in steps} == {lead["ID"] for lead in leads}
    counted = Counter(lead["DATE_CREATE"][:10] for lead in leads if lead["STATUS_ID"] != "JUNK")
    books = {key[0]: value for key, value in truth("bitrix24").items() if key[1] == "leads"}
    assert sum(books.values()) > 100
    assert all(counted[day] >= value for day, value in books.items())  # those of one customer's within a day are one


def test_fast_bitrix24_reads_by_ids_and_in_batches(webhook: str) -> None:
    async def read() -> tuple[Rows, dict[str, Any], Any]:
        portal = BitrixAsync(webhook, verbose=False)
        deals = await portal.get_all("crm.deal.list", {"select": ["ID"], "filter": {">=DATE_CREATE": FIRST_DAY}})
        asked = {"select": ["ID", "LEAD_ID"], "filter": {"!LEAD_ID": 0}}
        found = await portal.get_all("crm.item.list", {"entityTypeId": 2, "select": ["id"]})
        both = await portal.call_batch(
            {
                "halt": 0,
                "cmd": {
                    "deals": "crm.deal.list?order[ID]=ASC",
                    "next": "crm.lead.list?filter[ID]=$result[deals][9][LEAD_ID]",
                },
            }
        )
        one = await portal.call("crm.deal.list", asked, raw=True)
        return deals, both, (found, one)

    deals, both, (found, one) = asyncio.run(read())
    assert deals
    assert len({item["id"] for item in found}) == len(found) >= len(deals)
    assert len(both["deals"]) == 50
    assert len(both["next"]) <= 1
    assert all(row["LEAD_ID"] != "0" for row in one["result"])


# ── b24pysdk ─────────────────────────────────────────────────────────────────────────


def test_b24pysdk_makes_a_single_call(client: Client) -> None:
    answer = client.crm.deal.list(select=DEALS, order={"ID": "ASC"})
    assert len(answer.result) == 50
    assert answer.response.next == 50
    assert answer.response.total > 50
    assert answer.time.processing > 0


@pytest.mark.parametrize("how", ["as_list", "as_list_fast"])
def test_b24pysdk_reads_all_deals(client: Client, truth: Callable[..., Any], how: str) -> None:
    deals = list(getattr(client.crm.deal.list(select=DEALS), how)().result)
    assert len({deal["ID"] for deal in deals}) == len(deals) > 100
    assert made(deals) == of_deals(truth("bitrix24", "pipeline"))


@pytest.mark.parametrize("how", ["as_list", "as_list_fast"])
def test_b24pysdk_reads_wrapped_items(client: Client, how: str) -> None:
    items = list(getattr(client.crm.item.list(entity_type_id=1, select=["id", "stageId"]), how)().result)
    total = client.crm.item.list(entity_type_id=1).response.total
    assert len({item["id"] for item in items}) == len(items) == total


def test_b24pysdk_calls_in_batches(client: Client) -> None:
    found = client.call_batch({"users": client.user.get(), "stages": client.crm.status.list()}).result.result
    assert {user["ID"] for user in found["users"]} >= {"11", "12", "13", "14", "15"}
    assert {row["ENTITY_ID"] for row in found["stages"]} >= {"STATUS", "DEAL_STAGE_1", "SOURCE"}


def test_b24pysdk_understands_refusals(client: Client) -> None:
    with pytest.raises(BitrixAPIError) as caught:
        _ = client.crm.item.list(entity_type_id=128).result
    assert caught.value.json_response["error"] == "NOT_FOUND"
