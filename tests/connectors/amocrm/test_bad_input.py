"""What an account may send that is wrong or odd: its reason and its sentence, and nothing is lost or doubled."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.plugin import Deal, Response, StageChange
from collector.testing.conformance import ground as grounds
from collector.testing.conformance.bench import Bench
from collector.testing.conformance.books import difference
from collector.testing.conformance.ground import Plot
from collector.testing.conformance.trial import Trial
from collector.testing.simulator import World
from connectors.amocrm.plugin import AmoCrm
from connectors.amocrm.simulator import AmocrmSimulator
from tests.connectors.amocrm.test_account import account, nothing_happens, stream, told

Odd = Callable[[str, Any], Any]
"""A path and the body that the vendor sends → the body that arrives."""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A few days that stand still."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grounds, "SMALL", World(days=8, today=grounds.TODAY))
        with Trial(AmoCrm, Plot(AmocrmSimulator), tmp_path).scene() as found, nothing_happens(found):
            yield found


def poll(bench: Bench, name: str) -> tuple[str, str | None, str]:
    report = bench.poll(stream(bench, name))
    return *told(report), str(report.message)


def arriving(bench: Bench, odd: Odd) -> None:
    """From now on bodies arrive changed."""
    client: Any = bench.connector.client
    sent = client.get_json

    async def get_json(path: str, **more: Any) -> Any:
        return odd(path, await sent(path, **more))

    client.get_json = get_json


# ── bodies that are none ─────────────────────────────────────────────────────────────


def test_an_error_that_comes_as_a_success_is_no_empty_list(bench: Bench) -> None:
    problem = {"title": "Forbidden", "status": 403, "detail": "Access denied"}
    poll(bench, "contacts")
    before = bench.books()
    arriving(bench, lambda path, body: problem)

    state, reason, message = poll(bench, "contacts")
    assert (state, reason) == ("failed", "bad_response")
    assert "expected _embedded.contacts" in message
    assert "an object with detail, status, title" in message
    assert difference(before, bench.books()) is None


@pytest.mark.parametrize("fault", ["html", "malformed"])
def test_a_page_or_half_a_body_in_place_of_an_answer_is_told_and_the_next_poll_goes_on(
    fault: str, bench: Bench
) -> None:
    poll(bench, "leads")
    before = bench.books()
    bench.ask_anew()
    vendor = account(bench)
    vendor.faults.once(fault, at=len(vendor.journal) + 2)

    state, reason, message = poll(bench, "leads")
    assert (state, reason) == ("failed", "bad_response")
    assert "expected a JSON body" in message
    assert poll(bench, "leads")[0] == "done"
    assert difference(before, bench.books()) is None


def test_a_body_that_breaks_off_is_asked_for_again(bench: Bench) -> None:
    poll(bench, "contacts")
    before = bench.books()
    bench.ask_anew()
    vendor = account(bench)
    vendor.faults.once("cut", at=len(vendor.journal) + 1)

    assert poll(bench, "contacts")[0] == "done"
    assert difference(before, bench.books()) is None


# ── rights ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("path", "right"), [("leads", "to view leads"), ("events", "to view leads and their events"), ("account", "`crm`")]
)
def test_a_right_that_is_lacking_is_named_and_the_other_streams_go_on(path: str, right: str, bench: Bench) -> None:
    account(bench).refuse(403, f"/api/v4/{path}")

    state, reason, message = poll(bench, "leads")
    assert (state, reason) == ("failed", "forbidden")
    assert f"the token lacks a right, {right}" in message or right in message
    assert poll(bench, "contacts")[0] == "done"


def test_a_token_that_was_never_one_stops_the_source(bench: Bench) -> None:
    vendor = account(bench)
    vendor.tokens.issued.clear()

    state, reason, message = poll(bench, "leads")
    assert (state, reason) == ("failed", "credentials_refused")
    assert "`access_token`" in message
    assert len(vendor.journal) == 1


# ── rows ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("currency", [None, "", "POINTS", "БОН", 643])
def test_a_currency_that_is_none_is_told_as_the_accounts(currency: object, bench: Bench) -> None:
    arriving(bench, lambda path, body: {**body, "currency": currency} if path.endswith("/account") else body)

    state, reason, message = poll(bench, "leads")
    assert (state, reason) == ("failed", "bad_response")
    assert "/api/v4/account: expected the account's currency" in message
    assert [row for row in bench.books()["entities"] if row[2] == "deal"] == []


def test_a_row_that_cannot_be_read_is_named_by_its_id(bench: Bench) -> None:
    def odd(path: str, body: Any) -> Any:
        for row in body["_embedded"]["leads"] if path.endswith("/leads") and body else ():
            row |= {"price": "as agreed", "price_with_minor_units": None, "status_id": 142}
        return body

    arriving(bench, odd)

    state, reason, message = poll(bench, "leads")
    assert (state, reason) == ("failed", "bad_response")
    assert "lead 2" in message
    assert "amount" in message


def test_a_row_that_comes_twice_is_stored_once(bench: Bench) -> None:
    poll(bench, "leads")
    before = bench.books()
    bench.ask_anew()

    def odd(path: str, body: Any) -> Any:
        if path.endswith("/leads") and body:
            found = body["_embedded"]["leads"]
            return {**body, "_embedded": {"leads": [each for row in found for each in (row, dict(row))]}}
        return body

    arriving(bench, odd)
    assert poll(bench, "leads")[0] == "done"
    assert difference(before, bench.books()) is None


def test_a_stage_that_nobody_knows_is_counted_and_told(bench: Bench) -> None:
    def odd(path: str, body: Any) -> Any:
        if path.endswith("/leads/pipelines"):
            body["_embedded"]["pipelines"] = body["_embedded"]["pipelines"][:1]
        return body

    def there() -> set[tuple[object, ...]]:
        return {row[2:4] for row in bench.books()["entities"] if row[2] == "lead" and not row[5]}

    poll(bench, "leads")
    before = there()
    bench.ask_anew()
    arriving(bench, odd)
    report = bench.poll(stream(bench, "leads"))

    assert report.ok
    assert any("is in no pipeline that the account shows" in each for each in report.warnings)
    assert before == there() != set()


def test_a_deal_that_moves_to_another_pipeline_is_one_deal_there(bench: Bench) -> None:
    name = next(
        each for each in bench.records(stream(bench, "leads")) if isinstance(each, Deal) and each.status == "open"
    ).id

    def odd(path: str, body: Any) -> Any:
        for row in body["_embedded"]["leads"] if path.endswith("/leads") and body else ():
            if str(row["id"]) == name:
                row |= {"pipeline_id": 2, "status_id": 2050}
        return body

    arriving(bench, odd)
    found = [each for each in bench.records(stream(bench, "leads")) if getattr(each, "id", None) == name]
    assert [each.pipeline for each in found if isinstance(each, Deal)] == ["2"]
    assert {each.entity for each in found if isinstance(each, StageChange)} <= {"lead", "deal"}


def test_nulls_and_empty_lists_wherever_they_may_stand_are_no_crash(bench: Bench) -> None:
    empty: dict[str, Any] = {
        "price": None,
        "price_with_minor_units": None,
        "closed_at": None,
        "_embedded": [],
        "source_id": None,
    }
    more = {"custom_fields_values": [], "responsible_user_id": 0, "loss_reason_id": None, "created_at": None}

    def odd(path: str, body: Any) -> Any:
        if path.endswith("/leads") and body:
            found = [row | empty | more for row in body["_embedded"]["leads"]]
            return {**body, "_embedded": {"leads": [[], *found, None]}}
        return body

    arriving(bench, odd)
    found = [each for each in bench.records(stream(bench, "leads")) if isinstance(each, Deal)]
    assert found
    assert {each.amount for each in found} == {0}
    assert {(each.customer_id, each.manager, each.lead_source) for each in found} == {(None, None, None)}


def test_a_response_without_a_body_is_an_empty_list(bench: Bench) -> None:
    client: Any = bench.connector.client
    sent = client.request

    async def nothing(method: str, path: str, **more: Any) -> Response:
        response: Response = await sent(method, path, **more)
        return Response(204, response.headers, b"", response.where)

    client.request = nothing
    for name in ("leads", "contacts", "companies", "managers", "names"):
        assert poll(bench, name)[0] == "done", name
    assert bench.books()["entities"] == []
