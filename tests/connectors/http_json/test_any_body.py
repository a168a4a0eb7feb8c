"""Whatever a vendor answers: records, or an error that says what was expected; never a crash."""

from contextlib import suppress
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from collector.plugin import Checkpoint, Fact, InvalidRecord, Response, SourceError
from connectors.http_json.paging import next_link
from connectors.http_json.templates import Filler, faults, parsed
from tests.connectors.http_json.desk import NOW, Desk, answer, one

SPEND = one("""\
kind: window
request: {path: /stats}
pages: {by: url, next: next, more: more, max_pages: 2}
record: fact
rows: data
skip_if: test
fields: {day: {path: day, date: unix}, currency: {path: currency, of: body}}
measures: {spend: "sum(data[].cost)", clicks: {path: clicks, factor: 0.01}}
dimensions: {campaign: name}
also: [{record: member, rows: data, fields: {dimension: {const: campaign}, id: id, title: name}}]
""")
ORDERS = one("""\
kind: since
request: {path: /orders}
pages: {by: cursor, param: c, next: next, max_pages: 2}
record: deal
rows: data
key_as: id
fields: {id: id, closed_at: day, status: {path: status, map: {paid: won}}, amount: cost, deleted: test}
click_ids: {gclid: name}
""")

odd = ["2026-11-01", "paid", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "1e999999", "NaN", "//["]
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
plain = st.none() | st.booleans() | numbers | st.text(max_size=8) | st.sampled_from(odd)
names = st.sampled_from(["day", "currency", "cost", "clicks", "name", "id", "status", "test", "next", "more", "x"])
rows = st.lists(st.dictionaries(names, plain, max_size=8) | plain, max_size=3)
bodies = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4), max_leaves=8
) | st.fixed_dictionaries(
    {"data": rows | st.dictionaries(st.text(max_size=4), rows | plain, max_size=3)},
    optional={"next": plain, "more": plain, "currency": plain},
)


@given(st.sampled_from([SPEND, ORDERS]), bodies, bodies)
@example(ORDERS, {"data": {"7": {"day": "9999-12-31T23:59:59-12:00", "status": "paid", "cost": 1}}}, {})
@example(SPEND, {"data": [], "more": True, "next": "//["}, {})
@example(SPEND, {"data": [{"day": 1e308, "clicks": "1e999999"}]}, {})
def test_any_body_gives_records_or_an_error_of_the_taxonomy(text: str, first: Any, second: Any) -> None:
    try:
        found = Desk(text, first, second).read()
    except (SourceError, InvalidRecord):
        return
    assert all(isinstance(each, Checkpoint) or each.type in ("fact", "member", "deal") for each in found)
    assert all(each.value.is_finite() for each in found if isinstance(each, Fact))


@given(st.binary(max_size=30), st.text(max_size=40))
def test_any_bytes_and_any_link_header(body: bytes, header: str) -> None:
    response = Response(200, {"link": header}, body, answer(b"[]").where)
    with suppress(SourceError):
        Desk(SPEND, response).read()
    next_link(header)
    next_link(f"<x>; {header}; rel=next")


@given(st.text(alphabet="{}:%ab first", max_size=20))
def test_a_text_without_faults_can_be_filled(text: str) -> None:
    if list(faults(text, frozenset({"first"}))):
        return
    filled = Filler(NOW.tzinfo, {"first": NOW.date()}).text(text)  # type: ignore[arg-type]

    assert isinstance(filled, str | int)
    assert all(isinstance(piece, str) or piece.name == "first" for piece in parsed(text))
