"""Whatever goes wrong at whatever request: nothing is lost, nothing doubled, and the next poll goes on."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from collector.plugin import Window, as_json
from collector.testing.conformance.books import Books, difference
from tests.connectors.google_analytics.place import Place, placed

KINDS = ("500", "502", "cut", "429-untold", "expired", "malformed", "html", "403")
REPORTS = 5
"""Of traffic, for a run of days."""
MORE = {"ad_cost": ["google_ads"], "backfill": "40d"}
MIDNIGHT_PACIFIC = datetime(2026, 11, 21, 8, tzinfo=UTC)


def polled(place: Place) -> Books:
    """Poll until all is in."""
    for _ in range(5):
        reports = place.bench.poll_all()
        if all(report.state == "done" for report in reports):
            return place.bench.books()
        place.bench.clock.advance(timedelta(seconds=30))
    raise AssertionError(reports)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Books:
    with placed(tmp_path_factory.mktemp("undisturbed") / "place", **MORE) as place:
        return polled(place)


def survives(folder: Path, kind: str, at: int, undisturbed: Books) -> None:
    with placed(folder, **MORE) as place:
        place.simulator.faults.once(kind, at=at + 1)  # the first one asks for a token
        assert difference(undisturbed, polled(place)) is None, (kind, at)


@pytest.mark.parametrize(("kind", "at"), [("500", 2), ("cut", 5), ("malformed", 9), ("expired", 11)])
def test_a_fault_leaves_no_trace(tmp_path: Path, undisturbed: Books, kind: str, at: int) -> None:
    survives(tmp_path, kind, at, undisturbed)


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS)
def test_every_fault_at_every_request_leaves_no_trace(tmp_path: Path, undisturbed: Books, kind: str) -> None:
    for at in range(1, 2 * REPORTS + 3):
        survives(tmp_path / str(at), kind, at, undisturbed)


# ── quotas ───────────────────────────────────────────────────────────────────────────


def waits_and_goes_on(folder: Path, bucket: str, at: int, until: datetime) -> None:
    with placed(folder, backfill="200d") as place:
        place.switches.exhausts = (bucket, at)
        report = place.poll()
        assert (report.state, report.reason, report.until) == ("waiting", "quota", until), at
        whole = len(place.switches.asked) // REPORTS * REPORTS  # those of runs of days that were committed
        done = set(place.switches.asked[:whole])
        left = dict(place.bench.network.counters.frozen().quotas_left)

        place.bench.clock.advance(until - place.bench.clock.now() + timedelta(seconds=1))
        place.switches.asked.clear()
        again = place.poll()

        assert again.state == "done"
        history = {days for days in done if not days.split()[1].startswith("2026-11-20")}
        assert not history & set(place.switches.asked), "it has read committed days again"
        assert 0.0 in next(iter(left.values())).values(), "it is not shown"
        resumed = place.bench.books()
        place.bench.poll_all()
    with placed(folder / "fresh", backfill="200d") as other:
        other.bench.clock.advance(until - other.bench.clock.now() + timedelta(seconds=1))
        other.poll()
        assert difference(_facts(other.bench.books()), _facts(resumed)) is None, at


def _facts(found: Books) -> Books:
    """Without what was read when, and without days that only one of the two asked for."""
    first = sorted(int(str(row[2])) for row in found["facts"])[0] + 2
    return {"facts": [row for row in found["facts"] if int(str(row[2])) >= first]}


def test_a_quota_that_is_used_up_is_waited_for_and_the_same_run_of_days_goes_on(tmp_path: Path) -> None:
    waits_and_goes_on(tmp_path, "tokensPerDay", 8, MIDNIGHT_PACIFIC)


@pytest.mark.soak
@pytest.mark.parametrize("at", range(1, 4 * REPORTS + 1))
def test_a_quota_may_be_used_up_at_any_request(tmp_path: Path, at: int) -> None:
    waits_and_goes_on(tmp_path, "tokensPerDay", at, MIDNIGHT_PACIFIC)
    waits_and_goes_on(tmp_path / "hour", "tokensPerProjectPerHour", at, datetime(2026, 11, 20, 13, tzinfo=UTC))


def test_at_the_reserve_nothing_more_is_asked_before_the_quota_returns(tmp_path: Path) -> None:
    with placed(tmp_path) as place:
        buckets = place.simulator.buckets[place.simulator.property_id]
        buckets.charge(165_000, place.bench.clock.now())
        buckets.limits |= {"tokensPerHour": 400_000, "tokensPerProjectPerHour": 400_000}

        report = place.poll()

        assert (report.state, report.until) == ("waiting", MIDNIGHT_PACIFIC)
        assert len(place.switches.asked) == 1


def test_a_server_that_is_broken_for_long_never_closes_the_property(tmp_path: Path) -> None:
    with placed(tmp_path) as place:
        place.simulator.faults.always("500")
        for _ in range(12):
            report = place.poll()
            place.bench.clock.advance(timedelta(minutes=2))

        buckets = place.simulator.buckets[place.simulator.property_id]
        assert buckets.left("serverErrorsPerProjectPerHour", place.bench.clock.now()) >= 1
        assert (report.state, report.reason) == ("waiting", "quota")

        place.simulator.faults.always(None)
        place.bench.clock.advance(timedelta(hours=1))
        assert place.poll().state == "done"


# ── doubts ───────────────────────────────────────────────────────────────────────────


def test_what_is_sampled_is_asked_for_in_halves_until_it_is_not(tmp_path: Path) -> None:
    with placed(tmp_path / "exact") as place:
        place.poll()
        exact = place.values("sessions", "campaign,source_medium")
    with placed(tmp_path / "sampled") as place:
        place.switches.sampled_over_days = 3
        place.poll()

        assert place.values("sessions", "campaign,source_medium") == exact
        assert place.flags("sessions") == {0}


def test_a_single_day_that_is_sampled_all_the_same_is_flagged(tmp_path: Path) -> None:
    with placed(tmp_path, backfill="3d") as place:
        place.switches.always_sampled = True
        report = place.poll()

        assert place.flags("sessions") == {1}
        assert any("sampled: GA4 has read 24% of the events" in each for each in report.warnings)


def test_rows_without_a_day_are_placed_by_asking_for_single_days(tmp_path: Path) -> None:
    with placed(tmp_path, backfill="3d") as place:
        place.poll()
        exact = sum(place.values("sessions", "campaign,source_medium").values())
        place.switches.lumped_dates = True

        place.poll()

        assert sum(place.values("sessions", "campaign,source_medium").values()) == exact


def test_lumped_members_stay_and_make_their_days_doubtful(tmp_path: Path) -> None:
    with placed(tmp_path, backfill="3d") as place:
        place.switches.lumped = True
        report = place.poll()

        found = place.values("sessions", "campaign,source_medium")
        facts = place.bench.records(place.bench.streams[0])
        assert any("(other)" in each.dimensions.values() for each in facts)
        assert sum(found.values()) == sum(place.values("sessions").values())
        assert (place.flags("sessions"), 4 in place.flags("sessions", "campaign,source_medium")) == ({0}, True)
        assert any("lumps rare members into (other)" in each for each in report.warnings)


def test_small_rows_that_are_kept_back_are_flagged(tmp_path: Path) -> None:
    with placed(tmp_path, backfill="3d") as place:
        place.switches.thresholded = True
        place.poll()

        assert place.flags("sessions") == {2}


def test_a_break_down_that_collapses_keeps_its_old_rows(tmp_path: Path) -> None:
    with placed(tmp_path) as place:
        place.poll()
        before = place.values("sessions", "campaign,source_medium")
        place.switches.collapsed = frozenset({"20261118"})

        report = place.poll()

        assert place.values("sessions", "campaign,source_medium") == before
        assert (report.state, report.reason) == ("done", "collapsed")


def test_rows_that_move_between_two_pages_end_the_poll(tmp_path: Path) -> None:
    with placed(tmp_path) as place:
        place.simulator.page_size = 20
        place.switches.rows_move = True
        report = place.poll()

        assert (report.state, report.reason) == ("failed", "temporary")
        assert "the next poll reads these days anew" in str(report.message)
        place.switches.rows_move = False
        assert place.poll().state == "done"


@pytest.mark.parametrize("size", [1, 7, 19, 76])
def test_pages_of_any_size_bring_the_same_rows(tmp_path: Path, size: int) -> None:
    with placed(tmp_path) as place:
        stream = place.bench.streams[0]
        days = Window(date(2026, 11, 16), date(2026, 11, 19))
        whole = [repr(as_json(each)) for each in place.bench.records(stream, days)]
        place.simulator.page_size = size
        place.switches.asked.clear()

        assert [repr(as_json(each)) for each in place.bench.records(stream, days)] == whole
        assert len(place.switches.asked) > REPORTS
