"""amoCRM's simulator: the account of the view, its lists and filters, its tokens, limits and refusals."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from collector.clock import FixedClock
from collector.testing.company.calendar import noon, seconds
from collector.testing.simulator import World, running
from connectors.amocrm.simulator import AmocrmSimulator
from tests.connectors.amocrm.account_reader import Account

TODAY = date(2026, 11, 20)
NOW = noon(TODAY)


@contextmanager
def account(*, days: int = 45, seed: int = 1, today: date | None = TODAY, limited: bool = False) -> Iterator[Account]:
    simulator = AmocrmSimulator(World(seed=seed, days=days, today=today), clock=FixedClock(NOW))
    if not limited:
        simulator.limits = []
    with running(simulator) as found, httpx.Client(trust_env=False) as client:
        yield Account(found, client)


@pytest.fixture(scope="module")
def vendor() -> Iterator[Account]:
    """One that nobody changes."""
    with account() as found:
        yield found


@pytest.fixture
def own() -> Iterator[Account]:
    """One to be changed."""
    with account(days=5, limited=True) as found:
        yield found


def ids(answer: httpx.Response, key: str = "leads") -> list[int]:
    return [] if answer.status_code == 204 else [row["id"] for row in answer.json()["_embedded"][key]]


# ── it tells the company ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.soak), pytest.param(3, marks=pytest.mark.soak)])
def test_the_contracts_rules_make_of_an_account_what_the_view_says(seed: int) -> None:
    with account(seed=seed) as vendor:
        company = vendor.simulator.company
        leads, deals = vendor.leads_and_deals()
        customers = vendor.customers()

    assert len(deals) > 300
    assert leads == sorted(company.leads())
    assert deals == sorted(company.deals())
    assert customers == sorted(company.customers())


@pytest.mark.parametrize("today", [None, TODAY, TODAY - timedelta(days=40)])
def test_a_clock_that_moves_moves_the_account_on_from_its_day(today: date | None) -> None:
    with account(days=10, today=today) as vendor:
        assert vendor.simulator.company.now == (NOW if today is None else noon(today))
        for _ in range(3):
            vendor.pass_by(hours=31)
            leads, deals = vendor.leads_and_deals()
            company = vendor.simulator.company

            assert leads == sorted(company.leads())
            assert deals == sorted(company.deals())
            assert vendor.customers() == sorted(company.customers())


def test_of_a_set_day_real_time_stands_still_at_noon() -> None:
    simulator = AmocrmSimulator(World(days=3, today=TODAY))

    assert simulator.company.now == NOW
    assert simulator.cabinet.at == seconds(NOW)


def test_what_has_changed_since_and_what_is_gone_is_all_that_differs() -> None:
    with account(days=40, today=None) as vendor:
        known = {lead.id: lead for lead in vendor.leads_and_deals()[0]}
        since = vendor.pass_by(days=9)
        changed, _ = vendor.leads_and_deals({"filter[updated_at][from]": since})
        known.update({lead.id: lead for lead in changed})
        for row in vendor.rows("leads", {"with": "only_deleted"}):
            known.pop(row["id"], None)

        assert len(changed) < len(known)
        assert sorted(known.values()) == sorted(vendor.simulator.company.leads())


def test_the_bin_and_the_log_tell_what_was_deleted_restored_and_merged() -> None:
    with account(days=200) as vendor:
        company = vendor.simulator.company
        events = vendor.rows("events", {"filter[type]": "lead_deleted,lead_restored,entity_merged"})
        of_type = {kind: [each for each in events if each["type"] == kind] for kind in (
            "lead_deleted", "lead_restored", "entity_merged")}  # fmt: skip
        bin_ = vendor.rows("leads", {"with": "only_deleted"})

    cards = {card.id: card for card in company.cards()}
    at = seconds(company.now)
    away = {card.id for card in cards.values() if card.is_away(at)}
    assert {each["entity_id"] for each in of_type["lead_deleted"]} == {
        card.id for card in cards.values() if card.away and card.away[0] <= at and card.merged_into is None
    }
    restored = {each["entity_id"] for each in of_type["lead_restored"]}
    assert restored
    assert not restored & away
    merged = {card.merged_into for card in cards.values() if card.merged_into and card.is_away(at)}
    assert merged
    assert merged == {e["entity_id"] for e in of_type["entity_merged"] if e["entity_type"] == "lead"}
    assert {row["id"] for row in bin_} < away
    assert all(row["is_deleted"] and row["updated_at"] > at - 30 * 86_400 for row in bin_)
    assert {row["id"] for row in bin_} & {card.id for card in cards.values() if card.merged_into is None}


def test_incoming_cards_are_unsorted_until_somebody_takes_them() -> None:
    with account(days=20, today=None) as vendor:
        vendor.pass_by(hours=-4)  # early in the morning
        found = vendor.rows("leads/unsorted")
        named = [item["_embedded"]["leads"][0]["id"] for item in found]
        rows = {row["id"]: row for row in vendor.rows("leads")}
        incoming = vendor.incoming

    assert found
    assert all((rows[each]["pipeline_id"], rows[each]["status_id"]) in incoming for each in named)
    assert {item["category"] for item in found} <= {"forms", "sip", "mail", "chats"}


# ── lists ────────────────────────────────────────────────────────────────────────────


def test_a_list_is_hal_and_its_next_page_is_on_the_same_host(vendor: Account) -> None:
    answer = vendor.get("leads", {"limit": 3, "order[id]": "asc", "with": "contacts"})
    body = answer.json()

    assert answer.headers["content-type"] == "application/hal+json"
    assert set(body) == {"_page", "_links", "_embedded"}
    following = body["_links"]["next"]["href"]
    assert following.startswith(f"{vendor.url}/api/v4/leads?page=2&limit=3&")
    second = vendor.get(following).json()
    assert second["_page"] == 2
    assert "contacts" in second["_embedded"]["leads"][0]["_embedded"]
    assert [row["id"] for row in second["_embedded"]["leads"]] == ids(vendor.get("leads", {"limit": 6}))[3:]


def test_the_last_page_names_no_next_one_and_beyond_it_is_nothing(vendor: Account) -> None:
    total = len(vendor.rows("leads"))
    last = vendor.get("leads", {"limit": 250, "page": total // 250 + 1})
    beyond = vendor.get("leads", {"limit": 250, "page": total // 250 + 2})

    assert "next" not in last.json()["_links"]
    assert (beyond.status_code, beyond.content, beyond.headers.get("content-type")) == (204, b"", None)


@pytest.mark.parametrize(
    ("path", "asked", "given"), [("leads", 1000, 250), ("contacts", 251, 250), ("events", 250, 100), ("leads", "", 50)]
)
def test_more_than_the_most_is_cut_down(vendor: Account, path: str, asked: object, given: int) -> None:
    assert len(vendor.get(path, {"limit": asked} if asked else None).json()["_embedded"][path]) == given


@pytest.mark.parametrize("path", ["users", "leads/custom_fields", "contacts/custom_fields"])
def test_only_some_lists_count_their_pages(vendor: Account, path: str) -> None:
    assert {"_total_items", "_page_count"} <= vendor.get(path).json().keys()


@pytest.mark.parametrize("path", ["leads", "contacts", "companies", "events"])
def test_the_long_lists_do_not(vendor: Account, path: str) -> None:
    assert not {"_total_items", "_page_count"} & vendor.get(path).json().keys()


def test_an_array_is_the_same_in_every_spelling(vendor: Account) -> None:
    first, second = ids(vendor.get("leads", {"limit": 2}))
    spellings = [
        f"filter[id][0]={first}&filter[id][1]={second}",
        f"filter[id][]={first}&filter[id][]={second}",
        f"filter%5Bid%5D%5B%5D={first}&filter%5Bid%5D%5B%5D={second}",
        f"filter%5Bid%5D%5B0%5D={first}&filter%5Bid%5D%5B1%5D={second}",
    ]

    assert [ids(vendor.get(f"leads?{each}")) for each in spellings] == [[first, second]] * 4
    assert ids(vendor.get(f"leads?filter[id]={second}")) == [second]


def test_a_plain_date_is_exactly_that_second(vendor: Account) -> None:
    row = vendor.get("leads", {"limit": 1}).json()["_embedded"]["leads"][0]

    assert ids(vendor.get("leads", {"filter[updated_at]": row["updated_at"]})) == [row["id"]]
    assert vendor.get("leads", {"filter[updated_at]": row["updated_at"] + 1}).status_code == 204
    span = {"filter[updated_at][from]": row["updated_at"], "filter[updated_at][to]": row["updated_at"]}
    assert ids(vendor.get("leads", span)) == [row["id"]]


def test_every_filter_of_leads_gives_the_rows_that_pass(vendor: Account) -> None:
    every = vendor.rows("leads")
    middle = sorted(row["created_at"] for row in every)[len(every) // 2]
    questions: list[tuple[dict[str, Any], Any]] = [
        ({"filter[pipeline_id]": 2}, lambda row: row["pipeline_id"] == 2),
        ({"filter[responsible_user_id][]": 12}, lambda row: row["responsible_user_id"] == 12),
        ({"filter[created_by][0]": 0}, lambda row: row["created_by"] == 0),
        ({"filter[updated_by]": 13}, lambda row: row["updated_by"] == 13),
        ({"filter[created_at][from]": middle}, lambda row: row["created_at"] >= middle),
        ({"filter[created_at][to]": middle}, lambda row: row["created_at"] <= middle),
        ({"filter[closed_at][from]": middle}, lambda row: (row["closed_at"] or 0) >= middle),
        ({"filter[price][from]": 1, "filter[price][to]": 50_000}, lambda row: 1 <= row["price"] <= 50_000),
        (
            {"filter[statuses][0][pipeline_id]": 1, "filter[statuses][0][status_id]": 143},
            lambda row: (row["pipeline_id"], row["status_id"]) == (1, 143),
        ),
        ({"filter[name]": every[7]["name"]}, lambda row: row["id"] == every[7]["id"]),
        ({"query": every[7]["id"]}, lambda row: row["id"] == every[7]["id"]),
    ]
    for params, passes in questions:
        found = vendor.rows("leads", params)
        assert [row["id"] for row in found] == [row["id"] for row in every if passes(row)], params
        assert 0 < len(found) < len(every), params


def test_a_status_alone_is_not_understood(vendor: Account) -> None:
    answer = vendor.get("leads", {"filter[statuses][0][status_id]": 142})

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["validation-errors"][0]["errors"][0]["path"] == "filter.statuses"


@pytest.mark.parametrize("asked", ["page=0", "page=x", "limit=-1", "order[name]=asc", "order[id]=up", "filter[id]=x"])
def test_a_parameter_that_is_wrong_is_told(vendor: Account, asked: str) -> None:
    assert vendor.get(f"leads?{asked}").status_code == 400


def test_rows_come_in_the_order_that_is_asked_for(vendor: Account) -> None:
    rows = vendor.rows("leads", {"order[updated_at]": "desc"})
    assert [row["updated_at"] for row in rows] == sorted((row["updated_at"] for row in rows), reverse=True)
    assert ids(vendor.get("leads", {"order[id]": "desc"}))[0] == max(row["id"] for row in rows)


def test_without_api_filters_all_rows_come(vendor: Account) -> None:
    with account(days=5) as own:
        own.simulator.has_filters = False
        told = own.get("account", {"with": "is_api_filter_enabled"}).json()
        found = own.get("leads", {"limit": 250, "filter[id]": 1})

    assert told["is_api_filter_enabled"] is False
    assert len(ids(found)) > 100


def test_one_card_is_the_bare_object_and_a_missing_one_is_nothing(vendor: Account) -> None:
    row = vendor.get("leads", {"limit": 1}).json()["_embedded"]["leads"][0]

    assert vendor.get(f"leads/{row['id']}").json() == row
    assert vendor.get("leads/5").status_code == 204
    assert vendor.get("contacts/5").status_code == 204


def test_a_row_shows_what_with_asks_for(vendor: Account) -> None:
    bare = vendor.rows("leads")
    full = vendor.rows("leads", {"with": "contacts,loss_reason,source"})

    assert all(row["source_id"] is None for row in bare)
    assert not any("contacts" in row["_embedded"] for row in bare)
    lost = next(row for row in full if row["status_id"] == 143)
    assert lost["_embedded"]["loss_reason"][0]["id"] == lost["loss_reason_id"]
    came = next(row for row in full if row["source_id"] == 5501)
    assert came["_embedded"]["source"] == {"id": 5501, "name": "Формы сайта"}


def test_a_map_without_anything_in_it_is_an_empty_list() -> None:
    with account(seed=2) as other:  # few cards are of nobody and lead to nothing
        assert any(row["_embedded"] == [] for row in other.rows("leads"))


def test_prices_drop_what_the_exact_ones_tell(vendor: Account) -> None:
    rows = vendor.rows("leads")
    exact = [row for row in rows if row.get("price_with_minor_units") is not None]

    assert any(row["price_with_minor_units"] != row["price"] for row in exact)
    assert all(abs(row["price_with_minor_units"] - row["price"]) < 1 for row in exact)
    assert any("price_with_minor_units" not in row for row in rows)
    assert any(row.get("price_with_minor_units", 0) is None for row in rows)


# ── the log ──────────────────────────────────────────────────────────────────────────


def test_events_come_newest_first_each_once(vendor: Account) -> None:
    events = vendor.rows("events")

    assert [each["created_at"] for each in events] == sorted((e["created_at"] for e in events), reverse=True)
    assert len({each["id"] for each in events}) == len(events)
    assert all(len(each["id"]) == 26 for each in events)
    assert all(each["created_at"] <= seconds(NOW) for each in events)


def test_events_can_be_asked_for_by_type_time_and_maker(vendor: Account) -> None:
    events = vendor.rows("events")
    middle = events[len(events) // 2]["created_at"]

    def found(params: dict[str, object]) -> list[str]:
        return [each["id"] for each in vendor.rows("events", params)]

    calls = [each["id"] for each in events if each["type"] in ("outgoing_call", "outgoing_sms")]
    assert found({"filter[type]": "outgoing_call,outgoing_sms"}) == calls
    assert found({"filter[type][0]": "outgoing_call", "filter[type][1]": "outgoing_sms"}) == calls
    assert found({"filter[created_by][]": 0}) == [each["id"] for each in events if each["created_by"] == 0]
    late = [each["id"] for each in events if each["created_at"] >= middle]
    assert found({"filter[created_at]": middle}) == late
    assert found({"filter[created_at][from]": middle}) == late
    assert found({"filter[created_at]": f"{middle},{middle}"}) == [e["id"] for e in events if e["created_at"] == middle]
    won: dict[str, object] = {"filter[value_after][leads_statuses][0][pipeline_id]": 1}
    won["filter[value_after][leads_statuses][0][status_id]"] = 142
    assert found(won) == [
        each["id"]
        for each in events
        if each["value_after"] and each["value_after"][0].get("lead_status") == {"id": 142, "pipeline_id": 1}
    ]


def test_entity_ids_need_one_entity_and_are_ten_at_most(vendor: Account) -> None:
    one = vendor.get("events", {"limit": 1, "filter[type]": "lead_added"}).json()["_embedded"]["events"][0]["entity_id"]

    answer = vendor.get("events", {"filter[entity][]": "lead", "filter[entity_id][]": one})
    assert {each["entity_id"] for each in answer.json()["_embedded"]["events"]} == {one}
    assert vendor.get("events", {"filter[entity_id][]": one}).status_code == 400
    many = "&".join(f"filter[entity_id][]={number}" for number in range(1, 12))
    assert vendor.get(f"events?filter[entity][]=lead&{many}").status_code == 400


def test_chat_messages_are_found_by_the_contact_whatever_the_row_shows(vendor: Account) -> None:
    chats = vendor.rows("events", {"filter[type]": "outgoing_chat_message"})
    with_contact = [each["id"] for each in vendor.rows("events", {
        "filter[type]": "outgoing_chat_message", "filter[entity][]": "contact"})]  # fmt: skip

    assert {each["entity_type"] for each in chats} == {"lead", "contact"}
    assert {each["id"] for each in chats if each["entity_type"] == "contact"} < set(with_contact)


# ── dictionaries ─────────────────────────────────────────────────────────────────────


def test_all_pipelines_share_the_final_statuses_and_have_an_incoming_one(vendor: Account) -> None:
    for pipeline in vendor.get("leads/pipelines").json()["_embedded"]["pipelines"]:
        statuses = pipeline["_embedded"]["statuses"]
        assert [each["type"] for each in statuses].count(1) == 1
        assert [each["id"] for each in statuses][-2:] == [142, 143]
        same = vendor.get(f"leads/pipelines/{pipeline['id']}/statuses").json()["_embedded"]["statuses"]
        assert same == statuses


def test_a_missing_pipeline_is_not_found(vendor: Account) -> None:
    answer = vendor.get("leads/pipelines/0/statuses")

    assert answer.status_code == 404
    assert answer.json() == {
        "title": "Not Found", "type": "https://httpstatus.es/404", "status": 404, "detail": "Pipeline not found"
    }  # fmt: skip
    assert vendor.get("nothing").json()["detail"] == "Cannot GET /api/v4/nothing"


def test_only_an_administrator_sees_the_users(own: Account) -> None:
    assert len(ids(own.get("users"), "users")) == 5
    own.simulator.is_admin = False
    assert own.get("users").status_code == 403


def test_only_own_sources_are_listed_and_others_come_with_cards(vendor: Account) -> None:
    rows = vendor.rows("leads", {"with": "source_id"})

    assert ids(vendor.get("sources"), "sources") == [5501]
    assert {row["source_id"] for row in rows} > {None, 5501, 5502}


def test_the_account_tells_its_currency_and_time_zone(vendor: Account) -> None:
    told = vendor.get("account", {"with": "datetime_settings"}).json()

    assert told["currency"] == "RUB"
    assert told["_embedded"]["datetime_settings"]["timezone"] == "Europe/Moscow"


# ── tokens ───────────────────────────────────────────────────────────────────────────


def claims(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    told: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return told


def post(vendor: Account, *, form: bool = False, **fields: object) -> httpx.Response:
    simulator = vendor.simulator
    settings = simulator.oauth_settings(vendor.url)
    told = {name: settings[name] for name in ("client_id", "client_secret", "redirect_uri")} | fields
    url = f"{vendor.url}/oauth2/access_token"
    return httpx.post(url, data=told, trust_env=False) if form else httpx.post(url, json=told, trust_env=False)


def test_the_long_lived_token_tells_when_it_ends_and_where_it_belongs(own: Account) -> None:
    told = claims(own.settings["access_token"])

    assert datetime.fromtimestamp(told["exp"], UTC) == NOW + timedelta(days=365)
    assert told["api_domain"] == "sosna.amocrm.ru"


@pytest.mark.parametrize("form", [False, True])
def test_a_code_gives_tokens_once(own: Account, form: bool) -> None:
    code = own.simulator.code()
    pair = post(own, form=form, grant_type="authorization_code", code=code)
    again = post(own, form=form, grant_type="authorization_code", code=code)

    assert pair.json()["token_type"] == "Bearer"
    assert pair.json()["expires_in"] == 86_400
    assert own.get("account", token=pair.json()["access_token"]).status_code == 200
    assert (again.status_code, again.json()["hint"]) == (400, "Cannot decrypt the authorization code")


def test_a_refresh_token_works_once_and_comes_with_the_next_one(own: Account) -> None:
    first = post(own, grant_type="authorization_code", code=own.simulator.code()).json()["refresh_token"]
    second = post(own, grant_type="refresh_token", refresh_token=first).json()["refresh_token"]
    replayed = post(own, grant_type="refresh_token", refresh_token=first)

    assert first != second
    assert replayed.status_code == 401
    assert replayed.headers["content-type"] == "application/problem+json"
    assert replayed.json() == {
        "hint": "Token has been revoked",
        "title": "Некорректный запрос",
        "type": "https://developers.amocrm.ru/v3/errors/OAuthProblemJson",
        "status": 401,
        "detail": "В запросе отсутствует ряд параметров или параметры невалидны",
    }
    assert post(own, grant_type="refresh_token", refresh_token=second).status_code == 200
    assert own.simulator.tokens.spent == [first, first, second]


def test_another_client_is_refused(own: Account) -> None:
    answer = post(own, grant_type="refresh_token", refresh_token="x", client_secret="other")
    assert (answer.status_code, answer.json()["title"]) == (401, "Некорректный клиент")
    assert post(own, grant_type="refresh_token", redirect_uri="https://other.example").status_code == 400


def test_an_access_token_ends_after_a_day(own: Account) -> None:
    token = post(own, grant_type="authorization_code", code=own.simulator.code()).json()["access_token"]
    own.pass_by(hours=24)

    assert own.get("account", token=token).status_code == 401
    assert own.get("account").status_code == 200


def test_consent_leads_back_with_a_code_and_the_accounts_host(own: Account) -> None:
    asked = {"client_id": "x", "state": "s7", "mode": "popup"}
    back = httpx.get(f"{own.url}/oauth", params=asked, trust_env=False).headers["location"]
    told = httpx.URL(back).params

    assert told["state"] == "s7"
    assert f"http://{told['referer']}" == own.url
    assert post(own, grant_type="authorization_code", code=told["code"]).status_code == 200


@pytest.mark.parametrize(
    ("language", "detail"), [("ru", "Неверный логин или пароль"), ("en", "Invalid user name or password")]
)
def test_a_revoked_token_is_refused_in_the_accounts_language(own: Account, language: str, detail: str) -> None:
    own.simulator.language = language
    own.simulator.tokens.revoke()
    answer = own.get("leads")

    assert answer.status_code == 401
    assert answer.json() == {
        "title": "Unauthorized", "type": "https://httpstatus.es/401", "status": 401, "detail": detail
    }  # fmt: skip


# ── limits and refusals ──────────────────────────────────────────────────────────────


def test_the_eighth_request_in_a_second_is_too_many(own: Account) -> None:
    assert [own.get("account").status_code for _ in range(8)] == [200] * 7 + [429]
    own.pass_by(seconds=1)
    assert own.get("account").status_code == 200


def test_all_tokens_together_have_fifty_a_second(own: Account) -> None:
    simulator = own.simulator
    tokens = [str(simulator.tokens.pair(NOW)["access_token"]) for _ in range(8)]
    answers = [own.get("account", token=token).status_code for token in tokens for _ in range(7)]

    assert answers[:50] == [200] * 50
    assert answers[50] == 429


def test_who_goes_on_asking_is_shut_out_until_support_helps(own: Account) -> None:
    simulator = own.simulator
    answers = [own.get("account") for _ in range(15)]
    own.pass_by(hours=1)
    later = own.get("leads")
    token = post(own, grant_type="refresh_token", refresh_token="x")

    assert [each.status_code for each in answers] == [200] * 7 + [429] * 5 + [403] * 3
    for answer in (later, token):
        assert answer.status_code == 403
        assert answer.headers["content-type"].startswith("text/html")
        assert "403 Forbidden" in answer.text
    simulator.unblock()
    assert own.get("leads").status_code == 200


def test_refusals_that_are_spread_out_shut_nobody_out(own: Account) -> None:
    for _ in range(10):
        statuses = [own.get("account").status_code for _ in range(8)]
        assert statuses[-1] == 429
        own.pass_by(seconds=15)


@pytest.mark.parametrize("status", [401, 402, 403, 404, 422, 429, 500])
def test_a_refusal_can_be_switched_on_for_a_path(own: Account, status: int) -> None:
    own.simulator.refuse(status, at="/api/v4/leads/unsorted")
    answer = own.get("leads/unsorted")

    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"]
    assert own.get("leads").status_code == 200
    own.simulator.relent()
    assert own.get("leads/unsorted").status_code in (200, 204)


@pytest.mark.parametrize("status", [502, 504])
def test_what_the_gateway_refuses_is_a_page(own: Account, status: int) -> None:
    own.simulator.refuse(status)
    answer = own.get("leads")

    assert answer.status_code == status
    assert answer.text.startswith("<html>")


def test_an_account_that_moved_answers_at_its_new_host_only(own: Account) -> None:
    simulator = own.simulator
    refresh = str(simulator.tokens.pair(NOW)["refresh_token"])
    simulator.move("localhost")
    there = own.url.replace("127.0.0.1", "localhost")
    bearer = {"Authorization": f"Bearer {own.settings['access_token']}"}

    moved = own.get("leads")
    assert (moved.status_code, moved.headers["location"]) == (301, f"{there}/api/v4/leads")
    assert post(own, grant_type="refresh_token", refresh_token=refresh).status_code == 404
    asked = httpx.get(
        f"{own.url}/oauth2/account/current/subdomain", headers={"X-Refresh-Token": refresh}, trust_env=False
    )
    assert f"http://{asked.json()['domain']}" == there
    with running(simulator) as same:  # the new name, whatever addresses it has here
        host = same.url.removeprefix("http://").replace("127.0.0.1", "localhost")
        answer = httpx.get(f"{same.url}/api/v4/leads", headers={**bearer, "Host": host}, trust_env=False)
    assert answer.status_code == 200
    assert answer.json()["_links"]["self"]["href"].startswith(f"http://{host}/")


# ── what the suite does to it ────────────────────────────────────────────────────────


def test_it_can_be_emptied_shrunk_and_filled_again() -> None:
    with account(days=5) as own:
        simulator = own.simulator
        whole = len(own.rows("leads"))
        simulator.empty()
        assert [own.get(path).status_code for path in ("leads", "events", "contacts", "users")] == [204] * 4
        simulator.shrink()
        left = {row["id"] for row in own.rows("leads")}
        assert whole / 3 < len(left) < whole
        events = own.rows("events", {"filter[type]": "lead_added"})
        assert {each["entity_id"] for each in events} >= left
        simulator.fill()
        assert len(own.rows("leads")) == whole


def test_it_grows() -> None:
    with account(days=5) as own:
        before = len(own.rows("leads"))
        own.simulator.grow(1000)

        assert len(own.rows("leads")) == before + 200  # a lead, its deal, and their three steps
        assert len(own.rows("contacts")) > 1000
        assert len(own.rows("events", {"filter[type]": "lead_status_changed"})) > 200
        assert len(own.rows("users")) > 1000


def test_its_secrets_are_covered_in_the_journal(own: Account) -> None:
    simulator = own.simulator
    refresh = str(simulator.tokens.pair(NOW)["refresh_token"])
    httpx.get(f"{own.url}/oauth2/account/current/subdomain", headers={"X-Refresh-Token": refresh}, trust_env=False)

    assert refresh not in repr(list(simulator.journal))
    assert own.settings["access_token"] in simulator.secrets
