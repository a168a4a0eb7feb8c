"""The community itself: the company's page in VK at an instant, as its methods tell of it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from collector.testing.company import Company
from collector.testing.company.audience import Followers
from collector.testing.company.calendar import DAY, midnight, seconds
from collector.testing.company.posts import Post
from connectors.vk.simulator import days, posts
from connectors.vk.simulator.days import Day, Question
from connectors.vk.simulator.switches import Switches

NETWORK = "vk"
FIRST_GROWN = 900_000_000
"""Numbers of posts that are made in masses."""

Shown = Callable[[Sequence[Any], Callable[[Any], object]], Sequence[Any]]


class Community:
    """One page. What it is at an instant is found once, while it stands."""

    def __init__(self, group: int, company: Company, switches: Switches) -> None:
        self.group = group
        self.switches = switches
        self._company = company
        self._at: datetime | None = None
        self._posts: list[Post] = []
        self._grown: list[Post] = []
        self._gone: list[Post] = []

    def move(self, now: datetime) -> None:
        """Be what it is at an instant."""
        if now != self._at:
            self._at = now
            self._company = self._company.at(now)
            mine = [post for post in self._company.posts() if post.network == NETWORK]
            self._posts = [post for post in mine if post.deleted is None]
            self._gone = [post for post in mine if post.deleted is not None and seconds(now) - post.deleted < DAY]
            self._posts += [post for post in self._grown if post.published <= seconds(now)]
            self._posts.sort(key=lambda post: (post.published, post.id), reverse=True)

    def grow(self, number: int) -> None:
        """Have so many posts more, spread over the days that are shown."""
        last, first = seconds(self._company.now), midnight(self._company.since.toordinal())
        step = (last - first) / number
        self._grown = [_made(FIRST_GROWN - each, last - int(each * step)) for each in range(number)]
        self._at = None

    # ── the wall ─────────────────────────────────────────────────────────────────────

    def wall(self, shown: Shown) -> tuple[Sequence[Post], Post | None]:
        """The posts in the wall's order, the pinned one first; and which one it is."""
        deleted = self.switches.deleted
        found = [post for post in shown(self._posts, lambda post: post.id) if post.id not in deleted]
        if not found or not self.switches.pins_oldest:
            return found, None
        return [found[-1], *found[:-1]], found[-1]

    def page(self, offset: int, count: int, shown: Shown) -> dict[str, Any]:
        """The answer of wall.get."""
        found, pinned = self.wall(shown)
        items = [self.written(post, is_pinned=post is pinned) for post in found[offset : offset + count]]
        if self.switches.marks_deleted and offset == 0:
            items += [posts.placeholder(post, self.group) for post in self._gone]
        return {"count": len(found) + self.switches.hidden, "items": items}

    def written(self, post: Post, *, is_pinned: bool = False) -> dict[str, Any]:
        """An item."""
        return posts.written(post, self.group, self.switches, is_pinned=is_pinned)

    def by_id(self, shown: Shown) -> Mapping[int, Post]:
        """The posts by number."""
        return {post.id: post for post in self.wall(shown)[0]}

    # ── days ─────────────────────────────────────────────────────────────────────────

    def days(self, question: Question, shown: Shown) -> list[dict[str, Any]]:
        """The answer of stats.get."""
        first, last = question.days(self._company.since, self._company.today)
        found = [self._day(each) for each in self._company.followers(first, last) if each.network == NETWORK]
        return days.periods(shown(found, lambda day: day.day), question)

    def _day(self, told: Followers) -> Day:
        share = self._share_of(told.day)
        counted = {
            "likes": told.likes,
            "copies": told.shares or 0,
            "comments": told.comments,
            "subscribed": told.gained,
            "unsubscribed": told.lost,
        }
        counted = {name: int(count * share) for name, count in counted.items()}
        return Day(date.fromordinal(told.day), int(told.reach_1d * share), counted)

    def _share_of(self, day: int) -> float:
        """How much of a day is over."""
        over = seconds(self._company.now) - midnight(day)
        return max(0.0, min(1.0, over / (DAY - 1)))

    # ── the community ────────────────────────────────────────────────────────────────

    def members(self) -> int:
        """How many follow it now: today's come and go evenly."""
        today = self._company.today
        before, then = (
            next(each for each in self._company.followers(day, day) if each.network == NETWORK)
            for day in (today - timedelta(days=1), today)
        )
        return before.followers + round((then.followers - before.followers) * self._share_of(today.toordinal()))

    def about(self) -> dict[str, Any]:
        """What groups.getById says of it, without its members."""
        if self.switches.deactivated:
            name = f"club{self.group}"
            found = {"id": self.group, "name": "DELETED", "screen_name": name, "is_closed": 0, "type": "group"}
            return {**found, "deactivated": self.switches.deactivated}
        photos = {f"photo_{size}": f"https://example.invalid/{size}.jpg" for size in (50, 100, 200)}
        name = "Сосна 🌲 \u202eанс\u202c" if self.switches.strange_texts else "Sosna"
        closed = int(self.switches.is_closed)
        return {
            "id": self.group,
            "name": name,
            "screen_name": "sosna_shop",
            "is_closed": closed,
            "type": "page",
            **photos,
        }


def _made(number: int, published: int) -> Post:
    """A post of a mass of them: its counters stand still."""
    views = 100 + number % 900
    counters = {"views": views, "likes": views // 40, "comments": views // 300, "shares": views // 200}
    return Post(
        id=number,
        network=NETWORK,
        kind="photo",
        published=published,
        updated=published,
        deleted=None,
        saves=None,
        clicks=views // 50,
        reach=views * 4 // 5,
        **counters,
    )
