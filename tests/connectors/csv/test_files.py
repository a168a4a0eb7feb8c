"""connectors/csv/files.py: which parts there are, whether they changed, whether they grow."""

import gzip
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collector.plugin import BadFile, NoFiles, Part, TemporaryFailure

ROWS = "date,campaign,cost\n2026-11-01,a,1\n"


def names(parts: list[Part]) -> list[str]:
    return [part.name for part in parts]


def growing(parts: list[Part]) -> list[str]:
    return [part.name for part in parts if part.growing]


def test_a_part_is_named_from_the_patterns_fixed_folder(desk: Any, spend: Any) -> None:
    for name in ("in/ads/2026/b.csv", "in/ads/a.csv", "in/other.txt", "in/ads/.hidden.csv"):
        desk.write(name, ROWS)

    assert names(desk.parts(**spend, path="in/ads/**/*.csv")) == ["2026/b.csv", "a.csv"]
    assert names(desk.parts(**spend, path="in/*/*.csv")) == ["ads/a.csv"]
    assert names(desk.parts(**spend, path="in/ads/2026/b.csv")) == ["b.csv"]
    assert names(desk.parts(**spend, path=str(desk.folder / "in" / "ads" / "*.csv"))) == ["a.csv"]
    assert names(desk.parts(**spend, path=["in/other.txt", "in/ads/*.csv"])) == ["a.csv", "other.txt"]


def test_a_file_that_two_patterns_match_is_one_part(desk: Any, spend: Any) -> None:
    desk.write("in/a.csv", ROWS)

    assert names(desk.parts(**spend, path=["in/*.csv", "in/a.csv", "**/*.csv"])) == ["a.csv"]


def test_two_files_of_one_name_are_refused(desk: Any, spend: Any) -> None:
    desk.write("x/a.csv", ROWS)
    desk.write("y/a.csv", ROWS)

    with pytest.raises(BadFile, match="have one name; use a pattern over the folder above them"):
        desk.parts(**spend, path=["x/a.csv", "y/a.csv"])
    assert names(desk.parts(**spend, path="*/a.csv")) == ["x/a.csv", "y/a.csv"]


def test_a_name_with_brackets_is_a_plain_path_if_there_is_such_a_file(desk: Any, spend: Any) -> None:
    desk.write("spend [1].csv", ROWS)

    assert names(desk.parts(**spend, path="spend [1].csv")) == ["spend [1].csv"]


@pytest.mark.parametrize("path", ["nothing.csv", "in/*.csv", ["a.csv", "nothing.csv"]])
def test_a_path_that_matches_nothing_is_told_and_is_never_zero(desk: Any, spend: Any, path: Any) -> None:
    desk.write("a.csv", ROWS)

    with pytest.raises(NoFiles) as caught:
        desk.parts(**spend, path=path)

    missing = path if isinstance(path, str) else path[1]
    assert str(caught.value) == f"no file matches {missing} in {desk.folder}"


def test_a_link_to_nothing_is_no_file(desk: Any, spend: Any) -> None:
    (desk.folder / "a.csv").symlink_to(desk.folder / "gone")

    for path in ("a.csv", "*.csv"):
        with pytest.raises(NoFiles):
            desk.parts(**spend, path=path)


def test_a_fingerprint_changes_with_the_file_and_with_what_shapes_its_rows(desk: Any, spend: Any) -> None:
    def fingerprint(**more: Any) -> str:
        return str(desk.parts(**{**spend, **more})[0].fingerprint)

    path = desk.write("a.csv", ROWS)
    first = fingerprint()

    assert fingerprint() == first
    assert fingerprint(interval="1h", on_missing="remove") == first
    assert fingerprint(decimal=",") != first
    assert fingerprint(columns={"day": "date", "spend": "cost"}) != first
    assert fingerprint(constants={"currency": "USD"}) != first
    desk.zone = "UTC"
    assert fingerprint() != first
    desk.zone = "Europe/Moscow"
    desk.age(path, 3000)
    assert fingerprint() != first
    desk.write("a.csv", ROWS + "2026-11-02,a,1\n")
    assert fingerprint() != first


def test_a_file_that_took_anothers_place_has_another_fingerprint(desk: Any, spend: Any) -> None:
    desk.write("a.csv", ROWS)
    before = desk.parts(**spend)[0].fingerprint
    desk.write("new", ROWS.replace("a,1", "a,2"))
    (desk.folder / "new").replace(desk.folder / "a.csv")

    assert desk.parts(**spend)[0].fingerprint != before


def test_modified_at_is_the_mtime(desk: Any, spend: Any) -> None:
    desk.write("a.csv", ROWS, age=90)

    assert desk.parts(**spend)[0].modified_at == datetime(2026, 11, 23, 11, 58, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "age", "grows"),
    [
        (ROWS, 1.9, True),
        (ROWS, 2.1, False),
        (ROWS, -1.0, True),  # a file server's clock runs ahead
        (ROWS.rstrip("\n"), 59, True),
        (ROWS.rstrip("\n"), 61, False),
        ("", 1, True),
        ("", 3, False),
    ],
)
def test_a_file_grows_while_it_changes_or_does_not_end_its_last_line(
    desk: Any, spend: Any, text: str, age: float, grows: bool
) -> None:
    desk.write("a.csv", text, age=age)

    assert desk.parts(**spend)[0].growing is grows


