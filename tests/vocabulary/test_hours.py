"""How much working time lies between two instants; what it takes to say which time that is."""

import pickle
import subprocess
import sys
from collections.abc import Container
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.vocabulary.hours import ROUND_THE_CLOCK, WorkingHours, parse_working_hours
from collector.vocabulary.texts import Language

MOSCOW = "Europe/Moscow"
OFFICE = {"mon-fri": "09:00-18:00"}
HOUR = 3600


def hours(said: dict[str, str], zone: str = MOSCOW) -> WorkingHours:
    return parse_working_hours(said, ZoneInfo(zone))


def at(text: str, zone: str = MOSCOW) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def seconds(said: dict[str, str], start: str, end: str, zone: str = MOSCOW) -> int:
    return hours(said, zone).seconds_between(at(start, zone), at(end, zone))


# ── between two instants ─────────────────────────────────────────────────────────────


def test_a_lead_of_friday_evening_that_is_answered_on_monday_morning_waited_twenty_minutes() -> None:
    assert seconds(OFFICE, "2026-11-20 17:50", "2026-11-23 09:10") == 1200


def test_a_lead_and_its_answer_in_one_morning() -> None:
    assert seconds(OFFICE, "2026-11-23 09:30:15", "2026-11-23 10:00:00") == 29 * 60 + 45


def test_a_lead_of_the_night_is_waiting_from_the_opening_on() -> None:
    assert seconds(OFFICE, "2026-11-24 03:00", "2026-11-24 09:05") == 300


def test_an_answer_outside_the_hours_counts_as_at_the_closing() -> None:
    assert seconds(OFFICE, "2026-11-24 17:55", "2026-11-24 21:00") == 300


def test_from_saturday_to_sunday_no_working_time_passes() -> None:
    assert seconds(OFFICE, "2026-11-21 10:00", "2026-11-22 20:00") == 0


@pytest.mark.parametrize(
    ("start", "end", "passed"),
    [
        ("2026-11-23 18:00", "2026-11-24 09:00", 0),
        ("2026-11-23 17:59:59", "2026-11-24 09:00", 1),
        ("2026-11-23 18:00", "2026-11-24 09:00:01", 1),
        ("2026-11-23 09:00", "2026-11-23 18:00", 9 * HOUR),
        ("2026-11-23 08:59:59", "2026-11-23 18:00:01", 9 * HOUR),
    ],
)
def test_the_opening_is_inside_and_the_closing_is_not(start: str, end: str, passed: int) -> None:
    assert seconds(OFFICE, start, end) == passed


def test_an_answer_before_the_lead_or_with_it_took_no_time() -> None:
    assert seconds(OFFICE, "2026-11-23 12:00", "2026-11-23 12:00") == 0
    assert seconds(OFFICE, "2026-11-23 12:00", "2026-11-23 11:00") == 0


def test_a_break_does_not_count() -> None:
    said = {"mon-fri": "14:00-18:00, 09:00-13:00"}

    assert seconds(said, "2026-11-23 12:30", "2026-11-23 14:10") == 40 * 60


def test_spans_that_meet_at_midnight_are_one_shift() -> None:
    said = {"fri": "22:00-24:00", "sat": "00:00-06:00"}

    assert seconds(said, "2026-11-20 23:30", "2026-11-21 00:30") == HOUR
    assert seconds(said, "2026-11-20 12:00", "2026-11-22 12:00") == 8 * HOUR


def test_instants_may_come_in_any_zone() -> None:
    start = datetime(2026, 11, 20, 14, 50, tzinfo=UTC)
    end = at("2026-11-23 07:10", "Europe/Berlin")

    assert hours(OFFICE).seconds_between(start, end) == 1200


def test_parts_of_a_second_are_cut_off_at_both_ends() -> None:
    assert seconds(OFFICE, "2026-11-23 10:00:00.900", "2026-11-23 10:15:00.100") == 900


def test_round_the_clock_all_time_counts() -> None:
    start, end = at("2026-12-31 23:00"), at("2027-01-02 00:00:01")

    assert ROUND_THE_CLOCK.seconds_between(start, end) == 25 * HOUR + 1
    assert ROUND_THE_CLOCK.after(start, timedelta(minutes=15)) == start + timedelta(minutes=15)


# ── holidays ─────────────────────────────────────────────────────────────────────────


