"""Streams of the present that go on at a cursor, as their vendor waits to be told what has arrived."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.plugin import Begins, Checkpoint, Connector, ConnectorSettings, Instant, Post, TemporaryFailure, stream
from collector.polling.dry import dry_run
from tests.polling.bench import NOW, Bench


class Queue(Connector[ConnectorSettings]):
    """Posts wait in a queue until they are confirmed, two at a time."""

    name = "queue"
    base_url = "http://127.0.0.1:1"
    waiting: tuple[int, ...] = ()
    confirmed = 0
    breaks_at = 0
    told: tuple[object, ...] = ()

    @stream(every="5m")
    async def posts(self, now: Instant) -> AsyncIterator[Post | Checkpoint]:
        kind, last = type(self), int(now.cursor or "0")
        kind.told = (*kind.told, (now.cursor, now.dry))
        while True:
            kind.confirmed = max(kind.confirmed, last)
            some = [each for each in kind.waiting if each > kind.confirmed][:2]
            if not some:
                return
            for each in some:
                if each == kind.breaks_at:
                    raise TemporaryFailure("broken")
                yield Post(str(each), "telegram", "text", datetime(2026, 11, 19, tzinfo=UTC), likes=each)
            last = some[-1]
            if now.dry:
                return
            yield Checkpoint(str(last))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    Queue.waiting, Queue.confirmed, Queue.breaks_at, Queue.told = (1, 2, 3, 4, 5), 0, 0, ()
    return Bench(tmp_path, Queue)


def stored(bench: Bench) -> list[str]:
    with bench.store.read() as tx:
        return list(tx.exec_driver_sql("SELECT key FROM entity ORDER BY key").scalars())


def test_what_stands_before_a_checkpoint_is_committed_before_the_stream_goes_on(bench: Bench) -> None:
    Queue.breaks_at = 4

    report = bench.poll()

    assert (report.state, report.records) == ("failed", 2)
    assert (stored(bench), Queue.confirmed) == (["1", "2"], 2)


def test_the_next_poll_goes_on_at_the_last_cursor_that_was_committed(bench: Bench) -> None:
    Queue.breaks_at = 4
    bench.poll()
    Queue.breaks_at = 0

    report = bench.poll()

    assert (report.state, report.records) == ("done", 3)
    assert stored(bench) == ["1", "2", "3", "4", "5"]
    Queue.waiting = (6,)
    bench.poll()
    assert Queue.told == ((None, False), ("2", False), ("5", False))
    assert bench.total("posts") == 6


def test_days_that_were_read_in_part_are_not_in(bench: Bench) -> None:
    Queue.breaks_at = 4
    bench.poll()
    assert not bench.days()

    Queue.breaks_at = 0
    bench.poll()
    assert bench.days()


def test_a_dry_run_says_so_and_nothing_is_confirmed(bench: Bench) -> None:
    found = dry_run(bench.project, bench.source, "posts", bench.network)

    assert [each.id for each in found if isinstance(each, Post)] == ["1", "2"]
    assert Queue.told == ((None, True),)
    assert Queue.confirmed == 0


class Late(Connector[ConnectorSettings]):
    """Two slices of one poll tell of the same post; nothing is told of what came out before somebody listened."""

    name = "late"
    base_url = "http://127.0.0.1:1"
    likes = 0
    begins: datetime | None = NOW

    @stream(every="5m", provides={"likes": [("network",)]})
    async def posts(self, now: Instant) -> AsyncIterator[Post | Checkpoint | Begins]:
        for likes in (self.likes // 2, self.likes):
            yield Post("1", "telegram", "text", NOW, likes=likes)
            yield Checkpoint("on")
        yield Begins(self.begins)


def test_a_post_that_two_slices_of_one_poll_tell_of_grows_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(tmp_path, Late)
    bench.poll()
    monkeypatch.setattr(Late, "likes", 10)
    bench.clock.advance(timedelta(hours=1))
    bench.poll()

    assert bench.total("likes", by="network") == {"telegram": 10}


def test_posts_from_before_somebody_listened_are_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(tmp_path, Late)
    bench.poll()
    assert bench.state().kept_from == NOW.date() + timedelta(days=1)

    monkeypatch.setattr(Late, "begins", None)
    bench.poll()
    assert bench.state().kept_from is None
