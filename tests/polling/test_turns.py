"""When a stream's next turn is, whatever the numbers."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from collector.polling.turns import SPREAD_OVER, backoff, first_due, next_turn, offset_of, spread
from collector.store.streams import Standing

instants = st.floats(0, 4e9)
intervals = st.floats(1, 40 * 86400)
offsets = st.floats(0, 1, exclude_max=True)


@given(now=instants, interval=intervals, offset=offsets)
def test_the_next_turn_comes_after_now_and_within_one_interval(now: float, interval: float, offset: float) -> None:
    turn = next_turn(now, interval, offset)

    assert now < turn <= now + interval + 0.01


@given(now=instants, interval=intervals, offset=offsets)
def test_turns_are_an_interval_apart_whenever_one_asks(now: float, interval: float, offset: float) -> None:
    turn = next_turn(now, interval, offset)

    assert abs(next_turn(turn + interval / 2, interval, offset) - turn - interval) < 0.01


@given(st.tuples(st.text(max_size=9), st.text(max_size=9), st.text(max_size=9)))
def test_an_offset_is_a_share_of_the_interval_and_always_the_same(key: tuple[str, str, str]) -> None:
    assert 0 <= offset_of(key) < 1
    assert offset_of(key) == offset_of(key)


def test_offsets_of_many_streams_lie_all_over_the_interval() -> None:
    tenths = [int(offset_of(("p", "s", str(n))) * 10) for n in range(1000)]

    assert all(60 <= tenths.count(tenth) <= 140 for tenth in range(10))


@given(interval=intervals, failures=st.integers(1, 10**6))
def test_back_off_grows_to_an_hour_at_most_and_never_polls_more_often(interval: float, failures: int) -> None:
    waits = backoff(interval, failures)

    assert interval <= waits <= max(interval, 3600)
    assert backoff(interval, failures + 1) >= waits


def test_back_off_doubles() -> None:
    assert [backoff(600, failures) for failures in (1, 2, 3, 4, 9)] == [600, 1200, 2400, 3600, 3600]


@given(count=st.integers(0, 5000), now=instants)
def test_few_overdue_turns_are_taken_at_once_and_many_one_after_the_other(count: int, now: float) -> None:
    dues = spread(count, now)

    assert len(dues) == count
    assert all(now <= due < now + SPREAD_OVER for due in dues)
    assert (set(dues) <= {now}) is (count <= 100)


NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)


def test_a_stream_that_was_read_lately_waits_for_its_turn_and_others_are_read_at_once() -> None:
    def due(ago: timedelta | None) -> float:
        return first_due(NOW.timestamp(), 3600, 0.5, Standing(None if ago is None else NOW - ago))

    assert due(None) == due(timedelta(hours=1)) == due(timedelta(hours=-1)) == NOW.timestamp()
    assert due(timedelta(minutes=5)) == (NOW + timedelta(minutes=30)).timestamp()


def test_a_stream_that_waits_for_its_quota_goes_on_waiting_after_a_restart() -> None:
    waits = Standing(NOW - timedelta(hours=3), waits_until=NOW + timedelta(hours=2))

    assert first_due(NOW.timestamp(), 60, 0.5, waits) == (NOW + timedelta(hours=2)).timestamp()
