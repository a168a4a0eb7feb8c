"""The simulator answers as the vendor does: shapes, limits, refusals, in the samples' words."""

import asyncio
from collections.abc import Iterator
from datetime import date
from typing import Any

import httpx
import pytest

from collector.testing.simulator import Running, World, running
from connectors.yandex_metrica.simulator import YandexMetricaSimulator
from tests.connectors.yandex_metrica.asked import sample

TODAY = date(2026, 11, 20)
DIMENSIONS = "ym:s:date,ym:s:<attribution>TrafficSource,ym:s:<attribution>SourceEngine"


class Metrica:
    """Asks as a client does."""

    def __init__(self, found: Running) -> None:
        self.url, self.token = found.url, found.settings["access_token"]
        simulator = found.simulator
        assert isinstance(simulator, YandexMetricaSimulator)
        self.simulator = simulator

    def get(self, path: str = "/stat/v1/data", *, token: str | None = None, **params: Any) -> httpx.Response:
        asked = {"ids": 44147844, "metrics": "ym:s:visits", "date1": "2026-11-10", "date2": "2026-11-12", **params}
        header = {} if token == "" else {"Authorization": f"OAuth {token or self.token}"}
        return httpx.get(self.url + path, params=asked, headers=header)

    def report(self, **params: Any) -> Any:
        answer = self.get(**params)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def found() -> Iterator[Running]:
    with running(YandexMetricaSimulator(World(days=60, today=TODAY))) as each:
        yield each


@pytest.fixture
def metrica(found: Running) -> Metrica:
    made = Metrica(found)
    made.simulator.limits = []
    made.simulator.switches = type(made.simulator.switches)()
    return made


# ── reports ──────────────────────────────────────────────────────────────────────────


def test_a_report_looks_as_the_vendors_does(metrica: Metrica) -> None:
    body, known = metrica.report(dimensions=DIMENSIONS, attribution="cross_device_first"), sample("traffic_full")

    assert set(body) == set(known)
    assert set(body["query"]) == set(known["query"])
    assert {name: type(value) for name, value in body.items()} == {name: type(value) for name, value in known.items()}
    assert body["query"]["dimensions"][1] == "ym:s:cross_device_firstTrafficSource"
    assert body["query"]["attribution"] == "CrossDeviceFirst"
    assert all(type(metric) is float for row in body["data"] for metric in row["metrics"])


def test_a_hundred_rows_come_where_nobody_asks_for_more(metrica: Metrica) -> None:
    body = metrica.report(dimensions=DIMENSIONS, date1="2026-10-01")

    assert (len(body["data"]), body["query"]["limit"], body["query"]["offset"]) == (100, 100, 1)
    assert body["total_rows"] > 100
    visits = [row["metrics"][0] for row in body["data"]]
    assert visits == sorted(visits, reverse=True)


def test_pages_begin_with_one_and_bring_every_row_once(metrica: Metrica) -> None:
    asked = {"dimensions": DIMENSIONS, "sort": DIMENSIONS, "include_undefined": "true"}
    whole = metrica.report(**asked, limit=1000)["data"]

    pages = [metrica.report(**asked, limit=7, offset=1 + 7 * number)["data"] for number in range(len(whole) // 7 + 2)]

    assert [row for page in pages for row in page] == whole
    assert pages[-1] == []


def test_totals_are_of_all_rows_and_users_are_counted_once(metrica: Metrica) -> None:
    body = metrica.report(dimensions="ym:s:date", metrics="ym:s:visits,ym:s:users", date1="2026-11-06", limit=3)

    assert body["total_rows"] == 7
    users = [row["metrics"][1] for row in metrica.report(
        dimensions="ym:s:date", metrics="ym:s:visits,ym:s:users", date1="2026-11-06"
    )["data"]]  # fmt: skip
    assert max(users) < body["totals"][1] < sum(users)
    assert body["totals"][0] > sum(row["metrics"][0] for row in body["data"])


def test_rows_without_a_value_of_the_first_dimension_come_only_if_asked_for(metrica: Metrica) -> None:
    engines = {"dimensions": "ym:s:lastSourceEngine", "limit": 1000}

    without = metrica.report(**engines)["data"]
    both = metrica.report(**engines, include_undefined="true")["data"]

    assert len(both) == len(without) + 1
    assert {"name": None, "id": None} in [row["dimensions"][0] for row in both]


def test_the_language_changes_names_only(metrica: Metrica) -> None:
    english = metrica.report(dimensions=DIMENSIONS, lang="en")["data"]
    russian = metrica.report(dimensions=DIMENSIONS, lang="ru")["data"]

    assert [row["metrics"] for row in english] == [row["metrics"] for row in russian]
    assert [row["dimensions"][1]["id"] for row in english] == [row["dimensions"][1]["id"] for row in russian]
    names = {row["dimensions"][1]["name"] for row in russian}
    assert "Прямые заходы" in names
    assert not names & {row["dimensions"][1]["name"] for row in english}


def test_days_may_be_told_from_today_on(metrica: Metrica) -> None:
    query = metrica.report(date1="2daysAgo", date2="yesterday")["query"]

    assert (query["date1"], query["date2"]) == ("2026-11-18", "2026-11-19")


def test_nothing_is_an_empty_report(metrica: Metrica) -> None:
    body = metrica.report(dimensions="ym:s:date", date1="2019-01-01", date2="2019-01-02")

    assert (body["data"], body["total_rows"], body["totals"]) == ([], 0, [0.0])


def test_a_sample_is_scaled_up_already(metrica: Metrica) -> None:
    exact = metrica.report(dimensions="ym:s:date")
    metrica.simulator.switches.sample_share = 0.1
    body = metrica.report(dimensions="ym:s:date")

    assert (body["sampled"], body["sample_share"]) == (True, 0.1)
    assert body["sample_size"] < body["sample_space"]
    for row, estimate in zip(exact["data"], body["data"], strict=True):
        assert estimate["metrics"][0] % 10 == 0
        assert abs(row["metrics"][0] - estimate["metrics"][0]) <= 5


# ── refusals ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("asked", "name", "status"),
    [
        ({"token": ""}, "error_401", 401),
        ({"token": "y0_another"}, "error_403_token", 403),
        ({"ids": 44147845}, "error_403_access", 403),
        ({"ids": 1}, "error_404", 404),
        ({"metrics": "ym:s:nosuch"}, "error_400_parameter", 400),
    ],
)
def test_it_refuses_in_the_vendors_words(asked: Any, name: str, status: int, metrica: Metrica) -> None:
    answer = metrica.get(**asked)

    assert (answer.status_code, answer.json()) == (status, sample(name))


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("metrics", ",".join(["ym:s:visits"] * 21), "value: 21, limit: 20"),
        ("metrics", "", "Missing parameter, name: metrics"),
        ("metrics", "ym:pv:pageviews", "Wrong metric"),
        ("dimensions", ",".join(["ym:s:date"] * 11), "value: 11, limit: 10"),
        ("dimensions", "ym:s:nosuchTrafficSource", "Wrong attribute"),
        ("limit", 100_001, "value: 100001, limit: 100000"),
        ("limit", 0, "Wrong limit"),
        ("offset", 0, "Wrong offset"),
        ("date1", "soon", "Wrong date"),
        ("date1", "2026-11-20", "Wrong date interval"),
        ("sort", "ym:s:users", "Wrong sort"),
        ("attribution", "nosuch", "Wrong attribution"),
        ("currency", "XXX", "Wrong currency"),
        ("filters", " AND ".join(["ym:s:date=='2026-01-01'"] * 21), "Too many filters"),
    ],
)
def test_the_vendors_bounds_are_kept(name: str, value: Any, told: str, metrica: Metrica) -> None:
    answer = metrica.get(**{name: value})

    assert answer.status_code == 400
    assert told in answer.json()["message"]
    assert answer.json()["errors"][0]["location"]


