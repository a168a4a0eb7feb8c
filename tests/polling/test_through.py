"""A vendor whose figures come days late: what it does not know yet is not zero, and is asked for again."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

from collector.plugin import Connector, ConnectorSettings, Fact, Through, Window, stream
from collector.polling.dry import dry_run
from tests.polling.bench import NOW, Bench

TODAY = NOW.date()


class Late(Connector[ConnectorSettings]):
    """Views of each day, three days late."""

    name = "late"
    base_url = "http://127.0.0.1:1"
    reaches = TODAY - timedelta(days=3)

    @stream(every="1h", restates="7d", provides={"page_views": [()]})
    async def views(self, window: Window) -> AsyncIterator[Fact | Through]:
        for day in window.days():
            if day <= self.reaches:
                yield Fact(day, "page_views", 1)
        yield Through(self.reaches)


def complete(bench: Bench) -> list[date]:
    with bench.store.read() as tx:
        rows = tx.exec_driver_sql("SELECT day FROM covered WHERE complete ORDER BY day").scalars()
        return [date.fromordinal(day) for day in rows]


def test_days_after_it_are_not_complete(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Late, backfill="20d")

    report = bench.poll()

    assert report.data_through == Late.reaches
    assert complete(bench) == [TODAY - timedelta(days=back) for back in range(20, 2, -1)]


def test_they_are_asked_for_again_and_are_in_when_the_vendor_knows_them(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Late, backfill="20d", settle_delay="1d")
    assert bench.poll().data_through == Late.reaches
    bench.clock.advance(timedelta(days=1))

    Late.reaches = TODAY - timedelta(days=1)
    try:
        report = bench.poll()
    finally:
        Late.reaches = TODAY - timedelta(days=3)

    assert report.data_through == TODAY - timedelta(days=1)
    assert complete(bench)[-1] == TODAY - timedelta(days=1)
    assert bench.total("page_views") == 20


def test_a_dry_run_shows_facts_alone(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Late)

    found = dry_run(bench.project, bench.source, "views", bench.network)

    assert {type(each) for each in found} == {Fact}
