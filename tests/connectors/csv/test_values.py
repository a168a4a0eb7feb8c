"""connectors/csv/values.py: cells to numbers, days, instants and truths."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis.strategies import text

from collector.plugin import InvalidRecord
from connectors.csv.values import Memo, Values, truth, values

MOSCOW = ZoneInfo("Europe/Moscow")


def written(*, decimal: str = ".", date_format: str = "ISO", zone: ZoneInfo = MOSCOW, months: bool = False) -> Values:
    return values(decimal=decimal, date_format=date_format, zone=zone, months=months)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("12", "12"),
        ("-0.50", "-0.50"),
        (" 12.5 ", "12.5"),
        ("+7", "7"),
        (".5", "0.5"),
        ("7.", "7"),
        ("\u22127", "-7"),
        ("1 234 567.8", "1234567.8"),
        ("1\u00a0234", "1234"),
        ("1\u2009234\u2009567", "1234567"),
        ("1\u202f234", "1234"),
        ("1,234", "1234"),
        ("1,234,567.89", "1234567.89"),
        ("1.2E+05", "120000"),
        ("1e-3", "0.001"),
    ],
)
def test_numbers_with_a_point(cell: str, value: str) -> None:
    assert written().number(cell) == Decimal(value)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("12", "12"),
        ("12,5", "12.5"),
        ("1.234,50", "1234.50"),
        ("1 234,5", "1234.5"),
        ("1.234", "1234"),
        ("-,5", "-0.5"),
    ],
)
def test_numbers_with_a_comma(cell: str, value: str) -> None:
    assert written(decimal=",").number(cell) == Decimal(value)


@pytest.mark.parametrize(
    "cell",
    [
        "abc", "12 %", "12%", "$12", "12 ₽", "1 2", "12 34", "1,2345", "1,23", "1 234,567.8", "1.2.3", "--1", "1_000",
        "NaN", "Infinity", "1e5e5", "1e999", "(12)", "١٢", "0x10", "-", ".", "1'234", "9" * 65,
    ],
)  # fmt: skip
def test_what_is_no_number(cell: str) -> None:
    with pytest.raises(InvalidRecord, match="is no number"):
        written().number(cell)


def test_a_comma_where_a_point_is_set_is_told() -> None:
    with pytest.raises(InvalidRecord) as caught:
        written().number("12,5")

    assert str(caught.value) == "'12,5' is no number; its decimal sign is set to be '.'"


@pytest.mark.parametrize("cell", ["", " ", "\u00a0"])
def test_a_blank_cell_is_no_value(cell: str) -> None:
    assert written().number(cell) is None


@pytest.mark.parametrize(
    ("cell", "instant"),
    [
        ("2026-11-02", datetime(2026, 11, 2, 9, tzinfo=UTC)),  # noon in Moscow
        ("2026-11-02T10:00:00Z", datetime(2026, 11, 2, 10, tzinfo=UTC)),
        ("2026-11-02T10:00:00+05:00", datetime(2026, 11, 2, 5, tzinfo=UTC)),
        ("2026-11-02 10:00", datetime(2026, 11, 2, 7, tzinfo=UTC)),
        ("2026-11-02T10:00:00.250", datetime(2026, 11, 2, 7, 0, 0, 250_000, tzinfo=UTC)),
    ],
)
def test_instants(cell: str, instant: datetime) -> None:
    assert written().instant(cell) == instant


def test_noon_follows_the_zones_clock() -> None:
    berlin = written(zone=ZoneInfo("Europe/Berlin"))

    assert berlin.instant("2026-07-01") == datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert berlin.instant("2026-12-01") == datetime(2026, 12, 1, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("date_format", "cell", "instant"),
    [
        ("%d.%m.%Y", "02.11.2026", datetime(2026, 11, 2, 9, tzinfo=UTC)),
        ("%d.%m.%Y %H:%M", "02.11.2026 00:30", datetime(2026, 11, 1, 21, 30, tzinfo=UTC)),
        ("%d/%m/%y %H:%M %z", "02/11/26 10:00 +0000", datetime(2026, 11, 2, 10, tzinfo=UTC)),
    ],
)
def test_dates_in_the_files_own_way(date_format: str, cell: str, instant: datetime) -> None:
    assert written(date_format=date_format).instant(cell) == instant


def test_a_day_is_the_zones() -> None:
    assert written().day("2026-11-02T22:00:00Z") == date(2026, 11, 3)
    assert written().day("2026-11-02T22:00:00") == date(2026, 11, 2)
    assert written(date_format="%d.%m.%Y %H:%M").day("02.11.2026 23:59") == date(2026, 11, 2)


def test_a_month_is_a_day_only_where_it_is_spread() -> None:
    assert written(months=True).day("2026-11") == date(2026, 11, 1)
    with pytest.raises(InvalidRecord):
        written().day("2026-11")


@pytest.mark.parametrize("cell", ["", "02.11.2026", "2026-13-01", "2026-02-30", "yesterday", "1793750400"])
def test_what_is_no_date(cell: str) -> None:
    with pytest.raises(InvalidRecord, match="a date such as 2026-11-02 is needed"):
        written().day(cell)


@pytest.mark.parametrize(
    ("cell", "value"), [("true", True), ("Yes", True), ("1", True), ("FALSE", False), ("no", False), ("0", False)]
)
def test_truths(cell: str, value: bool) -> None:
    assert truth(cell) is value


def test_any_other_word_is_no_truth() -> None:
    with pytest.raises(InvalidRecord, match="true, false, 1, 0, yes or no is needed, got 'да'"):
        truth("да")


@given(text(max_size=30))
def test_any_text_is_a_value_or_told(cell: str) -> None:
    for way in (written(), written(decimal=",", date_format="%d.%m.%Y"), written(months=True)):
        for read in (way.number, way.day, way.instant, truth):
            try:
                read(cell)
            except InvalidRecord:
                continue


def test_a_memo_asks_once_and_stays_small() -> None:
    asked: list[str] = []

    def measured(key: str) -> int:
        asked.append(key)
        return len(key)

    memo = Memo(measured)
    assert [memo["ab"], memo["ab"], memo["c"]] == [2, 2, 1]
    assert asked == ["ab", "c"]
    for number in range(10):
        memo[str(number) * 1_000_000]
    assert sum(map(len, memo)) < 4_000_000