def test_a_final_newline_is_looked_for_in_the_files_encoding(desk: Any, spend: Any) -> None:
    desk.write("a.csv", ROWS.encode("utf-16"), age=10)
    desk.write("b.csv", ROWS.rstrip("\n").encode("utf-16"), age=10)

    assert growing(desk.parts(**spend, encoding="utf-16")) == ["b.csv"]


def test_a_gzip_that_is_cut_grows(desk: Any, spend: Any) -> None:
    packed = gzip.compress(ROWS.encode() * 50)
    for name, data in {"cut": packed[:-9], "whole": packed, "unended": gzip.compress(ROWS.rstrip().encode())}.items():
        desk.write(f"{name}.csv.gz", data, age=30)

    source = desk.source(**spend, path="*.gz")
    assert growing(source.list_parts()) == ["cut.csv.gz", "unended.csv.gz"]
    for path in desk.folder.iterdir():
        desk.age(path, 7200)
    assert growing(source.list_parts()) == ["cut.csv.gz"]


def test_a_gzip_that_was_cut_a_day_ago_is_a_bad_file(desk: Any, spend: Any, fault: Any) -> None:
    packed = gzip.compress(os.urandom(100).hex().encode() * 9)
    desk.write("a.csv.gz", packed[:-9], age=90_000)

    assert growing(desk.parts(**spend, path="*.gz")) == []
    assert fault(**spend, path="*.gz") == "a.csv.gz: its gzip is cut short"


def test_a_gzip_is_known_by_its_first_bytes(desk: Any, spend: Any) -> None:
    desk.write("a.csv", ROWS, packed=True)
    desk.write("b.csv", ROWS)

    assert [fact.value for fact in desk.read(**spend)] == [1, 1]


def test_a_folder_is_no_file(desk: Any, spend: Any, fault: Any) -> None:
    (desk.folder / "a.csv").mkdir()
    (desk.folder / "a.csv" / "b.csv").mkdir()
    told = "is no file; for a folder write a pattern, such as spend/*.csv"

    assert fault(**spend, path="a.csv") == f"a.csv: {told}"
    with pytest.raises(NoFiles):
        desk.parts(**spend, path="*.csv")


def test_a_pipe_is_no_file(desk: Any, spend: Any, fault: Any) -> None:
    os.mkfifo(desk.folder / "a.csv")

    assert fault(**spend).startswith("a.csv: is no file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_we_may_not_read_is_told(desk: Any, spend: Any, fault: Any) -> None:
    desk.write("a.csv", ROWS).chmod(0)

    assert fault(**spend) == "a.csv: cannot be read: Permission denied"


def test_a_file_that_changed_since_it_was_listed_is_left_for_the_next_poll(desk: Any, spend: Any) -> None:
    desk.write("a.csv", ROWS)
    source = desk.source(**spend)
    (part,) = source.list_parts()
    desk.write("a.csv", ROWS * 2)

    with pytest.raises(TemporaryFailure, match=r"a\.csv changed before it was read to its end"):
        list(source.read(part))


def test_a_file_that_changes_while_it_is_read_is_left_for_the_next_poll(desk: Any, spend: Any) -> None:
    path = desk.write("a.csv", ROWS)
    source = desk.source(**spend)
    (part,) = source.list_parts()
    rows = source.read(part)

    assert next(rows).value == 1
    with path.open("a") as sink:
        sink.write("2026-11-02,a,2\n")
    with pytest.raises(TemporaryFailure):
        list(rows)


def test_a_file_that_vanished_is_left_for_the_next_poll(desk: Any, spend: Any) -> None:
    path = desk.write("a.csv", ROWS)
    source = desk.source(**spend)
    (part,) = source.list_parts()
    path.unlink()

    with pytest.raises(TemporaryFailure):
        list(source.read(part))


def test_another_instance_reads_a_part_by_its_name(desk: Any, spend: Any) -> None:
    desk.write("a.csv", ROWS)
    (part,) = desk.parts(**spend)

    assert len(list(desk.source(**spend).read(part))) == 1


def test_a_name_that_is_no_text_is_escaped(desk: Any, spend: Any) -> None:
    Path(os.fsdecode(os.fsencode(str(desk.folder)) + b"/\xff.csv")).write_text(ROWS)

    assert names(desk.parts(**spend)) == ["\\xff.csv"]


@pytest.mark.anyio
async def test_check_opens_the_files_and_tells_what_a_person_should_know(desk: Any, spend: Any) -> None:
    desk.write("a.csv", ROWS)
    desk.write("b.csv", ROWS, age=1)

    assert await desk.source(**spend, zone="UTC").check() == [
        "b.csv is still being written",
        "its zone, UTC, is not the project's, Europe/Moscow",
    ]
    desk.write("c.csv", "date,cost\n")
    with pytest.raises(BadFile, match=r"c\.csv:1: lacks the column 'campaign'; it has 'date', 'cost'"):
        await desk.source(**spend).check()
