"""When streams are polled, whatever happens to the clock and to their neighbours."""

import asyncio
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from collector.plugin import CredentialsRefused, QuotaExhausted, RateLimited, TemporaryFailure, Window
from collector.polling.job import Turn, reading
from collector.store import streams
from collector.store.state import StreamState
from tests.polling.bench import NOW
from tests.polling.town import Running, Town

HOUR = timedelta(hours=1)
FRESH = Window(date(2026, 11, 17), date(2026, 11, 20))


def play(town: Town, scene: Callable[[Running], object], *, at_once: int = 64) -> None:
    """Run a scene beside the scheduler."""

    async def whole() -> None:
        async with await town.running(at_once) as running:
            await running.settled()
            await scene(running)  # type: ignore[misc]

    asyncio.run(whole())


def state(town: Town, name: str) -> StreamState:
    source, _, each = name.partition("/")
    return reading(town.store, streams.states)["default", source, each]


# ── the clock ────────────────────────────────────────────────────────────────────────


def test_a_stream_is_polled_at_once_and_then_once_an_interval(tmp_path: Path) -> None:
    town = Town(tmp_path, 1)

    async def scene(running: Running) -> None:
        for _ in range(3):
            await running.pass_(HOUR)

    play(town, scene)
    assert town.polled() == {"s0/visits": 4}


def test_a_poll_is_counted_by_the_time_that_it_is_heard_of(tmp_path: Path) -> None:
    """Whoever hears of it may show the counts, and be slow to come back."""
    town = Town(tmp_path, 1)

    async def scene(running: Running) -> None:
        await running.pass_(HOUR)

    play(town, scene)
    assert town.counted == [1, 2]


def test_a_clock_that_is_set_back_stops_no_polls(tmp_path: Path) -> None:
    town = Town(tmp_path, 1)

    async def scene(running: Running) -> None:
        await running.pass_(timedelta(days=-30))
        await running.pass_(HOUR)

    play(town, scene)
    assert town.polled() == {"s0/visits": 2}


def test_a_jump_of_three_days_is_one_run_of_each_stream(tmp_path: Path) -> None:
    town = Town(tmp_path, 5)

    async def scene(running: Running) -> None:
        await running.pass_(timedelta(days=3))

    play(town, scene)
    assert set(town.polled().values()) == {2}


def test_after_a_jump_many_streams_are_polled_one_after_the_other(tmp_path: Path) -> None:
    town = Town(tmp_path, 120)

    async def scene(running: Running) -> None:
        await running.pass_(timedelta(seconds=31))  # the start is spread as well
        town.heard.clear()
        await running.pass_(timedelta(days=3))
        assert len(town.heard) == 1
        await running.pass_(timedelta(seconds=15))
        assert 55 <= len(town.heard) <= 65
        await running.pass_(timedelta(seconds=16))

    play(town, scene)
    assert len(town.polled()) == 120
    assert sum(town.polled().values()) <= 122  # the ordinary turn of some lies in these 31 seconds


def test_days_that_a_clock_ahead_took_for_ended_are_read_again_when_they_are_over(tmp_path: Path) -> None:
    town = Town(tmp_path, 1)

    async def scene(running: Running) -> None:
        await running.pass_(timedelta(days=10))
        assert state(town, "s0/visits").data_through == date(2026, 11, 29)
        await running.pass_(timedelta(days=-10))
        await running.pass_(HOUR)
        assert state(town, "s0/visits").data_through == date(2026, 11, 19)
        town.asked.clear()
        await running.pass_(timedelta(days=8))

    play(town, scene)
    assert town.asked[0][1] == Window(date(2026, 11, 25), date(2026, 11, 28))


# ── neighbours ───────────────────────────────────────────────────────────────────────


def test_a_stream_that_somebody_else_polls_is_looked_at_again_soon(tmp_path: Path) -> None:
    town = Town(tmp_path, 1)
    assert town.locks.take(town.jobs[0].stream_id)

    async def scene(running: Running) -> None:
        town.locks.release(town.jobs[0].stream_id)
        await running.pass_(timedelta(seconds=5))

    play(town, scene)
    assert town.polled() == {"s0/visits": 1}
    assert town.skips("s0/visits") == {"running": 1}


def test_a_source_that_hangs_delays_no_other(tmp_path: Path) -> None:
    town = Town(tmp_path, 30, base_url="http://slow.example")
    others = {f"s{n}": {"base_url": f"http://h{n}.example"} for n in range(30, 60)}
    town.jobs = town.make_jobs({f"s{n}": {} for n in range(30)} | others)
    town.hangs = {f"s{n}" for n in range(30)}

    async def scene(running: Running) -> None:
        assert sum(town.now_at.values()) == 8
        assert len(town.polled()) == 30
        await running.pass_(HOUR)
        assert set(town.polled().values()) == {2}

    play(town, scene, at_once=16)


