"""What a poll of each kind of stream does, and what bad connectors get."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collector.plugin import (
    BadFile,
    Checkpoint,
    Connector,
    ConnectorSettings,
    CredentialsRefused,
    Customer,
    Deal,
    Fact,
    Gone,
    Instant,
    Lead,
    Member,
    Part,
    Reading,
    Since,
    Window,
    parts,
    stream,
    sweep,
)
from tests.polling.bench import NOW, Bench

CUTS = [(), ("channel",)]


def fact(day: date, value: int = 1, **dimensions: str) -> Fact:
    return Fact(day=day, measure="sessions", value=Decimal(value), dimensions=dimensions)


def deal(key: int, amount: int = 100, status: str = "won", updated: datetime = NOW) -> Deal:
    at = datetime(2026, 11, 1, 12, tzinfo=UTC)
    return Deal(
        id=str(key),
        created_at=at,
        updated_at=updated,
        status=status,
        amount=Decimal(amount),
        currency="RUB",
        closed_at=at,
    )


class Visits(Connector[ConnectorSettings]):
    """Each day has 10 sessions, 6 and 4 by channel; a test may change days and count requests."""

    name = "visits"
    asked: list[Window]
    values: dict[date, int]

    @stream(every="1h", restates="3d", provides={"sessions": CUTS})
    async def visits(self, window: Window) -> AsyncIterator[Fact]:
        self.__dict__.setdefault("asked", []).append(window)
        values = self.__dict__.setdefault("values", {})
        for day in window.days():
            value = values.get(day, 10)
            yield fact(day, value)
            yield fact(day, value - 4, channel="Email")
            yield fact(day, 4, channel="Display")


def test_a_window_stream_reads_fresh_days_first_and_then_its_history_newest_first(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Visits, backfill="100d")
    report = bench.poll()

    asked = bench.connector.__dict__["asked"]
    assert asked[0] == Window(date(2026, 11, 17), date(2026, 11, 20))
    assert [window.last for window in asked] == sorted((window.last for window in asked), reverse=True)
    assert asked[-1].first == date(2026, 8, 12)
    assert report.data_through == date(2026, 11, 19)
    assert bench.total("sessions", "2026-11-01", "2026-11-10") == 100
    assert bench.total("sessions", "2026-11-01", "2026-11-10", by="channel") == {"Email": 60, "Display": 40}
    assert bench.state().first_day == date(2026, 8, 12)


def test_a_second_poll_reads_the_last_days_again_and_no_history(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Visits, backfill="100d")
    bench.poll()
    bench.connector.__dict__["asked"].clear()
    bench.connector.__dict__["values"][date(2026, 11, 18)] = 25

    report = bench.poll()

    assert bench.connector.__dict__["asked"] == [Window(date(2026, 11, 17), date(2026, 11, 20))]
    assert report.restated == 2
    assert bench.total("sessions", "2026-11-18", "2026-11-18") == 25


def test_days_that_were_missed_while_nothing_ran_are_found_from_the_store(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Visits, backfill="30d")
    bench.poll()
    bench.connector.__dict__["asked"].clear()
    bench.clock.advance(timedelta(days=10))

    bench.poll()

    assert bench.connector.__dict__["asked"] == [
        Window(date(2026, 11, 27), date(2026, 11, 30)),
        Window(date(2026, 11, 18), date(2026, 11, 26)),  # 18 and 19 had not settled when they were read
    ]


class Deals(Connector[ConnectorSettings]):
    """Pages of two deals with a checkpoint after each; a test may break it after some."""

    name = "deals"
    calls: list[Since]

    @stream(every="1h")
    async def deals(self, since: Since) -> AsyncIterator[Deal | Gone | Member]:
        self.__dict__.setdefault("calls", []).append(since)
        begin = int(since.cursor or 0)
        for page in range(begin, self.__dict__.get("pages", 3)):
            if page == self.__dict__.get("break_at"):
                raise CredentialsRefused("the key was revoked")
            yield deal(2 * page)
            yield deal(2 * page + 1)
            yield Checkpoint(str(page + 1))  # type: ignore[misc]

    @sweep(of="deals")
    async def ids(self) -> AsyncIterator[str]:
        for key in self.__dict__.get("existing", range(6)):
            yield str(key)


def test_an_entity_stream_goes_on_from_its_last_checkpoint(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Deals)
    bench.connector.__dict__["break_at"] = 2
    report = bench.poll()

    assert (report.state, report.reason) == ("failed", "credentials_refused")
    assert bench.total("deals_won") == 4
    assert not bench.state().history_complete

    del bench.connector.__dict__["break_at"]
    bench.clock.advance(timedelta(hours=1))
    bench.poll()

    calls = bench.connector.__dict__["calls"]
    assert (calls[1].cursor, calls[1].until, calls[1].after) == ("2", NOW, None)
    assert bench.total("deals_won") == 6
    assert bench.state().history_complete
    assert bench.state().data_through == date(2026, 11, 19)


def test_changes_are_asked_for_with_an_overlap(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Deals)
    bench.poll()
    bench.clock.advance(timedelta(hours=1))
    bench.poll()

    assert bench.connector.__dict__["calls"][1].after == NOW - timedelta(minutes=10)


def test_a_clock_that_was_set_back_asks_from_the_earlier_of_both(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Deals)
    bench.poll()
    bench.clock.advance(timedelta(hours=-5))
    bench.poll()

    assert bench.connector.__dict__["calls"][1].after == NOW - timedelta(hours=5, minutes=10)


def test_a_sweep_takes_away_what_no_longer_exists_but_not_more_than_a_fifth_at_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Deals)
    bench.poll()
    bench.clock.advance(timedelta(days=2))
    bench.connector.__dict__ |= {"pages": 0, "existing": range(2)}
    report = bench.poll()
    assert (report.state, report.reason) == ("done", "sweep_refused")
    assert str(report.message).startswith("4 would vanish at once")
    assert bench.total("deals_won") == 6

    bench.connector.__dict__["existing"] = range(5)
    report = bench.poll()
    assert (report.state, report.reason) == ("done", None)
    assert bench.total("deals_won") == 5


class DealsAndBuyers(Connector[ConnectorSettings]):
    """Ten deals and their buyer; the sweep lists deals only."""

    name = "deals_and_buyers"

    @stream(every="1h")
    async def deals(self, since: Since) -> AsyncIterator[Deal | Customer]:
        for key in range(0 if since.after else 10):
            yield deal(key)
            yield Customer("contact:1")

    @sweep(of="deals")
    async def ids(self) -> AsyncIterator[str]:
        for key in self.__dict__.get("existing", range(10)):
            yield str(key)


def test_a_sweep_of_deals_takes_no_customer_away_that_the_stream_yields_beside_them(tmp_path: Path) -> None:
    bench = Bench(tmp_path, DealsAndBuyers)
    bench.poll()
    bench.clock.advance(timedelta(days=2))
    bench.connector.__dict__["existing"] = range(9)
    assert bench.poll().reason is None

    with bench.store.read() as tx:
        gone = tx.exec_driver_sql("SELECT kind, key FROM entity WHERE gone").all()
    assert [tuple(row) for row in gone] == [("deal", "9")]

    bench.clock.advance(timedelta(days=2))
    bench.connector.__dict__["existing"] = range(0)  # nothing at all: the right was lost
    assert bench.poll().reason == "sweep_refused"


class Files(Connector[ConnectorSettings]):
    """Parts held in memory; a part's rows are the numbers of its deals."""

    name = "files"

    @stream(every="5m")
    def rows(self, part: Part) -> Iterator[Deal]:
        for key in self.__dict__["files"][part.name]:
            if key == "bad":
                raise BadFile(part=part.name, line=3, column="amount", fault="'x' is no number")
            yield deal(key)

    @parts(of="rows")
    def listing(self) -> Iterator[Part]:
        for name, rows in self.__dict__["files"].items():
            yield Part(name, fingerprint=str(rows), modified_at=NOW, growing="growing" in rows)


