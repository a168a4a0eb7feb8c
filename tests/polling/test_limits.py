"""A server that counts sees no second in which a limit is overrun, whatever happens to those who ask."""

import math
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.store.buckets import Bucket, Buckets, Gate, Leak, Sliding, bucket_key
from tests.polling.asker import ACCOUNTS, CALLS_A_SECOND
from tests.polling.vendor import Answer, Asked, vendor

LEFT = 0.8
"""What the default reserve leaves for us."""


@contextmanager
def _asking(url: str, store: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-m", "tests.polling.asker", url, str(store)])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _most_in_a_second(times: list[float]) -> int:
    most = first = 0
    for last, at in enumerate(times):
        while at - times[first] >= 1:
            first += 1
        most = max(most, last - first + 1)
    return most


def _wait_for_more(asked: list[Asked]) -> None:
    """Processes take their time to start."""
    seen, until = len(asked), time.monotonic() + 30
    while len(asked) < seen + 60:
        assert time.monotonic() < until, "nobody asks"
        time.sleep(0.05)


def _check(asked: list[Asked]) -> None:
    for account in range(ACCOUNTS):
        times = sorted(each.at for each in asked if each.one("key") == f"account-{account}")
        spread = times[-1] - times[0]
        assert len(times) > CALLS_A_SECOND
        assert _most_in_a_second(times) <= CALLS_A_SECOND
        assert len(times) <= CALLS_A_SECOND * LEFT * (spread + 1)


@pytest.mark.parametrize("seed", [0, *[pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 30)]])
def test_twenty_sources_on_three_accounts_in_two_processes_that_are_killed_and_stopped(
    tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    with vendor(lambda _: Answer(body=[])) as acme:
        for _ in range(2):
            with ExitStack() as both:
                one, other = (both.enter_context(_asking(acme.url, tmp_path / "c.db")) for _ in range(2))
                _wait_for_more(acme.asked)
                time.sleep(chance.uniform(0.5, 1.5))
                other.send_signal(signal.SIGSTOP)
                time.sleep(chance.uniform(0.2, 0.8))
                other.send_signal(signal.SIGCONT)
                time.sleep(chance.uniform(0.2, 0.8))
                one.kill()
                time.sleep(chance.uniform(0.2, 0.8))
        _check(acme.asked)


# ── the buckets themselves ───────────────────────────────────────────────────────────


@settings(deadline=None)
@given(
    calls=st.floats(1, 50),
    seconds=st.sampled_from([60.0, 300.0, 86400.0]),
    pauses=st.lists(st.floats(0, 200), min_size=1, max_size=120),
)
def test_no_stretch_of_a_long_limits_time_holds_more_calls(calls: float, seconds: float, pauses: list[float]) -> None:
    buckets, bucket = Buckets(None), Sliding(bucket_key("x"), calls, seconds)
    now, taken = 1_700_000_000.0, []
    for pause in pauses:
        now += pause
        wait = buckets.take([(bucket, 1.0)], now)
        if wait > 0:
            assert buckets.take([(bucket, 1.0)], now + wait * 0.5) > 0 or wait <= seconds / 30
            now += wait + 1e-3
            assert buckets.take([(bucket, 1.0)], now) <= 0
        taken.append(now)
    for begin in taken:
        assert sum(1 for at in taken if begin <= at < begin + seconds) <= math.floor(calls)
    buckets.close()


@settings(deadline=None)
@given(rate=st.floats(0.1, 100), burst=st.floats(1, 50), pauses=st.lists(st.floats(0, 5), min_size=1, max_size=120))
def test_a_bucket_that_leaks_never_runs_over(rate: float, burst: float, pauses: list[float]) -> None:
    buckets, bucket = Buckets(None), Leak(bucket_key("x"), rate, burst)
    now, level, before = 1_700_000_000.0, 0.0, 1_700_000_000.0
    for pause in pauses:
        now += pause
        wait = buckets.take([(bucket, 1.0)], now)
        if wait > 0:
            now += wait + 1e-4
            assert buckets.take([(bucket, 1.0)], now) <= 0
        level = max(0.0, level - (now - before) * rate) + 1
        before = now
        assert level <= burst + 1e-3 * rate
    buckets.close()


def test_a_clock_that_was_set_back_delays_by_no_more_than_the_limit_itself() -> None:
    buckets = Buckets(None)
    wanted: list[tuple[Bucket, float]] = [
        (Leak(bucket_key("l"), 1.0, 1.0), 1.0),
        (Sliding(bucket_key("s"), 2, 60.0), 1.0),
        (Gate(bucket_key("g")), 0.0),
    ]
    for _ in range(2):
        now = 1_700_000_000.0
        while (wait := buckets.take(wanted, now)) > 0:
            now += wait + 1e-6

    assert 0 < buckets.take(wanted, 1_600_000_000.0) <= 61
    buckets.block(bucket_key("g"), 1_700_000_000.0)
    assert buckets.take([wanted[2]], 1_600_000_000.0) <= 0  # nobody was told to wait for three years


def test_all_or_nothing_is_taken() -> None:
    buckets = Buckets(None)
    free, full = Sliding(bucket_key("a"), 2, 60.0), Sliding(bucket_key("b"), 1, 60.0)
    buckets.take([(full, 1.0)], 0.0)

    for _ in range(10):
        assert buckets.take([(free, 1.0), (full, 1.0)], 1.0) > 0
    assert [buckets.take([(free, 1.0)], 1.0) > 0 for _ in range(3)] == [False, False, True]


def test_what_one_process_took_another_one_knows(tmp_path: Path) -> None:
    one, other = Buckets(tmp_path / "c.db"), Buckets(tmp_path / "c.db")
    first, second = Sliding(bucket_key("a"), 1, 60.0), Sliding(bucket_key("b"), 1, 60.0)

    assert one.take([(first, 1.0)], 0.0) <= 0
    assert other.take([(second, 1.0)], 0.0) <= 0
    assert other.take([(first, 1.0)], 0.0) > 0
    assert one.take([(second, 1.0)], 0.0) > 0
