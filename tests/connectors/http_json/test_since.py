"""Streams of kind since: entities by change, runs that go on where they were cut off, sweeps."""

import asyncio
import json
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from collector.plugin import BadResponse, Checkpoint, Deal, TemporaryFailure
from tests.connectors.http_json.desk import Desk, one, since

ORDERS = one("""\
kind: since
request: {path: /orders, params: {updated_after: "{since}", updated_before: "{until:unix}"}}
pages: {by: cursor, param: cursor, next: next}
record: deal
rows: orders
fields:
  id: id
  created_at: created
  updated_at: {path: updated, date: ms}
  closed_at: paid
  status: {path: state, map: {paid: won, cancelled: lost}, default: open}
  amount: total
  currency: currency
  customer_id: customer.id
""")


def order(number: int, **more: Any) -> dict[str, Any]:
    row = {"id": number, "created": "2026-11-01 10:00", "updated": 1793530800000, "state": "new", "total": "5.00"}
    return {**row, "currency": "usd", "customer": {"id": f"contact:{number}"}, **more}


def page(*numbers: int, **more: Any) -> dict[str, Any]:
    return {"orders": [order(number) for number in numbers], **more}


def test_an_order_becomes_a_deal_in_its_full_present_state() -> None:
    paid = order(7, state="paid", paid="2026-11-02", total=9)
    desk = Desk(ORDERS, {"orders": [paid]}, zone="Europe/Moscow")

    assert desk.records() == [
        Deal(
            id="7",
            created_at=datetime(2026, 11, 1, 7, tzinfo=UTC),
            updated_at=datetime(2026, 11, 1, 11, tzinfo=UTC),
            closed_at=datetime(2026, 11, 2, 9, tzinfo=UTC),  # noon there
            status="won",
            amount=Decimal(9),
            currency="USD",
            customer_id="contact:7",
        )
    ]


def test_all_history_is_asked_for_without_the_parameter_and_changes_with_it() -> None:
    desk = Desk(ORDERS, page(), page())
    desk.read(since())
    desk.read(since("2026-11-20T10:00:00+00:00"))

    assert [asked.params for asked in desk.asked] == [
        {"updated_before": 1795435200},
        {"updated_after": "2026-11-20T10:00:00Z", "updated_before": 1795435200},
    ]


def test_a_vendor_that_needs_a_beginning_is_given_one() -> None:
    desk = Desk(ORDERS + "    begin: 2015-01-01\n", page())
    desk.read()

    assert desk.asked[0].params["updated_after"] == "2015-01-01T00:00:00Z"


def test_there_is_a_checkpoint_after_each_page_but_the_last_and_a_run_goes_on_from_it() -> None:
    desk = Desk(ORDERS, page(1, next="a"), page(2, next="b"), page(3))
    read = desk.read()
    places = [each.cursor for each in read if isinstance(each, Checkpoint)]

    assert [getattr(each, "id", "-") for each in read] == ["1", "-", "2", "-", "3"]
    again = Desk(ORDERS, page(3))
    assert [record.id for record in again.records(since(cursor=places[1]))] == ["3"]
    assert again.asked[0].params["cursor"] == "b"


def places(desk: Desk) -> list[str]:
    """Where runs can go on, of one that was cut off or came to its end."""

    async def read() -> list[str]:
        found: list[str] = []
        rows: Any = desk.stream.read(since())
        with suppress(BadResponse):
            async for each in rows:
                found += [each.cursor] if isinstance(each, Checkpoint) else []
        return found

    return asyncio.run(read())


def test_a_chain_without_an_end_has_none_over_several_turns_either() -> None:
    text = ORDERS.replace("next: next}", "next: next, max_pages: 3}")
    cut_off = places(Desk(text, page(1, next="a"), page(2, next="b"), page(3)))
    endless = Desk(text, page(3, next="c"), page(4, next="d"))

    with pytest.raises(BadResponse, match=r"expected an end within 3 pages \(max_pages\)"):
        endless.read(since(cursor=cut_off[-1]))
    assert len(endless.asked) == 1


