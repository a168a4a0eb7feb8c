"""The vendor's sample answers → exact records."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
import respx

from collector.plugin import BadResponse, Fact, Post, Reading
from connectors.youtube import mapping
from connectors.youtube.mapping import Channel, Listed
from tests.connectors.youtube.told import CHANNEL, KEY, OWNER, Desk, body, sample

MEMBERS = {"network": "youtube"}


def test_a_channel_and_its_rounded_subscribers() -> None:
    (item,) = mapping.items(body("channels"), "channels")

    assert mapping.channel(item) == Channel("Shop Channel", "UUaaaaaaaaaaaaaaaaaaaa01", 1_230_000)
    assert mapping.subscribers(1_230_000) == Reading("followers", Decimal(1_230_000), MEMBERS)


def test_hidden_subscribers_are_unknown_and_not_zero() -> None:
    (item,) = mapping.items(body("channels_hidden_subscribers"), "channels")

    assert mapping.channel(item).subscribers is None


@pytest.mark.parametrize("name", ["channels_not_found", "channels_not_found_empty_list"])
def test_no_items_and_an_empty_list_are_the_same(name: str) -> None:
    assert mapping.items(body(name), "channels") == []


def test_the_playlist_tells_when_a_video_came_out_and_not_when_it_was_added() -> None:
    rows = [mapping.listed(each) for name in ("1", "2_last") for each in body(f"playlist_items_page{name}")["items"]]

    assert rows == [
        Listed("vidA0000001", datetime(2026, 3, 2, 15, tzinfo=UTC)),
        Listed("vidA0000002", datetime(2026, 2, 20, 15, tzinfo=UTC)),
        Listed("vidA0000003", datetime(2026, 2, 11, 8, 30, tzinfo=UTC)),
    ]


def test_videos_with_their_counters_those_that_are_hidden_unknown() -> None:
    at = datetime(2026, 3, 2, 15, tzinfo=UTC)
    link = "https://www.youtube.com/watch?v="

    assert [mapping.post(each, at) for each in body("videos")["items"]] == [
        Post("vidA0000001", "youtube", "video", at, f"{link}vidA0000001", likes=811, comments=97, views=15_320),
        Post("vidA0000002", "youtube", "video", at, f"{link}vidA0000002", likes=None, comments=None, views=801),
    ]


def test_statistics_by_day_reactions_taken_back_are_below_zero() -> None:
    def facts(day: date, *values: int) -> list[Fact]:
        names = ("social_views", "watch_time", "likes", "comments", "shares", "followers_gained", "followers_lost")
        return [Fact(day, name, Decimal(n), dimensions=MEMBERS) for name, n in zip(names, values, strict=True)]

    assert dict(mapping.days(body("reports_day"))) == {
        (day := date(2026, 3, 1)): facts(day, 15_320, 48_211 * 60, 811, 97, 54, 120, 31),
        (day := date(2026, 3, 2)): facts(day, 16_102, 50_032 * 60, 790, 88, 61, 133, 29),
        (day := date(2026, 3, 4)): facts(day, 14_007, 44_100 * 60, -3, 71, 40, 101, 44),
    }


def test_a_report_without_rows_is_one_without_days() -> None:
    assert list(mapping.days(body("reports_empty"))) == []


def test_columns_count_by_their_names_and_not_by_their_places() -> None:
    told = body("reports_day")
    told["columnHeaders"] = told["columnHeaders"][::-1]
    told["rows"] = [row[::-1] for row in told["rows"]]

    assert list(mapping.days(told)) == list(mapping.days(body("reports_day")))


@pytest.mark.parametrize(
    "told", [{}, {"columnHeaders": []}, body("reports_video_top"), {**body("reports_day"), "rows": [["2026-03-01"]]}]
)
def test_a_report_of_something_else_is_refused(told: object) -> None:
    with pytest.raises(BadResponse):
        list(mapping.days(told))


@pytest.mark.parametrize("told", [None, [], {"items": 1}, {"items": [1]}, {"error": {"code": 400}}])
def test_what_is_no_list_of_items(told: object) -> None:
    with pytest.raises(BadResponse, match="a list of items"):
        mapping.items(told, "channels")


# ── in a poll ────────────────────────────────────────────────────────────────────────


@respx.mock
def test_a_poll_by_a_key_stores_the_videos(tmp_path: Path) -> None:
    desk = Desk(tmp_path)

    report = desk.poll()

    assert (report.state, report.records) == ("done", 3)  # one of them is not shown any more
    assert list(desk.posts()) == ["vidA0000001", "vidA0000002"]
    assert all(each.headers["x-goog-api-key"] == KEY and KEY not in str(each.url) for each in desk.asked)
    assert [dict(each.url.params) for each in desk.requests("videos")] == [
        {"part": "snippet,statistics", "id": "vidA0000001,vidA0000002"},
        {"part": "snippet,statistics", "id": "vidA0000003"},
    ]


@respx.mock
def test_a_poll_by_the_owner_reads_days_and_knows_how_far_they_reach(tmp_path: Path) -> None:
    desk = Desk(tmp_path, **OWNER, backfill="20d")
    desk.bench.clock.advance(datetime(2026, 3, 6, 12, tzinfo=UTC) - desk.bench.clock.now())

    report = desk.poll("statistics")

    assert report.data_through == date(2026, 3, 4), "two days more are over, and are not counted yet"
    (asked,) = desk.requests("reports")
    assert dict(asked.url.params) == {
        "ids": f"channel=={CHANNEL}",
        "startDate": "2026-02-26",
        "endDate": "2026-03-06",
        "dimensions": "day",
        "metrics": "views,estimatedMinutesWatched,likes,comments,shares,subscribersGained,subscribersLost",
        "sort": "day",
    }
    assert asked.headers["authorization"].startswith("Bearer ya29.")
    assert desk.bench.total("likes", first="2026-03-03", last="2026-03-03") == 0
    assert desk.bench.total("likes", by="network") == {"youtube": 811 + 790 - 3}


@respx.mock
def test_days_without_a_row_are_zero_once_they_are_old(tmp_path: Path) -> None:
    desk = Desk(tmp_path, **OWNER, backfill="20d")
    desk.bench.clock.advance(datetime(2026, 3, 20, 12, tzinfo=UTC) - desk.bench.clock.now())
    desk.of["reports"] = lambda _: sample("reports_empty")

    assert desk.poll("statistics").data_through == date(2026, 3, 16)


@respx.mock
def test_a_listing_whose_page_has_run_out_is_begun_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    answers = [sample("playlist_items_page1"), sample("error_400_page_token")]
    again = desk.of["playlistItems"]
    desk.of["playlistItems"] = lambda request: answers.pop(0) if answers else again(request)

    assert desk.poll().state == "done"
    assert len(desk.requests("playlistItems")) == 4


@respx.mock
def test_a_channel_without_videos_has_no_playlist(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.of["playlistItems"] = lambda _: sample("error_404_playlist")

    report = desk.poll()

    assert (report.state, report.records) == ("done", 0)


@respx.mock
def test_an_answer_that_is_no_list_is_no_empty_one(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.of["playlistItems"] = lambda _: httpx.Response(400, json={"error": {"code": 400, "message": "no"}})

    assert desk.poll().reason == "bad_response"
