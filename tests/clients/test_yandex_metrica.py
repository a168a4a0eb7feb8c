"""The popular client of Yandex Metrica, as it is, reads the simulator, and sees what the company's books say."""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from tapi_yandex_metrika import YandexMetrikaManagement, YandexMetrikaStats
from tapi_yandex_metrika.exceptions import YandexMetrikaApiError, YandexMetrikaClientError, YandexMetrikaTokenError

VENDOR = "https://api-metrika.yandex.net/"
FIRST, LAST = "2026-09-21", "2026-11-19"
"""The days that the books show."""

COUNTS = {
    "ym:s:visits": "sessions",
    "ym:s:newUsers": "new_users",
    "ym:s:pageviews": "page_views",
    "ym:s:sumGoalReachesAny": "key_events",
    "ym:s:ecommercePurchases": "purchases",
}
TAGS = ("ym:s:lastUTMSource", "ym:s:lastUTMMedium", "ym:s:lastUTMCampaign")
Served = dict[str, Any]


class Redirected(HTTPAdapter):
    """The client knows the vendor's address only: what goes there goes to loopback."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._host = urlsplit(url).netloc

    def send(self, request: requests.PreparedRequest, *arguments: Any, **more: Any) -> requests.Response:
        there = urlsplit(str(request.url))._replace(scheme="http", netloc=self._host)
        request.url = there.geturl()
        return super().send(request, *arguments, **more)


@pytest.fixture
def metrica(simulate: Callable[..., Served]) -> Served:
    return simulate("yandex_metrica")


def session(told: Served) -> requests.Session:
    made = requests.Session()
    made.trust_env = False
    made.mount(VENDOR, Redirected(told["base_url"]))
    return made


def stats(told: Served, token: str | None = None) -> Any:
    return YandexMetrikaStats(access_token=token or told["settings"]["access_token"], session=session(told))


def asked(told: Served, **more: Any) -> dict[str, Any]:
    return {
        "ids": told["settings"]["counter_id"],
        "date1": FIRST,
        "date2": LAST,
        "accuracy": "full",
        "metrics": ",".join(COUNTS),
        "lang": "en",
        **more,
    }


def shown(rows: list[dict[str, Any]], *by: str) -> dict[tuple[str, ...], Decimal]:
    """Day, measure, members → amount, as the books have it."""
    found: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        for metric, measure in COUNTS.items():
            found[row["ym:s:date"], measure, *(row[name] or "(not set)" for name in by)] += round(row[metric])
    return {key: Decimal(count) for key, count in found.items() if count}


def of_counts(books: dict[tuple[str, ...], Decimal]) -> dict[tuple[str, ...], Decimal]:
    return {key: value for key, value in books.items() if key[1] in COUNTS.values() and value}


def test_visits_by_day_are_the_books(metrica: Served, truth: Callable[..., Any]) -> None:
    params = asked(metrica, dimensions="ym:s:date", sort="ym:s:date", limit=10_000)

    report = stats(metrica).stats().get(params=params)

    assert shown(report().to_dicts()) == of_counts(truth("yandex_metrica"))


def test_visits_by_campaign_are_the_books_page_by_page(metrica: Served, truth: Callable[..., Any]) -> None:
    names = ("ym:s:date", "ym:s:lastTrafficSource", *TAGS)
    params = asked(
        metrica,
        dimensions=",".join(names),
        sort=",".join(names),
        include_undefined="true",
        limit=200,
        attribution="last",
    )

    report = stats(metrica).stats().get(params=params)
    pages = [page().to_dicts() for page in report().pages()]

    assert len(pages) > 5
    rows = [row for page in pages for row in page]
    assert shown(rows, TAGS[2]) == of_counts(truth("yandex_metrica", "campaign"))


def test_without_a_limit_a_hundred_rows_come(metrica: Served) -> None:
    params = asked(metrica, dimensions="ym:s:date,ym:s:lastTrafficSource")

    report = stats(metrica).stats().get(params=params)

    assert len(report().to_values()) == 100
    assert report.data["total_rows"] > 100
    assert [row[2] for row in report().to_values()] == sorted((row[2] for row in report().to_values()), reverse=True)


@pytest.mark.parametrize(("days", "measure"), [(1, "users_1d"), (7, "users_7d"), (28, "users_28d")])
def test_users_are_counted_once_in_a_span(days: int, measure: str, metrica: Served, truth: Callable[..., Any]) -> None:
    first = {1: "2026-11-19", 7: "2026-11-13", 28: "2026-10-23"}[days]
    params = asked(metrica, metrics="ym:s:users", date1=first)

    report = stats(metrica).stats().get(params=params)

    assert Decimal(report.data["totals"][0]) == truth("yandex_metrica")["2026-11-19", measure]


def test_a_token_that_is_not_accepted_is_told_as_such(metrica: Served) -> None:
    with pytest.raises(YandexMetrikaTokenError):
        stats(metrica, "y0_another").stats().get(params=asked(metrica))


def test_a_counter_that_there_is_not_and_a_metric_that_there_is_not(metrica: Served) -> None:
    with pytest.raises(YandexMetrikaApiError, match="not_found"):
        stats(metrica).stats().get(params=asked(metrica, ids="7"))
    with pytest.raises(YandexMetrikaClientError, match="invalid_parameter"):
        stats(metrica).stats().get(params=asked(metrica, metrics="ym:s:nosuch"))


def test_the_counter_and_its_goals(metrica: Served) -> None:
    client = YandexMetrikaManagement(
        access_token=metrica["settings"]["access_token"],
        session=session(metrica),
        default_url_params={"counterId": metrica["settings"]["counter_id"]},
    )

    counter = client.counter().get().data["counter"]

    assert (str(counter["id"]), counter["time_zone_name"]) == (metrica["settings"]["counter_id"], "Europe/Moscow")
    assert [goal["id"] for goal in client.goals().get().data["goals"]] == [30001, 30002]
