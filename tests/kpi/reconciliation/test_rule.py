"""The rule by itself: what is an alarm, what is none, in days and numbers."""

from collections.abc import Sequence
from datetime import date
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.kpi.reconciliation.rule import (
    ENOUGH,
    HISTORY,
    LENGTHS,
    LONGEST,
    POINTS,
    REACH,
    RECENT,
    Judgement,
    Series,
    gap,
    judge,
)

MONDAY = date(2026, 3, 2).toordinal()


def as_of_its_last_day(a: Sequence[float], b: Sequence[float]) -> Judgement:
    series = Series(MONDAY, a, b)
    return judge(series, series.last)


def alarm(a: Sequence[float], b: Sequence[float]) -> int | None:
    """The length of the stretch that raises the alarm."""
    found = as_of_its_last_day(a, b).alarm
    return None if found is None else found.length


def noisy(random: Random, mean: float, days: int) -> list[float]:
    """Counts that scatter as those of chance events do."""
    return [max(0.0, round(random.gauss(mean, mean**0.5))) for _ in range(days)]


# ── the gap ──────────────────────────────────────────────────────────────────────────


def test_the_gap_is_the_difference_by_the_greater_side() -> None:
    assert gap(100, 80) == pytest.approx(0.2)
    assert gap(80, 100) == pytest.approx(-0.2)
    assert gap(40, 0) == 1
    assert gap(0, 40) == -1


def test_fewer_than_thirty_events_on_the_greater_side_tell_nothing() -> None:
    assert gap(29, 10) is None
    assert gap(30, 10) is not None
    assert gap(0, 0, least=0) is None


def test_it_is_told_of_28_days() -> None:
    found = as_of_its_last_day([999] * 7 + [10] * 28, [999] * 7 + [8] * 28)

    assert (found.a, found.b, found.lack) == (280, 224, None)
    assert found.gap == pytest.approx(0.2)


def test_of_27_days_or_29_events_there_is_none_with_its_reason() -> None:
    assert as_of_its_last_day([10] * 27, [8] * 27).lack == "too_short"
    found = as_of_its_last_day([1] * 29, [0] * 29)
    assert (found.gap, found.lack) == (None, "too_few")


# ── what is an alarm ─────────────────────────────────────────────────────────────────


def test_a_break_is_an_alarm_after_its_second_day_with_the_day_on_which_it_began() -> None:
    before = [1000.0] * 100

    assert alarm([*before, 700], [*before, 1000]) is None  # one day is not enough
    found = as_of_its_last_day([*before, 700, 700], [*before, 1000, 1000]).alarm
    assert found is not None
    assert (found.length, found.since, found.usual, found.a, found.b) == (2, MONDAY + 100, 0, 1400, 2000)
    assert found.drift == found.gap == pytest.approx(-0.3)


def test_it_makes_no_difference_which_side_breaks() -> None:
    before = [1000.0] * 100

    assert alarm([*before, 700, 700], [*before, 1000, 1000]) == 2
    assert alarm([*before, 1000, 1000], [*before, 700, 700]) == 2


def test_a_level_that_always_was_is_none_however_great() -> None:
    assert alarm([1000.0] * 120, [200.0] * 120) is None


def test_both_sides_may_grow_and_fall_together() -> None:
    days = [1000.0] * 100 + [5000.0] * 2

    assert alarm(days, [0.8 * each for each in days]) is None


def test_ten_points_are_none_and_a_little_more_is_one() -> None:
    before = [100_000.0] * 100

    assert alarm([*before, 90_500, 90_500], [*before, 100_000, 100_000]) is None
    assert alarm([*before, 88_000, 88_000], [*before, 100_000, 100_000]) == 2


def test_a_single_day_however_bad_is_none() -> None:
    days = [1000.0] * 120
    for bad in range(1, 8):
        a = list(days)
        a[-bad] = 0
        assert alarm(a, days) is None


def test_a_last_day_that_is_not_all_in_yet_is_none() -> None:
    days = [1000.0] * 120

    assert alarm([*days, 980, 600], [*days, 1000, 1000]) is None


def test_weekends_of_their_own_are_none() -> None:
    """Deals of the weekend are entered on Monday, each week."""
    orders = [50.0] * 140
    deals = [[100.0, 50, 50, 50, 50, 25, 25][day % 7] for day in range(140)]

    for last in range(REACH, 140):
        assert judge(Series(MONDAY, orders, deals), MONDAY + last).alarm is None


def test_few_events_need_a_great_break_or_weeks() -> None:
    random = Random(1)
    a, b = noisy(random, 20, 160), noisy(random, 20, 160)
    half = [each / 2 for each in b]

    assert alarm([*a[:100], *a[100:102]], [*b[:100], 0, 0]) == 2
    assert alarm(a[:102], [*b[:100], *half[100:102]]) is None  # chance does as much to 40 events
    assert any(alarm(a[: 100 + n], [*b[:100], *half[100 : 100 + n]]) for n in range(3, 29))


