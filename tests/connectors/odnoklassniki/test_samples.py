"""Sample answers → exact records, by the mapping table; signatures by the vendor's own vectors."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from collector.plugin import BadResponse, Fact, Instant, Post, Window
from connectors.odnoklassniki import mapping
from connectors.odnoklassniki.plugin import MEDIA, TOPICS, TRENDS
from connectors.odnoklassniki.signing import session_secret_of, signature
from tests.connectors.odnoklassniki.desk import NOW, SAMPLES, Desk, sample

DAYS = Window(date(2026, 9, 8), date(2026, 9, 10))


def body(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text(encoding="utf-8"))


def figures(name: str, days: Window = DAYS) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for fact in mapping.trends(body(name), days, TRENDS):
        assert fact.dimensions == {"network": "odnoklassniki"}
        found.setdefault(fact.measure, []).append(int(fact.value))
    return found


def read(desk: Desk, rows: AsyncIterator[Any]) -> list[Any]:
    async def whole() -> list[Any]:
        try:
            return [each async for each in rows]
        finally:
            await desk.bench.client.close()

    return asyncio.run(whole())


# ── signatures ───────────────────────────────────────────────────────────────────────


def test_a_request_is_signed_as_the_vendor_says() -> None:
    told = {"application_key": "ABCDEFGHIGKLMNOPK", "method": "events.get", "format": "json"}
    assert signature(told, "ae5362b5b588cc7294c2414d71b74d5d") == "03a41413523ea8092507949d6e711963"


def test_the_token_takes_no_part_in_it() -> None:
    secret = session_secret_of("tkn-SAMPLE", "SECRET0000000000000000AA")
    told = {
        "access_token": "tkn-SAMPLE",
        "application_key": "CSAMPLEKEY",
        "end_time": "1789084800000",
        "fields": "REACH,NEW_MEMBERS",
        "format": "json",
        "gid": "50000000000001",
        "method": "group.getStatTrends",
        "sig": "old",
        "start_time": "1788825600000",
    }
    assert secret == "aa8e9ed9c5873462d3728cb93d9e1c0a"
    assert signature(told, secret) == "e5fd2899d359848fca06bcaaddcc40df"


@respx.mock
def test_secrets_stand_in_the_form(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.poll()
    (asked,) = desk.requests(TRENDS)

    assert asked["access_token"] == "tkn-SAMPLE"
    assert asked["format"] == "json"
    assert " " not in asked["fields"]
    assert asked["sig"] == signature(asked, "aa8e9ed9c5873462d3728cb93d9e1c0a")


# ── days ─────────────────────────────────────────────────────────────────────────────


def test_trends_are_facts_by_day() -> None:
    assert figures("group_getStatTrends.json") == {
        "followers": [8111, 8116, 8117],
        "followers_gained": [12, 9, 1],
        "followers_lost": [5, 4, 0],
        "reach_1d": [910, 1204, 333],
        "social_views": [4100, 5002, 1200],
        "likes": [19, 25, 3],
        "comments": [4, 2, 0],
        "shares": [2, 1, 0],
        "social_clicks": [6, 3, 0],
    }
    first = next(iter(mapping.trends(body("group_getStatTrends.json"), DAYS, TRENDS)))
    assert first == Fact(date(2026, 9, 8), "followers", Decimal(8111), None, {"network": "odnoklassniki"})


def test_days_that_begin_in_moscow_are_the_same_days() -> None:
    found = mapping.trends(body("group_getStatTrends_moscow_borders.json"), DAYS, TRENDS)
    assert [(each.day, int(each.value)) for each in found] == [(date(2026, 9, 8), 910), (date(2026, 9, 9), 1204)]


def test_days_and_fields_that_are_not_told_have_no_fact() -> None:
    assert figures("group_getStatTrends_gap.json") == {"reach_1d": [910, 333], "likes": [19, 3]}
    assert figures("group_getStatTrends_empty.json") == {}


def test_days_beside_the_window_are_left_out() -> None:
    day = date(2026, 9, 9)
    assert figures("group_getStatTrends_gap.json", Window(day, day)) == {}


def test_a_window_is_asked_for_by_moscows_days() -> None:
    assert mapping.borders(DAYS) == (1788814800000, 1789074000000 - 1)


def test_members_that_do_not_add_up_are_told() -> None:
    told = body("group_getStatTrends.json")
    assert mapping.unlike_days(told, TRENDS) == []
    told["members_diff"][1]["value"] = 6
    assert mapping.unlike_days(told, TRENDS) == [date(2026, 9, 9)]


@pytest.mark.parametrize(
    "told",
    [
        [],
        {"likes": {"time": 1}},
        {"likes": [{"time": "today", "value": 1}]},
        {"likes": [{"value": 1}]},
        {"likes": [{"time": 1788825600000, "value": "many"}]},
    ],
)
def test_days_that_cannot_be_read_are_told(told: object) -> None:
    with pytest.raises(BadResponse):
        list(mapping.trends(told, DAYS, TRENDS))


def test_a_value_that_is_null_is_none() -> None:
    assert list(mapping.trends({"likes": [{"time": 1788825600000, "value": None}]}, DAYS, TRENDS)) == []


# ── posts ────────────────────────────────────────────────────────────────────────────


@respx.mock
def test_topics_are_posts_and_pages_follow_their_anchors(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    pages = iter(["group_getStatTopics_page1.json", "group_getStatTopics_last_page.json"])
    desk.of[TOPICS] = lambda _: sample(next(pages))
    found = read(desk, desk.connector.posts(Instant.of(NOW)))

    place = "https://ok.ru/group/50000000000001/topic/"
    assert found == [
        Post(
            "150000000000005", "odnoklassniki", "photo", datetime(2026, 9, 13, 10, tzinfo=UTC),
            place + "150000000000005", likes=14, comments=3, shares=2, views=4100, reach=1500, clicks=6,
        ),
        Post(
            "150000000000004", "odnoklassniki", "text", datetime(2026, 9, 12, tzinfo=UTC),
            place + "150000000000004", likes=2, comments=0, shares=0, views=9000, reach=2000, clicks=31,
        ),
        Post(
            "150000000000003", "odnoklassniki", "repost", datetime(2026, 9, 11, tzinfo=UTC),
            place + "150000000000003", likes=0, comments=0, shares=0,
        ),
    ]  # fmt: skip
    assert [each.get("anchor") for each in desk.requests(TOPICS)] == [None, "LTE1MDAwMDAwMDAwMDAwNA"]
    assert desk.requests(TOPICS)[0]["fields"] == "ID,CREATED_MS,LIKES,COMMENTS,RESHARES,RENDERINGS,REACH,LINK_CLICKS"
    assert [each["topic_ids"] for each in desk.requests(MEDIA)] == [
        "150000000000005,150000000000004",
        "150000000000003",
    ]


@respx.mock
def test_the_first_poll_asks_for_all_topics_and_later_ones_for_young_ones(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    read(desk, desk.connector.posts(Instant.of(NOW)))
    read(desk, desk.connector.posts(Instant.of(NOW, previous=NOW.replace(hour=9))))

    first, later = desk.requests(TOPICS)
    assert "start_time" not in first
    assert (later["start_time"], later["end_time"]) == ("1794909600000", "1795168800000")  # three days


def test_an_instant_may_come_in_a_text() -> None:
    made = mapping.post({"id": "7", "created_ms": "1789293600000"}, "text", "1", TOPICS)
    assert made.published_at == datetime(2026, 9, 13, 10, tzinfo=UTC)
    assert (made.likes, made.views) == (None, None)


@pytest.mark.parametrize(
    "topic", [None, {}, {"id": "7"}, {"id": "7", "created_ms": "x"}, {"id": "7", "created_ms": 1, "likes": "many"}]
)
def test_a_topic_that_cannot_be_read_is_told(topic: object) -> None:
    with pytest.raises(BadResponse):
        mapping.post(topic, "text", "1", TOPICS)


@pytest.mark.parametrize(
    ("media", "kind"),
    [
        ([{"type": "text"}, {"type": "movie"}], "video"),
        ([{"type": "text"}], "text"),
        ([{"type": "hologram"}], "text"),
        ([{"type": "photo"}, {"type": "topic"}], "repost"),
        (None, "text"),
        ({}, "text"),
    ],
)
def test_a_kind_is_what_stands_beside_the_text(media: object, kind: str) -> None:
    assert mapping.kind_of({"id": "1", "media": media}) == kind


@respx.mock
@pytest.mark.parametrize("told", [[], {}, {"topics": None}, {"topics": [{"likes": 1}]}, {"topics": ["x"]}])
def test_a_page_that_is_none_is_told(tmp_path: Path, told: object) -> None:
    desk = Desk(tmp_path)
    desk.of[TOPICS] = lambda _: httpx.Response(200, json=told)
    report = desk.poll("posts")
    assert (report.state, report.reason) == ("failed", "bad_response")


@respx.mock
def test_pages_that_go_in_a_circle_are_told(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.of[TOPICS] = lambda _: sample("group_getStatTopics_page1.json")
    report = desk.poll("posts")
    assert (report.reason, "another anchor" in (report.message or "")) == ("bad_response", True)


@respx.mock
def test_a_post_that_is_gone_is_swept(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    told: dict[str, Any] = body("group_getStatTopics_page1.json") | {"has_more": False}
    desk.of[TOPICS] = lambda _: httpx.Response(200, json=told)
    desk.of[MEDIA] = lambda _: httpx.Response(200, json={})
    desk.poll("posts")
    assert desk.bench.total("posts") == 2

    told["topics"] += [{**told["topics"][0], "id": str(number)} for number in range(1, 8)]
    desk.poll("posts")
    del told["topics"][0]
    desk.bench.clock.advance(NOW - NOW.replace(day=18))
    desk.poll("posts")
    assert desk.bench.total("posts") == 8
