"""Days of which a vendor tells nothing are no zeros: what is in of them stays, and they are asked for again."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import pytest

from collector.plugin import BadResponse, Connector, ConnectorSettings, Fact, Untold, Window, stream
from tests.polling.bench import NOW, Bench

TODAY = NOW.date()


class Late(Connector[ConnectorSettings]):
    """Tells of the days that a test says."""

    name = "late"
    told: ClassVar[dict[date, int]] = {}
    asked: ClassVar[list[Window]] = []

    @stream(every="1h", restates="3d", provides={"likes": [()]})
    async def likes(self, window: Window) -> AsyncIterator[Fact | Untold]:
        """One figure a day."""
        self.asked.append(window)
        for day in window.days():
            yield Fact(day, "likes", self.told[day]) if day in self.told else Untold(day)


class Contrary(Late):
    """Says both of a day."""

    name = "contrary"

    @stream(every="1h", provides={"likes": [()]})
    async def likes(self, window: Window) -> AsyncIterator[Fact | Untold]:
        """A figure that is none."""
        yield Fact(window.last, "likes", 1)
        yield Untold(window.last)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    Late.told, Late.asked = {}, []
    return Bench(tmp_path, Late, backfill="100d")


def test_days_that_are_not_told_yet_are_not_complete(bench: Bench) -> None:
    Late.told.update({ago(back): 5 for back in range(2, 101)})

    report = bench.poll()

    assert (report.state, report.data_through) == ("done", ago(2))
    assert bench.total("likes") == 99 * 5


def test_what_is_told_later_comes_in_and_what_was_in_stays(bench: Bench) -> None:
    Late.told.update({ago(back): 5 for back in range(1, 101)})
    bench.poll()
    Late.told.update({ago(2): 7})
    del Late.told[ago(1)]

    report = bench.poll()

    assert (report.restated, report.data_through) == (1, ago(1))
    assert bench.total("likes", str(ago(1)), str(ago(1))) == 5
    assert bench.total("likes", str(ago(2)), str(ago(2))) == 7


def test_history_ends_where_nothing_is_told_any_more(bench: Bench) -> None:
    Late.told.update({ago(back): 5 for back in range(1, 51)})

    report = bench.poll()

    assert report.state == "done"
    assert bench.state().first_day == ago(50)
    assert min(window.first for window in Late.asked) == ago(63), "windows before it were asked for, too"
    assert bench.total("likes") == Decimal(250)


def test_a_gap_stays_open_and_does_not_hold_older_days_up(bench: Bench) -> None:
    Late.told.update({ago(back): 5 for back in range(1, 101) if back != 20})

    assert bench.poll().state == "done"
    assert bench.total("likes") == 99 * 5
    assert bench.state().first_day == ago(19), "a run of days ends at a gap"
    Late.told[ago(20)] = 1
    assert bench.poll().state == "done"
    assert (bench.total("likes"), bench.state().first_day) == (99 * 5 + 1, ago(100))


def test_a_day_is_told_or_it_is_not(tmp_path: Path) -> None:
    report = Bench(tmp_path, Contrary, backfill="3d").poll()

    assert (report.state, report.reason) == ("failed", BadResponse.reason)
    assert "is told and untold" in str(report.message)
