"""Whatever goes wrong at whatever request: nothing is lost, nothing doubled, and nothing confirmed too early."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collector.plugin import as_json
from collector.testing.conformance.bench import Bench, Killed
from collector.testing.conformance.ground import grounds_of
from collector.testing.conformance.trial import Trial
from connectors.telegram import plugin, preview
from connectors.telegram.plugin import Telegram
from connectors.telegram.simulator import TelegramSimulator
from connectors.telegram.simulator.queue import DEFAULT
from tests.connectors.telegram.shop import unhurried

KINDS = ("500", "502", "cut", "429", "429-untold", "401", "403", "malformed", "html")
HOURS = 8
REQUESTS = 16


@contextmanager
def placed(folder: Path, **settings: Any) -> Iterator[tuple[Bench, TelegramSimulator]]:
    """A source on the simulator; waits move the clock."""
    folder.mkdir(parents=True, exist_ok=True)
    (plot,) = grounds_of(Telegram)
    trial = Trial(Telegram, plot, folder)
    with trial.ground() as (ground, clock), trial.bench(ground, clock, settings) as bench:
        simulator = ground.simulator
        assert isinstance(simulator, TelegramSimulator)
        yield bench, simulator


def stream(bench: Bench, name: str = "posts") -> Any:
    return next(each for each in bench.streams if each.name == name)


def polled(bench: Bench) -> None:
    for _ in range(6):
        if bench.poll(stream(bench)).state == "done":
            return
        bench.clock.advance(timedelta(seconds=30))
    raise AssertionError("it never comes to an end")


def posts(bench: Bench) -> dict[str, str]:
    """Ids and likes: views move on with the clock while it waits."""
    with bench.store.read() as tx:
        rows = tx.exec_driver_sql(
            "SELECT key, json_extract(body, '$.likes'), json_extract(body, '$.published_at') FROM entity WHERE NOT gone"
        )
        return {row[0]: f"{row[1]} {row[2]}" for row in rows}


def lived(folder: Path, kind: str | None, at: int) -> dict[str, str]:
    """Polls over some hours; the request number `at` meets a fault."""
    with placed(folder, preview=False) as (bench, simulator):
        if kind is not None:
            simulator.faults.once(kind, at=at)
        began = bench.clock.now()
        for hours in range(0, 24, HOURS):
            bench.clock.advance(began + timedelta(hours=hours) - bench.clock.now())
            polled(bench)
        return posts(bench)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return lived(tmp_path_factory.mktemp("undisturbed") / "place", None, 0)


@pytest.mark.parametrize(("kind", "at"), [("500", 3), ("cut", 6), ("malformed", 7), ("429", 9)])
def test_a_fault_leaves_no_trace(tmp_path: Path, undisturbed: dict[str, str], kind: str, at: int) -> None:
    assert lived(tmp_path / "place", kind, at) == undisturbed


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS)
def test_every_fault_at_every_request_leaves_no_trace(tmp_path: Path, undisturbed: dict[str, str], kind: str) -> None:
    for at in range(1, REQUESTS):
        assert lived(tmp_path / str(at), kind, at) == undisturbed, at


def test_updates_are_confirmed_only_when_they_are_committed(tmp_path: Path) -> None:
    with placed(tmp_path) as (bench, simulator):
        waiting = _waiting(simulator)
        bench.dies_after = 3  # getChat, getChatMember, getUpdates: the answer is there, and nothing is committed
        with pytest.raises(Killed):
            bench.poll(stream(bench))
        assert _waiting(simulator) == waiting

        bench.dies_after = None
        bench.poll(stream(bench))
        assert _waiting(simulator) == waiting, "nobody has asked for more yet"
        bench.clock.advance(timedelta(hours=3))
        bench.poll(stream(bench))
        assert not set(_waiting(simulator)) & set(waiting)


def test_a_dry_run_confirms_nothing_and_changes_nothing(tmp_path: Path) -> None:
    with placed(tmp_path) as (bench, simulator):
        bench.poll(stream(bench))
        bench.clock.advance(timedelta(hours=3))
        simulator.bot.queue.listen(int(bench.clock.now().timestamp()))
        waiting, allowed = _waiting(simulator), simulator.bot.queue.allowed

        found = [as_json(each) for each in bench.records(stream(bench)) if hasattr(each, "type")]

        assert found
        assert _waiting(simulator) == waiting
        assert simulator.bot.queue.allowed == allowed


def test_a_dry_run_of_a_long_queue_shows_its_beginning_and_leaves_it(tmp_path: Path) -> None:
    with long_queue(tmp_path) as (bench, simulator):
        begun = len(simulator.journal)
        bench.records(stream(bench))

        asked = [each for each in list(simulator.journal)[begun:] if each.path.endswith("getUpdates")]
        assert len(asked) == 1
        assert len(simulator.bot.queue) >= 250


def test_a_dry_run_before_the_first_poll_asks_for_no_other_kinds_of_updates(tmp_path: Path) -> None:
    with placed(tmp_path) as (bench, simulator):
        bench.records(stream(bench))
        assert simulator.bot.queue.allowed == DEFAULT

        bench.poll(stream(bench))
        assert simulator.bot.queue.allowed > DEFAULT


def _waiting(simulator: TelegramSimulator) -> list[Any]:
    return [each["update_id"] for each in simulator.bot.queue.first(10_000)]


@contextmanager
def long_queue(folder: Path) -> Iterator[tuple[Bench, TelegramSimulator]]:
    """250 updates wait, of which a call takes a hundred."""
    with placed(folder, preview=False) as (bench, simulator):
        bench.poll(stream(bench))
        channel = simulator.bot.channel
        day = bench.clock.now().date().toordinal()
        one = next(post for back in range(1, 9) for post in channel.of_day(day - back))
        at = int(bench.clock.now().timestamp())
        many = [
            (at + n, "message_reaction_count", {**channel.reactions(one, at), "date": at + n}) for n in range(1, 251)
        ]
        simulator.bot.queue.events = lambda after, until: [each for each in many if after < each[0] <= until]
        bench.clock.advance(timedelta(minutes=10))
        yield bench, simulator


def test_a_long_queue_is_taken_in_pieces(tmp_path: Path) -> None:
    with long_queue(tmp_path) as (bench, simulator):
        begun = len(simulator.journal)

        report = bench.poll(stream(bench))

        assert report.state == "done"
        asked = [each for each in list(simulator.journal)[begun:] if each.path.endswith("getUpdates")]
        assert len(asked) == 3
        assert len(simulator.bot.queue) == 50, "the last ones are confirmed by the next poll"


def test_each_piece_is_committed_before_it_is_confirmed(tmp_path: Path) -> None:
    with long_queue(tmp_path) as (bench, simulator):
        bench.dies_after = bench.requests + 4  # the second hundred is asked for, which confirms the first
        with pytest.raises(Killed):
            bench.poll(stream(bench))

        with bench.store.read() as tx:
            kept = json.loads(tx.exec_driver_sql("SELECT cursor FROM stream WHERE name = 'posts'").scalar() or "")
        assert len(simulator.bot.queue) == 150
        assert kept["update"] + 1 == _waiting(simulator)[0]


def test_two_sources_of_one_network_do_not_disturb_each_other(tmp_path: Path) -> None:
    with placed(tmp_path / "one", preview=False) as (bench, simulator):
        other = simulator.other
        other.queue.listen(int(bench.clock.now().timestamp()))
        waiting = [each["update_id"] for each in other.queue.first(1_000)]
        for hours in range(3):
            bench.clock.advance(timedelta(hours=hours))
            bench.poll(stream(bench))

        assert [each["update_id"] for each in other.queue.first(1_000)] == waiting
        assert all("sample_shop" in str(row) for row in _links(bench))


def _links(bench: Bench) -> list[Any]:
    with bench.store.read() as tx:
        return list(tx.exec_driver_sql("SELECT json_extract(body, '$.permalink') FROM entity").scalars())


def test_no_post_is_lost_or_doubled_however_the_page_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugin, "RateLimit", unhurried)
    found = set()
    for size in (1, 2, 3, 7, 19, 40):
        with placed(tmp_path / str(size)) as (bench, simulator):
            simulator.page_size = size
            bench.poll(stream(bench))
            found.add(tuple(posts(bench).items()))

    assert len(found) == 1


def test_of_a_channel_with_too_many_posts_the_latest_are_read_and_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugin, "RateLimit", unhurried)
    monkeypatch.setattr(preview, "MOST_PAGES", 3)
    with placed(tmp_path) as (bench, simulator):
        simulator.page_size = 4

        report = bench.poll(stream(bench))

        assert report.state == "done"
        assert "older posts are not looked at" in report.warnings[0]
        with bench.store.read() as tx:
            whole_from = tx.exec_driver_sql("SELECT kept_from FROM stream WHERE name = 'posts'").scalar()
        oldest = min(text.split()[1] for text in posts(bench).values())
        assert whole_from == datetime.fromisoformat(oldest).toordinal() + 1
