"""connectors/csv/table.py, text.py, faults.py: what is bad in a file, told by line and column."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collector.plugin import BadFile

Fault = Callable[..., str]
HEADER = "date,campaign,cost\n"
GOOD = "2026-11-01,a,1\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "a.csv: is empty"),
        ("\ufeff", "a.csv: is empty"),
        ("\n\n,,\n", "a.csv: is empty"),
        ("date,cost\n", "a.csv:1: lacks the column 'campaign'; it has 'date', 'cost'"),
        ("\nDate,x\n", "a.csv:2: lacks the columns 'date', 'cost', 'campaign'; it has 'Date', 'x'"),
        (
            "date;campaign;cost\n",
            "a.csv:1: lacks the columns 'date', 'cost', 'campaign'; it has 'date;campaign;cost' "
            "(is its delimiter ';', not ','?)",
        ),
        ("date,campaign,cost,cost\n", "a.csv:1, column 'cost': stands in the header more than once"),
        (HEADER + GOOD + "2026-11-01,a,12 %\n", "a.csv:3, column 'cost': '12 %' is no number"),
        (HEADER + "01.11.2026,a,1\n", "a.csv:2, column 'date': a date such as 2026-11-02 is needed, got '01.11.2026'"),
        (HEADER + ",a,1\n", "a.csv:2, column 'date': a date such as 2026-11-02 is needed, the cell is empty"),
        (HEADER + "2026-11-01,a,1,\n", "a.csv:2: has 4 cells, the header 3"),
        (HEADER + "2026-11-01,a\n", "a.csv:2, column 'cost': has 2 cells, the header 3"),
        (HEADER + "2026-11-01,a\x00,1\n", "a.csv:2, column 'campaign': holds a NUL byte"),
        (HEADER + '2026-11-01,"a" b,1\n', "a.csv:2: is no row: ',' expected after '\"'"),
        (
            HEADER + GOOD + '2026-11-01,"a,1\n' + GOOD,
            "a.csv:3: a quoted cell begins in this row and does not end as it should (unexpected end of data)",
        ),
        (
            HEADER + '2026-11-01,"a,1\n' + GOOD * 20_000,
            "a.csv:2: a quoted cell begins in this row and does not end as it should "
            "(field larger than field limit (131072))",
        ),
    ],
)
def test_what_is_bad_is_told_by_line_and_column(fault: Fault, spend: Any, text: str, told: str) -> None:
    assert fault(text, **spend) == told


def test_columns_that_nobody_asks_for_may_be_anything(desk: Any, spend: Any) -> None:
    facts = desk.read("x,date,campaign,x,cost,,\nab,2026-11-01,a,??,1,,\nab,2026-11-01,a,??,2\n", **spend)

    assert [fact.value for fact in facts] == [1, 2]


def test_blank_lines_are_no_rows(desk: Any, spend: Any) -> None:
    assert len(desk.read(f"{HEADER}\n  \n{GOOD},,\n,,,,\n{GOOD}", **spend)) == 2


def test_a_header_alone_is_a_file_without_rows(desk: Any, spend: Any) -> None:
    assert desk.read(HEADER, **spend) == []


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_in_any_way(desk: Any, fault: Fault, spend: Any, end: str) -> None:
    assert len(desk.read((HEADER + GOOD + GOOD).replace("\n", end), **spend)) == 2
    assert fault((HEADER + GOOD + "x,a,1\n").replace("\n", end), **spend).startswith("a.csv:3, column 'date'")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1251", "utf-16", "koi8-r", "utf-16-le"])
def test_encodings(desk: Any, encoding: str) -> None:
    text = "дата;кампания;цена\n01.11.2026;Осень;1 234,50\n"
    (fact,) = desk.read(
        text.encode(encoding),
        record="fact",
        columns={"day": "дата", "campaign": "кампания", "spend": "цена"},
        encoding=encoding,
        delimiter=";",
        decimal=",",
        date_format="%d.%m.%Y",
    )

    assert (str(fact.day), fact.dimensions["campaign"], str(fact.value)) == ("2026-11-01", "Осень", "1234.50")


def test_another_encoding_is_told_by_its_line(fault: Fault, spend: Any) -> None:
    rows = (HEADER + GOOD * 30_000 + "2026-11-01,Осень,1\n").encode("windows-1251")

    assert fault(rows, **spend) == (
        "a.csv:30002, column 'campaign': holds bytes that are not utf-8-sig; "
        "is the file in another encoding, such as windows-1251?"
    )


def test_another_encoding_in_the_header_is_told(fault: Fault, spend: Any) -> None:
    assert fault("дата,cost\n".encode("windows-1251"), **spend).startswith("a.csv:1: the header holds bytes that are")


def test_a_character_that_is_cut_off_at_the_end_is_told(fault: Fault, spend: Any) -> None:
    assert fault(HEADER.encode() + b"2026-11-01,a,1\n2026-11-01,\xd0", **spend).startswith("a.csv:3, column")


def test_a_text_without_its_mark_is_told(fault: Fault, spend: Any) -> None:
    assert fault(HEADER + GOOD, **spend, encoding="utf-16").startswith("a.csv:1: is no utf-16")


def test_bad_rows_may_be_left_out_and_are_told(desk: Any, spend: Any) -> None:
    bad = ["x,a,1", "2026-11-01,a,?", "2026-11-01,a", '2026-11-01,"a" b,1', "2026-11-01,\x00,1", "1,2,3,4"]
    facts = desk.read(HEADER + "".join(f"{row}\n{GOOD}" for row in bad), **spend, on_bad_row="skip")

    assert len(facts) == 6
    assert [warning.partition(": ")[0] for warning in desk.warnings] == [
        "a.csv:2, column 'date'",
        "a.csv:4, column 'cost'",
        "a.csv:6, column 'cost'",
        "a.csv:8",
        "a.csv:10, column 'campaign'",
        "a.csv:12",
    ]
    assert all(warning.endswith("; the row is left out") for warning in desk.warnings)


def test_of_many_bad_rows_the_first_are_told_and_all_are_counted(desk: Any, spend: Any) -> None:
    desk.read(HEADER + GOOD + "x,a,1\n" * 50, **spend, on_bad_row="skip")

    assert len(desk.warnings) == 21
    assert desk.warnings[-1] == "a.csv: 50 bad rows were left out, of which the first 20 are told"


def test_a_second_row_of_an_id_is_left_out(desk: Any) -> None:
    text = "n,at,st\n1,2026-11-01,open\n1,2026-11-01,lost\n2,2026-11-01,open\n"
    leads = desk.read(text, record="lead", columns={"id": "n", "created_at": "at", "status": "st"}, on_bad_row="skip")

    assert [(lead.id, lead.status) for lead in leads] == [("1", "open"), ("2", "open")]


def test_a_file_without_any_good_row_is_bad_whatever_is_asked(fault: Fault, spend: Any) -> None:
    told = fault(HEADER + "x,a,1\n" * 3, **spend, on_bad_row="skip")

    assert told == (
        "a.csv:2, column 'date': none of its 3 rows can be read; the first: "
        "a date such as 2026-11-02 is needed, got 'x'"
    )


def test_rows_in_another_encoding_may_be_left_out(desk: Any, spend: Any) -> None:
    rows = HEADER.encode() + GOOD.encode() + "2026-11-01,Осень,1\n".encode("windows-1251") + GOOD.encode() * 2

    assert len(desk.read(rows, **spend, on_bad_row="skip")) == 3
    assert len(desk.warnings) == 1


def _write_long(path: Path, *, begin: bytes, again: bytes, mebibytes: int) -> None:
    with path.open("wb") as sink:
        sink.write(begin)
        block = again * (2**20 // len(again))
        for _ in range(mebibytes):
            sink.write(block)


@pytest.mark.parametrize("on_bad_row", ["fail", "skip"])
@pytest.mark.parametrize(
    ("again", "told"),
    [
        (b"x", "a.csv:3: a line that does not end within 1,000,000 characters"),
        (b'"\n",', "a.csv:3: a row that does not end within 1,000,000 characters"),
    ],
)
def test_a_line_or_row_without_end_is_told_and_never_loaded(
    desk: Any, spend: Any, on_bad_row: str, again: bytes, told: str
) -> None:
    path = desk.folder / "a.csv"
    _write_long(path, begin=(HEADER + GOOD).encode(), again=again, mebibytes=64)
    desk.age(path, 3600)

    tracemalloc.start()
    try:
        with pytest.raises(BadFile) as caught:
            desk.read(**spend, on_bad_row=on_bad_row)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert str(caught.value) == told
    assert peak < 20 * 2**20


def test_a_gzip_that_unpacks_without_end_is_told(desk: Any, fault: Fault, spend: Any) -> None:
    desk.write("a.csv", HEADER.encode() + b"x" * 20_000_000, packed=True)

    assert fault(**spend) == "a.csv:2: a line that does not end within 1,000,000 characters"


def test_a_damaged_gzip_is_told(desk: Any, fault: Fault, spend: Any) -> None:
    path = desk.write("a.csv", (HEADER + GOOD) * 100, packed=True)
    data = bytearray(path.read_bytes())
    data[-8] ^= 255
    desk.write("a.csv", bytes(data))

    assert fault(**spend).startswith("a.csv: its gzip is damaged (CRC check failed")


def test_memory_does_not_grow_with_the_file(desk: Any, spend: Any) -> None:
    def peak(rows: int) -> int:
        with (desk.folder / "a.csv").open("w") as sink:
            sink.write(HEADER)
            sink.writelines(
                f"2026-11-{number % 30 + 1:02},campaign {number % 50},{number}.50\n" for number in range(rows)
            )
        desk.age(desk.folder / "a.csv", 3600)
        source = desk.source(**spend)
        (part,) = source.list_parts()
        tracemalloc.start()
        count = sum(1 for _ in source.read(part))
        reached = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert count == rows
        return reached

    assert peak(80_000) - peak(20_000) < 500_000
