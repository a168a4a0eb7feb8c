"""The simulator behaves as the contract sheet says VK does: asked by hand, without the connector."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from collector.clock import FixedClock
from collector.testing.simulator import Running, World, running
from connectors.vk.simulator import VkSimulator

TODAY = date(2026, 11, 20)
OWNER = -1_000_001


@pytest.fixture
def vk() -> Iterator[Running]:
    simulator = VkSimulator(World(seed=1, days=60, today=TODAY))
    simulator.limits = []
    with running(simulator) as found:
        yield found


def of(vk: Running) -> VkSimulator:
    assert isinstance(vk.simulator, VkSimulator)
    return vk.simulator


def ask(
    vk: Running, method: str, *, kind: str = "user", v: str | None = "5.199", by: str = "POST", **asked: Any
) -> Any:
    told = {"access_token": of(vk).tokens[kind], **({} if v is None else {"v": v}), **asked}  # type: ignore[index]
    sent = {"params": told} if by == "GET" else {"data": told}
    answer = httpx.request(by, f"{vk.url}/method/{method}", **sent)  # type: ignore[arg-type]
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    return answer.json()


def code(vk: Running, method: str, **asked: Any) -> int:
    error = ask(vk, method, **asked)["error"]
    assert isinstance(error["error_msg"], str)
    return int(error["error_code"])


def words(vk: Running, method: str, **asked: Any) -> Any:
    return ask(vk, method, **asked)["response"]


# ── refusals ─────────────────────────────────────────────────────────────────────────


def test_a_refusal_tells_what_was_asked_and_never_the_token(vk: Running) -> None:
    body = ask(vk, "wall.get", access_token="vk1.a.wrong", owner_id=OWNER)

    assert body == {
        "error": {
            "error_code": 5,
            "error_msg": "User authorization failed: invalid access_token (4).",
            "request_params": [
                {"key": "v", "value": "5.199"},
                {"key": "owner_id", "value": "-1000001"},
                {"key": "method", "value": "wall.get"},
                {"key": "oauth", "value": "1"},
            ],
        }
    }


def test_the_order_in_which_it_looks_for_what_is_wrong(vk: Running) -> None:
    assert code(vk, "no.such", access_token="", v=None) == 5
    assert code(vk, "wall.get", kind="community", v=None) == 27
    assert code(vk, "no.such", v=None) == 3
    assert code(vk, "wall.get", v=None) == 8
    assert code(vk, "wall.get") == 100
    assert code(vk, "wall.get", owner_id=-7) == 15


@pytest.mark.parametrize(
    ("kind", "refused", "number"),
    [
        ("community", ("wall.get", "wall.getById", "stats.get", "stats.getPostReach"), 27),
        ("service", ("stats.get", "stats.getPostReach", "execute"), 28),
    ],
)
def test_tokens_of_other_kinds_may_less(vk: Running, kind: str, refused: tuple[str, ...], number: int) -> None:
    assert {code(vk, method, kind=kind, owner_id=OWNER) for method in refused} == {number}
    assert words(vk, "groups.getById", kind=kind, group_id=-OWNER)["groups"][0]["id"] == -OWNER


def test_a_captcha_has_all_that_a_client_looks_for(vk: Running) -> None:
    of(vk).switches.refusing = {"wall.get": 14}

    error = ask(vk, "wall.get", owner_id=OWNER)["error"]

    assert {"captcha_sid", "captcha_img", "redirect_uri", "request_params"} <= set(error)


@pytest.mark.parametrize(("kind", "calls"), [("user", 3), ("service", 5), ("community", 20)])
def test_the_limit_is_that_of_the_token(kind: str, calls: int) -> None:
    clock = FixedClock(datetime(2026, 11, 20, 12, tzinfo=UTC))
    simulator = VkSimulator(World(seed=1, days=5, today=TODAY), clock=clock)
    with running(simulator) as vk:
        codes = [
            ask(vk, "groups.getById", kind=kind, group_id=-OWNER).get("error", {}).get("error_code")
            for _ in range(calls + 1)
        ]
        other = "service" if kind == "user" else "user"
        assert "response" in ask(vk, "groups.getById", kind=other, group_id=-OWNER)
    assert codes == [None] * calls + [6]


# ── the wall ─────────────────────────────────────────────────────────────────────────


def test_the_pinned_post_comes_first_and_then_the_newest(vk: Running) -> None:
    items = words(vk, "wall.get", owner_id=OWNER, count=100)["items"]

    assert items[0]["is_pinned"] == 1
    dates = [item["date"] for item in items[1:]]
    assert dates == sorted(dates, reverse=True)
    assert items[0]["date"] < min(dates)


def test_pages_go_by_offset_and_never_over_a_hundred(vk: Running) -> None:
    of(vk).grow(300)
    first = words(vk, "wall.get", owner_id=OWNER, count=500)
    second = words(vk, "wall.get", by="GET", owner_id=OWNER, count=100, offset=100)
    beyond = words(vk, "wall.get", owner_id=OWNER, offset=5000)

    assert [len(page["items"]) for page in (first, second, beyond)] == [100, 100, 0]
    assert len(words(vk, "wall.get", owner_id=OWNER)["items"]) == 20
    assert len({item["id"] for page in (first, second) for item in page["items"]}) == 200
    assert first["count"] == beyond["count"] > 300


def test_a_deleted_post_is_missing_and_the_count_is_one_less(vk: Running) -> None:
    before = words(vk, "wall.get", owner_id=OWNER)
    gone = before["items"][3]["id"]
    of(vk).switches.deleted.add(gone)
    after = words(vk, "wall.get", owner_id=OWNER)

    assert after["count"] == before["count"] - 1
    assert gone not in {item["id"] for item in after["items"]}
    assert words(vk, "wall.getById", posts=f"{OWNER}_{gone}") == {"items": []}
    kept = after["items"][3]
    assert words(vk, "wall.getById", v="5.131", posts=f"{OWNER}_{kept['id']}") == [kept]


def test_what_is_hidden_is_missing(vk: Running) -> None:
    switches = of(vk).switches
    switches.hides_comments = switches.hides_views = switches.hides_members = True

    item = words(vk, "wall.get", owner_id=OWNER)["items"][5]

    assert ("views" in item, "count" in item["comments"]) == (False, False)
    assert "members_count" not in words(vk, "groups.getById", group_id=-OWNER, fields="members_count")["groups"][0]


def test_communities_come_in_the_form_of_the_version(vk: Running) -> None:
    now = words(vk, "groups.getById", group_ids="sosna_shop", fields="members_count")
    former = words(vk, "groups.getById", v="5.92", group_id=-OWNER, fields="members_count")

    assert now == {"groups": former, "profiles": []}
    assert former[0]["members_count"] > 1000
    assert code(vk, "groups.getById", group_id=4711) == 100


@pytest.mark.parametrize(("how", "number"), [("banned", 19), ("deleted", 18)])
def test_a_community_that_is_no_more(vk: Running, how: str, number: int) -> None:
    of(vk).switches.deactivated = how

    (group,) = words(vk, "groups.getById", group_id=-OWNER, fields="members_count")["groups"]

    assert (group["deactivated"], "members_count" in group) == (how, False)
    assert code(vk, "wall.get", owner_id=OWNER) == number


# ── statistics ───────────────────────────────────────────────────────────────────────


def seconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def test_days_come_newest_first_in_their_own_borders(vk: Running) -> None:
    asked = {"group_id": -OWNER, "timestamp_from": seconds(TODAY - timedelta(days=3)), "timestamp_to": seconds(TODAY)}
    days = words(vk, "stats.get", extended=0, **asked)

    assert [each["period_from"] for each in days] == [seconds(TODAY - timedelta(days=back)) for back in range(4)]
    assert all(each["period_to"] - each["period_from"] == 86_399 for each in days)
    assert set(days[1]) == {"visitors", "reach", "activity", "period_from", "period_to"}
    assert "sex_age" in words(vk, "stats.get", **asked)[0]["reach"]
    assert set(words(vk, "stats.get", extended=0, stats_groups="reach", **asked)[0]) == {
        *("reach", "period_from", "period_to")
    }


def test_today_is_told_so_far(vk: Running) -> None:
    today, _, before = words(vk, "stats.get", group_id=-OWNER, timestamp_from=seconds(TODAY - timedelta(days=2)))

    assert 0 < today["reach"]["reach"] < before["reach"]["reach"]


def test_weeks_and_months_have_their_own_reach(vk: Running) -> None:
    asked = {"group_id": -OWNER, "timestamp_from": seconds(TODAY - timedelta(days=30)), "extended": 0}
    days = words(vk, "stats.get", **asked)
    (whole,) = words(vk, "stats.get", interval="all", **asked)

    assert len(words(vk, "stats.get", interval="week", **asked)) == 5
    assert len(words(vk, "stats.get", interval="month", intervals_count=1, **asked)) == 1
    assert whole["activity"]["likes"] == sum(each["activity"].get("likes", 0) for each in days)
    assert (
        max(each["reach"]["reach"] for each in days)
        < whole["reach"]["reach"]
        < sum(each["reach"]["reach"] for each in days)
    )


def test_statistics_are_for_a_positive_number_that_is_ones_own(vk: Running) -> None:
    assert [code(vk, "stats.get", group_id=each) for each in (OWNER, 4711)] == [125, 203]
    assert code(vk, "stats.get", group_id=-OWNER, timestamp_from=-5) == 150
    assert code(vk, "stats.get", group_id=-OWNER, interval="hour") == 100


def test_reach_is_told_of_thirty_posts_at_once_in_any_order(vk: Running) -> None:
    ids = [item["id"] for item in words(vk, "wall.get", owner_id=OWNER, count=30)["items"]]

    rows = words(vk, "stats.getPostReach", owner_id=OWNER, post_ids=",".join(map(str, [*ids[:29], 1])))

    assert sorted(each["post_id"] for each in rows) == sorted(ids[:29])
    assert len(rows[0]) == 20
    assert code(vk, "stats.getPostReach", owner_id=OWNER, post_ids=",".join(map(str, [*ids, 1, 2]))) == 100
    assert code(vk, "stats.getPostReach", owner_id=-7, post_ids="1") == 210


def test_reach_is_told_of_the_newest_posts(vk: Running) -> None:
    of(vk).grow(1000)
    ids = [item["id"] for item in words(vk, "wall.get", owner_id=OWNER, count=3, offset=400)["items"]]

    assert words(vk, "stats.getPostReach", owner_id=OWNER, post_ids=",".join(map(str, ids))) == []


# ── scripts ──────────────────────────────────────────────────────────────────────────


def test_a_script_of_calls_is_answered_in_their_order(vk: Running) -> None:
    calls = f'API.wall.get({{"owner_id":{OWNER},"count":1}}),API.groups.getById({{"group_id":{-OWNER}}})'

    wall, groups = words(vk, "execute", code=f"return [{calls}];")

    assert (len(wall["items"]), groups["groups"][0]["id"]) == (1, -OWNER)


def test_a_call_that_fails_is_false_and_told_beside(vk: Running) -> None:
    of(vk).switches.is_closed = True

    body = ask(vk, "execute", code=f'return [API.wall.get({{"owner_id":{OWNER}}}),API.utils.getServerTime()];')

    assert body["response"][0] is False
    assert body["execute_errors"] == [
        {
            "method": "wall.get",
            "error_code": 15,
            "error_msg": "Access denied: this wall available only for community members",
        }
    ]
    assert "error" not in body


@pytest.mark.parametrize(
    ("script", "number"),
    [
        ("", 100),
        ("return [;", 12),
        ("return API.wall.get({", 12),
        ("return 1.foo();", 12),
        ("var a = 1; return a.slice(1);", 13),
        ("while (true) { var a = 1; }", 13),
        ("var i = 0; while (i < 26) { API.utils.getServerTime(); i = i + 1; } return i;", 13),
        ("return 1 / 0;", 13),
    ],
)
def test_a_script_that_is_none_or_fails_is_refused(vk: Running, script: str, number: int) -> None:
    assert code(vk, "execute", code=script) == number


@pytest.mark.parametrize(
    ("script", "value"),
    [
        ("return 1 + 2 * 3 - 4 / 2;", 5.0),
        ('var a = [], i = 0; while (i < 3) { a.push(i); i = i + 1; }; return a + ["x"];', [0, 1, 2, "x"]),
        (
            'var a = {"b": [{"c": 1}, {"c": 2}]}; a.d = a.b@.c; a.b[1].c = 7; return a;',
            {"b": [{"c": 1}, {"c": 7}], "d": [1, 2]},
        ),
        ("if (1 > 2 || !null) { return 'it\\'s'; } else return 2;", "it's"),
        ("return (null == undefined) ? [1, 2, 3].slice(1) : -1;", [2, 3]),
        (
            'var a = [1, 2, 3]; a.splice(0, 2); return {n: a.length, a: a, "none": a[9]};',
            {"n": 1, "a": [3], "none": None},
        ),
        ("1 + 1;", None),
    ],
)
def test_the_language_of_scripts(vk: Running, script: str, value: Any) -> None:
    assert words(vk, "execute", code=script) == value


def test_an_answer_that_is_too_big_is_refused(vk: Running) -> None:
    of(vk).switches.most_bytes = 2000

    assert code(vk, "execute", code=f'return API.wall.get({{"owner_id":{OWNER}}});') == 13


def test_what_it_answers_is_always_json(vk: Running) -> None:
    texts = {item["text"] for item in words(vk, "wall.get", owner_id=OWNER, count=100)["items"]}

    assert "\ud83d" in texts
    assert json.dumps(sorted(texts))


def test_another_seed_and_size_is_another_community() -> None:
    with running(VkSimulator(World(seed=7, days=30, size=100, today=TODAY))) as found:
        answer = words(found, "groups.getById", group_id=1_000_007)
    assert answer["groups"][0]["id"] == 1_000_007
