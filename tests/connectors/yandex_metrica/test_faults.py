"""Whatever goes wrong at Metrica: nothing is lost, nothing comes twice, and it is told what it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from collector.plugin.reports import PollReport
from collector.testing.conformance import ground
from collector.testing.conformance.bench import NOW, Bench
from collector.testing.conformance.books import Books, difference
from collector.testing.conformance.ground import Plot
from collector.testing.conformance.trial import Trial
from collector.testing.simulator import World
from connectors.yandex_metrica.plugin import YandexMetrica
from connectors.yandex_metrica.simulator import YandexMetricaSimulator
from connectors.yandex_metrica.simulator.simulator import OTHERS_COUNTER_ID

FAULTS = ("500", "502", "429", "cut")
_FEW = (1, 3, 7)


@contextmanager
def scene(folder: Path, **settings: Any) -> Iterator[tuple[Bench, YandexMetricaSimulator]]:
    """A counter of twelve days, and the engine in front of it."""
    folder.mkdir(exist_ok=True)
    trial = Trial(YandexMetrica, Plot(YandexMetricaSimulator), folder)
    with trial.ground() as (found, clock), trial.bench(found, clock, {"backfill": "12d", **settings}) as bench:
        simulator = found.simulator
        assert isinstance(simulator, YandexMetricaSimulator)
        yield bench, simulator


def poll(bench: Bench, stream: str = "traffic") -> PollReport:
    return bench.poll(next(each for each in bench.streams if each.name == stream))


def waited_for(bench: Bench) -> int:
    """Poll all, and come back when a wait is over, as the daemon does; how often that was."""
    waits = 0
    for stream in bench.streams:
        while (report := bench.poll(stream)).state == "waiting":
            assert report.until is not None
            bench.clock.advance(report.until - bench.clock.now())
            waits += 1
        assert report.ok, report
    return waits


def facts(bench: Bench) -> list[tuple[object, ...]]:
    return bench.books()["facts"]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Books, int]:
    with scene(tmp_path_factory.mktemp("undisturbed")) as (bench, _):
        assert all(report.ok for report in bench.poll_all())
        return bench.books(), bench.requests


# ── faults at any request ────────────────────────────────────────────────────────────


def disturbed(folder: Path, fault: str, at: int) -> Books:
    with scene(folder) as (bench, simulator):
        simulator.faults.once(fault, at=at)
        reports = bench.poll_all()
        assert all(report.ok for report in reports), reports
        return bench.books()


@pytest.mark.parametrize("at", _FEW)
def test_a_fault_that_passes_changes_nothing(at: int, undisturbed: tuple[Books, int], tmp_path: Path) -> None:
    assert difference(undisturbed[0], disturbed(tmp_path, FAULTS[at % len(FAULTS)], at)) is None


@pytest.mark.soak
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_any_request_changes_nothing(fault: str, undisturbed: tuple[Books, int], tmp_path: Path) -> None:
    for at in range(1, undisturbed[1] + 1):
        assert difference(undisturbed[0], disturbed(tmp_path / str(at), fault, at)) is None, f"at request {at}"


def test_a_poll_that_fails_half_way_goes_on_at_the_next(undisturbed: tuple[Books, int], tmp_path: Path) -> None:
    with scene(tmp_path) as (bench, simulator):
        for number in (3, 6):
            simulator.faults.once("html", at=number)
        assert {report.reason for report in bench.poll_all()} == {"bad_response"}

        assert all(report.ok for report in bench.poll_all())

        assert difference(undisturbed[0], bench.books()) is None


# ── quotas ───────────────────────────────────────────────────────────────────────────


class UsedUp:
    """A quota that is used up at one request, and whole again some time later."""

    paths = ""

    def __init__(self, name: str, *, at: int, until: datetime) -> None:
        self.name, self._at, self._until = name, at, until
        self._asked = 0

    def early(self, request: Request, now: datetime) -> float:
        del request
        self._asked += 1
        return max(0.0, (self._until - now).total_seconds()) if self._asked >= self._at else 0.0


def test_the_days_quota_is_waited_for_until_midnight_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ground, "SMALL", World(seed=1, days=45))  # it moves on at midnight
    midnight = NOW.replace(hour=0) + timedelta(days=1)
    with scene(tmp_path / "waits") as (bench, simulator):
        simulator.switches.throttle_status = 420
        simulator.limits = [UsedUp("quota_requests_by_uid", at=3, until=midnight)]

        reports = bench.poll_all()

        assert {(each.state, each.reason, each.until) for each in reports} == {("waiting", "quota", midnight)}
        bench.clock.advance(midnight - bench.clock.now())
        assert waited_for(bench) == 0
        with scene(tmp_path / "later") as (other, _):
            other.clock.advance(bench.clock.now() - other.clock.now())
            assert all(report.ok for report in other.poll_all())
            first = min(int(str(row[2])) for row in facts(other))
            assert facts(other) == [row for row in facts(bench) if int(str(row[2])) >= first]


def of_five_minutes(folder: Path, at: int) -> tuple[Books, int, YandexMetricaSimulator]:
    with scene(folder) as (bench, simulator):
        simulator.limits = [UsedUp("quota_requests_by_report", at=at, until=bench.clock.now() + timedelta(minutes=4))]
        waits = waited_for(bench)
        return bench.books(), waits, simulator


@pytest.mark.parametrize("at", [3, 9])
def test_after_a_wait_the_slice_is_read_again_and_those_before_it_are_not(
    at: int, undisturbed: tuple[Books, int], tmp_path: Path
) -> None:
    books, waits, simulator = of_five_minutes(tmp_path, at)

    assert (waits, difference(undisturbed[0], books)) == (1, None)
    entries = list(simulator.journal)
    (refused,) = [entry for entry in entries if entry.status == 429]
    later = [dict(entry.query) for entry in entries[refused.number :]]
    assert dict(refused.query) in later
    history = [entry for entry in entries[: refused.number - 1] if entry.query.get("date2") == "2026-11-15"]
    assert not [entry for entry in history if "sort" in entry.query and dict(entry.query) in later]


@pytest.mark.soak
def test_a_quota_that_is_used_up_at_any_request(undisturbed: tuple[Books, int], tmp_path: Path) -> None:
    for at in range(1, undisturbed[1] + 1):
        books, waits, _ = of_five_minutes(tmp_path / str(at), at)
        assert (waits, difference(undisturbed[0], books)) == (1, None), f"at request {at}"


def test_parallel_requests_are_never_more_than_three(tmp_path: Path) -> None:
    with scene(tmp_path) as (bench, simulator):
        simulator.switches.delay = 0.01
        assert all(report.ok for report in bench.poll_all())
        assert {entry.status for entry in simulator.journal} == {200}


# ── too much at once ─────────────────────────────────────────────────────────────────


def test_a_report_that_is_too_complicated_for_now_passes_at_the_third_try(
    undisturbed: tuple[Books, int], tmp_path: Path
) -> None:
    with scene(tmp_path) as (bench, simulator):
        simulator.switches.complicated = 2

        report = poll(bench)

        assert report.ok, report.message
        assert {row for row in undisturbed[0]["facts"] if row[0] == "traffic"} == set(facts(bench))


@pytest.mark.parametrize("words", ["too_much_rows", "timeout", "query_error"])
def test_a_report_of_too_many_days_is_asked_for_in_parts(
    words: str, undisturbed: tuple[Books, int], tmp_path: Path
) -> None:
    with scene(tmp_path) as (bench, simulator):
        simulator.switches.most_days = 3
        simulator.switches.refusing = words
        while not (report := poll(bench)).ok:  # a poll may only repeat so often; the next one has learnt
            assert report.reason == "temporary"

        assert {row for row in undisturbed[0]["facts"] if row[0] == "traffic"} == set(facts(bench))
        spans = {entry.query["date1"] for entry in simulator.journal if entry.status == 200 and "date1" in entry.query}
        assert len(spans) >= 5


def test_where_even_a_day_is_too_complicated_a_sample_is_asked_for(tmp_path: Path) -> None:
    with scene(tmp_path, backfill="1d") as (bench, simulator):
        simulator.switches.needs_sample = True
        for _ in range(6):
            report = poll(bench)
            if report.ok:
                break

        assert report.ok, report.message
        assert {
            entry.query["accuracy"] for entry in simulator.journal if entry.status == 200 and "date1" in entry.query
        } == {"high"}


def test_what_cannot_be_told_at_all_is_a_failure(tmp_path: Path) -> None:
    with scene(tmp_path, backfill="1d") as (bench, simulator):
        simulator.switches.most_days = 0
        simulator.switches.refusing = "timeout"

        report = poll(bench)

        assert (report.reason, "not even of one day" in (report.message or "")) == ("temporary", True)


# ── what a counter may be ────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("switch", "value", "reason", "told"),
    [
        ("is_deleted", True, "forbidden", "it was deleted, or the number is wrong"),
        ("has_access", False, "forbidden", "its owner gives it the right to view"),
    ],
)
def test_a_counter_that_cannot_be_read_has_its_reason_and_its_sentence(
    switch: str, value: Any, reason: str, told: str, tmp_path: Path
) -> None:
    with scene(tmp_path) as (bench, simulator):
        setattr(simulator.switches, switch, value)

        for stream in ("traffic", "users"):
            report = poll(bench, stream)
            assert (report.reason, told in (report.message or "")) == (reason, True), report.message


@pytest.mark.parametrize(("number", "told"), [(OTHERS_COUNTER_ID, "may not see counter"), (7, "has no counter 7")])
def test_a_wrong_counter_is_told(number: int, told: str, tmp_path: Path) -> None:
    with scene(tmp_path, counter_id=str(number)) as (bench, _):
        report = poll(bench)

        assert (report.reason, told in (report.message or "")) == ("forbidden", True), report.message


def test_a_token_that_is_not_accepted_stops_the_source(tmp_path: Path) -> None:
    with scene(tmp_path, access_token="y0_canary") as (bench, _):
        report = poll(bench)

        assert report.reason == "credentials_refused"
        assert "y0_canary" not in (report.message or "")


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("Europe/London", "the counter's days are those of Europe/London, the project's those of UTC"),
        ("Asia/Vladivostok", "the counter's days are those of Asia/Vladivostok"),
        ("Atlantic/Reykjavik", None),
        ("Nowhere/Land", "the counter tells no zone that is known"),
        ("../etc", "the counter tells no zone that is known"),
    ],
)
def test_a_counter_whose_days_are_others_than_the_projects_is_told(zone: str, told: str | None, tmp_path: Path) -> None:
    with scene(tmp_path) as (bench, simulator):
        simulator.switches.zone_name = zone

        report = poll(bench)

        assert report.ok, report.message
        assert [each for each in report.warnings if told is None or told not in each] == []
        assert len(report.warnings) == (told is not None)


def test_a_zone_that_its_owner_changes_is_told(tmp_path: Path) -> None:
    with scene(tmp_path) as (bench, simulator):
        poll(bench)
        simulator.switches.zone_name = "Asia/Omsk"
        bench.clock.advance(timedelta(hours=2))

        assert any("zone is now Asia/Omsk, was Europe/Moscow" in told for told in poll(bench).warnings)


def test_a_sample_is_told_and_flagged(tmp_path: Path) -> None:
    with scene(tmp_path) as (bench, simulator):
        simulator.switches.sample_share = 0.1

        report = poll(bench)

        assert report.ok
        assert any("a share of 0.1" in told for told in report.warnings)
        assert all(int(str(row[8])) & 1 for row in facts(bench))


def test_rows_that_are_withheld_make_a_gap_that_is_told(tmp_path: Path) -> None:
    with scene(tmp_path) as (bench, simulator):
        simulator.switches.withholds = True

        report = poll(bench)

        assert any("Metrica withholds small rows" in told for told in report.warnings)
        assert all(int(str(row[8])) & 2 for row in facts(bench))


def test_metrics_without_a_value_are_zero(undisturbed: tuple[Books, int], tmp_path: Path) -> None:
    with scene(tmp_path) as (bench, simulator):
        simulator.switches.nulls = True
        bench.poll_all()

        assert difference(undisturbed[0], bench.books()) is None


def test_a_number_of_rows_that_is_rounded_changes_nothing(undisturbed: tuple[Books, int], tmp_path: Path) -> None:
    with scene(tmp_path) as (bench, simulator):
        simulator.switches.rounds_total = True
        simulator.page_size = 50
        bench.poll_all()

        assert difference(undisturbed[0], bench.books()) is None


def test_a_traffic_source_that_nobody_knows_is_counted(tmp_path: Path) -> None:
    with scene(tmp_path) as (bench, simulator):
        simulator.switches.new_source = True

        report = poll(bench)

        assert any("visits came by the traffic source 'telepathy'" in told for told in report.warnings)


def test_another_model_of_attribution_than_asked_for_is_told(tmp_path: Path) -> None:
    with scene(tmp_path) as (bench, simulator):
        assert not any("attribution" in told for told in poll(bench).warnings)
        simulator.switches.model = "Automatic"

        assert any("attribution Automatic" in told for told in poll(bench).warnings)


def test_two_counters_leak_nothing(tmp_path: Path) -> None:
    with scene(tmp_path / "one") as (one, first), scene(tmp_path / "two", backfill="8d") as (two, second):
        second.switches.sample_share = 0.1
        first.switches.most_days, first.switches.refusing = 3, "timeout"
        poll(one)
        poll(two)

        assert {entry.status for entry in second.journal} == {200}
        assert not any(int(str(row[8])) & 1 for row in facts(one))
        assert all(int(str(row[8])) & 1 for row in facts(two))
        assert not any("sample" in told for told in one.connector.take_warnings())


def test_check_names_goals_that_are_none_and_models_that_are_former(tmp_path: Path) -> None:
    with scene(tmp_path, goals=["30001", "777"], attribution="LastSign") as (bench, simulator):
        simulator.switches.currency = None
        told = bench.run(bench.connector.check)

        assert [each for each in told if "goal 777" in each]
        assert [each for each in told if "nearest kin" in each]
        assert [each for each in told if "no currency" in each]
        assert not [each for each in told if "goal 30001" in each]
