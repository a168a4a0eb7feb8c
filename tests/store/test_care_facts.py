"""Old facts and readings go; days that are not there any more are not zero, and not asked for again."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from collector.plugin import Connector, ConnectorSettings, Fact, Instant, Part, Post, Reading, Window, parts, stream
from collector.store import configured
from collector.store.care.prune import preview, prune, retain
from collector.store.care.task import Place, Taken
from collector.store.locks import PollLocks
from tests.polling.bench import NOW, Bench

TODAY = NOW.date()


class Source(Connector[ConnectorSettings]):
    """A stream of each kind that has facts; days are counted, and what is asked for is noted."""

    name = "source"

    @stream(every="1h", restates="3d", provides={"sessions": [(), ("channel",)]})
    async def visits(self, window: Window) -> AsyncIterator[Fact]:
        self.__dict__.setdefault("asked", []).append(window)
        for day in window.days():
            yield Fact(day=day, measure="sessions", value=10)
            yield Fact(day=day, measure="sessions", value=10, dimensions={"channel": f"c{day.day % 3}"})

    @stream(every="5m", provides={"spend": [("campaign",)]})
    def costs(self, part: Part) -> Iterator[Fact]:
        for number in range(60):
            day = TODAY - timedelta(days=number)
            yield Fact(day=day, measure="spend", value=1, currency="RUB", dimensions={"campaign": f"k{number}"})

    @parts(of="costs")
    def files(self) -> list[Part]:
        return [Part("a", self.__dict__.get("fingerprint", "v1"), NOW)]

    @stream(every="1h", provides={"followers": [("network",)]})
    async def social(self, now: Instant) -> AsyncIterator[Reading | Post]:
        yield Reading(measure="followers", value=Decimal(now.day), dimensions={"network": "vk"})
        yield Post(id="p", network="vk", kind="text", published_at=datetime(2026, 1, 1, tzinfo=UTC), likes=now.day)


class Kept(Bench):
    """A bench whose configuration has `retention:`."""

    def __init__(self, folder: Path, **retention: str) -> None:
        super().__init__(folder, Source, backfill="50d")
        self.config = replace(self.config, retention=retention)
        self.locks = PollLocks(self.store.path)

    def job(self, stream: str | None = None) -> Any:
        facts = timedelta(days=int(self.config.retention["facts"][:-1])) if "facts" in self.config.retention else None
        return replace(super().job(stream), facts_kept=facts)

    def prune(self) -> list[Taken]:
        return prune(Place(self.store, self.locks), self.config, self.clock.now())

    def rows(self, query: str) -> list[Any]:
        with self.store.read() as tx:
            return [tuple(row) for row in tx.exec_driver_sql(query)]


def limited(bench: Kept, **retention: str) -> Kept:
    bench.config = replace(bench.config, retention=retention)
    return bench


def test_old_days_of_a_window_stream_are_neither_there_nor_covered_nor_asked_for(tmp_path: Path) -> None:
    bench = Kept(tmp_path)
    bench.poll("visits")
    limited(bench, facts="30d").prune()
    first = TODAY - timedelta(days=30)

    assert bench.state("visits").first_day == first
    assert min(bench.days()) == first
    assert bench.total("sessions") == 31 * 10
    assert sum(bench.total("sessions", by="channel").values()) == 31 * 10
    assert bench.rows("SELECT min(day) FROM fact") == bench.rows("SELECT min(day) FROM daily") == [(first.toordinal(),)]

    bench.connector.__dict__["asked"].clear()
    bench.poll("visits")
    assert bench.connector.__dict__["asked"] == [Window(TODAY - timedelta(days=3), TODAY)]


def test_a_longer_retention_has_the_days_asked_for_again(tmp_path: Path) -> None:
    bench = Kept(tmp_path, facts="30d")
    bench.poll("visits")
    assert bench.total("sessions") == 31 * 10

    limited(bench, facts="40d").poll("visits")
    assert bench.total("sessions") == 41 * 10


def test_a_file_keeps_its_young_days_and_begins_with_the_first_of_them(tmp_path: Path) -> None:
    bench = Kept(tmp_path)
    bench.poll("costs")
    limited(bench, facts="10d").prune()

    assert bench.total("spend") == 11
    assert bench.state("costs").first_day == TODAY - timedelta(days=10)


def test_a_file_that_is_read_again_brings_no_old_days_back(tmp_path: Path) -> None:
    bench = Kept(tmp_path, facts="10d")
    bench.poll("costs")
    bench.prune()
    bench.connector.__dict__["fingerprint"] = "v2"
    report = bench.poll("costs")

    assert (report.records, report.restated) == (60, 0)
    assert bench.total("spend") == 11
    assert bench.state("costs").first_day == TODAY - timedelta(days=10)
    assert bench.state("costs").data_through == TODAY


def test_a_file_that_is_old_as_a_whole_still_ends_where_it_ended(tmp_path: Path) -> None:
    bench = Kept(tmp_path, facts="10d")
    bench.poll("costs")
    bench.clock.advance(timedelta(days=100))
    bench.prune()
    bench.connector.__dict__["fingerprint"] = "v2"
    report = bench.poll("costs")

    assert report.ok
    assert bench.total("spend") == 0
    assert bench.state("costs").data_through == TODAY
    assert bench.state("costs").first_day == TODAY + timedelta(days=90)


def test_the_values_of_days_stay_when_their_readings_go(tmp_path: Path) -> None:
    bench = Kept(tmp_path, readings="2d")
    for _ in range(6):
        bench.poll("social")
        bench.clock.advance(timedelta(days=1))
    taken = bench.prune()

    assert [(each.what, each.rows) for each in taken] == [("readings", 4 + 3)]  # a post keeps one to count from
    assert len(bench.rows("SELECT DISTINCT day FROM fact")) == 6
    assert bench.rows("SELECT count(*), min(at) FROM reading") == [(2, micros(NOW + timedelta(days=4)))]
    assert bench.rows("SELECT count(*), min(at) FROM post_reading") == [(3, micros(NOW + timedelta(days=3)))]


def micros(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000


def test_another_zone_keeps_the_days_whose_readings_are_gone(tmp_path: Path) -> None:
    bench = Kept(tmp_path, readings="2d")
    for _ in range(6):
        bench.poll("social")
        bench.clock.advance(timedelta(days=1))
    bench.prune()
    project = replace(bench.project, zone=ZoneInfo("Pacific/Kiritimati"))  # where it is tomorrow already
    configured.keep_up(bench.store, replace(bench.config, projects={"default": project}))

    values = [
        (date.fromordinal(day).day, value // 1_000_000) for day, value in bench.rows("SELECT day, value FROM fact")
    ]
    assert values == [(20, 20), (21, 21), (22, 22), (23, 23), (25, 24), (26, 25)]


def test_what_is_forever_is_not_looked_at(tmp_path: Path) -> None:
    bench = Kept(tmp_path)
    for name in ("visits", "costs", "social"):
        bench.poll(name)
    before = bench.rows("SELECT count(*) FROM fact")

    assert bench.prune() == []
    assert bench.rows("SELECT count(*) FROM fact") == before


def test_the_preview_tells_what_would_go_and_takes_nothing(tmp_path: Path) -> None:
    bench = Kept(tmp_path)
    bench.poll("visits")
    told = preview(bench.store, limited(bench, facts="30d").config, NOW)

    assert told == [Taken("facts", "default", "src", 20 * 2)]
    assert bench.total("sessions") == 51 * 10
    assert [each for each in bench.prune() if each.what == "facts"] == told


def test_retention_alone_leaves_what_is_unused(tmp_path: Path) -> None:
    bench = Kept(tmp_path, facts="30d")
    with bench.store.write() as tx:
        tx.exec_driver_sql("INSERT INTO grouping (digest) VALUES ('of former rules')")

    assert retain(Place(bench.store, bench.locks), bench.config, NOW) == ([], [])
    assert bench.rows("SELECT count(*) FROM grouping") == [(1,)]


def test_a_day_that_is_gone_can_be_pruned_again(tmp_path: Path) -> None:
    """A crash may have left rows of days that are not covered any more."""
    bench = Kept(tmp_path)
    bench.poll("visits")
    limited(bench, facts="30d")
    with bench.store.write() as tx:
        tx.exec_driver_sql("DELETE FROM covered WHERE day < ?", ((TODAY - timedelta(days=30)).toordinal(),))
    assert date.fromordinal(bench.rows("SELECT min(day) FROM daily")[0][0]) == TODAY - timedelta(days=50)

    bench.prune()
    assert date.fromordinal(bench.rows("SELECT min(day) FROM daily")[0][0]) == TODAY - timedelta(days=30)
