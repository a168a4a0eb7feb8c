"""However a wall changes while it is walked, each post that stays is told once; no more is asked for than is needed."""

import asyncio
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from collector.plugin import BadResponse, TemporaryFailure
from connectors.vk.methods import Call
from connectors.vk.wall import PAGE, Wall

HOUR = 3600
LATEST = 1_800_000_000


class Pages:
    """A wall of posts an hour apart; `before` is called before each page."""

    def __init__(self, posts: int, before: Callable[["Pages", int], None] | None = None) -> None:
        self.ids = list(range(posts, 0, -1))
        self.newest = posts
        self.pinned: int | None = None
        self.hidden: set[int] = set()
        self.largest = PAGE
        self.before = before
        self.pages = self.requests = 0

    async def many(self, calls: Sequence[Call]) -> list[Any]:
        self.requests += 1
        return [self._page(**call.params) for call in calls]

    def _page(self, owner_id: int, offset: int, count: int, filter: str) -> Any:  # noqa: A002 - VK's name
        if self.before is not None:
            self.before(self, self.pages)
        self.pages += 1
        order = [each for each in self.ids if each != self.pinned]
        order = [self.pinned, *order] if self.pinned in self.ids else order
        shown = [each for each in order[offset : offset + min(count, self.largest)] if each not in self.hidden]
        return {"count": len(self.ids), "items": [self._item(each) for each in shown]}

    def _item(self, number: int) -> Any:
        item = {"id": number, "owner_id": -1, "date": LATEST - (20_000 - number) * HOUR}
        return item | ({"is_pinned": 1} if number == self.pinned else {})


def walked(pages: Pages, back_to: datetime | None = None, *, expected: int = 0) -> list[int]:
    async def walk() -> list[int]:
        wall = Wall(pages, -1, expected=expected)  # type: ignore[arg-type]
        return [item["id"] async for page in wall.pages(back_to) for item in page]

    return asyncio.run(walk())


def of(number: int) -> datetime:
    return datetime.fromtimestamp(LATEST - (20_000 - number) * HOUR, UTC)


@pytest.mark.parametrize("posts", [0, 1, 2, 3, 97, 98, 99, 100, 101, 102, 196, 197, 198, 199, 200, 201, 2460, 10_000])
def test_every_post_is_told_once(posts: int) -> None:
    assert walked(Pages(posts)) == list(range(posts, 0, -1))


@pytest.mark.parametrize("largest", [1, 2, 3, 7, 99])
def test_pages_may_be_shorter_than_asked_for(largest: int) -> None:
    pages = Pages(50)
    pages.largest = largest

    assert walked(pages) == list(range(50, 0, -1))


def test_ten_thousand_posts_take_six_requests() -> None:
    pages = Pages(10_000)
    walked(pages)

    assert (pages.requests, pages.pages <= 104) == (6, True)


@pytest.mark.parametrize("expected", [1, 9_000, 10_000, 50_000])
def test_it_may_be_told_how_many_there_were(expected: int) -> None:
    pages = Pages(10_000)

    assert walked(pages, expected=expected) == list(range(10_000, 0, -1))
    assert pages.requests <= 6
    assert walked(Pages(0), expected=expected) == []


@pytest.mark.parametrize("seed", range(60))
def test_posts_that_are_deleted_published_and_pinned_between_pages_hide_no_other(seed: int) -> None:
    chance = random.Random(seed)

    def change(pages: Pages, _: int) -> None:
        for _ in range(chance.choice((0, 0, 1, 2, 5, 40, 130))):
            if pages.ids:
                pages.ids.remove(chance.choice(pages.ids[: 300 if seed % 2 else None]))
        for _ in range(chance.choice((0, 1, 3))):
            pages.newest += 1
            pages.ids.insert(0, pages.newest)
        if chance.random() < 0.2 and pages.ids:
            pages.pinned = chance.choice((None, pages.ids[0]))

    pages = Pages(1500, change if seed else None)
    try:
        found = walked(pages)
    except TemporaryFailure:
        return  # said, and read anew
    stayed = set(pages.ids) & set(range(1, 1501))
    assert len(found) == len(set(found))
    assert stayed <= set(found)


def test_hidden_posts_are_no_end() -> None:
    pages = Pages(700)
    pages.hidden = {*range(590, 604), 1, 2, 350}

    assert walked(pages) == [each for each in range(700, 0, -1) if each not in pages.hidden]


def test_a_wall_that_never_stands_still_is_told() -> None:
    def replace_all(pages: Pages, number: int) -> None:
        pages.ids = [each + 10_000 * number for each in range(1500, 0, -1)]

    with pytest.raises(TemporaryFailure, match="changes while it is read"):
        walked(Pages(1500, replace_all))


# ── only the young ones ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("young", "most"), [(0, 1), (10, 1), (99, 1), (100, 2), (150, 2), (700, 2), (2400, 2), (3000, 3)]
)
def test_a_walk_ends_behind_the_first_post_that_is_too_old(young: int, most: int) -> None:
    pages = Pages(10_000)

    found = walked(pages, of(10_000 - young + 1))

    assert set(range(10_000, 10_000 - young, -1)) <= set(found)
    assert len(found) <= young + 2 * PAGE
    assert pages.requests <= most


def test_an_old_post_that_is_pinned_ends_nothing() -> None:
    pages = Pages(300)
    pages.pinned = 1

    assert walked(pages, of(150))[:2] == [1, 300]
    assert set(range(150, 301)) <= set(walked(pages, of(150)))


@pytest.mark.parametrize(
    "body",
    [[], {}, {"items": []}, {"count": 1}, {"count": 1, "items": [[]]}, {"count": 1, "items": [{"id": "5"}]}, False],
)
def test_an_answer_that_is_no_page_is_told(body: Any) -> None:
    pages = Pages(5)
    pages._page = lambda **_: body  # type: ignore[method-assign]

    with pytest.raises(BadResponse):
        walked(pages)
