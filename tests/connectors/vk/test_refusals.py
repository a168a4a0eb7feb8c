"""Each refusal of VK has its state, its reason and a sentence, of a single method and in a script."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
from pydantic import ValidationError

from connectors.vk.settings import VkSettings
from tests.connectors.vk.desk import NOW, SETTINGS, Desk, item, sample

PASSES = "it is broken for the moment"
DEAD = "give another token in access_token"
ROLE = "make the token's owner an administrator or editor"
RIGHTS = "give the token the rights stats, wall and groups"
EXPIRED = "tokens of VK ID live for an hour"
TOLD: dict[str, tuple[str, str, str]] = {
    "error_1": ("failed", "temporary", PASSES),
    "error_3": ("failed", "bad_response", "Unknown method passed"),
    "error_5": ("failed", "credentials_refused", DEAD),
    "error_5_expired": ("failed", "credentials_refused", "access_token has expired"),
    "error_5_no_token": ("failed", "credentials_refused", DEAD),
    "error_6": ("waiting", "rate_limited", "rate limit reached"),
    "error_7": ("failed", "forbidden", RIGHTS),
    "error_9": ("waiting", "rate_limited", "next try in 0:05:00"),
    "error_10": ("failed", "temporary", PASSES),
    "error_13": ("failed", "bad_response", "Runtime error"),
    "error_14": ("failed", "credentials_refused", "pass the captcha; a daemon cannot"),
    "error_15": ("failed", "forbidden", "this wall available only for community members"),
    "error_17": ("failed", "credentials_refused", "confirm that it is you"),
    "error_18": ("failed", "forbidden", "the wall is gone"),
    "error_19": ("failed", "forbidden", "VK has blocked the community"),
    "error_27": ("failed", "forbidden", "token_kind: community"),
    "error_28": ("failed", "forbidden", "token_kind: service"),
    "error_29": ("waiting", "quota", "quota used up"),
    "error_30": ("failed", "forbidden", "This profile is private"),
    "error_100": ("failed", "bad_response", "owner_id is undefined"),
    "error_125": ("failed", "forbidden", "see group_id"),
    "error_150": ("failed", "bad_response", "Invalid timestamp"),
    "error_203": ("failed", "forbidden", ROLE),
    "error_210": ("failed", "forbidden", ROLE),
    "error_212": ("failed", "forbidden", ROLE),
    "error_260": ("failed", "forbidden", RIGHTS),
    "error_1117": ("failed", "credentials_refused", EXPIRED),
}


def samples() -> Iterator[str]:
    folder = Path(__file__).parent / "samples"
    return (path.stem for path in sorted(folder.glob("error_*.json")))


def test_no_sample_is_left_out() -> None:
    assert set(samples()) == set(TOLD)


@respx.mock
@pytest.mark.parametrize("name", sorted(TOLD))
def test_a_refusal_says_what_to_do(tmp_path: Path, name: str) -> None:
    desk = Desk(tmp_path)
    desk.of["stats.get"] = lambda _: sample(name)

    report = desk.poll("stats")

    state, reason, sentence = TOLD[name]
    assert (report.state, report.reason, sentence in (report.message or "")) == (state, reason, True), report.message
    assert "sample-not-a-token" not in (report.message or "")
    assert "hash=sample" not in (report.message or "")


@respx.mock
@pytest.mark.parametrize("number", [1, 6, 7, 14, 18, 27, 29, 100])
def test_it_says_the_same_of_a_call_in_a_script(tmp_path: Path, number: int) -> None:
    desk = Desk(tmp_path)
    desk.of["wall.get"] = lambda _: sample(f"error_{number}")

    report = desk.poll("posts")

    state, reason, sentence = TOLD[f"error_{number}"]
    assert (report.state, report.reason, sentence in (report.message or "")) == (state, reason, True), report.message


@respx.mock
def test_the_sample_of_a_script_of_which_a_part_failed(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.whole = lambda _: {**sample("execute_partial"), "response": [False]}

    report = desk.poll("posts")

    assert report.reason == "forbidden"
    assert "wall.get: VK answered 15, Access denied: this wall available only" in (report.message or "")


@respx.mock
def test_a_script_is_answered_call_by_call(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.whole = lambda _: sample("execute_ok")

    report = desk.poll("posts")

    assert (report.reason, "expected 1 answers" in (report.message or "")) == ("bad_response", True)


# ── waits ────────────────────────────────────────────────────────────────────────────


@respx.mock
def test_too_many_a_second_are_waited_out(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    answers = iter([sample("error_6"), sample("error_6"), sample("groups_getById")])
    desk.of["groups.getById"] = lambda _: next(answers)

    assert desk.poll("followers").ok


@respx.mock
@pytest.mark.parametrize(("name", "wait"), [("error_9", timedelta(minutes=5)), ("error_29", timedelta(hours=1))])
def test_flood_control_and_a_days_quota_are_waited_for_and_no_failure(
    tmp_path: Path, name: str, wait: timedelta
) -> None:
    desk = Desk(tmp_path)
    desk.of["wall.get"] = lambda _: sample(name)

    report = desk.poll("posts")

    assert (report.state, report.until) == ("waiting", NOW + wait)


@respx.mock
def test_flood_control_is_called_by_its_name(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.of["groups.getById"] = lambda _: sample("error_9")

    assert any("9, Flood control" in told for told in desk.poll("followers").warnings)


# ── what is in the way ───────────────────────────────────────────────────────────────


@respx.mock
def test_a_community_that_was_banned_is_told(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.of["groups.getById"] = lambda _: sample("groups_getById_banned")

    report = desk.poll("followers")

    assert (report.reason, "the community was banned" in (report.message or "")) == ("forbidden", True)


@respx.mock
def test_a_number_that_is_no_communitys_is_told(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.of["groups.getById"] = lambda _: sample("error_100")

    report = desk.poll("followers")

    assert (report.reason, "see group_id" in (report.message or "")) == ("forbidden", True)


@respx.mock
def test_hidden_followers_are_no_failure_and_no_zero(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.of["groups.getById"] = lambda _: sample("groups_getById_closed_no_count")

    report = desk.poll("followers")

    assert (report.ok, report.records) == (True, 0)
    assert any("does not tell how many followers" in told for told in report.warnings)


@respx.mock
@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, html="<html><h1>error</h1></html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"error": {"error_msg": "what?"}}),
        httpx.Response(200, json={"error": "what?"}),
        httpx.Response(200, json={"error": {"error_code": 4711, "error_msg": "what?"}}),
        httpx.Response(414, html="<html>"),
    ],
)
def test_what_is_no_answer_is_told(tmp_path: Path, answer: httpx.Response) -> None:
    desk = Desk(tmp_path)
    for method in ("stats.get", "groups.getById"):
        desk.of[method] = lambda _: answer

    assert [desk.poll(stream).reason for stream in ("stats", "followers")] == ["bad_response"] * 2


@respx.mock
@pytest.mark.parametrize("status", [429, 502, 503])
def test_a_gateway_before_vk_is_nothing_new(tmp_path: Path, status: int) -> None:
    desk = Desk(tmp_path)
    answers = iter([httpx.Response(status, html="<html>"), sample("groups_getById")])
    desk.of["groups.getById"] = lambda _: next(answers)

    assert desk.poll("followers").ok


# ── too much at once ─────────────────────────────────────────────────────────────────


@respx.mock
def test_a_script_whose_answer_is_too_big_is_asked_for_in_halves(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    date = int(NOW.timestamp())
    wall = [item(number, date - (2000 - number) * 3600) for number in range(2000, 0, -1)]
    desk.of["wall.get"] = lambda asked: {
        "response": {"count": len(wall), "items": wall[asked["offset"] : asked["offset"] + asked["count"]]}
    }
    calls: list[int] = []

    def whole(code: str) -> Any:
        calls.append(code.count("API.wall.get"))
        return sample("error_13") if calls[-1] > 6 else None

    desk.whole = whole

    report = desk.poll("posts")

    assert (report.ok, report.records) == (True, 2000), report.message
    assert [each for each in calls if each] == [1, 20, 10, 5, 5, 5, 5]


@respx.mock
def test_a_post_that_has_no_reach_spoils_no_others(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    wall = [item(number, 1_700_000_000 + number) for number in range(40, 0, -1)]
    desk.of["wall.get"] = lambda _: {"response": {"count": 40, "items": wall}}

    def reach(asked: Any) -> Any:
        ids = [int(each) for each in asked["post_ids"].split(",")]
        return (
            sample("error_210") if 7 in ids else {"response": [{"post_id": each, "reach_total": each} for each in ids]}
        )

    desk.of["stats.getPostReach"] = reach

    assert desk.poll("posts").ok
    with desk.bench.store.read() as tx:
        rows = tx.exec_driver_sql("SELECT key, json_extract(body, '$.reach') FROM entity").all()
    assert dict(map(tuple, rows)) == {f"-1000001_{each}": None if each == 7 else each for each in range(1, 41)}


@respx.mock
def test_reach_that_is_told_of_no_post_says_how_to_do_without(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.of["wall.get"] = lambda _: {"response": {"count": 1, "items": [item(1, 1_700_000_000)]}}
    desk.of["stats.getPostReach"] = lambda _: sample("error_15")

    report = desk.poll("posts")

    assert (report.reason, "say post_reach: false" in (report.message or "")) == ("forbidden", True)


@respx.mock
def test_without_reach_nobody_asks_for_it_and_clicks_are_not_declared(tmp_path: Path) -> None:
    desk = Desk(tmp_path, post_reach=False)
    desk.of["wall.get"] = lambda _: {"response": {"count": 1, "items": [item(1, 1_700_000_000)]}}

    assert desk.poll("posts").ok
    assert [method for method, _ in desk.asked] == ["wall.get"]
    assert "social_clicks" not in {name for each in desk.bench.connector.streams() for name in each.provides}


# ── tokens of other kinds ────────────────────────────────────────────────────────────


@respx.mock
@pytest.mark.parametrize(
    ("kind", "streams", "a_second"),
    [
        ("user", ["followers", "posts", "stats"], 3),
        ("service", ["followers", "posts"], 5),
        ("community", ["followers"], 20),
    ],
)
def test_a_token_reads_what_its_kind_may(tmp_path: Path, kind: str, streams: list[str], a_second: int) -> None:
    desk = Desk(tmp_path, token_kind=kind)

    assert sorted(each.name for each in desk.bench.connector.streams()) == streams
    assert [each.calls for each in desk.bench.connector.limits][:1] == [a_second]
    assert all(desk.poll(stream).ok for stream in streams)
    assert ("execute" in {request.url.path.rpartition("/")[2] for request in desk.requests}) == (kind == "user")


@pytest.mark.parametrize(
    ("told", "number"),
    [(7, 7), ("1000001", 1_000_001), ("-1000001", 1_000_001), ("club12", 12), (" public3 ", 3), (-5, 5)],
)
def test_a_communitys_number_is_taken_as_people_copy_it(told: object, number: int) -> None:
    assert VkSettings.model_validate({**SETTINGS, "group_id": told}).group_id == number


@pytest.mark.parametrize("told", ["", "shop", "0", 0, 1.5, None, True, "1e9", "12345678901234"])
def test_what_is_no_number_is_refused_with_a_sentence(told: object) -> None:
    with pytest.raises(ValidationError, match="group_id"):
        VkSettings.model_validate({**SETTINGS, "group_id": told})
