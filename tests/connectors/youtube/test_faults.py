"""Whatever goes wrong at whatever request: nothing is lost, nothing doubled; and what YouTube hides is told."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.testing.conformance.books import Books, difference
from connectors.youtube.simulator.channel import Video
from connectors.youtube.units import A_DAY
from tests.connectors.youtube.place import Place, placed

KINDS = ("500", "502", "cut", "429-untold", "expired", "malformed", "html", "403")
MIDNIGHT_PACIFIC = datetime(2026, 11, 21, 8, tzinfo=UTC)
SMALL = 3
REQUESTS = 12


def polled(place: Place) -> Books:
    """Poll until all is in."""
    place.simulator.page_size = SMALL
    for _ in range(5):
        reports = place.bench.poll_all()
        if all(report.state == "done" for report in reports):
            return {name: rows for name, rows in place.bench.books().items() if name in ("facts", "days", "readings")}
        place.bench.clock.advance(timedelta(seconds=30))
    raise AssertionError(reports)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Books, dict[str, str]]:
    with placed(tmp_path_factory.mktemp("undisturbed") / "place") as place:
        return polled(place), place.posts()


def survives(folder: Path, kind: str, at: int, undisturbed: tuple[Books, dict[str, str]]) -> None:
    with placed(folder) as place:
        place.simulator.faults.once(kind, at=at)
        assert difference(undisturbed[0], polled(place)) is None, (kind, at)
        assert place.posts() == undisturbed[1]


@pytest.mark.parametrize(("kind", "at"), [("500", 2), ("cut", 4), ("malformed", 6), ("expired", 7)])
def test_a_fault_leaves_no_trace(tmp_path: Path, undisturbed: tuple[Books, dict[str, str]], kind: str, at: int) -> None:
    survives(tmp_path, kind, at, undisturbed)


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS)
def test_every_fault_at_every_request_leaves_no_trace(
    tmp_path: Path, undisturbed: tuple[Books, dict[str, str]], kind: str
) -> None:
    for at in range(1, REQUESTS):
        survives(tmp_path / str(at), kind, at, undisturbed)


# ── units ────────────────────────────────────────────────────────────────────────────


def test_units_that_others_have_used_up_are_waited_for_and_statistics_go_on(tmp_path: Path) -> None:
    with placed(tmp_path) as place:
        place.simulator.spend(A_DAY)

        report = place.poll()

        assert (report.state, report.reason, report.until) == ("waiting", "quota", MIDNIGHT_PACIFIC)
        place.bench.clock.advance(MIDNIGHT_PACIFIC - place.bench.clock.now() + timedelta(seconds=1))
        assert place.poll().state == "done"


def test_a_fifth_of_the_units_is_left_for_others(tmp_path: Path) -> None:
    with placed(tmp_path, by_key=True) as place:
        place.bench.connector._units._used = A_DAY * 4 // 5 - 2  # type: ignore[attr-defined]
        place.bench.connector._units._until = MIDNIGHT_PACIFIC  # type: ignore[attr-defined]

        assert place.poll().reason == "quota"
        assert place.simulator.used() == 2


def test_an_hourly_poll_costs_few_units_a_day(tmp_path: Path) -> None:
    with placed(tmp_path, by_key=True) as place:
        place.poll()
        before = place.simulator.used()
        place.bench.clock.advance(timedelta(hours=1))
        place.poll()

        assert place.simulator.used() - before <= 5


# ── what YouTube hides ───────────────────────────────────────────────────────────────


def hidden(place: Place, *, listed: bool) -> tuple[Video, datetime]:
    """A video that will be private (or deleted), and an instant shortly before."""
    channel = place.simulator.channel
    now = int(place.bench.clock.now().timestamp())
    for day in range(place.bench.clock.now().date().toordinal() - 20, place.bench.clock.now().date().toordinal() + 400):
        for each in channel.of_day(day):
            gone = each.life.deleted
            if gone is not None and gone > now + 7_200 and (each.life.id // 32 % 2 == 1) is listed:
                return each, datetime.fromtimestamp(gone - 3_600, UTC)
    raise AssertionError("nothing is ever deleted")


@pytest.mark.parametrize("listed", [True, False])
def test_a_video_that_is_made_private_or_deleted_counts_no_more(tmp_path: Path, listed: bool) -> None:
    with placed(tmp_path, by_key=True) as place:
        video, before = hidden(place, listed=listed)
        place.bench.clock.advance(before - place.bench.clock.now())
        place.poll()
        assert video.id in place.posts()

        for _ in range(2):
            place.bench.clock.advance(timedelta(days=1))
            place.poll()

        assert video.id not in place.posts()


def test_hidden_counters_are_unknown_and_known_ones_stay(tmp_path: Path) -> None:
    with placed(tmp_path, by_key=True) as place:
        place.simulator.switches.hides_likes = place.simulator.switches.comments_off = True
        place.poll()

        with place.bench.store.read() as tx:
            rows = tx.exec_driver_sql("SELECT body FROM entity").scalars().all()
        assert rows
        assert not any("likes" in row or "comments" in row for row in rows)


def test_a_page_that_has_run_out_loses_nothing(tmp_path: Path, undisturbed: tuple[Books, dict[str, str]]) -> None:
    with placed(tmp_path) as place:
        place.simulator.page_size = SMALL
        place.simulator.switches.tokens_expire = True
        place.poll()

        assert place.posts() == undisturbed[1]


def test_a_channel_without_videos(tmp_path: Path) -> None:
    with placed(tmp_path) as place:
        place.simulator.switches.no_videos = True

        assert (place.poll().state, place.posts()) == ("done", {})


def test_reactions_that_are_taken_back_are_below_zero(tmp_path: Path) -> None:
    with placed(tmp_path) as place:
        place.simulator.switches.falls = True
        assert place.poll("statistics").state == "done"

        likes = [int(str(row[7])) for row in place.bench.books()["facts"] if row[3] == "likes"]
        assert min(likes) < 0 < max(likes)


def test_consent_without_a_scope_and_a_channel_of_somebody_else(tmp_path: Path) -> None:
    with placed(tmp_path) as place:
        place.simulator.switches.no_scope = True
        assert "consent lacks a scope" in str(place.poll("statistics").message)
        place.simulator.switches.no_scope, place.simulator.switches.not_owner = False, True
        report = place.poll("statistics")
        assert report.reason == "forbidden"
        assert "sign in as an account that owns or manages" in str(report.message)
        assert place.poll("videos").state == "done"


def test_a_key_that_was_deleted(tmp_path: Path) -> None:
    with placed(tmp_path, by_key=True) as place:
        place.simulator.google.key = "another"

        report = place.poll()

        assert report.reason == "credentials_refused"
        assert "does not accept the api_key" in str(report.message)


def test_two_channels_by_one_key_do_not_disturb_each_other(tmp_path: Path) -> None:
    with placed(tmp_path, by_key=True) as place:
        place.poll()
        before = place.posts()
        other = [each.id for each in place.simulator.other.newest_first(int(place.bench.clock.now().timestamp()))]

        assert before
        assert other
        assert not set(before) & set(other)


@pytest.mark.soak
def test_a_hundred_thousand_videos(tmp_path: Path) -> None:
    with placed(tmp_path, by_key=True, timeout="10m") as place:
        place.simulator.grow(100_000)

        report = place.poll()

        assert (report.state, report.records >= 100_000) == ("done", True)
        assert place.simulator.used() < A_DAY * 4 // 5
