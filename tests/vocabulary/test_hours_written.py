"""Working hours as people write them, and what they are told where that cannot be meant."""

import pytest

from collector.vocabulary.hours_written import BadHours, Week, read_hours

DAY = ((540, 1080),)


def week(said: dict[str, str]) -> Week:
    return read_hours(said)[0]


def told(said: dict[str, str]) -> list[str]:
    with pytest.raises(BadHours) as caught:
        read_hours(said)
    assert str(caught.value).splitlines() == list(map(str, caught.value.faults))
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("key", "held"),
    [
        ("mon", "mon"),
        ("mon-fri", "mon tue wed thu fri"),
        ("mon,wed,fri", "mon wed fri"),
        ("Mon - Wed, SUN", "mon tue wed sun"),
        ("sun-thu", "mon tue wed thu sun"),
        ("sat-mon", "mon sat sun"),
        ("mon-sun", "mon tue wed thu fri sat sun"),
    ],
)
def test_a_key_is_a_day_a_range_or_a_list(key: str, held: str) -> None:
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

    assert week({key: "09:00-18:00"}) == tuple(DAY if name in held.split() else None for name in names)


@pytest.mark.parametrize(
    ("value", "spans"),
    [
        ("09:00-18:00", DAY),
        ("9:00 – 18:00", DAY),
        ("14:00-18:00,09:00-13:00", ((540, 780), (840, 1080))),
        ("09:00-13:00, 13:00-18:00", ((540, 780), (780, 1080))),
        ("00:00-24:00", ((0, 1440),)),
    ],
)
def test_a_value_is_one_span_or_several(value: str, spans: tuple[tuple[int, int], ...]) -> None:
    assert week({"mon": value})[0] == spans


def test_a_closed_day_has_no_hours_and_another_one_none_that_were_said() -> None:
    assert week({"mon": "09:00-18:00", "sat": "closed"}) == (DAY, None, None, None, None, (), None)


@pytest.mark.parametrize("turn", [1, -1])
def test_the_key_for_the_fewest_days_wins_wherever_it_stands(turn: int) -> None:
    keys = [("mon-fri", "09:00-18:00"), ("thu,fri", "09:00-17:00"), ("fri", "09:00-16:00")]

    assert week(dict(keys[::turn])) == (DAY, DAY, DAY, ((540, 1020),), ((540, 960),), None, None)


def test_the_country_comes_with_the_week() -> None:
    assert read_hours({"mon": "09:00-18:00", "holidays": "DE-BY"}) == ((DAY, *[None] * 6), "DE-BY")
    assert read_hours({"mon": "09:00-18:00"})[1] is None


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("mon-fry", "there is no day 'fry'. Did you mean fri?"),
        ("thursday", "there is no day 'thursday'. Did you mean thu?"),
        ("holiday", "there is no day 'holiday'. Did you mean holidays?"),
        ("пн", "there is no day 'пн'. Days: mon, tue, wed, thu, fri, sat, sun; also mon-fri and mon,wed,fri; "),
        ("mon,", "there is no day ''. Days: mon, tue, "),
        ("mon-tue-wed", "'mon-tue-wed' is no range of days. Write its first and its last day, such as mon-fri."),
    ],
)
def test_a_key_that_is_no_day_is_told_with_the_nearest(key: str, line: str) -> None:
    found = told({"tue": "09:00-18:00", key: "what?"})

    assert len(found) == 1
    assert found[0].startswith(f"{key}: {line}")


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("9-18", "'9-18' is no span of time. Write 09:00-18:00, several with commas between them, or closed."),
        ("", "'' is no span of time. Write 09:00-18:00, several with commas between them, or closed."),
        ("09:00-25:00", "'09:00-25:00' has a time that no clock shows. Times go from 00:00 to 24:00."),
        ("09:75-18:00", "'09:75-18:00' has a time that no clock shows. Times go from 00:00 to 24:00."),
        (
            "18:00-09:00",
            "'18:00-09:00' ends before it begins. Over midnight it is 18:00-24:00, and 00:00-09:00 on the ",
        ),
        ("22:00-00:00", "'22:00-00:00' ends before it begins. Over midnight it is 22:00-24:00."),
        ("09:00-09:00", "'09:00-09:00' has no length. Write closed for a day without hours, 00:00-24:00 for a whole "),
        ("12:00-18:00, 09:00-13:00", "09:00-13:00 and 12:00-18:00 overlap. Join them: 09:00-18:00."),
        ("09:00-18:00, 10:00-12:00", "09:00-18:00 and 10:00-12:00 overlap. Join them: 09:00-18:00."),
    ],
)
def test_a_time_that_cannot_be_meant_is_told(value: str, line: str) -> None:
    found = told({"mon": value})

    assert len(found) == 1
    assert found[0].startswith(f"mon: {line}")


@pytest.mark.parametrize(
    ("country", "line"),
    [
        ("RF", "there is no country 'RF'. Write its two letters, such as RU or DE."),
        ("ru", "there is no country 'ru'. Did you mean RU?"),
        ("Russland", "there is no country 'Russland'. Did you mean RU?"),
        ("Germany", "there is no country 'Germany'. Did you mean DE?"),
        ("", "there is no country ''. Write its two letters, such as RU or DE."),
        ("RU-MOW", "of RU, no region's own holidays are known. Write RU for those of the whole country."),
        ("DE-Bayer", "DE has no region 'Bayer'. Did you mean DE-BY?"),
        ("GB-XX", "GB has no region 'XX'. Regions: ENG, NIR, SCT, WLS."),
        ("DE-", "DE has no region ''. Regions: "),
    ],
)
def test_a_country_that_nobody_knows_is_told_with_the_nearest(country: str, line: str) -> None:
    found = told({"mon": "09:00-18:00", "holidays": country})

    assert len(found) == 1
    assert found[0].startswith(f"holidays: {line}")


@pytest.mark.parametrize(
    "said", [{}, {"holidays": "RU"}, {"mon-sun": "closed"}, {"mon": "09:00-18:00", "MON": "closed"}]
)
def test_hours_that_nobody_works_are_no_hours(said: dict[str, str]) -> None:
    assert len(told(said)) == 1


def test_two_keys_for_as_many_days_leave_open_which_counts() -> None:
    line = "wed-fri: has hours for wed, as mon-wed has. The key for the fewest days counts; these are for as many."

    assert told({"mon-wed": "09:00-18:00", "wed-fri": "09:00-17:00"}) == [line]
    assert week({"mon-wed": "09:00-18:00", "wed-fri": "09:00-17:00", "wed": "closed"})[2] == ()


def test_all_mistakes_are_told_at_once() -> None:
    found = told({"mon-fry": "09:00-18:00", "sat": "10-14", "holidays": "Rusia"})

    assert [line.partition(":")[0] for line in found] == ["mon-fry", "sat", "holidays"]