def test_the_first_week_of_a_russian_january_is_no_working_time() -> None:
    """31 December and 9 January 2026 are days off by a government's decree: the library knows them."""
    said = {**OFFICE, "holidays": "RU"}

    assert seconds(said, "2025-12-30 17:50", "2026-01-12 09:10") == 1200
    assert seconds(OFFICE, "2025-12-30 17:50", "2026-01-12 09:10") == 1200 + 8 * 9 * HOUR


def test_a_holiday_of_a_region_is_one_only_there() -> None:
    start, end = "2026-06-04 00:00", "2026-06-05 00:00"  # Corpus Christi

    assert seconds({**OFFICE, "holidays": "DE"}, start, end, "Europe/Berlin") == 9 * HOUR
    assert seconds({**OFFICE, "holidays": "DE-BY"}, start, end, "Europe/Berlin") == 0


def test_a_saturday_that_is_worked_has_the_hours_of_the_friday_before_it() -> None:
    """On 1 November 2025 Russia worked for Monday, 3 November."""
    said = {"mon-thu": "09:00-18:00", "fri": "09:00-16:45", "holidays": "RU"}

    assert hours(said).on(date(2025, 11, 1)) == ((9 * 60, 16 * 60 + 45),)
    assert hours(said).on(date(2025, 11, 3)) == ()
    assert hours(said).on(date(2025, 11, 8)) == ()


@pytest.mark.parametrize(("saturday", "open_on"), [("closed", ()), ("10:00-14:00", ((600, 840),))])
def test_a_saturday_that_is_worked_has_its_own_hours_where_they_are_said(
    saturday: str, open_on: tuple[tuple[int, int], ...]
) -> None:
    assert hours({**OFFICE, "sat": saturday, "holidays": "RU"}).on(date(2025, 11, 1)) == open_on


def test_a_saturday_that_belongs_to_the_next_years_transfers_is_worked() -> None:
    """Taiwan worked on 27 December 2014 for 2 January 2015."""
    assert hours({**OFFICE, "holidays": "TW"}, "Asia/Taipei").on(date(2014, 12, 27)) == ((540, 1080),)


# ── clocks that change ───────────────────────────────────────────────────────────────

NIGHT = {"mon-sun": "00:00-06:00"}


def test_the_night_in_which_clocks_go_forward_is_an_hour_shorter() -> None:
    assert seconds(NIGHT, "2026-03-29 00:00", "2026-03-29 12:00", "Europe/Berlin") == 5 * HOUR


def test_the_night_in_which_clocks_go_back_is_an_hour_longer() -> None:
    assert seconds(NIGHT, "2026-10-25 00:00", "2026-10-25 12:00", "Europe/Berlin") == 7 * HOUR


@pytest.mark.parametrize(
    ("span", "worked"),
    [("02:30-04:00", HOUR), ("01:00-02:30", HOUR), ("02:10-02:50", 0)],
)
def test_a_time_that_clocks_jump_over_is_that_of_the_jump(span: str, worked: int) -> None:
    assert seconds({"sun": span}, "2026-03-29 00:00", "2026-03-29 12:00", "Europe/Berlin") == worked


@pytest.mark.parametrize(
    ("span", "worked"),
    [("02:30-04:00", 2.5 * HOUR), ("01:00-02:30", 1.5 * HOUR), ("02:10-02:50", 40 * 60)],
)
def test_a_time_that_clocks_show_twice_is_the_first(span: str, worked: int) -> None:
    assert seconds({"sun": span}, "2026-10-25 00:00", "2026-10-25 12:00", "Europe/Berlin") == worked


def test_a_day_that_begins_at_one_opens_at_one() -> None:
    said = {"mon-sun": "00:00-02:00"}

    assert seconds(said, "2024-04-25 12:00", "2024-04-26 12:00", "Africa/Cairo") == HOUR


def test_a_day_that_a_zone_left_out_has_no_hours() -> None:
    """Samoa had no 30 December 2011."""
    said = {"mon-sun": "00:00-24:00"}

    assert seconds(said, "2011-12-29 23:00", "2011-12-31 01:00", "Pacific/Apia") == 2 * HOUR


