"""Streams of the present: which poll was before, how deep posts are read again, what does not exist any more."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from collector.plugin import Connector, ConnectorSettings, Forbidden, Instant, Post, read_back_to, stream, sweep
from tests.polling.bench import NOW, Bench


class Wall(Connector[ConnectorSettings]):
    """Ten posts, of which the test takes some away."""

    name = "wall"

    @stream(every="1h", provides={"likes": [("network",)]})
    async def posts(self, now: Instant) -> AsyncIterator[Post]:
        self.__dict__.setdefault("asked", []).append(now)
        if self.__dict__.get("refuses"):
            raise Forbidden("no")
        for number in range(10):
            if number not in self.__dict__.get("gone", ()):
                yield Post(str(number), "vk", "text", NOW - timedelta(days=number), likes=1)

    @sweep(of="posts")
    async def ids(self) -> AsyncIterator[str]:
        for number in range(10):
            if number not in self.__dict__.get("gone", ()):
                yield str(number)


def test_a_poll_knows_the_last_one_that_was_complete(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Wall)
    bench.poll()
    bench.clock.advance(timedelta(hours=1))
    bench.connector.__dict__["refuses"] = True
    bench.poll()
    bench.clock.advance(timedelta(hours=1))
    bench.connector.__dict__["refuses"] = False
    bench.poll()

    asked = bench.connector.__dict__["asked"]
    assert [each.previous for each in asked] == [None, NOW, NOW]
    assert asked == [NOW, NOW + timedelta(hours=1), NOW + timedelta(hours=2)]


def test_a_sweep_tells_which_posts_are_gone(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Wall)
    bench.poll()
    bench.clock.advance(timedelta(days=1, minutes=1))
    bench.connector.__dict__["gone"] = {3, 4}
    bench.poll()

    assert bench.total("posts") == 8


# ── how far back posts are read ──────────────────────────────────────────────────────

FIRST = datetime(2026, 11, 19, tzinfo=UTC)  # a Thursday: weeks since 1970 begin on one


def asked(at: datetime, *, after: timedelta) -> timedelta | None:
    back = read_back_to(Instant.of(at, previous=at - after))
    return None if back is None else at - back


def test_the_first_poll_reads_all_posts() -> None:
    assert read_back_to(Instant.of(FIRST + timedelta(hours=1))) is None


def test_a_poll_reads_deeper_where_a_boundary_lies_before_it() -> None:
    hour = timedelta(hours=1)
    assert asked(FIRST + timedelta(days=1, hours=4), after=hour) == timedelta(days=3)
    assert asked(FIRST + timedelta(days=1, hours=6), after=hour) == timedelta(days=30)
    assert asked(FIRST + timedelta(days=1, hours=7), after=hour) == timedelta(days=3)
    assert asked(FIRST + timedelta(days=2), after=hour) == timedelta(days=365)
    assert asked(FIRST + timedelta(minutes=5), after=hour) is None


gaps = st.lists(st.integers(1, 5_000).map(lambda n: timedelta(minutes=n)), min_size=1, max_size=200)
SPANS = ((3, timedelta(0)), (30, timedelta(hours=6)), (365, timedelta(days=1)), (10_000, timedelta(weeks=1)))


@given(start=st.integers(0, 20_000), gaps=gaps, age=st.integers(0, 2_000))
def test_no_post_waits_longer_than_its_age_allows(start: int, gaps: list[timedelta], age: int) -> None:
    """Whatever the pauses: a post is read at the first poll that lies a span after its last reading, or before."""
    previous: datetime | None = None
    at = FIRST + timedelta(minutes=start)
    published = at - timedelta(days=age)
    read: datetime | None = None
    for gap in gaps:
        back = read_back_to(Instant.of(at, previous=previous))
        if back is None or back <= published:
            read = at
        span = next(span for days, span in SPANS if at - published < timedelta(days=days))
        assert read is not None
        assert at - read < span or span == timedelta(0) == at - read
        previous, at = at, at + gap


@given(start=st.integers(0, 20_000), gap=st.integers(1, 360))
def test_a_boundary_is_told_once(start: int, gap: int) -> None:
    """However often it is polled, a day has four readings of a month at the most, and one of all once a week."""
    at = FIRST + timedelta(minutes=start)
    polls = [at + timedelta(minutes=gap) * number for number in range(14 * 24 * 60 // gap)]
    depths = [asked(each, after=timedelta(minutes=gap)) for each in polls]

    assert depths.count(None) in (1, 2, 3)
    assert abs(len([each for each in depths if each in (timedelta(days=30), timedelta(days=365), None)]) - 56) <= 1


def test_an_instant_is_a_datetime_like_any_other() -> None:
    now = Instant.of(NOW, previous=FIRST)
    assert now == NOW
    assert now - timedelta(hours=1) == NOW - timedelta(hours=1)
    assert now.astimezone(UTC).date() == NOW.date()
    assert (now.tzinfo, now.previous) == (UTC, FIRST)


def test_a_record_of_the_instant_of_a_poll_is_one_of_any_instant() -> None:
    found = Post("1", "vk", "text", Instant.of(NOW, previous=FIRST))
    assert type(found.published_at) is datetime
    assert found == Post("1", "vk", "text", NOW)
