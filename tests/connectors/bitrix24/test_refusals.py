"""What the portal refuses is told as what it is, with a sentence for who has to act."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from collector.plugin import (
    BadResponse,
    CredentialsExpired,
    CredentialsRefused,
    Forbidden,
    QuotaExhausted,
    RateLimited,
    Response,
    SourceError,
    TemporaryFailure,
)
from connectors.bitrix24.refusals import refusal
from tests.connectors.bitrix24.asked import NOW, SAMPLES, Asked, Portal, Refused, connector, read

RESETS = NOW + timedelta(minutes=4)
WHERE = "POST portal.example.com/rest/7/***/crm.deal.list"

EXPECTED: dict[str, tuple[type[SourceError], str]] = {
    "error.400.INVALID_ARG_VALUE.json": (BadResponse, "crm.deal.list: expected a result, got"),
    "error.400.INVALID_REQUEST.json": (CredentialsRefused, "write https://"),
    "error.400.NOT_FOUND.json": (BadResponse, "SPA not found"),
    "error.400.bad_filter.json": (BadResponse, "Parameter 'filter' must be array."),
    "error.400.empty.json": (Forbidden, "give the webhook's owner the right to read all of it in the CRM"),
    "error.400.invalid_grant.json": (BadResponse, "Invalid authorization data"),
    "error.401.INVALID_CREDENTIALS.json": (CredentialsRefused, "make a new webhook"),
    "error.401.NO_AUTH_FOUND.json": (CredentialsRefused, "make a new webhook"),
    "error.401.PAYMENT_REQUIRED.json": (Forbidden, "plan"),
    "error.401.expired_token.json": (CredentialsExpired, "has run out"),
    "error.403.ACCESS_DENIED.json": (Forbidden, "paid plans only"),
    "error.403.allowed_only_intranet_user.json": (Forbidden, "for employees only"),
    "error.403.insufficient_scope.json": (Forbidden, "needs the scope `crm`"),
    "error.403.user_access_error.json": (Forbidden, "no access to the application"),
    "error.404.ERROR_METHOD_NOT_FOUND.json": (BadResponse, "the user's number and the code"),
    "error.410.PORTAL_DELETED.json": (CredentialsRefused, "was deleted"),
    "error.429.OPERATION_TIME_LIMIT.json": (QuotaExhausted, RESETS.isoformat()),
    "error.500.ERROR_UNEXPECTED_ANSWER.json": (TemporaryFailure, "unexpected response"),
    "error.500.INTERNAL_SERVER_ERROR.json": (TemporaryFailure, "Internal server error"),
    "error.503.OVERLOAD_LIMIT.json": (Forbidden, "only its support lifts that"),
    "error.503.QUERY_LIMIT_EXCEEDED.json": (RateLimited, "rate limit"),
}


def told(response: Response, *, renews: bool = True) -> SourceError | None:
    return refusal(response, renews=renews, resets_at=RESETS, now=NOW)


def test_every_sample_of_a_refusal_is_expected() -> None:
    assert {each.name for each in Path(SAMPLES).glob("error.*")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("with_200", [False, True], ids=["own-status", "status-200"])
def test_a_refusal_is_told_by_its_code_whatever_its_status(name: str, with_200: bool) -> None:
    kind, words = EXPECTED[name]
    status = 200 if with_200 else int(name.split(".")[1])

    error = told(Response(status, {}, (SAMPLES / name).read_bytes(), WHERE))

    if with_200 and name == "error.500.INTERNAL_SERVER_ERROR.json":
        assert isinstance(error, TemporaryFailure)
    assert type(error) is kind
    assert words in str(error)


def test_codes_differ_in_case() -> None:
    error = told(Response(401, {}, b'{"error": "invalid_credentials", "error_description": ""}', WHERE))

    assert type(error) is CredentialsRefused


def test_a_webhook_that_has_expired_cannot_be_renewed() -> None:
    body = (SAMPLES / "error.401.expired_token.json").read_bytes()

    assert type(told(Response(401, {}, body, WHERE), renews=False)) is CredentialsRefused


def test_a_portal_that_moved_says_where_it_is() -> None:
    moved = Response(302, {"location": "https://sosna-new.bitrix24.ru/rest/"}, b"<html>", WHERE)

    error = told(moved)

    assert type(error) is CredentialsRefused
    assert "moved to sosna-new.bitrix24.ru" in str(error)


def test_a_page_in_place_of_an_answer_is_told_as_what_it_is() -> None:
    late = told(Response(504, {}, b" <html>error: 504</html>", WHERE))
    wrong = told(Response(200, {}, b"<html>welcome</html>", WHERE))

    assert type(late) is TemporaryFailure
    assert "crm.deal.list: a page with status 504" in str(late)
    assert type(wrong) is BadResponse
    assert "a wrong address in webhook_url" in str(wrong)
    assert told(Response(404, {}, b"<html>none</html>", WHERE)) is None


def test_a_batch_tells_which_scope_a_command_lacks() -> None:
    body = {"result": {"result": [], "result_error": {"user_get_3": {"error": "insufficient_scope"}}}}

    error = told(Response(200, {}, json.dumps(body).encode(), "POST portal/batch"))

    assert type(error) is Forbidden
    assert "user.get needs the scope `user_brief`" in str(error)


def test_a_method_that_ran_too_long_waits_also_within_a_batch() -> None:
    body = (SAMPLES / "batch.response_partial_errors.json").read_bytes().replace(b'"deals"', b'"crm_deal_list_0"')

    error = told(Response(200, {}, body, "POST portal/batch"))

    assert isinstance(error, QuotaExhausted)
    assert error.until == RESETS


@pytest.mark.parametrize("name", ["batch.response_empty.json", "batch.response_id_walk.json", "crm.deal.list.json"])
def test_an_answer_is_no_refusal(name: str) -> None:
    assert told(Response(200, {}, (SAMPLES / name).read_bytes(), WHERE)) is None


# ── answers that are none ────────────────────────────────────────────────────────────


def read_deals(rows: list[object]) -> list[object]:
    def answers(method: str, asked: Asked) -> object:
        if method == "crm.deal.list":
            return rows
        return [{"CURRENCY": "EUR", "BASE": "Y"}] if method == "crm.currency.list" else []

    return asyncio.run(read(connector(Portal(answers)), "deals"))


ROW = {"ID": "7", "DATE_CREATE": "2026-03-01T09:00:00+03:00", "DATE_MODIFY": "2026-03-02T09:00:00+03:00"}
OPEN = {**ROW, "STAGE_ID": "C1:NEW", "STAGE_SEMANTIC_ID": "P", "CATEGORY_ID": "1", "CURRENCY_ID": "RUB"}


def test_rows_as_empty_lists_are_a_bad_response() -> None:
    with pytest.raises(BadResponse, match="rows with ID"):
        read_deals([[], []])


def test_a_row_without_amount_currency_or_date_of_creation_is_not_lost() -> None:
    row = {"ID": "7", "DATE_CREATE": None, "DATE_MODIFY": "2026-03-02T09:00:00+03:00", "OPPORTUNITY": None}

    deal, _ = read_deals([{**row, "CURRENCY_ID": None, "STAGE_ID": "WON", "STAGE_SEMANTIC_ID": None}])

    assert (deal.amount, deal.currency, deal.status) == (0, "EUR", "won")  # type: ignore[attr-defined]
    assert deal.created_at == datetime(2026, 3, 2, 6, tzinfo=UTC)  # type: ignore[attr-defined]


def test_a_row_without_any_date_is_named() -> None:
    with pytest.raises(BadResponse, match="deal 7 has no date at all"):
        read_deals([{**OPEN, "DATE_CREATE": "", "DATE_MODIFY": {}}])


def test_a_currency_that_is_none_is_named() -> None:
    with pytest.raises(BadResponse, match=r"deal 7: .*ISO 4217"):
        read_deals([{**OPEN, "CURRENCY_ID": "POINTS"}])


def test_an_unknown_stage_is_open_and_a_deal_in_another_pipeline_is_in_that_one() -> None:
    deal, _ = read_deals([{**OPEN, "STAGE_ID": "UC_NEVER1", "STAGE_SEMANTIC_ID": "", "CATEGORY_ID": "8"}])

    assert (deal.status, deal.stage, deal.pipeline) == ("open", "UC_NEVER1", "8")  # type: ignore[attr-defined]


# ── check ────────────────────────────────────────────────────────────────────────────


def checked(scopes: list[str], refused: dict[str, object] | None = None, mode: int = 1, **settings: Any) -> object:
    def answers(method: str, asked: Asked) -> object:
        if method in (refused or {}):
            raise Refused((refused or {})[method])
        return {"scope": scopes, "server.time": "2026-03-10T12:15:00+03:00", "crm.settings.mode.get": mode}.get(
            method, []
        )

    return asyncio.run(connector(Portal(answers), **settings).check())


def test_check_names_the_scopes_that_are_lacking() -> None:
    with pytest.raises(Forbidden, match="the webhook lacks the scopes crm, user_brief"):
        checked([])
    with pytest.raises(Forbidden, match="lacks the scope user_brief"):
        checked(["crm", "task"])
    assert checked(["crm", "user_basic"]) == []


def test_check_names_every_right_that_is_lacking() -> None:
    denied = {"error": "", "error_description": "Access denied."}

    with pytest.raises(Forbidden, match=r"crm.lead.list: access denied.*; crm.currency.list: access denied"):
        checked(["crm", "user"], {"crm.lead.list": denied, "crm.currency.list": denied})


def test_check_tells_of_simple_crm() -> None:
    assert "name `deal_stages`" in str(checked(["crm", "user"], mode=2))
    assert "name `deal_stages`" not in str(checked(["crm", "user"], mode=2, deal_stages=["C1:EXECUTING"]))