# ── after ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        ("2026-11-23 10:00", 15, "2026-11-23 10:15"),
        ("2026-11-20 17:50", 15, "2026-11-23 09:05"),
        ("2026-11-21 12:00", 15, "2026-11-23 09:15"),
        ("2026-11-23 17:45", 15, "2026-11-23 18:00"),
        ("2026-11-23 18:00", 15, "2026-11-24 09:15"),
        ("2026-11-23 09:00", 2 * 9 * 60, "2026-11-24 18:00"),
        ("2026-12-31 17:00", 120, "2027-01-01 10:00"),
    ],
)
def test_a_lead_is_due_when_so_much_working_time_has_passed(start: str, minutes: int, due: str) -> None:
    found = hours(OFFICE).after(at(start), timedelta(minutes=minutes))

    assert found == at(due)
    assert found.tzinfo is UTC


def test_after_no_time_it_is_the_same_instant() -> None:
    assert hours(OFFICE).after(at("2026-11-21 12:00"), timedelta(0)) == at("2026-11-21 12:00")


def test_working_time_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="does not go back"):
        hours(OFFICE).after(at("2026-11-21 12:00"), timedelta(seconds=-1))


# ── against a count, step by step ────────────────────────────────────────────────────

FIRST = datetime(2024, 12, 28, tzinfo=UTC)
STEP = timedelta(minutes=5)
STEPS = 400 * 24 * 12


@dataclass(frozen=True)
class Scene:
    """Hours as they are said, and the same written out for each day of the week."""

    zone: str
    said: dict[str, str]
    week: list[str]
    worked: dict[str, str] = field(default_factory=dict)

    @property
    def hours(self) -> WorkingHours:
        return hours(self.said, self.zone)

    def is_open(self, shown: datetime, off: Container[date]) -> bool:
        usual = "" if shown.date() in off else self.week[shown.weekday()]
        spans = self.worked.get(f"{shown:%Y-%m-%d}", usual)
        return any(span[:5] <= f"{shown:%H:%M}" < span[6:] for span in spans.split())


NIGHTS = "00:30-05:30 22:00-24:00"
SCENES = [
    Scene(
        MOSCOW,
        {**OFFICE, "holidays": "RU"},
        ["09:00-18:00"] * 5 + [""] * 2,
        worked={"2024-12-28": "09:00-18:00", "2025-11-01": "09:00-18:00"},
    ),
    Scene(
        "Europe/Berlin",
        {"mon-sat": "22:00-24:00, 00:30-05:30", "sun": "01:45-02:15, 02:20-03:10"},
        [NIGHTS] * 6 + ["01:45-02:15 02:20-03:10"],
    ),
    Scene(
        "America/New_York",
        {"sun-thu": "00:00-24:00", "holidays": "US"},
        ["00:00-24:00"] * 4 + ["", "", "00:00-24:00"],
    ),
    Scene(
        "Australia/Lord_Howe",
        {"mon-sun": "01:40-02:10", "wed": "closed"},
        ["01:40-02:10"] * 2 + [""] + ["01:40-02:10"] * 4,
    ),
    Scene("Africa/Cairo", {"mon-sun": "00:10-00:50, 23:00-24:00"}, ["00:10-00:50 23:00-24:00"] * 7),
]
scenes = st.sampled_from(range(len(SCENES)))
steps = st.integers(0, STEPS)


@cache
def counted(number: int) -> list[int]:
    """The seconds worked before each step, found by looking at the clock and the calendar at each.

    What clocks show again counts as if they stood still, as in "the first" above.
    """
    scene, zone = SCENES[number], ZoneInfo(SCENES[number].zone)
    country = scene.said.get("holidays")
    off = holidays.country_holidays(country, years=[2024, 2025, 2026]) if country else ()
    passed, latest, before = 0, datetime.min, []  # noqa: DTZ901 - what a clock shows
    for step in range(STEPS + 1):
        before.append(passed)
        latest = max(latest, (FIRST + step * STEP).astimezone(zone).replace(tzinfo=None))
        passed += 300 if scene.is_open(latest, off) else 0
    return before


@pytest.mark.parametrize("number", range(len(SCENES)))
def test_from_one_instant_to_each_other_it_is_what_a_count_finds(number: int) -> None:
    working = SCENES[number].hours

    for step in range(0, STEPS + 1, 3):
        assert working.seconds_between(FIRST, FIRST + step * STEP) == counted(number)[step]


