"""What posts gained between two readings counts on the day of the later one; what they lost is counted apart."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.plugin import Connector, ConnectorSettings, Gone, Instant, Post, Reading, Stream, stream
from collector.store import configured, streams, views
from collector.store.care.old_facts import OldReadings
from collector.store.care.prune import retain
from collector.store.care.task import Place
from collector.store.care.verify import verify
from collector.store.connect import Store, open_store
from collector.store.loads import ReadingLoad, Target
from collector.store.locks import PollLocks
from collector.store.streams import StreamIdentity
from collector.store.views import Views
from collector.vocabulary.measures import all_measures
from tests.polling.bench import NOW, Bench

NETWORK = [("network",)]
GROWS = ("likes", "comments", "social_views")
OLD = NOW - timedelta(days=9)
YOUNG = NOW + timedelta(hours=1)


class Page(Connector[ConnectorSettings]):
    """A page whose posts the test says."""

    name = "page"

    @stream(every="1h", provides={**dict.fromkeys(GROWS, NETWORK), "followers": NETWORK})
    async def posts(self, now: Instant) -> AsyncIterator[Post | Gone | Reading]:
        for each in self.__dict__.get("told", ()):
            yield each


class Group(Bench):
    """A bench whose source tells what it is given, an hour later each time."""

    def __init__(self, folder: Path, connector: type[Connector[Any]] = Page) -> None:
        super().__init__(folder, connector)

    def read(self, *told: Post | Gone | Reading, after: timedelta = timedelta(hours=1)) -> Any:
        self.connector.__dict__["told"] = told
        report = self.poll()
        self.clock.advance(after)
        return report

    def grown(self, measure: str, day: date | None = None) -> int:
        if day is None:
            return int(self.total(measure))
        return int(self.total(measure, day.isoformat(), day.isoformat()))

    def rebuilt(self) -> None:
        """As `store rebuild` does it."""
        stream = next(iter(self.connector.streams()))
        found = Views.of(stream, self.measures, configured.channel_rules(self.project), self.project.zone)
        views.rebuild(self.store, self.numbers["default", "src", "posts"], found)

    def figures(self) -> list[Any]:
        return figures(self.store)


def figures(store: Store) -> list[Any]:
    """What stands as facts and as daily figures."""
    query = """
        SELECT measure.name, day, member.value, fact.value FROM fact JOIN measure ON measure.id = measure_id
        JOIN dimset_member USING (dimset_id) JOIN member ON member.id = member_id ORDER BY 1, 2, 3"""
    daily = """
        SELECT measure.name, day, member.value, daily.value FROM daily JOIN measure ON measure.id = measure_id
        LEFT JOIN member ON member.id = member_id
        WHERE measure.name NOT IN ('posts', 'post_engagement', 'post_views') ORDER BY 1, 2, 3"""
    with store.read() as tx:
        return [tuple(row) for each in (query, daily) for row in tx.exec_driver_sql(each)]


@pytest.fixture
def group(tmp_path: Path) -> Group:
    return Group(tmp_path)


def post(number: int = 1, *, published: datetime = YOUNG, network: str = "vk", **counters: int | None) -> Post:
    return Post(str(number), network, "text", published, **counters)  # type: ignore[arg-type]


def test_what_an_old_post_has_at_the_first_poll_is_no_growth(group: Group) -> None:
    group.read(post(published=OLD, likes=100))
    assert group.grown("likes") == 0

    group.read(post(published=OLD, likes=103))
    assert group.grown("likes", NOW.date()) == 3


def test_a_post_that_came_out_since_the_first_poll_counts_whole(group: Group) -> None:
    group.read(after=timedelta(days=1))
    group.read(post(likes=7, views=90))

    assert (group.grown("likes", NOW.date()), group.grown("likes", NOW.date() + timedelta(days=1))) == (0, 7)
    assert group.total("likes", by="network") == {"vk": 7}
    assert group.grown("social_views") == 90


def test_a_fall_takes_nothing_away_and_is_counted_apart_and_rises_are_never_netted(group: Group) -> None:
    group.read()
    for likes in (10, 4, 9):
        group.read(post(likes=likes, views=10 * likes))

    assert group.grown("likes") == 10 + 5
    assert group.grown("social_recounts") == 6
    assert (group.grown("social_views"), group.grown("social_view_recounts")) == (150, 60)


def test_a_deleted_post_keeps_what_it_gained(group: Group) -> None:
    group.read()
    group.read(post(1, likes=10), post(2, likes=5))
    group.read(Gone("post", "1"), replace(post(2, likes=0), deleted=True))
    assert (group.grown("likes"), group.grown("social_recounts")) == (15, 0)
    assert group.total("posts") == 0

    group.read(post(1, likes=12))
    assert group.grown("likes") == 17


def test_a_counter_that_nobody_knows_is_not_zero(group: Group) -> None:
    group.read(post(published=OLD, views=100))
    group.read(post(published=OLD, views=None, likes=50))  # likes are shown for the first time, views are hidden
    group.read(post(published=OLD, views=130, likes=51))

    assert group.grown("social_views") == 30
    assert (group.grown("likes"), group.grown("social_recounts"), group.grown("social_view_recounts")) == (1, 0, 0)


def test_days_begin_with_the_first_poll_and_have_no_holes(group: Group) -> None:
    group.read(post(published=OLD, likes=1), after=timedelta(days=3))
    group.read(post(published=OLD, likes=5), after=timedelta(days=1))

    assert group.days() == [NOW.date() + timedelta(days=n) for n in range(4)]
    assert group.state().data_through == NOW.date() + timedelta(days=2)
    assert group.state().first_day == NOW.date()
    assert group.grown("likes", NOW.date() + timedelta(days=3)) == 4


def test_what_nothing_tells_of_leaves_a_hole(tmp_path: Path) -> None:
    class Also(Page):
        @stream(every="1h", provides={"likes": NETWORK, "reach_1d": NETWORK})
        async def posts(self, now: Instant) -> AsyncIterator[Post | Gone | Reading]:
            yield Reading("reach_1d", Decimal(3), {"network": "vk"})

    group = Group(tmp_path, Also)
    group.read(after=timedelta(days=3))
    group.read()
    assert group.days() == [NOW.date(), NOW.date() + timedelta(days=3)]


def test_a_measure_of_growth_is_not_read_besides(group: Group) -> None:
    report = group.read(Reading("likes", Decimal(3), {"network": "vk"}))

    assert (report.state, report.reason) == ("failed", "bad_response")
    assert "likes by the counters of posts alone" in report.message


def test_a_stream_that_does_not_provide_them_gives_no_growth(tmp_path: Path) -> None:
    class Silent(Page):
        @stream(every="1h")
        async def posts(self, now: Instant) -> AsyncIterator[Post]:
            yield post(likes=int(now.hour))

    group = Group(tmp_path, Silent)
    group.read()
    group.read()
    assert group.figures() == []


def test_a_clock_that_was_set_back_counts_nothing_twice(group: Group) -> None:
    group.read()
    group.read(post(likes=10))
    group.clock.advance(timedelta(hours=-1))
    group.read(post(likes=13), after=timedelta(hours=-3))
    group.read(post(likes=14), post(2, network="ok", likes=1))
    before = group.figures()
    group.rebuilt()

    assert group.figures() == before
    assert group.total("likes", by="network") == {"vk": 14, "ok": 1}


def test_growth_moves_to_the_days_of_another_zone(group: Group) -> None:
    group.read(after=timedelta(hours=8))
    group.read(post(likes=10))  # 18:00 UTC is tomorrow in the far east
    project = replace(group.project, zone=ZoneInfo("Asia/Vladivostok"))
    configured.keep_up(group.store, replace(group.config, projects={"default": project}))

    assert group.grown("likes", NOW.date()) == 0
    assert group.grown("likes", NOW.date() + timedelta(days=1)) == 10


def test_days_stay_when_the_readings_go_that_they_were_made_of(group: Group) -> None:
    group.read()
    for likes in (5, 9, None, 12, 20):
        group.read(post(likes=likes), after=timedelta(days=1))
    before = group.figures()
    aged = replace(group.config, retention={"readings": "2d"})
    taken, faults = retain(Place(group.store, PollLocks(group.store.path)), aged, group.clock.now())

    assert not faults
    assert sum(each.rows for each in taken) > 0
    assert group.figures() == before
    group.rebuilt()
    assert group.figures() == before
    group.read(post(likes=21))
    assert group.grown("likes") == 21


def test_facts_that_are_not_the_growth_of_posts_are_told_and_mended(group: Group) -> None:
    group.read()
    group.read(post(likes=10))
    good = group.figures()
    with group.store.write() as tx:
        tx.exec_driver_sql("UPDATE fact SET value = 3000000")
    locks = PollLocks(group.store.path)
    faults = "\n".join(verify(group.store, group.config, locks, full=True).faults)
    assert "1 facts are not the growth of its posts; run `store rebuild`" in faults

    group.rebuilt()
    assert group.figures() == good
    assert not verify(group.store, group.config, locks, full=True).faults
    locks.close()


# ── poll by poll is the same as anew ─────────────────────────────────────────────────

counts = st.none() | st.integers(0, 9)
posts = st.builds(
    Post,
    id=st.integers(1, 4).map(str),
    network=st.sampled_from(["vk", "ok"]),
    kind=st.just("text"),
    published_at=st.integers(-3, 9).map(lambda n: NOW + timedelta(days=n)),
    likes=counts,
    comments=counts,
    views=counts,
    deleted=st.sampled_from([None, None, None, True]),
)
gone = st.builds(Gone, entity=st.just("post"), id=st.integers(1, 4).map(str))
hours = st.sampled_from([1, 5, 24, 70])
polls = st.lists(st.tuples(st.lists(posts | gone, max_size=4), hours), max_size=10)


class Line:
    """A stream of posts without its connector: what polls commit, and nothing else."""

    def __init__(self, folder: str) -> None:
        self.store = open_store(f"sqlite:///{folder}/collector.db")
        self.at = NOW
        provides = dict.fromkeys(GROWS, (("network",),))
        yields = frozenset({"post", "gone"})
        described = Stream("posts", "now", timedelta(hours=1), lambda _: iter(()), yields, provides=provides)
        identity = StreamIdentity("default", "src", "posts", "now", "src", counted=True)
        with self.store.write() as tx:
            self.number = streams.register(tx, [identity])["default", "src", "posts"]
        self.target = Target(self.number, "src/posts", described, all_measures(), ZoneInfo("UTC"))

    def read(self, *told: Post | Gone, after: timedelta = timedelta(hours=1)) -> None:
        ReadingLoad(self.store, self.target, self.at).commit(told)
        with self.store.write() as tx:
            streams.record_outcome(tx, self.number, streams.Outcome(self.at, 1.0, "done"))
        self.at += after

    def retain(self) -> None:
        OldReadings("default", "src", self.number, datetime(self.at.year, self.at.month, self.at.day, tzinfo=UTC)).take(
            Place(self.store, PollLocks(self.store.path))
        )

    def rebuilt(self) -> None:
        target = self.target
        views.rebuild(self.store, self.number, Views.of(target.stream, target.measures, target.channels, target.zone))

    def figures(self) -> list[Any]:
        return figures(self.store)

    def grown(self, measure: str) -> int:
        values: list[int] = [row[3] for row in self.figures() if row[0] == measure and row[2] is None]
        return sum(values) // 1_000_000


@given(polls=polls, kept=st.none() | st.integers(0, 9))
def test_growth_poll_by_poll_equals_that_which_is_made_anew(polls: list[Any], kept: int | None) -> None:
    with TemporaryDirectory() as folder:
        line = Line(folder)
        for number, (told, after) in enumerate(polls):
            line.read(*told, after=timedelta(hours=after))
            if number == kept:
                line.retain()
        step_by_step = line.figures()
        line.rebuilt()
        assert line.figures() == step_by_step
        assert all(row[3] > 0 for row in step_by_step)
        line.store.close()


@given(polls=polls)
def test_what_was_gained_less_what_was_recounted_is_how_the_counters_have_changed(polls: list[Any]) -> None:
    """Of posts that came out later nothing is lost or counted twice."""
    with TemporaryDirectory() as folder:
        line = Line(folder)
        line.read()
        last: dict[str, int] = {}
        for told, after in polls:
            posts = [replace(each, published_at=YOUNG, comments=None, deleted=None) for each in told if is_post(each)]
            line.read(*posts, after=timedelta(hours=after))
            latest = {each.id: each.likes for each in posts}  # of two records with one id the later one counts
            last |= {key: likes for key, likes in latest.items() if likes is not None}
        assert line.grown("likes") - line.grown("social_recounts") == sum(last.values())
        line.store.close()


def is_post(each: object) -> bool:
    return isinstance(each, Post)
