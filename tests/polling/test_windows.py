"""Which days a window stream is asked for, whatever it has."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from collector.plugin import ConnectorSettings, Window
from collector.plugin.connector import DAYS_AT_ONCE
from collector.polling.windows import plan_windows, unended

TODAY = date(2026, 11, 20)
near = st.integers(-500, 40).map(lambda back: TODAY + timedelta(days=back))
spans = st.integers(0, 450).map(lambda days: timedelta(days=days))


def planned(
    covered: dict[date, bool],
    *,
    restates: timedelta | None = None,
    at_once: int = DAYS_AT_ONCE,
    read_on: dict[date, date] | None = None,
    **settings: Any,
) -> Any:
    stream: Any = SimpleNamespace(restates=restates, days_at_once=at_once)
    return plan_windows(ConnectorSettings(**settings), stream, today=TODAY, covered=covered, read_on=read_on)


@given(covered=st.dictionaries(near, st.booleans(), max_size=60), restates=st.none() | spans, backfill=spans)
def test_each_missing_day_is_asked_for_once_and_no_other_one(
    covered: dict[date, bool], restates: timedelta | None, backfill: timedelta
) -> None:
    plan = planned(covered, restates=restates, backfill=backfill)
    first = TODAY - backfill
    asked = [day for window in plan.history for day in window.days()]
    reach = [first + timedelta(days=n) for n in range((TODAY - first).days + 1)]

    assert plan.fresh is not None
    assert (plan.fresh.last, TODAY in plan.fresh) == (TODAY, True)
    assert sorted(asked) == [day for day in reach if day < plan.fresh.first and not covered.get(day)]
    assert plan.missing == len(asked)
    assert plan.wanted == len([day for day in reach if day < plan.fresh.first])
    assert all(len(window) <= DAYS_AT_ONCE for window in plan.history)
    assert [window.last for window in plan.history] == sorted((w.last for w in plan.history), reverse=True)


def test_a_stream_may_be_asked_for_more_days_at_once() -> None:
    plan = planned({}, restates=timedelta(days=3), backfill=timedelta(days=400), at_once=90)

    assert [len(window) for window in plan.history] == [90, 90, 90, 90, 37]


def test_a_day_that_was_read_before_it_had_settled_is_a_gap_once_it_is_no_fresh_one() -> None:
    last = TODAY - timedelta(days=7)
    days = [last - timedelta(days=back) for back in range(6)]

    plan = planned(
        dict.fromkeys(days, True),
        restates=timedelta(days=3),
        backfill=timedelta(days=12),
        read_on=dict.fromkeys(days, last + timedelta(days=1)),
    )

    # the last two were read one and two days after they began; those before had settled
    assert plan.history == (Window(last - timedelta(days=1), TODAY - timedelta(days=4)),)


def test_yesterday_is_news_until_it_was_read_as_a_whole() -> None:
    yesterday = TODAY - timedelta(days=1)

    assert planned({}).fresh == planned({yesterday: False}).fresh == Window(yesterday, TODAY)
    assert planned({yesterday: True}).fresh == Window(TODAY, TODAY)


def test_a_backfill_longer_than_the_calendar_begins_with_its_first_day() -> None:
    assert planned({}, backfill=timedelta(days=10**6)).history[-1].first == date.min


@given(covered=st.dictionaries(near, st.booleans(), max_size=60))
def test_a_day_that_has_not_ended_is_never_taken_for_complete(covered: dict[date, bool]) -> None:
    ahead = unended(covered, TODAY)
    wrong = [day for day, complete in covered.items() if complete and day >= TODAY]

    assert ahead == ((min(wrong), max(wrong)) if wrong else None)


def test_of_a_clock_that_is_years_behind_nothing_is_concluded() -> None:
    assert unended({TODAY: True}, date(1970, 1, 1)) is None