def test_the_fourth_request_at_once_is_refused(metrica: Metrica) -> None:
    metrica.simulator.switches.delay = 0.3
    header = {"Authorization": f"OAuth {metrica.token}"}

    async def all_at_once() -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=metrica.url, headers=header) as client:
            params = {"ids": "44147844", "metrics": "ym:s:visits"}
            return await asyncio.gather(*(client.get("/stat/v1/data", params=params) for _ in range(4)))

    answers = asyncio.run(all_at_once())

    assert sorted(each.status_code for each in answers) == [200, 200, 200, 429]
    (refused,) = [each for each in answers if each.status_code == 429]
    assert refused.json() == sample("error_429_parallel")


def test_limits_are_those_of_the_vendor() -> None:
    limits = {each.name: vars(each) for each in YandexMetricaSimulator(World(today=TODAY)).limits}

    assert {name: (each["calls"], each.get("per")) for name, each in limits.items()} == {
        "quota_requests_by_ip": (30, 1.0),
        "quota_requests_by_report": (200, 300.0),
        "quota_requests_by_uid": (5000, None),
    }


@pytest.mark.parametrize("status", [420, 429])
def test_the_days_quota_is_refused_by_either_status(status: int, metrica: Metrica) -> None:
    simulator = YandexMetricaSimulator(World(days=10, today=TODAY))
    simulator.switches.throttle_status = status
    simulator.limits[-1].calls = 1  # type: ignore[attr-defined]
    with running(simulator) as found:
        other = Metrica(found)
        other.report()
        answer = other.get()

    assert (answer.status_code, answer.json()) == (status, sample(f"error_{status}_day"))
    assert "retry-after" not in answer.headers


def test_a_query_that_is_too_complicated_passes_at_the_third_try(metrica: Metrica) -> None:
    metrica.simulator.switches.complicated = 2

    answers = [metrica.get(date1="2026-11-01") for _ in range(3)]

    assert [each.status_code for each in answers] == [400, 400, 200]
    assert answers[0].json() == sample("error_400_query_error")


def test_the_counter_and_its_goals_look_as_the_vendors_do(metrica: Metrica) -> None:
    counter = metrica.get("/management/v1/counter/44147844").json()["counter"]
    goals = metrica.get("/management/v1/counter/44147844/goals").json()["goals"]

    known = sample("counter")["counter"]
    assert {name: type(value) for name, value in counter.items()} == {
        name: type(value) for name, value in known.items()
    }
    assert [set(each) for each in goals] == [set(each) for each in sample("goals_list")["goals"]]
    assert metrica.get("/management/v1/counter/7").json() == sample("error_404")


def test_a_company_of_a_hundred_times_the_size_answers_at_once() -> None:
    with running(YandexMetricaSimulator(World(days=400, size=100, today=TODAY))) as found:
        body = Metrica(found).report(dimensions=DIMENSIONS, limit=10_000)

    assert body["totals"][0] > 100_000