def test_a_changed_part_replaces_its_own_rows_exactly(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Files)
    bench.connector.__dict__["files"] = {"a": [1, 2, 3], "b": [4]}
    bench.poll()
    assert bench.total("deals_won") == 4

    bench.connector.__dict__["files"]["a"] = [2, 9]
    report = bench.poll()
    assert report.records == 2
    assert bench.total("deals_won") == 3


def test_a_bad_part_keeps_its_old_rows_and_lets_the_others_be_read(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Files)
    bench.connector.__dict__["files"] = {"a": [1, 2], "b": [4]}
    bench.poll()
    bench.connector.__dict__["files"] = {"a": [1, 2, "bad"], "b": [4, 5]}
    report = bench.poll()

    assert (report.state, report.reason) == ("failed", "bad_file")
    assert report.message == "a:3, column 'amount': 'x' is no number"
    assert bench.total("deals_won") == 4


def test_a_growing_part_keeps_its_old_rows_and_is_no_failure(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Files)
    bench.connector.__dict__["files"] = {"a": [1, 2]}
    bench.poll()
    bench.connector.__dict__["files"] = {"a": [1, 2, 3, "growing"]}

    assert bench.poll().state == "growing"
    assert bench.total("deals_won") == 2


@pytest.mark.parametrize(("on_missing", "left"), [("keep", 3), ("remove", 1)])
def test_a_part_that_is_gone_keeps_its_rows_unless_told_otherwise(tmp_path: Path, on_missing: str, left: int) -> None:
    bench = Bench(tmp_path, Files, on_missing=on_missing)
    bench.connector.__dict__["files"] = {"a": [1, 2], "b": [4]}
    bench.poll()
    bench.connector.__dict__["files"] = {"b": [4]}
    report = bench.poll()

    assert report.ok
    assert "a is gone" in report.warnings[0]
    assert bench.total("deals_won") == left


