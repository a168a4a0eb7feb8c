"""How much growth of posts is told on a later day than it happened, and what it costs to ask.

Ten thousand posts of the synthetic company's kind, twenty-five a day, are polled each hour
by `read_back_to` for six weeks. The peer reads all of them at every poll: what is told
later with it happened between the last poll of a day and midnight.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

from bench.table import Table
from collector.plugin import Instant, read_back_to
from collector.testing.company.networks import NETWORKS
from collector.testing.company.posts import GROWS, PostLife, posts_of

POSTS = 10_000
A_DAY = 25
POLLED = timedelta(days=42)
A_PAGE = 100
"""Posts of one request, as VK has it."""

_NOW = datetime(2026, 11, 20, 10, 17, tzinfo=UTC)
_DAY = 86_400


def run() -> Iterator[Table]:
    """By the age of posts, and all at every poll."""
    polls = _polls()
    lives = _posts(polls[-1])
    schedules: dict[str, list[datetime | None]] = {
        "kpi-collector: by the age of posts": [read_back_to(each) for each in polls],
        "all posts at every poll": [None] * len(polls),
    }
    published = sorted(life.published for life in lives)
    rows: list[Sequence[str]] = []
    unavoidable: float | None = None
    for name, depths in reversed(schedules.items()):
        late = _late(lives, polls, depths)
        unavoidable = late if unavoidable is None else unavoidable
        pages = sum(_pages(published, each, depth) for each, depth in zip(polls, depths, strict=True))
        rows.append((name, f"{pages / len(polls):.1f}", f"{late:.2%}", f"{late - unavoidable:.2%}"))
    yield Table(
        f"{POSTS} posts, polled each hour for {POLLED.days} days",
        ("", "requests a poll", "growth told on a later day", "of it by the schedule"),
        rows[::-1],
        f"Views of posts after the first poll; days are those of UTC, a request is a page of {A_PAGE} posts.",
    )


def _polls() -> list[Instant]:
    steps = int(POLLED / timedelta(hours=1))
    times = [_NOW + timedelta(hours=number) for number in range(steps)]
    return [Instant.of(each, previous=before) for before, each in zip([None, *times], times, strict=False)]


def _posts(end: datetime) -> list[PostLife]:
    """The newest posts of the kind by the end, newest first."""
    found: list[PostLife] = []
    last = int(end.timestamp())
    for back in count():
        day = end.toordinal() - back
        of_day = [life for seed in range(40) for life in posts_of(seed, NETWORKS[0], 0, day) if life.published <= last]
        found += sorted(of_day, key=lambda life: -life.published)[:A_DAY]
        if len(found) >= POSTS:
            return found[:POSTS]
    return found


def _pages(published: Sequence[int], now: datetime, depth: datetime | None) -> int:
    """How many are read until one ends beyond the depth."""
    since = 0 if depth is None else int(depth.timestamp())
    return (bisect_right(published, int(now.timestamp())) - bisect_left(published, since)) // A_PAGE + 1


def _late(lives: Sequence[PostLife], polls: Sequence[Instant], depths: Sequence[datetime | None]) -> float:
    """The share of what was gained since the first poll that is told on a later day than it happened."""
    moments = [int(each.timestamp()) for each in polls]
    since = [0 if depth is None else int(depth.timestamp()) for depth in depths]
    late = gained = 0
    for life in lives:
        if life.published < moments[0] - GROWS * _DAY:
            continue  # it has come to its end
        begin = max(life.published, moments[0])
        before, known = begin, life.counter("views", begin)
        for moment, depth in zip(moments, since, strict=True):
            if life.published < depth or moment <= before:
                continue
            now = life.counter("views", moment)
            gained += max(0, now - known)
            if moment // _DAY > before // _DAY:
                midnight = life.counter("views", moment // _DAY * _DAY)
                late += max(0, min(midnight, now) - known)
            before, known = moment, now
    return late / gained
