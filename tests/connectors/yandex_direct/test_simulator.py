"""The simulator answers as Direct does: queue, names, money, refusals."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from collector.clock import FixedClock
from collector.testing.simulator import World, running
from connectors.yandex_direct.simulator import YandexDirectSimulator

TODAY = date(2026, 3, 20)
FIELDS = ["Date", "CampaignId", "AdNetworkType", "Cost", "AvgCpc"]


class Api:
    """What asks it."""

    def __init__(self, simulator: YandexDirectSimulator, url: str, clock: FixedClock) -> None:
        self.simulator, self.clock = simulator, clock
        self.http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {simulator.secret('token')}"})

    def report(self, name: str, *, headers: dict[str, str] | None = None, **params: Any) -> httpx.Response:
        wanted = {
            "SelectionCriteria": {"DateFrom": "2026-02-01", "DateTo": "2026-03-19"},
            "FieldNames": FIELDS,
            "ReportName": name,
            "ReportType": "CAMPAIGN_PERFORMANCE_REPORT",
            "DateRangeType": "CUSTOM_DATE",
            "Format": "TSV",
            "IncludeVAT": "YES",
        }
        body = {"params": wanted | params}
        return self.http.post("/json/v5/reports", json=body, headers=headers or {})

    def client(self, **headers: str) -> httpx.Response:
        body = {"method": "get", "params": {"FieldNames": ["Login", "Currency"]}}
        return self.http.post("/json/v5/clients", json=body, headers=headers)


@pytest.fixture
def api() -> Iterator[Api]:
    clock = FixedClock(datetime(2026, 3, 20, 9, 30, tzinfo=UTC))
    simulator = YandexDirectSimulator(World(days=60, today=TODAY), clock=clock)
    simulator.queue.takes = timedelta(minutes=1)
    with running(simulator) as found:
        api = Api(simulator, found.url, clock)
        try:
            yield api
        finally:
            api.http.close()


def code(response: httpx.Response) -> Any:
    return response.json()["error"]["error_code"]


def test_a_long_report_is_made_in_the_queue(api: Api) -> None:
    first, second = api.report("a"), api.report("a")
    api.clock.advance(timedelta(minutes=1))
    ready = api.report("a")

    assert [first.status_code, second.status_code, ready.status_code] == [201, 202, 200]
    assert (first.content, first.headers["retryIn"], first.headers["reportsInQueue"]) == (b"", "1", "1")
    assert second.headers["retryIn"] != first.headers["retryIn"]
    assert ready.text.startswith('"a (2026-02-01 - 2026-03-19)"\n')


def test_a_short_one_is_made_at_once(api: Api) -> None:
    days = {"DateFrom": "2026-03-10", "DateTo": "2026-03-19"}

    assert api.report("a", SelectionCriteria=days).status_code == 200


def test_the_sixth_report_finds_the_queue_full(api: Api) -> None:
    assert [api.report(name).status_code for name in "abcde"] == [201] * 5
    sixth = api.report("f")

    assert (sixth.status_code, code(sixth)) == (400, "9000")


def test_a_name_keeps_its_figures_for_five_hours(api: Api) -> None:
    api.report("a")
    api.clock.advance(timedelta(hours=1))
    old = api.report("a").text
    api.simulator.switches.titles[701_001] = "renamed"
    api.simulator.shrink()

    assert api.report("a").text == old
    assert (api.report("a", IncludeVAT="NO").status_code, code(api.report("a", IncludeVAT="NO"))) == (400, "4000")
    api.clock.advance(timedelta(hours=4, minutes=1))
    assert api.report("a").status_code == 201


def test_money_is_in_millionths_unless_the_header_says_otherwise(api: Api) -> None:
    days = {"DateFrom": "2026-03-10", "DateTo": "2026-03-10"}
    silent = {"skipReportHeader": "true", "skipColumnHeader": "true", "skipReportSummary": "true"}
    micros = api.report("a", SelectionCriteria=days, headers=silent).text.splitlines()
    units = api.report("b", SelectionCriteria=days, headers=silent | {"returnMoneyInMicros": "false"}).text.splitlines()

    assert len(micros) == len(units) == 3
    for one, other in zip(micros, units, strict=True):
        cost = other.split("\t")[3]
        assert one.split("\t")[3] == f"{cost.replace('.', '')}0000"


def test_what_takes_too_long_at_once_is_a_502(api: Api) -> None:
    days = {"DateFrom": "2025-10-01", "DateTo": "2026-03-19"}

    assert api.report("a", SelectionCriteria=days, headers={"processingMode": "online"}).status_code == 502


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"FieldNames": ["Costs"]}, 8000),
        ({"DateRangeType": "YESTERDAY"}, "4000"),
        ({"DateRangeType": "SOON", "SelectionCriteria": {}}, 8000),
        ({"SelectionCriteria": {"DateFrom": "2020-01-01", "DateTo": "2020-01-02"}}, "4000"),
    ],
)
def test_a_wrong_request_is_told(api: Api, params: dict[str, Any], told: object) -> None:
    assert code(api.report("a", **params)) == told


def test_the_twenty_first_report_in_ten_seconds_is_too_many(api: Api) -> None:
    days = {"DateFrom": "2026-03-10", "DateTo": "2026-03-10"}
    found = [api.report(f"{n}", SelectionCriteria=days) for n in range(21)]

    assert [each.status_code for each in found] == [200] * 20 + [400]
    assert code(found[-1]) == 56


def test_an_agency_must_say_whose_campaigns_it_means_and_points_are_spent(api: Api) -> None:
    api.simulator.switches.agency = True

    assert (api.client().status_code, code(api.client())) == (200, 54)
    assert code(api.client(**{"Client-Login": "stranger"})) == 54
    assert api.client(**{"Client-Login": "sosna-direct"}).headers["Units"] == "10/63990/64000"
    api.simulator.switches.points = 5
    assert code(api.client(**{"Client-Login": "sosna-direct"})) == 152
