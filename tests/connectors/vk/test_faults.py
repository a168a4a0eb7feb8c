"""Whatever meets a request, nothing is lost or doubled: the store ends as if there had been no fault."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from collector.clock import FixedClock
from collector.testing.conformance.bench import NOW, Bench
from collector.testing.conformance.books import Books, difference
from collector.testing.conformance.ground import Plot
from collector.testing.conformance.trial import Trial
from connectors.vk.plugin import Vk
from connectors.vk.simulator import VkSimulator

FAULTS = ("429", "500", "502", "cut", "html", "malformed", "401", "403")
PASS = ("429", "500", "502", "cut", "slow", "skew")
"""Those that the poll itself gets over."""


@contextmanager
def scene(folder: Path, posts: int = 0) -> Iterator[tuple[Bench, VkSimulator]]:
    folder.mkdir(exist_ok=True)
    with Trial(Vk, Plot(VkSimulator), folder).scene() as bench:
        simulator = bench.ground.simulator
        assert isinstance(simulator, VkSimulator)
        simulator.faults.slow_seconds = 0.01
        if posts:
            simulator.grow(posts)
        yield bench, simulator


def polled(bench: Bench) -> Books:
    for _ in range(3):  # a poll that failed is taken again
        reports = bench.poll_all()
        if all(report.ok for report in reports):
            break
        at(bench, NOW - bench.clock.now())
    assert all(report.ok for report in reports), [report.message for report in reports]
    return bench.books()


def at(bench: Bench, by: timedelta) -> None:
    clock = bench.clock
    assert isinstance(clock, FixedClock)
    clock.advance(by)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Books, int]:
    with scene(tmp_path_factory.mktemp("undisturbed"), posts=250) as (bench, simulator):
        return polled(bench), len(simulator.journal)


def one_fault(folder: Path, fault: str, number: int, undisturbed: tuple[Books, int]) -> None:
    with scene(folder, posts=250) as (bench, simulator):
        simulator.faults.once(fault, at=number)
        if fault in PASS:
            reports = bench.poll_all()
            assert all(report.ok for report in reports), (fault, number, [each.message for each in reports])
            books = bench.books()
        else:
            books = polled(bench)
        assert difference(undisturbed[0], books) is None, (fault, number)


@pytest.mark.parametrize(("fault", "number"), [("500", 1), ("cut", 3), ("html", 4), ("429", 5), ("malformed", 2)])
def test_a_fault_at_a_request_changes_nothing(
    fault: str, number: int, undisturbed: tuple[Books, int], tmp_path: Path
) -> None:
    one_fault(tmp_path, fault, number, undisturbed)


@pytest.mark.soak
@pytest.mark.parametrize("fault", FAULTS)
def test_any_fault_at_every_request(fault: str, undisturbed: tuple[Books, int], tmp_path: Path) -> None:
    for number in range(1, undisturbed[1] + 1):
        one_fault(tmp_path / str(number), fault, number, undisturbed)


def test_a_wall_from_which_posts_vanish_between_its_pages_loses_no_other(tmp_path: Path) -> None:
    with scene(tmp_path, posts=600) as (bench, simulator):
        simulator.community.move(simulator.now())
        wall = [post.id for post in simulator.community.wall(lambda rows, _: rows)[0]]
        doomed = wall[5:60:5]

        def delete(number: int) -> None:
            if number == 3:
                simulator.switches.deleted |= set(doomed)

        simulator.switches.before_page = delete
        assert all(report.ok for report in bench.poll_all())

        kept = {str(row[3]).partition("_")[2] for row in bench.books()["entities"]}
        assert kept >= {str(each) for each in wall} - {str(each) for each in doomed}


def test_what_was_deleted_leaves_at_the_next_daily_look_and_comes_back_if_it_was_archived(tmp_path: Path) -> None:
    with scene(tmp_path) as (bench, simulator):
        bench.poll_all()
        gone = [post.id for post in simulator.community.wall(lambda rows, _: rows)[0]][3:6]
        simulator.switches.deleted |= set(gone)
        at(bench, timedelta(days=1, minutes=1))
        bench.poll_all()
        assert dead(bench) >= set(map(str, gone))

        simulator.switches.deleted.clear()
        at(bench, timedelta(hours=1))
        bench.poll_all()
        assert not dead(bench) & set(map(str, gone))


def test_a_right_that_is_lost_is_no_deletion(tmp_path: Path) -> None:
    with scene(tmp_path) as (bench, simulator):
        bench.poll_all()
        wall = [post.id for post in simulator.community.wall(lambda rows, _: rows)[0]]
        simulator.switches.deleted |= set(wall[len(wall) // 2 :])
        at(bench, timedelta(days=1, minutes=1))

        reports = {report.stream: report for report in bench.poll_all()}

        assert reports["posts"].reason == "sweep_refused"
        assert not dead(bench) & {str(each) for each in wall}


def dead(bench: Bench) -> set[str]:
    return {str(row[3]).partition("_")[2] for row in bench.books()["entities"] if row[5]}