def test_a_run_that_has_read_too_many_pages_asks_for_one_more_which_may_be_the_last() -> None:
    text = ORDERS.replace("next: next}", "next: next, max_pages: 1}")
    (place,) = places(Desk(text, page(1, next="a")))
    endless = Desk(text, page(2, next="b"), page(3))

    with pytest.raises(BadResponse, match="an end within 1 pages"):
        endless.read(since(cursor=place))
    assert len(endless.asked) == 1
    assert [record.id for record in Desk(text, page(2)).records(since(cursor=place))] == ["2"]


def test_a_place_of_another_description_is_begun_anew() -> None:
    (first, *_) = [each for each in Desk(ORDERS, page(1, next="a"), page(2)).read() if isinstance(each, Checkpoint)]
    changed = Desk(ORDERS.replace("/orders", "/v2/orders"), page(1))

    assert [record.id for record in changed.records(since(cursor=first.cursor))] == ["1"]
    assert "cursor" not in changed.asked[0].params
    assert Desk(ORDERS, page(1)).records(since(cursor="no json")) != []


def test_a_place_that_the_vendor_does_not_know_any_more_is_begun_anew_and_told() -> None:
    refusal = BadResponse(expected="a 2xx answer", where="GET /orders answered 400", got="invalid cursor")
    desk = Desk(ORDERS, page(1, next="a"), page(2))
    (place,) = [each for each in desk.read() if isinstance(each, Checkpoint)]
    again = Desk(ORDERS, refusal, page(1, next="c"), page(2))

    assert [record.id for record in again.records(since(cursor=place.cursor))] == ["1", "2"]
    assert "begins anew" in again.connector.take_warnings()[0]
    with pytest.raises(TemporaryFailure):
        Desk(ORDERS, TemporaryFailure("broken")).read(since(cursor=place.cursor))


def test_a_source_may_say_that_its_places_do_not_last() -> None:
    desk = Desk(ORDERS.replace("next: next", "next: next, resume: false"), page(1, next="a"), page(2))

    assert [each for each in desk.read() if isinstance(each, Checkpoint)] == []


def test_a_key_in_a_next_address_is_never_kept() -> None:
    text = "auth: {kind: api_key, params: {key: s3cret-canary}}\n" + ORDERS.replace("by: cursor", "by: url")
    text = text.replace("param: cursor, ", "")
    kept = Desk(text, page(1, next="https://api.acme.example/orders?key=s3cret-canary&at=2"), page(2))
    other = Desk(text, page(1, next="https://api.acme.example/orders?signed=s3cret-canary"), page(2))

    (place,) = [each for each in kept.read() if isinstance(each, Checkpoint)]
    assert json.loads(place.cursor)["at"] == "https://api.acme.example/orders?at=2"
    assert [each for each in other.read() if isinstance(each, Checkpoint)] == []
    token = Desk(text, page(1, next="https://api.acme.example/orders?access_token=of-the-vault"), page(2))
    assert [each for each in token.read() if isinstance(each, Checkpoint)] == []


def test_a_status_that_no_map_has_is_a_bad_row_and_null_has_the_default() -> None:
    text = ORDERS.replace(", default: open", "")

    with pytest.raises(BadResponse, match=r"status \(state\): 'new' is none of those in its map \(paid, cancelled\)"):
        Desk(text, page(1)).records()
    (deal,) = Desk(ORDERS, {"orders": [order(1, state=None)]}).records()
    assert deal.status == "open"


def test_a_won_deal_needs_its_day_and_an_unknown_status_is_bad() -> None:
    with pytest.raises(BadResponse, match="closed_at: a won deal needs the time at which it closed"):
        Desk(ORDERS, {"orders": [order(1, state="paid")]}).records()