def test_an_id_in_two_parts_counts_once_with_its_latest_state(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Files)
    bench.connector.__dict__["files"] = {"a": [1, 2], "b": [2, 3]}
    report = bench.poll()

    assert report.warnings == ("1 id stands in several files, such as '2'; the latest state counts, once",)
    assert bench.total("deals_won") == 3
    assert bench.status().entities["deal"] == 3


class Followers(Connector[ConnectorSettings]):
    """A figure that exists only now."""

    name = "followers"

    @stream(every="1h", provides={"followers": [()]})
    async def profile(self, now: Instant) -> AsyncIterator[Reading]:
        yield Reading(measure="followers", value=self.__dict__.get("count", 100))


def test_the_value_of_a_day_is_its_last_reading(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Followers)
    bench.poll()
    bench.clock.advance(timedelta(hours=2))
    bench.connector.__dict__["count"] = 130
    bench.poll()
    bench.clock.advance(timedelta(days=1))
    bench.connector.__dict__["count"] = 90
    report = bench.poll()

    assert bench.total("followers", "2026-11-20", "2026-11-20") == 130
    assert bench.total("followers", "2026-11-21", "2026-11-21") == 90
    assert report.data_through == date(2026, 11, 20)


class Broken(Connector[ConnectorSettings]):
    """Misbehaves as its settings say (in `site`, for want of a better field)."""

    name = "broken"

    @stream(every="1h", restates="1d", provides={"sessions": CUTS, "spend": [()]})
    async def visits(self, window: Window) -> AsyncIterator[Fact]:
        yield fact(window.last)
        match self.settings.site:
            case "raises":
                raise KeyError("rows")
            case "hangs":
                await asyncio.sleep(3600)
            case "wrong type":
                yield {"day": "2026-11-20"}  # type: ignore[misc]
            case "announces another":
                yield Lead(id="1", created_at=NOW, updated_at=NOW, status="open")  # type: ignore[misc]
            case "outside":
                yield fact(window.last + timedelta(days=1))
            case "undeclared cut":
                yield fact(window.last, campaign="x")
            case "undeclared measure":
                yield Fact(day=window.last, measure="clicks", value=Decimal(1))
            case "NaN":
                yield Fact(day=window.last, measure="sessions", value=Decimal("NaN"))
            case "duplicate":
                yield fact(window.last, 2)
            case "no currency":
                yield Fact(day=window.last, measure="spend", value=Decimal(1))


