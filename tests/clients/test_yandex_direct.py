"""tapi-yandex-direct, as it is, reads the simulator's reports and finds what the company's books say."""

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from tapi_yandex_direct import YandexDirect
from tapi_yandex_direct.exceptions import YandexDirectClientError

VAT = Decimal("1.22")
CENT = Decimal("0.01")
FIELDS = ["Date", "CampaignId", "CampaignName", "AdNetworkType", "Impressions", "Clicks", "Cost"]


class Elsewhere(HTTPAdapter):
    """Sends what is meant for the vendor to the simulator: the client knows one address only."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self._base = base_url

    def send(self, request: requests.PreparedRequest, *arguments: Any, **more: Any) -> requests.Response:
        request.url = f"{self._base}{urlsplit(request.url or '').path}"
        return super().send(request, *arguments, **more)


def client(served: dict[str, Any], **more: Any) -> YandexDirect:
    session = requests.Session()
    session.mount("https://api.direct.yandex.com/", Elsewhere(served["base_url"]))
    return YandexDirect(**{"access_token": served["settings"]["access_token"], "session": session, **more})


def report(name: str, **params: Any) -> dict[str, Any]:
    wanted = {
        "SelectionCriteria": {},
        "FieldNames": FIELDS,
        "OrderBy": [{"Field": "Date"}],
        "ReportName": name,
        "ReportType": "CAMPAIGN_PERFORMANCE_REPORT",
        "DateRangeType": "ALL_TIME",
        "Format": "TSV",
        "IncludeVAT": "YES",
        "IncludeDiscount": "NO",
    }
    return {"params": {**wanted, **params}}


def test_it_waits_for_the_report_and_finds_what_the_books_say(
    simulate: Callable[..., Any], truth: Callable[..., Any]
) -> None:
    served = simulate("yandex_direct")
    books = truth("yandex_direct", "source", "campaign")
    found: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    days = {key[0] for key in books}

    answer = client(served).reports().post(data=report("all of it"))

    assert answer.columns == FIELDS
    for row in answer().to_dict():
        for column, measure in (("Cost", "spend"), ("Impressions", "impressions"), ("Clicks", "clicks")):
            if row["Date"] in days:
                found[row["Date"], measure][row["CampaignName"]] += Decimal(row[column])
    said: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(dict)
    for (day, measure, source, campaign), value in books.items():
        if source == "yandex_direct" and value:
            said[day, measure][campaign] = value
    assert len(said) > 150
    for key, of_campaigns in said.items():
        told = {name: each / VAT if key[1] == "spend" else each for name, each in found[key].items() if each}
        assert told.keys() == of_campaigns.keys(), key
        for name, value in of_campaigns.items():
            assert abs(told[name] - value) < Decimal("1e-9"), (key, name)


def test_money_comes_in_millionths_unless_it_is_asked_for_otherwise(simulate: Callable[..., Any]) -> None:
    served, wanted = simulate("yandex_direct"), report("a day", DateRangeType="YESTERDAY")
    plain = client(served).reports().post(data=wanted)().to_dict()
    micros = client(served, return_money_in_micros=True).reports().post(data=wanted)().to_dict()

    assert [int(row["Cost"]) for row in micros] == [int(Decimal(row["Cost"]) * 1_000_000) for row in plain]


def test_without_vat_it_is_less(simulate: Callable[..., Any]) -> None:
    served = simulate("yandex_direct")
    gross, net = (
        client(served).reports().post(data=report(f"vat {vat}", DateRangeType="YESTERDAY", IncludeVAT=vat))().to_dict()
        for vat in ("YES", "NO")
    )

    for with_vat, without in zip(gross, net, strict=True):
        assert abs(Decimal(with_vat["Cost"]) / VAT - Decimal(without["Cost"])) <= CENT


def test_it_sees_the_account_and_refusals(simulate: Callable[..., Any]) -> None:
    served = simulate("yandex_direct")
    asked = {"method": "get", "params": {"FieldNames": ["Login", "Currency"]}}

    found = client(served).clients().post(data=asked)

    assert found().extract() == [{"Login": "sosna-direct", "Currency": "RUB"}]
    with pytest.raises(YandexDirectClientError) as refused:
        client(served, access_token="another").reports().post(data=report("mine"))
    assert "53" in str(refused.value)
    with pytest.raises(YandexDirectClientError) as refused:
        client(served, login="stranger").reports().post(data=report("mine"))
    assert "not a client of the agency" in str(refused.value)
