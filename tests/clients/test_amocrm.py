"""aioamocrm and amochka, as they are, read the account and find what the company's books say."""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import aioamocrm
import amochka
import httpx
import pytest

MOSCOW = timezone(timedelta(hours=3))
WON, LOST, REFUNDS = 142, 143, 3
VAT = Decimal("1.22")
CENT = Decimal("0.01")

Truth = Mapping[tuple[str, ...], Decimal]


def day_of(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).astimezone(MOSCOW).date().isoformat()


def amount_of(lead: Mapping[str, Any]) -> Decimal:
    exact = lead.get("price_with_minor_units")
    return Decimal(str(lead["price"] if exact is None else exact))


def of_measure(truth: Truth, measure: str) -> dict[str, Decimal]:
    """What the books say of it, on the days on which there is any."""
    return {key[0]: value for key, value in truth.items() if key[1] == measure and value}


def won_by_day(leads: Iterable[Mapping[str, Any]], truth: Truth) -> tuple[dict[str, int], dict[str, Decimal]]:
    """How many were sold, and for how much without VAT, on the days of the books."""
    days = {key[0] for key in truth}
    sold: dict[str, int] = defaultdict(int)
    revenue: dict[str, Decimal] = defaultdict(Decimal)
    for lead in leads:
        is_sale = lead["status_id"] == WON and lead["pipeline_id"] != REFUNDS and amount_of(lead) >= 0
        if is_sale and (day := day_of(lead["closed_at"])) in days:
            sold[day] += 1
            revenue[day] += amount_of(lead) / VAT
    return dict(sold), dict(revenue)


def expect_books(leads: Iterable[Mapping[str, Any]], truth: Truth) -> None:
    sold, revenue = won_by_day(leads, truth)
    assert sold == of_measure(truth, "deals_won")
    told = of_measure(truth, "revenue")
    assert {day: value.quantize(CENT) for day, value in revenue.items() if value} == {
        day: value.quantize(CENT) for day, value in told.items()
    }


# ── aioamocrm ────────────────────────────────────────────────────────────────────────


def client_of(served: Mapping[str, Any], auth: aioamocrm.Auth | None = None) -> aioamocrm.AmoCRMClient:
    token = aioamocrm.LongLivedToken(served["settings"]["access_token"])
    return aioamocrm.AmoCRMClient(base_url=served["base_url"], auth=auth or token)


def test_aioamocrm_finds_the_sales_of_the_books(simulate: Callable[..., Any], truth: Callable[..., Any]) -> None:
    async def read(served: Mapping[str, Any]) -> tuple[list[Any], list[Any], int]:
        async with client_of(served) as amo:
            leads = [lead async for lead in amo.leads.iterate(with_=["contacts", "loss_reason"], order={"id": "asc"})]
            pipelines = await amo.pipelines.list()
            contacts = [each async for each in amo.contacts.iterate()]
            named = {each.id for each in contacts}
            main = [each for lead in leads if lead.embedded for each in lead.embedded.contacts or () if each.is_main]
            assert main
            assert {each.id for each in main} <= named
            return leads, pipelines, len(contacts)

    leads, pipelines, contacts = asyncio.run(read(simulate("amocrm")))

    assert contacts > 300
    assert [each.id for each in leads] == sorted({each.id for each in leads})
    for pipeline in pipelines:
        assert pipeline.embedded is not None
        assert [each.id for each in pipeline.embedded.statuses or ()][-2:] == [WON, LOST]
    expect_books([lead.model_dump() for lead in leads], truth("amocrm"))


def test_aioamocrm_filters_in_brackets(simulate: Callable[..., Any]) -> None:
    async def read(served: Mapping[str, Any]) -> tuple[list[int], list[int], list[int]]:
        async with client_of(served) as amo:
            page = await amo.leads.get_page(limit=5, order={"id": "asc"})
            ids = [lead.id for lead in page.items]
            same = [lead.id async for lead in amo.leads.iterate(filter={"id": ids}, order={"id": "asc"})]
            won = {"statuses": [{"pipeline_id": 1, "status_id": WON}, {"pipeline_id": 2, "status_id": WON}]}
            statuses = {lead.status_id async for lead in amo.leads.iterate(filter=won)}
            with pytest.raises(aioamocrm.NotFoundError):
                await amo.leads.get(5)
            return ids, same, sorted(statuses)

    ids, same, statuses = asyncio.run(read(simulate("amocrm")))

    assert len(ids) == 5
    assert same == ids
    assert statuses == [WON]