@pytest.mark.parametrize(
    ("fault", "reason", "told"),
    [
        ("raises", "crashed", "KeyError: 'rows'"),
        ("hangs", "timeout", "no end within 0:00:00.200000"),
        ("wrong type", "bad_response", "expected records of type fact"),
        ("announces another", "bad_response", "expected records of type fact"),
        ("outside", "bad_response", "expected days from 2026-11-19 to 2026-11-20, got 'sessions on 2026-11-21'"),
        ("undeclared cut", "bad_response", "expected sessions in a declared cut: () or (channel), got '(campaign)'"),
        ("undeclared measure", "bad_response", "expected one of its declared measures (sessions, spend)"),
        ("NaN", "bad_response", "sessions: NaN is no number"),
        ("duplicate", "bad_response", "expected one fact for each day, measure and set of dimensions"),
        ("no currency", "bad_response", "expected a currency, for it is money"),
    ],
)
def test_a_connector_that_misbehaves_fails_its_poll_and_leaves_no_row(
    tmp_path: Path, fault: str, reason: str, told: str
) -> None:
    bench = Bench(tmp_path, Broken, site=fault, timeout="200ms")
    report = bench.poll()

    assert report.reason == reason
    assert told in str(report.message)
    assert bench.status().facts == 0
    assert list(bench.days()) == []
    assert bench.state().last_success is None


class Leaves(Connector[ConnectorSettings]):
    """Raises what ends programs and tasks: a task that is cancelled by nobody is a fault of its own."""

    name = "leaves"

    @stream(every="1h", provides={"sessions": CUTS})
    async def visits(self, window: Window) -> AsyncIterator[Fact]:
        yield fact(window.last)
        raise SystemExit(3) if self.settings.site == "exits" else asyncio.CancelledError


@pytest.mark.parametrize(("how", "told"), [("exits", "SystemExit: 3"), ("cancels", "CancelledError: ")])
def test_a_connector_that_ends_its_task_or_the_program_has_crashed(tmp_path: Path, how: str, told: str) -> None:
    report = Bench(tmp_path, Leaves, site=how).poll()

    assert (report.reason, report.message) == ("crashed", told)


class Sleeps(Connector[ConnectorSettings]):
    """Sync code that does not come back."""

    name = "sleeps"

    @stream(every="1h", provides={"sessions": [()]})
    def visits(self, window: Window) -> Iterator[Fact]:
        time.sleep(5)
        yield fact(window.last)


def test_sync_code_that_hangs_is_left_behind(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Sleeps, timeout="100ms")
    began = time.monotonic()

    assert bench.poll().reason == "timeout"
    assert time.monotonic() - began < 4  # it did not wait for the sleeper


def test_a_stream_that_another_process_polls_is_left_alone(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Visits)
    job: Any = bench.job()
    assert bench.poller._locks.take(job.stream_id)

    assert asyncio.run(bench.poller.poll(job)) is None


def test_days_outside_a_sources_life_do_not_count(tmp_path: Path) -> None:
    life = {"from": "2026-11-10", "until": "2026-11-15"}
    bench = Bench(tmp_path, Visits, backfill="30d")
    bench.poll()
    assert bench.total("sessions") == 310

    ended = Bench(tmp_path, Visits, backfill="30d", active=life)
    assert ended.total("sessions") == 60
    assert ended.poll().ok
    assert "asked" not in ended.connector.__dict__  # all of its days are in, and none can change any more


def test_a_window_of_more_rows_than_one_transaction_holds_is_replaced_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.store.loads.ROWS_AT_ONCE", 7)  # two days of three facts each
    bench = Bench(tmp_path, Visits, backfill="20d")
    bench.poll()
    bench.connector.__dict__["values"][date(2026, 11, 19)] = 30
    bench.poll()

    assert bench.total("sessions") == 21 * 10 + 20
    assert bench.total("sessions", by="channel") == {"Email": 21 * 6 + 20, "Display": 21 * 4}
    assert len(list(bench.days())) == 21


class Versions(Connector[ConnectorSettings]):
    """The same deal in two parts, its later state in the one that comes first by name."""

    name = "versions"

    @stream(every="5m")
    def rows(self, part: Part) -> Iterator[Deal]:
        late = part.name == "a"
        yield deal(1, amount=70 if late else 10, updated=NOW if late else NOW - timedelta(days=1))

    @parts(of="rows")
    def listing(self) -> list[Part]:
        return [Part(name, fingerprint="1", modified_at=NOW) for name in ("a", "b")]


def test_of_an_id_in_two_parts_the_later_state_counts_whatever_the_parts_are_called(tmp_path: Path) -> None:
    bench = Bench(tmp_path, Versions)
    bench.poll()

    assert bench.total("revenue") == 70