@given(number=scenes, start=steps, end=steps)
def test_between_any_two_it_is_what_a_count_finds(number: int, start: int, end: int) -> None:
    found = SCENES[number].hours.seconds_between(FIRST + start * STEP, FIRST + end * STEP)

    assert found == max(0, counted(number)[end] - counted(number)[start])


instants = st.integers(0, 10 * 366 * 24 * HOUR * 1000).map(lambda ms: FIRST + timedelta(milliseconds=ms, days=-2000))


@given(number=scenes, three=st.tuples(instants, instants, instants))
def test_working_time_adds_up(number: int, three: tuple[datetime, datetime, datetime]) -> None:
    working, (a, b, c) = SCENES[number].hours, sorted(three)

    assert working.seconds_between(a, b) + working.seconds_between(b, c) == working.seconds_between(a, c)


@given(number=scenes, start=instants, waited=st.integers(0, 3 * 365 * 2 * HOUR))
def test_so_much_time_after_is_so_much_time_between_and_not_earlier(number: int, start: datetime, waited: int) -> None:
    working = SCENES[number].hours
    due = working.after(start, timedelta(seconds=waited))

    assert working.seconds_between(start, due) == waited
    if waited:
        assert working.seconds_between(start, due - timedelta(seconds=1)) == waited - 1


# ── the object ───────────────────────────────────────────────────────────────────────


def test_equal_hours_are_one_key() -> None:
    one, other = hours(OFFICE), hours({"mon-fri": "9:00-18:00"})
    one.seconds_between(at("2026-01-01 00:00"), at("2026-02-01 00:00"))

    assert (one, hash(one), str(one)) == (other, hash(other), str(other))
    assert pickle.loads(pickle.dumps(one)) == other  # noqa: S301 - our own
    assert one != hours(OFFICE, "Europe/Berlin")


def test_another_release_of_the_library_makes_other_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that what was counted by it is counted anew."""
    plain, russian = str(hours(OFFICE)), str(hours({**OFFICE, "holidays": "RU"}))
    monkeypatch.setattr("importlib.metadata.version", lambda _: "99.0")

    assert str(hours(OFFICE)) == plain
    assert str(hours({**OFFICE, "holidays": "RU"})) != russian


RUSSIAN = {**OFFICE, "holidays": "RU"}
UNEVEN = {"mon-sun": "09:00-13:00,14:00-18:00", "wed": "closed", "sun": "10:00-16:00"}
ALWAYS = {"mon-sun": "00:00-24:00"}


@pytest.mark.parametrize(
    ("said", "language", "phrase"),
    [
        (RUSSIAN, "en", "working hours Mon–Fri 09:00–18:00 (Europe/Moscow), but on no holiday of RU"),
        (RUSSIAN, "ru", "рабочее время пн–пт 09:00–18:00 (Europe/Moscow), кроме праздников RU"),
        (
            UNEVEN,
            "en",
            "working hours Mon–Tue, Thu–Sat 09:00–13:00, 14:00–18:00; Sun 10:00–16:00 (Europe/Moscow)",
        ),
        (ALWAYS, "en", "round the clock"),
        (
            {**ALWAYS, "holidays": "RU"},
            "ru",
            "рабочее время пн–вс 00:00–24:00 (Europe/Moscow), кроме праздников RU",
        ),
    ],
)
def test_which_hours_are_used_is_told(said: dict[str, str], language: Language, phrase: str) -> None:
    assert hours(said).told(language) == phrase


def test_round_the_clock_is_told_too() -> None:
    assert ROUND_THE_CLOCK.told("en") == "round the clock"
    assert ROUND_THE_CLOCK.told("ru") == "круглосуточно"


def test_the_library_of_holidays_is_imported_only_for_a_country() -> None:
    code = (
        "import sys, collector.cli, collector.settings.load; from zoneinfo import ZoneInfo\n"
        "from collector.vocabulary.hours import parse_working_hours as parse\n"
        "zone = ZoneInfo('UTC'); parse({'mon': '09:00-18:00'}, zone); assert 'holidays' not in sys.modules\n"
        "parse({'mon': '09:00-18:00', 'holidays': 'RU'}, zone); assert 'holidays' in sys.modules\n"
    )

    subprocess.run([sys.executable, "-c", code], check=True)