def test_streams_that_fail_take_half_of_the_places_at_most(tmp_path: Path) -> None:
    town = Town(tmp_path, 20)
    sick = {f"s{n}" for n in range(10)}
    town.faults = {name: lambda: TemporaryFailure("out of order") for name in sick}

    async def scene(running: Running) -> None:
        town.faults.clear()
        town.hangs = sick
        await running.pass_(HOUR)
        assert sum(town.now_at.values()) == 4

    play(town, scene, at_once=8)
    assert {name for name, count in town.polled().items() if count == 2} == {f"s{n}/visits" for n in range(10, 20)}


# ── history ──────────────────────────────────────────────────────────────────────────


def test_fresh_days_of_all_streams_are_read_before_any_history(tmp_path: Path) -> None:
    town = Town(tmp_path, 6, backfill="100d")

    async def scene(running: Running) -> None: ...

    play(town, scene, at_once=2)
    windows = [window for _, window in town.asked]
    assert windows[:6] == [FRESH] * 6
    assert FRESH not in windows[6:]
    assert all(state(town, f"s{n}/visits").history_complete for n in range(6))
    assert len(windows) == 6 * 5


def test_a_source_reads_history_of_one_stream_at_a_time(tmp_path: Path) -> None:
    town = Town(tmp_path, 2, streams_each=2, backfill="100d")

    async def scene(running: Running) -> None:
        assert sum(town.now_at[f"s0/{name}"] for name in ("visits", "wares")) == 1
        assert len([window for name, window in town.asked if name.startswith("s1")]) == 10

    town.hangs_in_history = {"s0"}
    play(town, scene)


def test_history_makes_room_when_something_fresh_is_due(tmp_path: Path) -> None:
    town = Town(tmp_path, 1, backfill="400d")

    async def whole() -> None:
        await town.poller.poll(town.jobs[0])
        finished = await town.poller.poll(town.jobs[0], Turn(history=True, yields=lambda: True))
        assert finished is not None
        assert (finished.more, finished.behind, finished.left) == (True, True, 400 - 3 - 30)

    asyncio.run(whole())


def test_history_that_fails_backs_off_alone_and_fresh_days_go_on(tmp_path: Path) -> None:
    town = Town(tmp_path, 1, backfill="40d", interval="10m")

    town.fault_of_history = lambda: TemporaryFailure("too old")

    async def scene(running: Running) -> None:
        for _ in range(12):
            await running.pass_(timedelta(minutes=10))
        assert state(town, "s0/visits").last_success == town.clock.now()

    play(town, scene)
    fresh = [window for _, window in town.asked if window.last >= FRESH.last]
    old = [window for _, window in town.asked if window.last < FRESH.first]
    assert len(fresh) == 13
    assert 3 <= len(old) <= 6


def test_a_restart_goes_on_with_history_at_once(tmp_path: Path) -> None:
    town = Town(tmp_path, 1, backfill="100d")

    async def first(_: Running) -> None: ...

    asyncio.run(town.poller.poll(town.jobs[0]))
    town.asked.clear()
    play(town, first)
    assert town.asked
    assert FRESH not in [window for _, window in town.asked]
    assert state(town, "s0/visits").history_complete


# ── what fails, waits, rests ─────────────────────────────────────────────────────────


def test_back_off_skips_runs_to_an_hour_at_most_and_ends_at_once_with_a_success(tmp_path: Path) -> None:
    town = Town(tmp_path, 1, interval="10m")
    town.faults = {"s0": lambda: TemporaryFailure("down")}

    async def scene(running: Running) -> None:
        for _ in range(6 * 12):
            await running.pass_(timedelta(minutes=10))
        failed = len(town.heard)
        assert 12 <= failed <= 18
        assert town.skips("s0/visits")["backoff"] > 40
        town.faults.clear()
        for _ in range(6):
            await running.pass_(timedelta(minutes=10))
        town.heard.clear()
        for _ in range(6):
            await running.pass_(timedelta(minutes=10))
        assert len(town.heard) == 6

    play(town, scene)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (lambda: QuotaExhausted(NOW + timedelta(hours=2, minutes=30)), "quota"),
        (lambda: RateLimited(timedelta(hours=2, minutes=30)), "rate_limited"),
    ],
)
def test_a_quota_is_waited_for_which_is_no_failure(
    tmp_path: Path, fault: Callable[[], QuotaExhausted], reason: str
) -> None:
    town = Town(tmp_path, 1, streams_each=2)
    town.faults = {"s0/visits": fault}

    async def scene(running: Running) -> None:
        assert (state(town, "s0/visits").state, state(town, "s0/visits").reason) == ("waiting", reason)
        assert state(town, "s0/visits").waits_until == NOW + timedelta(hours=2, minutes=30)
        town.faults.clear()
        await running.pass_(HOUR)
        await running.pass_(HOUR)
        assert town.polled() == {"s0/visits": 1, "s0/wares": 3}
        assert town.skips("s0/visits") == {"quota_wait": 2}
        await running.pass_(timedelta(minutes=30))
        assert town.polled()["s0/visits"] == 2
        assert state(town, "s0/visits").waits_until is None

    play(town, scene)
    counts = town.counters.frozen().streams["default", "s0", "visits"]
    assert not counts.failures


