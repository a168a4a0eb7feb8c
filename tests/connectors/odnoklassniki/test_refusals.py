"""Each refusal of Odnoklassniki has its state, its reason and a sentence."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import respx
from pydantic import ValidationError

from collector.plugin import Forbidden
from connectors.odnoklassniki.plugin import GROUP, TRENDS
from connectors.odnoklassniki.settings import OdnoklassnikiSettings
from tests.connectors.odnoklassniki.desk import NOW, SETTINGS, Desk, sample


def code(number: int, words: str = "WORDS : told", data: object = None) -> httpx.Response:
    return httpx.Response(200, json={"error_code": number, "error_msg": words, "error_data": data})


@respx.mock
@pytest.mark.parametrize("stream", ["days", "posts"])
@pytest.mark.parametrize(
    ("number", "reason", "sentence"),
    [
        (1, "temporary", "broken for the moment (1 UNKNOWN : Unknown error)"),
        (2, "temporary", "broken for the moment"),
        (3, "bad_response", "METHOD : Method group.getStatTrend not found"),
        (4, "bad_response", "REQUEST : Invalid request"),
        (10, "forbidden", "VALUABLE_ACCESS, LONG_ACCESS_TOKEN and GROUP_CONTENT"),
        (50, "forbidden", "no administrator of the group"),
        (100, "bad_response", "Missing required parameter gid"),
        (101, "credentials_refused", "see application_key"),
        (102, "credentials_refused", "take a new eternal token"),
        (103, "credentials_refused", "take a new eternal token"),
        (104, "credentials_refused", "session_secret_key"),
        (160, "forbidden", "see group_id"),
        (300, "forbidden", "see group_id"),
        (453, "credentials_refused", "no token came with the request"),
        (9999, "temporary", "broken for the moment"),
    ],
)
def test_a_refusal_says_what_to_do(tmp_path: Path, stream: str, number: int, reason: str, sentence: str) -> None:
    desk = Desk(tmp_path)
    for method in list(desk.of):
        desk.of[method] = lambda _: sample(f"error_{number}.json")

    report = desk.poll(stream)

    assert (report.state, report.reason) == ("failed", reason)
    assert sentence in (report.message or "")
    assert not any(each in (report.message or "") for each in ("tkn-SAMPLE", SETTINGS["session_secret_key"]))


@respx.mock
@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (9, "forbidden"), (22, "forbidden"), (24, "forbidden"), (30, "temporary"), (31, "temporary"),
        (200, "forbidden"), (210, "forbidden"), (451, "bad_response"), (456, "forbidden"), (457, "forbidden"),
        (511, "forbidden"), (514, "forbidden"), (900, "credentials_refused"), (5000, "temporary"),
        (777, "bad_response"),
    ],
)  # fmt: skip
def test_codes_without_a_sample(tmp_path: Path, number: int, reason: str) -> None:
    desk = Desk(tmp_path)
    desk.of[TRENDS] = lambda _: code(number)
    report = desk.poll()
    assert (report.state, report.reason) == ("failed", reason)
    assert f"{number} WORDS : told" in (report.message or "")


@respx.mock
@pytest.mark.parametrize(
    ("number", "reason", "until"),
    [
        (7, "quota", NOW + timedelta(hours=1)),
        (8, "rate_limited", NOW + timedelta(minutes=1)),
        (11, "quota", datetime(2026, 11, 20, 21, tzinfo=UTC)),
    ],
)
def test_what_passes_is_waited_for(tmp_path: Path, number: int, reason: str, until: datetime) -> None:
    desk = Desk(tmp_path)
    desk.of[TRENDS] = lambda _: sample(f"error_{number}.json")

    report = desk.poll()

    assert (report.state, report.reason) == ("waiting", reason)
    assert report.until is not None
    assert report.until >= until


@respx.mock
def test_a_flood_that_passes_is_waited_out(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    answers = iter([sample("error_8.json"), sample("group_getStatTrends_empty.json")])
    desk.of[TRENDS] = lambda _: next(answers)
    assert desk.poll().ok


@respx.mock
@pytest.mark.parametrize("nothing", [b"null", b"", b" null\n"])
def test_an_answer_of_nothing_is_temporary(tmp_path: Path, nothing: bytes) -> None:
    desk = Desk(tmp_path)
    desk.of[TRENDS] = lambda _: httpx.Response(200, content=nothing)
    assert desk.poll().reason == "temporary"


@respx.mock
@pytest.mark.parametrize("number", ["x", None, []])
def test_a_code_that_is_none_is_told(tmp_path: Path, number: object) -> None:
    desk = Desk(tmp_path)
    desk.of[TRENDS] = lambda _: httpx.Response(200, json={"error_code": number, "error_msg": None})
    report = desk.poll()
    assert (report.reason, "without words" in (report.message or "")) == ("bad_response", True)


@respx.mock
def test_a_detail_that_the_words_lack_is_told(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.of[TRENDS] = lambda _: code(200, data="PUBLISH_TO_STREAM")
    assert "PUBLISH_TO_STREAM" in (desk.poll().message or "")


# ── what `check` says ────────────────────────────────────────────────────────────────


async def told(desk: Desk) -> list[str]:
    try:
        return list(await desk.connector.check())
    finally:
        await desk.bench.client.close()


@respx.mock
@pytest.mark.anyio
@pytest.mark.parametrize("name", ["group_getInfo.json", "group_getInfo_wrapped.json"])
async def test_a_group_is_found_however_it_comes(tmp_path: Path, name: str) -> None:
    desk = Desk(tmp_path)
    desk.of[GROUP] = lambda _: sample(name)
    assert await told(desk) == ["Odnoklassniki's days are those of Europe/Moscow, the project's of UTC"]


@respx.mock
@pytest.mark.anyio
async def test_a_group_that_is_not_there_is_told(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.of[GROUP] = lambda _: httpx.Response(200, json=[])
    with pytest.raises(Forbidden, match="see group_id"):
        await told(desk)


@respx.mock
@pytest.mark.anyio
async def test_a_right_to_statistics_that_is_lacking_is_told(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.of[TRENDS] = lambda _: sample("error_10.json")
    with pytest.raises(Forbidden, match="GROUP_CONTENT"):
        await told(desk)


@pytest.mark.parametrize("number", ["", "samplegroup", "-5", "1" * 30])
def test_a_group_is_a_number(number: str) -> None:
    with pytest.raises(ValidationError):
        OdnoklassnikiSettings.model_validate({**SETTINGS, "group_id": number})