def test_aioamocrm_signs_in_and_renews_its_tokens(simulate: Callable[..., Any]) -> None:
    served = simulate("amocrm")
    consent = httpx.get(f"{served['base_url']}/oauth", params={"state": "s"}, trust_env=False)
    told = httpx.URL(consent.headers["location"]).params
    redirect_uri = consent.headers["location"].partition("?")[0]
    secret = "client-" + hashlib.sha256(b"amocrm/client/1").hexdigest()[:24]  # a simulator's secrets come of its seed

    async def read() -> tuple[list[str], str | None]:
        auth = aioamocrm.OAuth2(told["client_id"], secret, redirect_uri)
        async with client_of(served, auth) as amo:
            first = await amo.exchange_code(told["code"])
            second = await auth.refresh(aioamocrm.TokenEndpoint(http=amo.http, url=amo.token_url))
            account = await amo.account.get()
            spent = await amo.http.post(
                amo.token_url,
                json={
                    "client_id": told["client_id"],
                    "client_secret": secret,
                    "grant_type": "refresh_token",
                    "refresh_token": first.refresh_token,
                    "redirect_uri": redirect_uri,
                },
            )
            assert spent.status_code == 401
            assert spent.json()["hint"] == "Token has been revoked"
            return [first.refresh_token, second.refresh_token], account.currency

    (first, second), currency = asyncio.run(read())

    assert first != second
    assert currency == "RUB"


def test_aioamocrm_tells_a_token_that_is_not_accepted(simulate: Callable[..., Any]) -> None:
    async def read(served: Mapping[str, Any]) -> None:
        async with client_of(served, aioamocrm.LongLivedToken("other")) as amo:
            await amo.account.get()

    with pytest.raises(aioamocrm.AuthError, match="Unauthorized"):
        asyncio.run(read(simulate("amocrm")))


# ── amochka ──────────────────────────────────────────────────────────────────────────


@pytest.fixture
def amo(simulate: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> amochka.AmoCRMClient:
    served = simulate("amocrm")
    monkeypatch.setenv("AMOCRM_ACCESS_TOKEN", served["settings"]["access_token"])
    monkeypatch.setenv("AMOCRM_EXPIRES_AT", str((datetime.now(UTC) + timedelta(days=30)).timestamp()))
    client = amochka.AmoCRMClient(
        "https://sosna.amocrm.ru", cache_config=amochka.CacheConfig.disabled(), disable_logging=True, rate_limit=5
    )
    client.base_url = served["base_url"]  # its constructor takes vendors' addresses only
    return client


def test_amochka_finds_the_sales_of_the_books(amo: amochka.AmoCRMClient, truth: Callable[..., Any]) -> None:
    leads = amo.fetch_leads(include_contacts=True, include="loss_reason")

    assert len({lead["id"] for lead in leads}) == len(leads)
    expect_books(leads, truth("amocrm"))


def test_amochka_finds_by_events_what_was_lost_as_a_deal(amo: amochka.AmoCRMClient, truth: Callable[..., Any]) -> None:
    told = truth("amocrm")
    names = {
        status["id"]: status["name"]
        for pipeline in amo.fetch_pipelines()
        for status in pipeline["_embedded"]["statuses"]
    }
    before: dict[int, int] = {}
    for event in amo.iter_events(entity="lead", event_type="lead_status_changed"):  # newest first
        if event["value_after"][0]["lead_status"]["id"] == LOST:
            before.setdefault(event["entity_id"], event["value_before"][0]["lead_status"]["id"])
    of_deals = {WON, *(number for number, name in names.items() if name in ("Замер", "Предложение", "Договор"))}
    days = {key[0] for key in told}
    lost: dict[str, int] = defaultdict(int)
    for lead in amo.iter_leads(pipeline_ids=[1, 2, 3]):
        is_lost_deal = lead["status_id"] == LOST and before[lead["id"]] in of_deals
        if is_lost_deal and (day := day_of(lead["closed_at"])) in days:
            lost[day] += 1

    assert dict(lost) == of_measure(told, "deals_lost")


def test_amochka_reads_the_dictionaries(amo: amochka.AmoCRMClient) -> None:
    fields = amo.get_custom_fields_mapping()

    assert {"UTM_SOURCE", "UTM_CAMPAIGN"} <= {field["code"] for field in fields.values()}
    assert len(amo.fetch_users()) == 5
    assert amo.get_account()["currency"] == "RUB"


def test_amochka_asks_for_what_has_changed(amo: amochka.AmoCRMClient) -> None:
    leads = amo.fetch_leads()
    middle = sorted(lead["updated_at"] for lead in leads)[len(leads) // 2]
    changed = amo.fetch_leads(updated_from=middle)

    assert {lead["id"] for lead in changed} == {lead["id"] for lead in leads if lead["updated_at"] >= middle}
    assert amo.fetch_leads(updated_from=datetime(2030, 1, 1, tzinfo=UTC)) == []