def test_a_slow_decay_is_found_in_four_weeks() -> None:
    """A point lost every two days: no two days differ much from those before them."""
    a = [1000.0] * 110
    a += [1000.0 - 5 * day for day in range(60)]
    found = [judge(Series(MONDAY, a, [1000.0] * 170), MONDAY + day).alarm for day in range(110, 170)]

    assert any(found)


def test_a_break_is_told_until_it_is_mended_or_has_become_the_level() -> None:
    a = [1000.0] * 110 + [500.0] * 120
    told = [judge(Series(MONDAY, a, [1000.0] * 230), MONDAY + day).alarm is not None for day in range(110, 230)]
    lasts = told.index(False, 1)

    assert told[:2] == [False, True]
    assert all(told[1:28])
    assert 28 <= lasts <= 90
    assert not any(told[95:])


def test_once_mended_it_is_over_within_a_week() -> None:
    a = [1000.0] * 110 + [500.0] * 10 + [1000.0] * 30
    told = [judge(Series(MONDAY, a, [1000.0] * 150), MONDAY + day).alarm is not None for day in range(110, 150)]

    assert told[9]
    assert [n for n, each in enumerate(told) if each][-1] <= 10 + 7


def test_a_former_break_does_not_blind_for_the_next_one() -> None:
    a = [1000.0] * 60 + [300.0] * 6 + [1000.0] * 44 + [600.0] * 2

    assert alarm(a, [1000.0] * 112) == 2


# ── how much must be known ───────────────────────────────────────────────────────────


def test_four_weeks_to_compare_with_are_enough_and_fewer_are_not() -> None:
    for days, judged in ((2 + 1 + ENOUGH, True), (2 + ENOUGH, False)):
        found = as_of_its_last_day([1000.0] * days, [1000.0] * days)
        assert [each.length for each in found.drifts] == ([2] if judged else [])


def test_all_three_stretches_are_judged_where_all_days_are_known() -> None:
    found = as_of_its_last_day([1000.0] * REACH, [900.0] * REACH)

    assert [each.length for each in found.drifts] == list(LENGTHS)
    assert REACH == LONGEST + HISTORY + LONGEST - 1


# ── what always holds ────────────────────────────────────────────────────────────────

counts = st.lists(st.integers(0, 2000), min_size=REACH, max_size=REACH)


@settings(max_examples=50)
@given(a=counts, b=counts)
def test_sides_changed_over_only_change_the_sign(a: list[int], b: list[int]) -> None:
    one, other = as_of_its_last_day(a, b), as_of_its_last_day(b, a)

    assert one.gap == (None if other.gap is None else pytest.approx(-other.gap))
    assert [(each.length, each.is_alarm) for each in one.drifts] == [
        (each.length, each.is_alarm) for each in other.drifts
    ]
    assert [each.drift for each in one.drifts] == [pytest.approx(-each.drift) for each in other.drifts]


@settings(max_examples=50)
@given(a=counts, b=counts)
def test_an_alarm_is_always_of_more_than_ten_points_and_names_a_day_that_was_looked_at(
    a: list[int], b: list[int]
) -> None:
    found = as_of_its_last_day(a, b)

    for each in found.drifts:
        assert -1 <= each.gap <= 1
        assert each.allowed > POINTS
        assert max(each.a, each.b) >= RECENT
        assert each.drift == pytest.approx(each.gap - each.usual)
        if each.is_alarm:
            assert abs(each.drift) > each.allowed
            assert each.since is not None
            assert MONDAY <= each.since < MONDAY + REACH


@settings(max_examples=50)
@given(a=counts, b=counts, times=st.integers(2, 50))
def test_a_size_alone_changes_no_gap(a: list[int], b: list[int], times: int) -> None:
    one = as_of_its_last_day(a, b)
    other = as_of_its_last_day([times * each for each in a], [times * each for each in b])

    if one.gap is not None:
        assert other.gap == pytest.approx(one.gap)


@given(seed=st.integers(0, 10**6), mean=st.sampled_from([5, 20, 100, 1000, 20_000]), level=st.floats(0.2, 1))
def test_chance_alone_is_no_alarm(seed: int, mean: int, level: float) -> None:
    random = Random(seed)
    a = noisy(random, mean, REACH)
    b = [max(0.0, round(random.gauss(level * each, (level * (1.01 - level) * each) ** 0.5))) for each in a]

    assert as_of_its_last_day(a, b).alarm is None


@given(seed=st.integers(0, 10**6), mean=st.sampled_from([1000, 20_000]), lost=st.floats(0.35, 1))
def test_a_third_of_many_events_is_never_lost_unseen(seed: int, mean: int, lost: float) -> None:
    random = Random(seed)
    a = noisy(random, mean, REACH)
    b = [round(random.gauss(0.9 * each, (0.09 * each) ** 0.5)) for each in a]
    b[-2:] = [round(each * (1 - lost)) for each in b[-2:]]

    assert alarm(a, b) == 2
