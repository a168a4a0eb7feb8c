"""Long runs of changes are many turns; sweeps conclude all or nothing."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import pytest

from collector.plugin import Checkpoint, Connector, ConnectorSettings, Deal, Since, TemporaryFailure, stream, sweep
from tests.polling.bench import NOW, Bench


class Deals(Connector[ConnectorSettings]):
    """Ten pages of one deal, each as slow as the test says; ids that exist, until they fail."""

    name = "deals"
    slow = 0.0
    checkpoints = True
    ids_before_failure: int | None = None
    silent = False
    """Nothing has changed."""

    @stream(every="1h")
    async def deals(self, since: Since) -> AsyncIterator[Deal | Checkpoint]:
        for page in range(int(since.cursor or 0), 0 if type(self).silent else 10):
            await asyncio.sleep(type(self).slow)
            at = datetime(2026, 11, 1, tzinfo=UTC)
            yield Deal(
                id=str(page),
                created_at=at,
                updated_at=at,
                closed_at=at,
                status="won",
                amount=Decimal(1),
                currency="RUB",
            )
            if type(self).checkpoints:
                yield Checkpoint(str(page + 1))

    @sweep(of="deals")
    async def ids(self) -> AsyncIterator[str]:
        for number in range(9):
            if number == type(self).ids_before_failure:
                raise TemporaryFailure("the list broke off")
            yield str(number)


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("slow", "checkpoints", "ids_before_failure", "silent"):
        monkeypatch.setattr(Deals, name, getattr(Deals, name))


def test_a_long_first_read_is_many_turns_behind_what_is_fresh_and_no_time_out(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Deals, timeout="400ms")
    Deals.slow = 0.05
    first = bench.turn()

    assert (first.more, first.behind, first.report.state) == (True, True, "done")
    assert 4 <= first.report.records < 10
    assert not bench.state().history_complete
    assert bench.state().data_through is None

    assert bench.poll().ok
    assert bench.total("deals_won") == 10
    assert bench.state().history_complete


def test_later_runs_that_are_long_are_no_history(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Deals, timeout="400ms")
    bench.poll()
    Deals.slow = 0.05
    bench.clock.advance(timedelta(hours=1))
    finished = bench.turn()

    assert (finished.more, finished.behind) == (True, False)


def test_a_long_run_without_checkpoints_has_no_place_to_stop(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Deals, timeout="200ms")
    Deals.slow, Deals.checkpoints = 0.05, False

    assert bench.poll().reason == "timeout"


class Synchronous(Connector[ConnectorSettings]):
    """A thousand checkpoints from sync code."""

    name = "synchronous"

    @stream(every="1h")
    def deals(self, since: Since) -> Iterator[Deal | Checkpoint]:
        at = datetime(2026, 11, 1, tzinfo=UTC)
        for page in range(int(since.cursor or 0), 1000):
            yield Deal(
                id=str(page),
                created_at=at,
                updated_at=at,
                closed_at=at,
                status="won",
                amount=Decimal(1),
                currency="RUB",
            )
            yield Checkpoint(str(page + 1))


def test_sync_code_stops_at_a_checkpoint_as_well(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Synchronous, timeout="100ms")
    turns = 1
    while bench.turn().more:
        turns += 1

    assert turns > 1
    assert bench.total("deals_won") == 1000


def test_a_sweep_that_fails_half_way_takes_nothing_and_is_tried_again_at_the_next_poll(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Deals)
    bench.poll()
    bench.clock.advance(timedelta(days=1))
    Deals.ids_before_failure = 5
    report = bench.poll()

    assert (report.state, report.reason) == ("done", "sweep_failed")
    assert report.message == "the data are in, but not what was deleted: the list broke off"
    assert bench.total("deals_won") == 10
    assert (bench.state().last_success, bench.state().data_through) == (NOW + timedelta(days=1), date(2026, 11, 20))
    assert bench.state().reason == "sweep_failed"

    Deals.ids_before_failure, Deals.silent = None, True
    bench.clock.advance(timedelta(hours=1))
    assert bench.poll().reason is None
    assert bench.total("deals_won") == 9
    assert bench.state().reason is None


def test_a_first_reading_asks_for_no_ids_that_it_has_just_seen(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Deals)
    Deals.ids_before_failure = 0

    assert bench.poll().reason is None

    bench.clock.advance(timedelta(hours=23))
    assert bench.poll().reason is None
    bench.clock.advance(timedelta(hours=1))
    assert bench.poll().reason == "sweep_failed"


class Untold(Connector[ConnectorSettings]):
    """Three deals, whose amount changes though their date of change does not, or is set back."""

    name = "untold"
    amount = 1
    updated = NOW - timedelta(days=30)
    asked: ClassVar[list[datetime | None]] = []
    stops_after: int | None = None

    @stream(every="1h", rereads="7d")
    async def deals(self, since: Since) -> AsyncIterator[Deal | Checkpoint]:
        kind = type(self)
        kind.asked.append(since.after)
        for number in range(int(since.cursor or 0), 3 if since.after is None else 0):
            if number == kind.stops_after:
                raise TemporaryFailure("the list broke off")
            at = NOW - timedelta(days=40)
            amount = Decimal(kind.amount)
            yield Deal(str(number), at, kind.updated, "won", amount, "RUB", closed_at=at)
            yield Checkpoint(str(number + 1))


@pytest.fixture
def untold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    for name, value in (("amount", 1), ("updated", Untold.updated), ("asked", []), ("stops_after", None)):
        monkeypatch.setattr(Untold, name, value)
    return Bench(tmp_path, Untold)


def test_all_is_read_again_once_a_week_for_changes_that_nobody_tells(untold: Bench) -> None:
    untold.poll()
    Untold.amount, Untold.updated = 2, Untold.updated - timedelta(days=1)
    untold.clock.advance(timedelta(days=6))
    untold.poll()
    assert untold.total("revenue") == 3

    untold.clock.advance(timedelta(days=1))
    untold.poll()
    assert untold.total("revenue") == 6

    untold.clock.advance(timedelta(days=1))
    untold.poll()
    assert [after is None for after in Untold.asked] == [True, False, True, False]


def test_reading_all_again_goes_on_where_it_was_cut_off(untold: Bench) -> None:
    untold.poll()
    Untold.amount, Untold.stops_after = 2, 2
    untold.clock.advance(timedelta(days=7))
    assert untold.poll().state == "failed"
    assert untold.total("revenue") == 5

    Untold.amount, Untold.stops_after = 3, None
    untold.clock.advance(timedelta(hours=1))
    untold.poll()

    assert untold.total("revenue") == 7
    assert Untold.asked == [None, None, None]
