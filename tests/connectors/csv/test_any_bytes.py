"""Whatever bytes a file holds, it gives records or a sentence for its owner; never a traceback."""

import gzip
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis.strategies import binary, builds, integers, lists, sampled_from, text

from collector.plugin import BadFile

SETTINGS: list[dict[str, Any]] = [
    {"record": "fact", "columns": {"day": "d", "spend": "n", "campaign": "t", "currency": "c"}},
    {"record": "fact", "columns": {"day": "d", "measure": "t", "value": "n"}, "decimal": ",", "delimiter": ";"},
    {"record": "fact", "columns": {"day": "d", "other_costs": "n"}, "spread": "month", "date_format": "%d.%m.%Y"},
    {"record": "deal", "columns": {"id": "t", "closed_at": "d", "amount": "n", "status": "c"}, "encoding": "utf-16"},
    {"record": "lead", "columns": {"id": "t", "created_at": "d", "status": "c", "yclid": "n"}, "encoding": "cp1251"},
    {"record": "post", "columns": {"published_at": "d", "likes": "n", "id": "t", "network": "c", "kind": "c"}},
    {"record": "rate", "columns": {"day": "d", "value": "n", "currency": "c"}, "encoding": "gb18030"},
]
CELLS = sampled_from(
    [b"2026-11-01", b"01.11.2026", b"1", b"-2,5", b"1e99", b"9" * 30, b"usd", b"won", b"open", b"spend", b"", b"NaN",
     b'"', b'"a', b'a""b"', b"\x00", b"\xff\xfe", b"\xd0", b"\r", b"\n", b"0001-01-01T00:00", b"9999-12-31T23:59-12:00"]
) | binary(max_size=8)  # fmt: skip
LINES = lists(lists(CELLS, min_size=3, max_size=5).map(b",".join), max_size=6).map(b"\n".join)
TABLES = builds(lambda lines, end: b"d,n,t,c\n" + lines + end, LINES, sampled_from([b"", b"\n", b"\r\n"]))
FILES = binary(max_size=200) | TABLES | TABLES.map(gzip.compress) | TABLES.map(lambda data: data.replace(b",", b";"))


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=FILES, place=integers(0, len(SETTINGS) - 1), on_bad_row=sampled_from(["fail", "skip"]))
@example(data=b"\x1f\x8b", place=0, on_bad_row="skip")
@example(data=gzip.compress(b"d,n,t,c\n")[:-3] + b"xyz", place=0, on_bad_row="skip")
@example(data=b"\xff\xfe\x00\xd8", place=3, on_bad_row="skip")
@example(data=b"d,n,t,c\n9999-12-31T23:59-12:00,1,a,RUB\n", place=0, on_bad_row="fail")
def test_any_bytes_are_records_or_a_bad_file(desk: Any, data: bytes, place: int, on_bad_row: str) -> None:
    desk.write("a.csv", data, age=timedelta(days=2).total_seconds())
    bad, records = None, []
    try:
        records = desk.read(**SETTINGS[place], on_bad_row=on_bad_row)
    except BadFile as error:
        bad = error

    assert bad is None or (str(bad).startswith("a.csv") and bad.fault)
    assert {record.type for record in records} <= {SETTINGS[place]["record"]}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=lists(text(min_size=1, max_size=20), min_size=1, max_size=20))
def test_what_is_quoted_comes_back_as_it_was(desk: Any, names: list[str]) -> None:
    kept = [name for name in names if name.strip() and "\x00" not in name]
    cells = ['"' + name.replace('"', '""') + '"' for name in kept]
    desk.write("a.csv", ("d,n,t\n" + "".join(f"2026-11-01,1,{cell}\n" for cell in cells)).encode("utf-8", "replace"))
    facts = desk.read(record="fact", columns={"day": "d", "spend": "n", "campaign": "t"})

    assert [fact.dimensions["campaign"] for fact in facts] == [
        name.strip().encode("utf-8", "replace").decode() for name in kept
    ]


@pytest.mark.parametrize("size", [262_143, 262_144, 262_145])
def test_rows_that_lie_across_two_blocks_are_whole(desk: Any, size: int) -> None:
    """The file is read in blocks of 256 KiB; characters and line ends may fall between two of them."""
    head = "d,n,t\r\n2026-11-01,1,"
    name = "я" * 3_000
    row = f"2026-11-01,2,{name}\r\n".encode()
    filler = b"x" * ((size - len(head.encode()) - 2) % len(row))
    count = (size - len(head.encode()) - 2 - len(filler)) // len(row) + 2
    desk.write("a.csv", head.encode() + filler + b"\r\n" + row * count)
    facts = desk.read(record="fact", columns={"day": "d", "spend": "n", "campaign": "t"})

    assert len(facts) == count + 1
    assert {fact.dimensions["campaign"] for fact in facts[1:]} == {name}
