"""The vendor's sample answers → exact records."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import respx

from collector.plugin import BadResponse, Gone, Instant, Post, Reading
from connectors.telegram import mapping, preview
from connectors.telegram.mapping import Known
from connectors.telegram.memory import Memory
from connectors.telegram.page import Shown, figure, read_page
from tests.connectors.telegram.told import CHANNEL, SAMPLES, Desk, result, sample, told

LINK = "https://t.me/sample_channel"
BEFORE, AFTER = (Instant(2026, 9, day, 9, 30, tzinfo=UTC) for day in (8, 9))


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-09-08T{text}+00:00")


def heard(since: Instant) -> dict[int, Post]:
    memory = Memory(bot=1, channel=CHANNEL, since=int(since.timestamp()))
    numbers = memory.take(told("getUpdates_mixed"), since)
    return {number: mapping.post(number, memory.posts[number], LINK) for number in numbers}


def test_members() -> None:
    assert mapping.reading(told("getChatMemberCount")) == Reading("followers", Decimal(15230), {"network": "telegram"})


def test_posts_with_all_their_reactions_an_album_once_and_no_service_message() -> None:
    def post(number: int, kind: str, published: str, likes: int) -> Post:
        return Post(str(number), "telegram", kind, at(published), f"{LINK}/{number}", likes=likes)

    assert heard(BEFORE) == {
        101: post(101, "text", "10:00:00", 16),
        102: post(102, "photo", "11:06:40", 0),
        105: post(105, "repost", "13:53:20", 0),
        107: post(107, "poll", "17:13:20", 0),
    }


def test_likes_of_posts_from_before_the_first_poll_are_unknown_until_they_are_told() -> None:
    assert {number: each.likes for number, each in heard(AFTER).items()} == {101: 16, 102: None, 105: 0, 107: None}


def test_reactions_to_a_post_that_nobody_knows_are_left_out() -> None:
    memory = Memory(bot=1, channel=CHANNEL, since=0)

    assert list(memory.take(told("getUpdates_mixed")[7:8], BEFORE)) == []


def test_another_channels_posts_are_none_of_ours() -> None:
    memory = Memory(bot=1, channel=CHANNEL - 1, since=0)

    assert list(memory.take(told("getUpdates_mixed"), BEFORE)) == []
    assert memory.update == 500010


def test_the_public_page() -> None:
    page = read_page((SAMPLES / "public_page.html").read_text(encoding="utf-8"))

    def shown(number: int, time: str, kind: str, views: int | None, likes: int | None = None) -> Shown:
        return Shown(number, int(at(time).timestamp()), kind, views, likes)

    assert page.posts == (
        shown(101, "10:00:00", "text", 12_500, 1_137),
        shown(102, "11:06:40", "photo", 900),
        shown(105, "13:53:20", "repost", 1_200_000),
        shown(107, "17:13:20", "text", None),
    )
    assert (page.lowest, page.is_preview) == (101, True)


@pytest.mark.parametrize("name", ["public_page_no_preview", "public_page_deleted_post"])
def test_a_page_without_a_channel_is_no_preview(name: str) -> None:
    page = read_page((SAMPLES / f"{name}.html").read_text(encoding="utf-8"))

    assert (page.posts, page.is_preview) == ((), False)


def test_what_a_repost_was_viewed_is_the_originals_and_no_view_of_ours() -> None:
    known = Known(0, "repost", likes=3, views=1_200_000)

    assert mapping.post(105, known, LINK).views is None


def test_the_page_and_the_bot_api_together() -> None:
    memory = Memory(bot=1, channel=CHANNEL, since=int(BEFORE.timestamp()))
    list(memory.take(told("getUpdates_mixed"), BEFORE))
    preview.look(memory, list(read_page((SAMPLES / "public_page.html").read_text(encoding="utf-8")).posts))

    found = {number: mapping.post(number, each, LINK) for number, each in memory.posts.items()}
    assert {number: (each.likes, each.views) for number, each in found.items()} == {
        101: (16, 12_500),  # exact, where the page rounds
        102: (0, 900),
        105: (0, None),
        107: (0, None),
    }
    assert Memory.read(memory.text(), bot=1, channel=CHANNEL, now=BEFORE) == memory


def test_a_post_that_is_missing_between_two_that_are_shown_was_deleted() -> None:
    memory = Memory(bot=1, channel=CHANNEL, since=0)
    memory.posts = {number: Known(0, "text", likes=1) for number in (98, 101, 103, 109)}
    shown = list(read_page((SAMPLES / "public_page.html").read_text(encoding="utf-8")).posts)

    assert preview.vanished(memory, shown, pytest.fail) == [103]
    assert memory.forget(103) == Gone("post", "103")


def test_a_page_that_lacks_too_many_at_once_is_not_believed() -> None:
    memory, warned = Memory(bot=1, channel=CHANNEL, since=0), list[str]()
    memory.posts = {number: Known(0, "text") for number in range(2, 9)}

    assert preview.vanished(memory, [Shown(9, 0, "text"), Shown(1, 0, "text")], warned.append) == []
    assert "more than a fifth" in warned[0]


@pytest.mark.parametrize(("text", "count"), [("900", 900), ("12.5K", 12_500), ("1.2M", 1_200_000), ("1,03K", 1_030)])
def test_figures(text: str, count: int) -> None:
    assert figure(text) == count


@pytest.mark.parametrize("text", ["", "many", "-1", "1.2.3K"])
def test_what_is_no_figure(text: str) -> None:
    with pytest.raises(BadResponse, match=r"a figure such as"):
        figure(text)


def test_texts_of_any_script_change_nothing() -> None:
    html = (SAMPLES / "public_page.html").read_text(encoding="utf-8")
    other = html.replace("Plain text post, edited", "السلام <b>12.5K</b> עולם 🔥 &amp; &lt;b&gt;")

    assert read_page(other) == read_page(html)


@respx.mock
def test_a_poll_stores_what_the_samples_say(tmp_path: Path) -> None:
    desk = Desk(tmp_path, preview=True)
    desk.of["getUpdates"] = lambda _: sample("getUpdates_mixed")

    assert desk.poll().state == "done"

    found = desk.posts()
    assert list(found) == ["101", "102", "105", "107"]
    assert found["101"] == {
        "id": "101",
        "network": "telegram",
        "kind": "text",
        "published_at": "2026-09-08T10:00:00Z",
        "permalink": "https://t.me/sample_channel/101",
        "likes": 16,
        "views": 12_500,
    }


@respx.mock
def test_a_private_channels_posts_have_the_links_that_its_members_can_follow(tmp_path: Path) -> None:
    desk = Desk(tmp_path, channel=str(CHANNEL))
    chat = told("getChat_channel")
    del chat["username"]
    desk.of["getChat"] = lambda _: result(chat)
    desk.of["getUpdates"] = lambda _: sample("getUpdates_mixed")

    desk.poll()

    assert desk.posts()["107"]["permalink"] == "https://t.me/c/1000000001/107"
