"""The portal refuses as the vendor does, with its very words."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from collector.testing.simulator import Faults, LeakyBucket
from connectors.bitrix24.simulator.refusals import REFUSALS
from tests.connectors.bitrix24.portal import SAMPLES, Asking, sample

BODIES = sorted(path.stem.split(".", 2)[1:] for path in SAMPLES.glob("error.*.json"))


@pytest.fixture
def portal() -> Asking:
    return Asking(days=5)


@pytest.mark.parametrize(("status", "error"), [each for each in BODIES if each[1] in REFUSALS])
def test_each_refusal_has_the_vendors_words(portal: Asking, status: str, error: str) -> None:
    portal.simulator.switches.refusing = error
    answer = portal.post("crm.lead.list")
    assert answer.status_code == int(status)
    assert answer.json() == sample(f"error.{status}.{error}")
    assert "retry-after" not in answer.headers


def test_a_refusal_may_come_with_status_200(portal: Asking) -> None:
    portal.simulator.switches.refusing, portal.simulator.switches.status = "ACCESS_DENIED", 200
    assert portal.post("crm.lead.list").status_code == 200
    assert portal.post("crm.lead.list").json()["error"] == "ACCESS_DENIED"


def test_the_bucket_holds_fifty_calls_and_leaks_two_a_second(portal: Asking) -> None:
    portal.simulator.limits = [LeakyBucket(rate=2, burst=50)]
    assert [portal.post("scope").status_code for _ in range(51)] == [200] * 50 + [503]
    assert portal.post("scope").json() == sample("error.503.QUERY_LIMIT_EXCEEDED")
    portal.wait(seconds=1)
    assert [portal.post("scope").status_code for _ in range(3)] == [200, 200, 503]
    assert len(portal.simulator.journal.overruns) == 3


def test_a_batch_is_one_call(portal: Asking) -> None:
    portal.simulator.limits = [LeakyBucket(rate=2, burst=2)]
    cmd = {str(number): "scope" for number in range(50)}
    assert [portal.post("batch", {"cmd": cmd}).status_code for _ in range(3)] == [200, 200, 503]


def test_a_method_that_ran_too_long_waits_for_its_oldest_minute(portal: Asking) -> None:
    portal.simulator.switches.operating_limit = 0.1
    used = [portal.body("crm.deal.list")["time"]["operating"] for _ in range(3)]
    assert used == pytest.approx([0.045, 0.09, 0.135])  # the call that exceeds the limit is answered
    reset = portal.simulator.clock.now() + timedelta(seconds=600)
    refused = portal.post("crm.deal.list")
    assert (refused.status_code, refused.json()) == (429, sample("error.429.OPERATION_TIME_LIMIT"))
    assert portal.post("crm.lead.list").status_code == 200  # others go on
    inside = portal.result("batch", {"cmd": {"deals": "crm.deal.list", "leads": "crm.lead.list"}})
    assert inside["result_error"] == {"deals": sample("error.429.OPERATION_TIME_LIMIT")}
    portal.wait(seconds=599)
    assert portal.post("crm.deal.list").status_code == 429
    portal.wait(seconds=1)
    again = portal.body("crm.deal.list")["time"]
    assert again["operating"] == pytest.approx(0.045)
    assert again["operating_reset_at"] == int(reset.timestamp()) + 600


def test_an_own_server_tells_no_operating_figures(portal: Asking) -> None:
    portal.simulator.switches.is_own_server, portal.simulator.switches.operating_limit = True, 0
    portal.post("scope")
    assert not {"operating", "operating_reset_at"} & set(portal.body("scope")["time"])


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        ("/rest/1/wrong/crm.lead.list", 401, "INVALID_CREDENTIALS"),
        ("/rest/2/{code}/crm.lead.list", 401, "INVALID_CREDENTIALS"),
        ("/rest/{code}/crm.lead.list", 404, "ERROR_METHOD_NOT_FOUND"),
        ("/rest/crm.lead.list", 401, "NO_AUTH_FOUND"),
        ("/rest/1/{code}/crm.nonsense", 404, "ERROR_METHOD_NOT_FOUND"),
    ],
)
def test_who_is_not_let_in(portal: Asking, path: str, status: int, error: str) -> None:
    answer = portal.send("POST", path.format(code=portal.simulator.code), json={})
    assert (answer.status_code, answer.json()) == (status, sample(f"error.{status}.{error}"))


def test_the_webhooks_code_stands_nowhere_in_the_journal(portal: Asking) -> None:
    portal.post("scope")
    entry = next(iter(portal.simulator.journal))
    assert portal.simulator.code not in entry.path
    assert entry.path.endswith("/scope")


def test_a_deleted_webhook_is_not_known_any_more(portal: Asking) -> None:
    portal.simulator.switches.is_deleted = True
    assert portal.post("scope").json() == sample("error.401.INVALID_CREDENTIALS")


def test_webhooks_may_want_https(portal: Asking) -> None:
    portal.simulator.switches.https_only = True
    assert portal.post("scope").json() == sample("error.400.INVALID_REQUEST")
    assert portal.send("POST", f"https://portal.example.com{portal.path}scope", json={}).status_code == 200


def test_scopes_are_wanted(portal: Asking) -> None:
    portal.simulator.switches.scopes = {"user_brief"}
    answer = portal.post("crm.lead.list")
    assert (answer.status_code, answer.json()) == (403, sample("error.403.insufficient_scope"))
    assert portal.post("user.get").status_code == 200


def test_rights_to_read_may_lack(portal: Asking) -> None:
    portal.simulator.switches.no_access = {"crm.lead"}
    assert portal.post("crm.lead.list").json() == sample("error.400.empty")
    assert portal.post("crm.item.list", {"entityTypeId": 1}).json() == sample("error.400.empty")
    assert portal.post("crm.item.list", {"entityTypeId": 2}).status_code == 200


def test_rows_of_others_are_silently_missing(portal: Asking) -> None:
    portal.simulator.switches.hidden_managers = {11, 12}
    assert {row["ASSIGNED_BY_ID"] for row in portal.all("crm.deal.list")} <= {"1", "13", "14", "15"}


def test_the_simple_mode_has_no_leads(portal: Asking) -> None:
    portal.simulator.switches.has_leads = False
    assert portal.result("crm.settings.mode.get") == sample("crm.settings.mode.get.simple")["result"]
    body = portal.body("crm.lead.list")
    assert {**body, "time": 0} == {**sample("crm.lead.list.empty"), "time": 0}


def test_a_renamed_portal_redirects(portal: Asking) -> None:
    portal.simulator.switches.moved_to = "new.example.com"
    answer = portal.post("scope")
    assert answer.status_code == 302
    assert answer.headers["location"] == f"https://new.example.com{portal.path}scope"


def test_long_calls_are_cut_off_with_a_page(portal: Asking) -> None:
    portal.simulator.switches.is_cut_off = True
    answer = portal.post("scope")
    assert (answer.status_code, answer.headers["content-type"]) == (504, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("method", "params", "body"),
    [
        ("crm.deal.list", {"filter": "x"}, "error.400.bad_filter"),
        ("crm.item.list", {"entityTypeId": 128}, "error.400.NOT_FOUND"),
        ("crm.item.list", {"entityTypeId": 2, "filter": {"FIELD": 1}}, "error.400.INVALID_ARG_VALUE"),
    ],
)
def test_parameters_are_refused(portal: Asking, method: str, params: dict[str, Any], body: str) -> None:
    answer = portal.post(method, params)
    assert (answer.status_code, answer.json()) == (400, sample(body))


def test_items_are_strict_where_lists_are_not(portal: Asking) -> None:
    told = portal.post("crm.item.list", {"entityTypeId": 2, "filter": {">=updatedTime": "soon"}}).json()
    assert told["error_description"] == "Invalid filter: field 'updatedTime' has invalid value"
    told = portal.post("crm.item.list", {"entityTypeId": 2, "order": {"colour": "ASC"}}).json()
    assert told["error_description"].startswith("Invalid order: ")
    assert portal.body("crm.deal.list", {"filter": {"COLOUR": 1}})["total"] == portal.body("crm.deal.list")["total"]
    assert (
        portal.post("crm.deal.list", {"order": "ID"}).json()["error_description"] == "Parameter 'order' must be array."
    )


def test_original_names_may_empty_the_rows(portal: Asking) -> None:
    portal.simulator.switches.breaks_original_names = True
    asked = {"entityTypeId": 2, "select": ["id", "utmSource"], "useOriginalUfNames": "Y"}
    items = portal.result("crm.item.list", asked)["items"]
    assert items == [[]] * len(items)
    assert items


def test_iso_dates_may_be_ignored(portal: Asking) -> None:
    portal.simulator.switches.ignores_iso_dates = True
    everything = portal.body("crm.item.list", {"entityTypeId": 2})["total"]
    late = {"entityTypeId": 2, "filter": {">=updatedTime": "2026-11-20T11:00:00+03:00"}}
    assert portal.body("crm.item.list", late)["total"] == everything
    late["filter"] = {">=updatedTime": "2026-11-20 11:00:00"}
    assert portal.body("crm.item.list", late)["total"] < everything


def test_older_portals_tell_the_history_in_texts(portal: Asking) -> None:
    portal.simulator.switches.history_as_text = True
    row = portal.result("crm.stagehistory.list", {"entityTypeId": 2})["items"][0]
    assert all(isinstance(value, str) for value in row.values())


@pytest.mark.parametrize(
    ("fault", "status", "error"),
    [
        ("401", 401, "INVALID_CREDENTIALS"),
        ("403", 403, "insufficient_scope"),
        ("429", 503, "QUERY_LIMIT_EXCEEDED"),
        ("500", 500, "INTERNAL_SERVER_ERROR"),
        ("expired", 401, "expired_token"),
    ],
)
def test_faults_on_purpose_speak_as_the_vendor(portal: Asking, fault: str, status: int, error: str) -> None:
    portal.simulator.faults = Faults()
    portal.simulator.faults.once(fault, at=1)
    answer = portal.post("scope")
    assert (answer.status_code, answer.json()) == (status, sample(f"error.{status}.{error}"))


# ── applications ─────────────────────────────────────────────────────────────────────


def _token(portal: Asking, **more: str) -> Any:
    app = portal.simulator.app_of_portal
    told = {"client_id": app.client_id, "client_secret": app.client_secret, **more}
    return portal.send("GET", "/oauth/token/", params=told)


def test_the_browser_comes_back_with_a_code_that_lives_half_a_minute(portal: Asking) -> None:
    app = portal.simulator.app_of_portal
    answer = portal.send("GET", "/oauth/authorize/", params={"client_id": app.client_id, "state": "s1"})
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(app.redirect_uri)
    told = parse_qs(urlsplit(answer.headers["location"]).query)
    assert (told["state"], told["domain"]) == (["s1"], ["portal.example.com"])
    given = _token(portal, grant_type="authorization_code", code=told["code"][0]).json()
    assert set(given) == set(sample("oauth_token"))
    assert given["client_endpoint"] == "http://portal.example.com/rest/"
    again = _token(portal, grant_type="authorization_code", code=told["code"][0])
    assert (again.status_code, again.json()) == (400, sample("error.400.invalid_grant"))
    late = app.code(portal.clock.now())
    portal.wait(seconds=31)
    assert _token(portal, grant_type="authorization_code", code=late).status_code == 400


def test_a_token_opens_calls_in_the_query_and_in_the_body_until_it_is_over(portal: Asking) -> None:
    app = portal.simulator.app_of_portal
    given = _token(portal, grant_type="refresh_token", refresh_token=app.refresh_token(portal.clock.now())).json()
    token = given["access_token"]
    assert portal.send("POST", "/rest/crm.lead.list", json={"auth": token}).status_code == 200
    assert portal.send("GET", "/rest/crm.lead.list.json", params={"auth": token}).status_code == 200
    portal.wait(hours=1)
    answer = portal.send("POST", "/rest/crm.lead.list", json={"auth": token})
    assert (answer.status_code, answer.json()) == (401, sample("error.401.expired_token"))
    renewed = _token(portal, grant_type="refresh_token", refresh_token=given["refresh_token"]).json()
    assert renewed["refresh_token"] != given["refresh_token"]
    assert portal.send("POST", "/rest/scope", json={"auth": renewed["access_token"]}).status_code == 200
    assert _token(portal, grant_type="refresh_token", refresh_token=given["refresh_token"]).status_code == 400
    assert app.spent.count(given["refresh_token"]) == 2


def test_the_authorization_server_refuses_in_its_own_words(portal: Asking) -> None:
    app = portal.simulator.app_of_portal
    assert _token(portal, grant_type="password").json()["error"] == "invalid_request"
    assert _token(portal, client_secret="wrong", grant_type="refresh_token").json()["error"] == "invalid_client"
    app.is_paid = False
    assert _token(portal, grant_type="refresh_token").json() == sample("error.401.PAYMENT_REQUIRED")
