"""Whatever goes wrong at the portal: nothing is lost, nothing comes twice, and it is told what it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from collector.plugin.reports import PollReport
from collector.testing.conformance.bench import Bench
from collector.testing.conformance.books import Books, difference
from collector.testing.conformance.ground import Plot
from collector.testing.conformance.trial import Trial
from connectors.bitrix24.plugin import Bitrix24
from connectors.bitrix24.simulator import Bitrix24Simulator

FAULTS = ("500", "502", "429", "cut")
_FEW = (1, 3)


@contextmanager
def scene(folder: Path, **settings: Any) -> Iterator[tuple[Bench, Bitrix24Simulator]]:
    """A portal of 45 days, and the engine in front of it."""
    trial = Trial(Bitrix24, Plot(Bitrix24Simulator), folder)
    with trial.ground() as (ground, clock), trial.bench(ground, clock, {"backfill": "all", **settings}) as bench:
        simulator = ground.simulator
        assert isinstance(simulator, Bitrix24Simulator)
        yield bench, simulator


def poll(bench: Bench, stream: str) -> PollReport:
    return bench.poll(next(each for each in bench.streams if each.name == stream))


def live(bench: Bench) -> list[tuple[object, ...]]:
    return [row for row in bench.books()["entities"] if not row[5]]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Books, int]:
    with scene(tmp_path_factory.mktemp("undisturbed")) as (bench, _):
        bench.poll_all()
        return bench.books(), bench.requests


@pytest.fixture(scope="module")
def deals(tmp_path_factory: pytest.TempPathFactory) -> Books:
    with scene(tmp_path_factory.mktemp("deals")) as (bench, _):
        poll(bench, "deals")
        return bench.books()


def disturbed(folder: Path, fault: str, at: int) -> Books:
    with scene(folder) as (bench, simulator):
        simulator.faults.once(fault, at=at)
        reports = bench.poll_all()
        assert all(report.ok for report in reports), reports
        return bench.books()


@pytest.mark.parametrize("at", _FEW)
def test_a_fault_that_passes_changes_nothing(at: int, deals: Books, tmp_path: Path) -> None:
    with scene(tmp_path) as (bench, simulator):
        simulator.faults.once(FAULTS[at % len(FAULTS)], at=at)

        assert poll(bench, "deals").ok

        assert difference(deals, bench.books()) is None


@pytest.mark.soak
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_any_request_changes_nothing(fault: str, undisturbed: tuple[Books, int], tmp_path: Path) -> None:
    for at in range(1, undisturbed[1] + 1):
        folder = tmp_path / str(at)
        folder.mkdir()
        assert difference(undisturbed[0], disturbed(folder, fault, at)) is None, f"at request {at}"


def test_a_poll_that_fails_half_way_goes_on_at_the_next(deals: Books, tmp_path: Path) -> None:
    with scene(tmp_path) as (bench, simulator):
        simulator.faults.once("html", at=2)
        assert poll(bench, "deals").reason == "bad_response"

        assert poll(bench, "deals").ok

        assert difference(deals, bench.books()) is None


def test_rights_that_are_lost_take_nothing_away(tmp_path: Path) -> None:
    with scene(tmp_path) as (bench, simulator):
        poll(bench, "deals")
        before = live(bench)
        simulator.switches.hidden_managers = {11, 12, 13}
        bench.clock.advance(timedelta(hours=25))

        report = poll(bench, "deals")

        assert report.reason == "sweep_refused"
        assert len(live(bench)) >= len(before)


@pytest.mark.parametrize(
    ("switch", "value", "reason", "told"),
    [
        ("refusing", "OVERLOAD_LIMIT", "forbidden", "only its support lifts that"),
        ("refusing", "ACCESS_DENIED", "forbidden", "paid plans only"),
        ("is_deleted", True, "credentials_refused", "make a new webhook"),
        ("https_only", True, "credentials_refused", "write https://"),
        ("moved_to", "sosna-new.bitrix24.ru", "credentials_refused", "moved to sosna-new.bitrix24.ru"),
        ("is_cut_off", True, "temporary", "504"),
        ("no_access", {"crm.deal"}, "forbidden", "the right to read all of it"),
        ("scopes", {"user_brief"}, "forbidden", "needs the scope `crm`"),
    ],
)
def test_a_portal_that_refuses_has_its_reason_and_its_sentence(
    switch: str, value: Any, reason: str, told: str, tmp_path: Path
) -> None:
    with scene(tmp_path) as (bench, simulator):
        setattr(simulator.switches, switch, value)

        report = poll(bench, "deals")

        assert (report.reason, told in (report.message or "")) == (reason, True), report.message


def test_a_refusal_with_status_200_is_none_the_less_one(tmp_path: Path) -> None:
    with scene(tmp_path) as (bench, simulator):
        simulator.switches.status = 200
        simulator.switches.refusing = "INVALID_CREDENTIALS"

        assert poll(bench, "leads").reason == "credentials_refused"


@pytest.mark.soak
def test_only_the_names_need_the_scope_of_users(tmp_path: Path) -> None:
    with scene(tmp_path) as (bench, simulator):
        simulator.switches.scopes = {"crm"}

        reports = {report.stream: report for report in bench.poll_all()}

        assert "user_brief" in (reports.pop("directory").message or "")
        assert all(report.ok for report in reports.values())


@pytest.mark.soak
def test_a_method_that_has_run_too_long_is_waited_for(undisturbed: tuple[Books, int], tmp_path: Path) -> None:
    with scene(tmp_path) as (bench, simulator):
        simulator.switches.operating_limit = 12.0
        simulator.switches.seconds_a_call = 0.3  # a batch of the usual length would never be let through
        began, waits = bench.clock.now(), 0
        for stream in bench.streams:
            while (report := bench.poll(stream)).state == "waiting" and waits < 100:
                assert report.until is not None
                bench.clock.advance(report.until - bench.clock.now())
                waits += 1
            assert report.ok, report.message
        assert waits
        assert bench.clock.now() - began < timedelta(hours=6)


@pytest.mark.soak
def test_a_portal_without_leads_has_its_deals_for_leads(tmp_path: Path) -> None:
    with scene(tmp_path, deal_stages=["C1:EXECUTING"]) as (bench, simulator):
        simulator.switches.has_leads = False

        bench.poll_all()

        kinds = [(row[2], row[3]) for row in live(bench)]
        deals = {key for kind, key in kinds if kind == "deal"}
        assert deals == {key for kind, key in kinds if kind == "lead"}
        assert any("simple CRM" in told for told in bench.run(bench.connector.check))


@pytest.mark.soak
def test_older_portals_write_numbers_of_the_history_as_texts(undisturbed: tuple[Books, int], tmp_path: Path) -> None:
    with scene(tmp_path) as (bench, simulator):
        simulator.switches.history_as_text = True

        bench.poll_all()

        assert difference(undisturbed[0], bench.books()) is None


def test_two_portals_in_one_project_leak_nothing(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    with scene(tmp_path / "one") as (one, first), scene(tmp_path / "two") as (two, second):
        poll(one, "customers")
        poll(two, "customers")

        assert one.connector.limit_key("portal") != two.connector.limit_key("portal")
        for simulator in (first, second):
            assert {entry.status for entry in simulator.journal.entries} == {200}
