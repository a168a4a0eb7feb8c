"""Whatever goes wrong at Odnoklassniki: nothing is lost, nothing comes twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from collector.testing.conformance.bench import Bench
from collector.testing.conformance.books import Books, difference
from collector.testing.conformance.ground import Plot
from collector.testing.conformance.trial import Trial
from connectors.odnoklassniki.plugin import Odnoklassniki
from connectors.odnoklassniki.simulator import OdnoklassnikiSimulator

FAULTS = ("500", "502", "429", "cut")
_FEW = (1, 2, 3, 5)


@contextmanager
def scene(folder: Path) -> Iterator[tuple[Bench, OdnoklassnikiSimulator]]:
    """A group whose topics come in pages of three, and the engine in front of it."""
    folder.mkdir(exist_ok=True)
    trial = Trial(Odnoklassniki, Plot(OdnoklassnikiSimulator), folder)
    with trial.ground() as (found, clock), trial.bench(found, clock, {"backfill": "40d"}) as bench:
        simulator = found.simulator
        assert isinstance(simulator, OdnoklassnikiSimulator)
        simulator.page_size = 3
        yield bench, simulator


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Books, int]:
    with scene(tmp_path_factory.mktemp("undisturbed")) as (bench, _):
        assert all(report.ok for report in bench.poll_all())
        return bench.books(), bench.requests


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
        for number in (2, 6):
            simulator.faults.once("html", at=number)
        assert {report.reason for report in bench.poll_all()} == {"bad_response"}

        assert all(report.ok for report in bench.poll_all())
        assert difference(undisturbed[0], bench.books()) is None


def test_pages_that_overlap_change_nothing(undisturbed: tuple[Books, int], tmp_path: Path) -> None:
    with scene(tmp_path) as (bench, simulator):
        simulator.switches.overlaps = True
        reports = bench.poll_all()
        assert all(report.ok for report in reports)
        posts = [row for row in bench.books()["entities"] if row[2] == "post"]
        assert reports[1].records == len(posts) > 3, "a post came twice"
        assert difference(undisturbed[0], bench.books()) is None


def test_instants_in_texts_change_nothing(undisturbed: tuple[Books, int], tmp_path: Path) -> None:
    with scene(tmp_path) as (bench, simulator):
        simulator.switches.texts = True
        assert all(report.ok for report in bench.poll_all())
        assert difference(undisturbed[0], bench.books()) is None


@pytest.mark.parametrize(
    ("switch", "value", "reason"),
    [
        ("is_admin", False, "forbidden"),
        ("has_permission", False, "forbidden"),
        ("session_expired", True, "credentials_refused"),
        ("refuses", 9999, "temporary"),
        ("refuses", 210, "forbidden"),
    ],
)
def test_what_a_group_may_refuse_has_its_reason(switch: str, value: object, reason: str, tmp_path: Path) -> None:
    with scene(tmp_path) as (bench, simulator):
        setattr(simulator.switches, switch, value)
        assert {report.reason for report in bench.poll_all()} == {reason}
