"""The snapshot's bytes: one gzip member, unchanged parts taken over, selections."""

import gzip
import zlib
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.kpi.values import ProjectValues
from collector.snapshot.build import build
from collector.snapshot.inputs import ProjectFacts
from collector.snapshot.render import Format, segment
from collector.snapshot.snapshot import EMPTY, FORMATS, assemble

Make = Callable[..., Any]
LEADS = ("marketing_leads", "shop")
BY_CHANNEL = ("marketing_leads_by_channel", "shop")


@given(st.lists(st.binary(max_size=300), max_size=6), st.binary(max_size=100))
def test_any_segments_and_a_live_part_are_one_gzip_member(pieces: list[bytes], live: bytes) -> None:
    body = assemble(map(segment, pieces))
    packed = b"".join(body.gzip(live))
    reader = zlib.decompressobj(31)

    assert reader.decompress(packed) == b"".join(pieces) + live
    assert (reader.eof, reader.unused_data) == (True, b"")
    assert gzip.decompress(packed) == b"".join(body.identity(live))


@pytest.mark.parametrize("form", FORMATS)
def test_gzip_and_plain_hold_the_same(full: Any, form: Format) -> None:
    body = full.snapshot().bodies[form]

    assert gzip.decompress(b"".join(body.gzip(b"x 1\n"))) == b"".join(body.identity(b"x 1\n"))


def test_before_the_first_snapshot_there_is_the_live_part_alone() -> None:
    assert EMPTY.identity(b"x 1\n") == [b"x 1\n"]
    assert gzip.decompress(b"".join(EMPTY.gzip(b"x 1\n"))) == b"x 1\n"


def test_a_family_that_has_not_changed_is_taken_over(full: Any) -> None:
    first = full.snapshot()
    values = tuple(
        replace(value, value=Decimal(13)) if value.kpi == "leads" and value.dimension is None else value
        for value in full.values
    )
    second = full.but(values=values).snapshot(first)

    assert second.blocks[LEADS].body.plain == b'marketing_leads{project="shop",window="30d"} 13\n'
    assert second.blocks[LEADS].body is not first.blocks[LEADS].body
    assert second.blocks[BY_CHANNEL].body is first.blocks[BY_CHANNEL].body


def test_equal_values_are_as_good_as_the_same_ones(full: Any) -> None:
    first = full.snapshot()
    moved = tuple(replace(value, last=None, flags=frozenset({"provisional"})) for value in full.values)
    second = full.but(values=moved).snapshot(first)

    assert second.blocks[BY_CHANNEL].body is first.blocks[BY_CHANNEL].body
    assert second.values[0].values is moved


def test_a_new_title_is_a_change(full: Any) -> None:
    first = full.snapshot()
    renamed = tuple(replace(v, title="Telegram") if v.member == "b" else v for v in full.values)
    second = full.but(values=renamed).snapshot(first)

    assert b'channel="Telegram"' in second.blocks[BY_CHANNEL].body.plain


def test_a_snapshot_from_the_last_one_equals_a_new_one(full: Any, value: Make) -> None:
    def ticks() -> Callable[[], float]:
        return iter([0.0, 0.5]).__next__

    before = full.but(values=(*full.values[:-1], value("leads", "1", "7d"))).snapshot()
    continued = build(before, full.inputs, monotonic=ticks())
    anew = build(None, full.inputs, monotonic=ticks())

    for form in FORMATS:
        assert continued.bodies[form] == anew.bodies[form]


def test_what_is_gone_leaves_no_family_behind(full: Any) -> None:
    emptied = full.but(values=()).snapshot(full.snapshot())

    assert LEADS not in emptied.blocks
    assert b"marketing_leads" not in b"".join(emptied.bodies["text"].plain)


def test_families_are_found_by_any_name_of_their_samples(full: Any) -> None:
    snapshot = full.snapshot()
    names = {"kpi_collector_poll_duration_seconds_count", "kpi_collector_polls_total", "marketing_kpi"}
    told = b"".join(snapshot.select("openmetrics", names=names).plain).decode()

    assert [line.split()[2] for line in told.splitlines() if line.startswith("# TYPE")] == [
        "kpi_collector_poll_duration_seconds",
        "kpi_collector_polls",
        "marketing_kpi",
    ]


def test_a_project_can_be_asked_for_alone(full: Any) -> None:
    inputs = full.inputs
    other = tuple(replace(value, project="club") for value in full.values)
    both = replace(
        inputs,
        projects=(*inputs.projects, ProjectFacts("club", ZoneInfo("Asia/Tokyo"))),
        values=(*inputs.values, ProjectValues("club", "RUB", full.kpis, other)),
    )
    snapshot = build(None, both)
    whole = b"".join(snapshot.bodies["text"].plain).decode()
    club = b"".join(snapshot.project_body("club", "text").plain).decode()

    assert whole.count("# TYPE marketing_leads gauge") == 1
    assert whole.count("marketing_leads{") == 2
    assert 'marketing_leads{project="club",window="30d"} 12' in club
    assert 'project="shop"' not in club
    assert snapshot.project_body("club", "text") is snapshot.project_body("club", "text")
