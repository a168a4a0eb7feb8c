"""Each refusal of VK Ads has its state, its reason and a sentence; of tokens as few as may be are asked for."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl

import httpx
import pytest
import respx
from pydantic import ValidationError

from connectors.vk_ads.plugin import PLANS, STATISTICS, USER
from connectors.vk_ads.settings import VkAdsSettings
from tests.connectors.vk_ads.desk import NOW, TOKEN, Desk, headers_of, plans, sample


def told(desk: Desk) -> tuple[str, str | None]:
    report = desk.poll()
    assert "sample-secret" not in (report.message or "")
    assert "sample-not-a-token" not in (report.message or "")
    return report.state, report.reason


@respx.mock
@pytest.mark.parametrize("path", [PLANS, STATISTICS, USER])
@pytest.mark.parametrize(
    ("name", "status", "reason", "sentence"),
    [
        ("vk_error_403.json", 403, "forbidden", "Settings → API access"),
        ("vk_error_500.json", 500, "temporary", "Internal error"),
        ("vk_error_400_date.json", 400, "bad_response", "Wrong date"),
    ],
)
def test_a_refusal_says_what_to_do(
    tmp_path: Path, path: str, name: str, status: int, reason: str, sentence: str
) -> None:
    desk = Desk(tmp_path)
    desk.of[path] = lambda _: sample(name, status)

    report = desk.poll()

    assert (report.state, report.reason) == ("failed", reason)
    assert sentence in (report.message or "")


@respx.mock
@pytest.mark.parametrize(
    ("left", "reason", "until"),
    [
        ({"RPS": 0, "Hourly": 5, "Daily": 5}, "rate_limited", NOW + timedelta(seconds=1)),
        ({"RPS": 1, "Hourly": 0, "Daily": 5}, "quota", NOW + timedelta(hours=1)),
        ({"RPS": 1, "Hourly": 0, "Daily": 0}, "quota", datetime(2026, 11, 20, 21, tzinfo=UTC)),
    ],
)
def test_too_many_requests_are_waited_for_by_moscows_calendar(
    tmp_path: Path, left: dict[str, int], reason: str, until: datetime
) -> None:
    desk = Desk(tmp_path)
    headers = {f"X-RateLimit-{name}-Remaining": str(number) for name, number in left.items()}
    headers |= {f"X-RateLimit-{name}-Limit": "10" for name in left}
    desk.of[USER] = lambda _: httpx.Response(429, headers=headers)

    report = desk.poll()

    assert (report.state, report.reason) == ("waiting", reason)
    assert report.until is not None
    assert report.until >= until


@respx.mock
def test_the_samples_refusal_is_waited_out(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    answers = iter([headers_of("vk_429_headers.txt"), sample("vk_user.json")])
    desk.of[USER] = lambda _: next(answers)

    assert told(desk) == ("done", None)


# ── tokens ───────────────────────────────────────────────────────────────────────────


def grants(desk: Desk) -> list[str]:
    return [dict(parse_qsl(each.content.decode()))["grant_type"] for each in desk.requests(TOKEN)]


@respx.mock
def test_the_sixth_token_is_refused_with_a_way_out(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.of[TOKEN] = lambda _: sample("vk_token_403_limit.json", 403)

    report = desk.poll()

    assert (report.state, report.reason) == ("failed", "credentials_refused")
    assert "five live already for this client_id" in (report.message or "")


@respx.mock
def test_a_wrong_pair_is_told(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.of[TOKEN] = lambda _: sample("vk_token_401_client.json", 401)

    report = desk.poll()

    assert (report.state, report.reason) == ("failed", "credentials_refused")
    assert "invalid_client" in (report.message or "")


def refusing_the_first(desk: Desk, answer: Callable[[], httpx.Response]) -> None:
    refused = iter([True])
    desk.of[USER] = lambda _: answer() if next(refused, False) else sample("vk_user.json")


@respx.mock
def test_a_token_that_is_over_is_renewed_and_no_further_one_asked_for(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    refusing_the_first(desk, lambda: sample("vk_error_401_expired.json", 401))

    assert told(desk) == ("done", None)
    assert grants(desk) == ["client_credentials", "refresh_token"]


@respx.mock
def test_where_it_cannot_be_renewed_a_further_one_is_asked_for(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    refusing_the_first(desk, lambda: sample("vk_error_401_expired.json", 401))

    def answered(request: httpx.Request) -> httpx.Response:
        is_renewal = b"refresh_token=" in request.content
        return httpx.Response(401, json={"error": "invalid_token"}) if is_renewal else sample("vk_token.json")

    desk.of[TOKEN] = answered

    assert told(desk) == ("done", None)
    assert grants(desk) == ["client_credentials", "refresh_token", "client_credentials"]


@respx.mock
def test_a_token_serves_all_polls_of_its_day(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for _ in range(5):
        desk.poll()
        desk.bench.clock.advance(timedelta(hours=4))

    assert grants(desk) == ["client_credentials"]


# ── plans and days that cannot be asked for together ─────────────────────────────────


@respx.mock
def test_a_plan_that_is_gone_spoils_no_other(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    lists = iter([plans(1, 2, 999), plans(1, 2)])
    desk.of[PLANS] = lambda _: next(lists)
    desk.of[STATISTICS] = lambda request: sample(
        *(
            ("vk_error_400_adplans.json", 400)
            if "999" in request.url.params["id"]
            else ("vk_statistics_day_empty.json",)
        )
    )

    assert told(desk) == ("done", None)
    assert [each.url.params["id"] for each in desk.requests(STATISTICS)] == ["1,2,999", "1,2"]


@respx.mock
def test_a_plan_that_is_listed_and_refused_is_told(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.of[STATISTICS] = lambda _: sample("vk_error_400_adplans.json", 400)

    report = desk.poll()

    assert (report.state, report.reason) == ("failed", "bad_response")
    assert "Wrong ad plans: 999" in (report.message or "")


@respx.mock
@pytest.mark.parametrize("refused", [("vk_error_400_limit.json", 400), ("vk_error_400_limit.json", 413)])
def test_too_much_at_once_is_asked_for_in_halves(tmp_path: Path, refused: tuple[str, int]) -> None:
    desk = Desk(tmp_path, backfill="1d")
    desk.of[PLANS] = lambda _: plans(1, 2, 3)
    asked: list[tuple[str, str, str]] = []

    def answered(request: httpx.Request) -> httpx.Response:
        params = request.url.params
        is_small = "," not in params["id"] and params["date_from"] == params["date_to"]
        if is_small:
            asked.append((params["id"], params["date_from"], params["date_to"]))
        return sample("vk_statistics_day_empty.json") if is_small else sample(*refused)

    desk.of[STATISTICS] = answered

    assert told(desk) == ("done", None)
    days = ("2026-11-19", "2026-11-20")
    assert asked == [(plan, day, day) for plan in ("1", "2", "3") for day in days]


@respx.mock
def test_what_cannot_be_halved_is_told(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.of[STATISTICS] = lambda _: sample("vk_error_400_limit.json", 400)

    report = desk.poll()

    assert (report.reason, "one plan's day" in (report.message or "")) == ("bad_response", True)


@respx.mock
def test_without_plans_there_is_nothing_which_is_an_answer(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.of[PLANS] = lambda _: plans()

    assert told(desk) == ("done", None)
    assert not desk.requests(STATISTICS)


@respx.mock
@pytest.mark.parametrize("body", [{}, {"items": None}, {"items": [], "count": None}, [], {"items": [{}], "count": 1}])
def test_a_list_that_is_none_is_told(tmp_path: Path, body: object) -> None:
    desk = Desk(tmp_path)
    desk.of[PLANS] = lambda _: httpx.Response(200, json=body)

    assert told(desk) == ("failed", "bad_response")


@respx.mock
@pytest.mark.parametrize("currency", [None, "", 5])
def test_a_cabinet_without_a_currency_is_told(tmp_path: Path, currency: object) -> None:
    desk = Desk(tmp_path)
    desk.of[USER] = lambda _: httpx.Response(200, json={"id": 1, "currency": currency})

    report = desk.poll()

    assert (report.reason, "currency" in (report.message or "")) == ("bad_response", True)


def test_more_history_than_there_is_cannot_be_asked_for() -> None:
    with pytest.raises(ValidationError, match="write 365d or less"):
        VkAdsSettings.model_validate({"client_id": "x", "client_secret": "y", "backfill": "400d"})
    assert VkAdsSettings.model_validate({"client_id": "x", "client_secret": "y"}).backfill == timedelta(days=365)