@pytest.mark.parametrize("until", [NOW - HOUR, NOW + timedelta(days=900), datetime.max.replace(tzinfo=NOW.tzinfo)])
def test_a_wait_has_bounds(tmp_path: Path, until: datetime) -> None:
    town = Town(tmp_path, 1)
    town.faults = {"s0": lambda: QuotaExhausted(until)}

    async def scene(running: Running) -> None:
        told = town.heard[0].until
        assert told is not None
        assert NOW + timedelta(seconds=1) <= told <= NOW + timedelta(days=1)

    play(town, scene)


def test_a_wait_goes_on_over_a_restart(tmp_path: Path) -> None:
    town = Town(tmp_path, 1)
    town.faults = {"s0": lambda: QuotaExhausted(NOW + 3 * HOUR)}
    asyncio.run(town.poller.poll(town.jobs[0]))

    async def scene(running: Running) -> None:
        await running.pass_(2 * HOUR)
        assert not town.heard
        await running.pass_(HOUR)
        assert len(town.heard) == 1

    play(town, scene)


def refused() -> CredentialsRefused:
    return CredentialsRefused("the key was revoked")


def test_a_refused_key_rests_the_whole_source_but_for_one_look_an_hour(tmp_path: Path) -> None:
    town = Town(tmp_path, 2, streams_each=2, interval="10m")
    town.faults = {"s0": refused}

    async def scene(running: Running) -> None:
        town.heard.clear()
        for _ in range(12):
            await running.pass_(timedelta(minutes=10))
        mine = sum(count for name, count in town.polled().items() if name.startswith("s0"))
        assert 1 <= mine <= 3
        assert town.polled()["s1/wares"] == 12
        assert sum(town.skips(f"s0/{name}")["needs_reauth"] for name in ("visits", "wares")) >= 20

    play(town, scene)


def test_a_new_key_is_tried_at_once_by_all_streams(tmp_path: Path) -> None:
    town = Town(tmp_path, 1, streams_each=2)
    town.faults = {"s0": refused}

    async def scene(running: Running) -> None:
        town.faults.clear()
        town.heard.clear()
        running.scheduler.credentials_changed("default", "nobody")
        running.scheduler.credentials_changed("default", "s0")
        await running.settled()
        assert town.polled() == {"s0/visits": 1, "s0/wares": 1}
        await running.pass_(HOUR)
        assert town.polled() == {"s0/visits": 2, "s0/wares": 2}

    play(town, scene)


def test_a_key_that_is_accepted_again_brings_all_streams_back(tmp_path: Path) -> None:
    town = Town(tmp_path, 1, streams_each=2, interval="10m")
    town.faults = {"s0": refused}

    async def scene(running: Running) -> None:
        town.faults.clear()
        town.heard.clear()
        await running.pass_(HOUR)
        assert town.polled() == {"s0/visits": 1, "s0/wares": 1}

    play(town, scene)


# ── reloads ──────────────────────────────────────────────────────────────────────────


def test_a_reload_plans_only_the_source_that_changed(tmp_path: Path) -> None:
    town = Town(tmp_path, 50)

    async def scene(running: Running) -> None:
        town.heard.clear()
        changed = town.make_jobs({f"s{n}": {} for n in range(50)})
        jobs = [*town.jobs[:7], changed[7], *town.jobs[8:]]
        assert running.scheduler.plan(jobs, {}) == 1
        await running.settled()
        assert town.polled() == {"s7/visits": 1}

    play(town, scene)


def test_a_reload_lets_polls_of_others_go_on_and_cuts_off_those_of_sources_that_are_gone(tmp_path: Path) -> None:
    town = Town(tmp_path, 3)
    town.hangs = {"s0", "s1"}

    async def scene(running: Running) -> None:
        assert running.scheduler.plan(town.jobs[1:], {}) == 0
        await running.settled()
        assert +town.now_at == {"s1/visits": 1}
        assert town.polled() == {"s2/visits": 1}

    play(town, scene)


def test_a_source_that_comes_back_while_its_former_poll_ends_is_polled_once(tmp_path: Path) -> None:
    town = Town(tmp_path, 1)
    town.hangs = {"s0"}

    async def scene(running: Running) -> None:
        running.scheduler.plan([], {})
        town.hangs.clear()
        running.scheduler.plan(town.make_jobs({"s0": {}}), {})
        await running.settled()
        await running.pass_(timedelta(seconds=5))
        assert town.polled() == {"s0/visits": 1}

    play(town, scene)


def test_lag_is_how_late_the_poll_is_that_waits_longest_for_its_turn(tmp_path: Path) -> None:
    town = Town(tmp_path, 2)
    town.hangs = {"s0", "s1"}

    async def scene(running: Running) -> None:
        assert running.scheduler.lag_seconds == 0
        await running.pass_(timedelta(minutes=7))
        assert running.scheduler.lag_seconds == 7 * 60

    play(town, scene, at_once=1)