def test_without_times_of_its_own_a_deal_was_changed_when_it_closed() -> None:
    left_out = ("  created_at: created\n", "  updated_at: {path: updated, date: ms}\n")
    text = ORDERS.replace("currency: currency", "manager: m")
    for line in left_out:
        text = text.replace(f"    {line}", "")
    (deal,) = Desk(text, {"orders": [order(1, state="paid", paid="2026-11-02T10:00:00Z", m=4)]}).records()

    assert deal.created_at == deal.updated_at == deal.closed_at == datetime(2026, 11, 2, 10, tzinfo=UTC)
    assert (deal.currency, deal.manager) == ("EUR", "4")


def test_the_sources_own_dimensions_are_read_and_fields_tell_what_it_can_have() -> None:
    desk = Desk(
        "dimensions: {region: customer.city}\n" + ORDERS + "    click_ids: {gclid: ads.gclid}\n",
        {"orders": [order(1, customer={"city": "Ulm"}, ads={"gclid": "x1"})]},
        dimensions={"region": "customer.city"},
    )

    (deal,) = desk.records()
    assert (deal.dimensions, deal.click_ids) == ({"region": "Ulm"}, {"gclid": "x1"})
    assert desk.stream.fields is not None
    assert desk.stream.fields >= {"amount", "region", "gclid"}
    assert not desk.stream.fills("loss_reason")


OTHERS = {
    "lead": "{id: id, created_at: t, status: {const: open}}",
    "customer": "{id: id, parent_id: p}",
    "stage_change": "{entity: {const: deal}, id: id, at: t, stage: s, status: {const: won}}",
    "post": "{id: id, network: {const: x}, kind: {const: y}, published_at: t, likes: n}",
    "member": "{dimension: {const: manager}, id: id, title: s}",
    "gone": "{entity: {const: deal}, id: id}",
    "rate": "{day: t, currency: c, value: n}",
}


@pytest.mark.parametrize("record", OTHERS)
def test_every_record_can_be_made(record: str) -> None:
    text = one(f"kind: since\nrequest: {{path: /x}}\nrecord: {record}\nfields: {OTHERS[record]}\n")
    row = {"id": 3, "t": "2026-11-01T10:00:00Z", "p": "company:1", "s": "Won", "n": 4, "c": "usd"}

    (found,) = Desk(text, [row]).records()

    assert found.type == record


# ── sweeps ───────────────────────────────────────────────────────────────────────────

SWEEP = (
    ORDERS
    + """\
    sweep:
      request: {path: /order-ids}
      pages: {by: page, param: page}
      rows: ids
      id: number
"""
)


def test_a_sweep_lists_the_ids_that_exist() -> None:
    desk = Desk(SWEEP, {"ids": [{"number": 1}, {"number": "b"}]}, {"ids": [{"number": 3}]}, {"ids": []})

    assert desk.swept() == ["1", "b", "3"]
    assert [asked.params for asked in desk.asked] == [{"page": 1}, {"page": 2}, {"page": 3}]


def test_a_sweep_that_lacks_an_id_or_its_rows_is_no_sweep() -> None:
    with pytest.raises(BadResponse, match="row 2: expected an id"):
        Desk(SWEEP, {"ids": [{"number": 1}, {}]}).swept()
    with pytest.raises(BadResponse, match=r"row 1: expected an id, but id \(number\): a plain value is needed"):
        Desk(SWEEP, {"ids": [{"number": []}]}).swept()
    with pytest.raises(BadResponse, match="expected rows at 'ids'"):
        Desk(SWEEP, {}).swept()


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("{path: s, map: {new: open, hot: qualified}}", True),
        ("{path: s, map: {new: open, done: converted}}", False),
        ("s", True),  # the vendor's words are ours
        ("{const: open}", False),
        ("{const: open}, ever_qualified: hot", True),
    ],
)
def test_leads_tell_qualified_where_the_mapping_can(status: str, told: bool) -> None:
    fields = f"{{id: id, created_at: t, status: {status}}}"
    desk = Desk(one(f"kind: since\nrequest: {{path: /x}}\nrecord: lead\nfields: {fields}\n"))

    assert desk.stream.maps_qualified is told
