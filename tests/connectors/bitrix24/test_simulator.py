"""The portal answers as the vendor does, and what it holds is the company."""

import json
from collections import Counter
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collector.testing.company.calendar import moment, seconds
from connectors.bitrix24.simulator.coming import next_change
from tests.connectors.bitrix24.portal import Asking, sample


@pytest.fixture(scope="module")
def portal() -> Asking:
    return Asking()


# ── envelopes and pages ──────────────────────────────────────────────────────────────


def test_pages_have_fifty_rows_and_the_last_one_names_no_next(portal: Asking) -> None:
    first = portal.body("crm.deal.list")
    assert (len(first["result"]), first["next"]) == (50, 50)
    last = first["total"] // 50 * 50
    assert set(portal.body("crm.deal.list", {"start": last})) == {"result", "total", "time"}
    assert portal.body("crm.deal.list", {"start": 10 * first["total"]})["result"] == []


def test_without_counting_there_is_neither_total_nor_next(portal: Asking) -> None:
    body = portal.body("crm.lead.list", {"start": -1})
    assert set(body) == {"result", "time"}
    assert len(body["result"]) == 50


def test_the_time_has_what_clients_need(portal: Asking) -> None:
    time = portal.body("crm.deal.list", {"select": ["ID"]})["time"]
    assert set(time) == set(sample("crm.deal.list")["time"])
    assert time["processing"] == pytest.approx(0.045)
    assert isinstance(time["operating_reset_at"], int)


def test_a_walk_by_id_brings_every_row_once(portal: Asking) -> None:
    found: list[int] = []
    while True:
        last = found[-1] if found else 0
        asked = {"select": ["ID"], "order": {"ID": "ASC"}, "filter": {">ID": last}, "start": -1}
        rows = portal.result("crm.deal.list", asked)
        found += [int(row["ID"]) for row in rows]
        if len(rows) < 50:
            break
    assert found == sorted(int(row["ID"]) for row in portal.all("crm.deal.list", {"select": ["ID"]}))
    assert len(found) == len(set(found)) == portal.body("crm.deal.list")["total"]


@pytest.mark.parametrize("method", ["crm.lead.list", "crm.deal.list"])
def test_classic_rows_have_the_samples_names_and_types(portal: Asking, method: str) -> None:
    known = {name: type(value) for name, value in sample(method)["result"][0].items() if value is not None}
    for row in portal.result(method):
        assert all(value is None or isinstance(value, str) for name, value in row.items() if name != "CONTACT_IDS")
        assert {name for name in row if name in known and row[name] is not None} <= set(known)
    needed = set(known) & {
        "ID",
        "DATE_CREATE",
        "DATE_MODIFY",
        "ASSIGNED_BY_ID",
        "MOVED_TIME",
        "UTM_SOURCE",
        "OPPORTUNITY",
    }
    assert needed <= set(portal.result(method)[0])


@pytest.mark.parametrize(("kind", "name"), [(1, "leads"), (2, "deals")])
def test_universal_rows_have_the_samples_names_and_types(portal: Asking, kind: int, name: str) -> None:
    row = portal.result("crm.item.list", {"entityTypeId": kind, "filter": {"!utmSource": ""}})["items"][0]
    for key, value in sample(f"crm.item.list.{name}")["result"]["items"][0].items():
        assert key in row
        assert value is None or row[key] is None or type(value) is type(row[key]) or key == "opportunity"


@pytest.mark.parametrize(("kind", "name"), [(1, "leads"), (2, "deals")])
def test_the_history_has_the_samples_names_and_types(portal: Asking, kind: int, name: str) -> None:
    row = portal.result("crm.stagehistory.list", {"entityTypeId": kind})["items"][0]
    assert {key: type(value) for key, value in row.items()} == {
        key: type(value) for key, value in sample(f"crm.stagehistory.list.{name}")["result"]["items"][0].items()
    }


def test_dictionaries_have_the_samples_names(portal: Asking) -> None:
    for method in ("crm.status.list", "crm.currency.list", "crm.activity.list"):
        told = portal.result(method)[0]
        assert set(sample(method)["result"][0]) <= set(told)
    categories = portal.result("crm.category.list", {"entityTypeId": 2})["categories"]
    assert {row["id"]: row["name"] for row in categories} == {0: "Общая", 1: "Розница", 2: "Проекты", 3: "Возвраты"}
    assert [set(row) for row in categories[:2]] == [
        set(each) for each in sample("crm.category.list")["result"]["categories"]
    ]
    assert portal.body("crm.currency.list")["total"] == 0


def test_users_shrink_with_the_scope_and_dismissed_ones_come_as_well() -> None:
    portal = Asking()
    assert portal.result("user.get")[0].keys() == sample("user.get.user_brief")["result"][0].keys()
    portal.simulator.switches.scopes = {"crm", "user"}
    assert portal.result("user.get")[0].keys() == sample("user.get")["result"][0].keys()
    active = portal.result("user.get", {"FILTER": {"ACTIVE": True}, "sort": "ID", "order": "DESC"})
    assert [row["ID"] for row in active] == ["15", "14", "13", "12", "11", "1"]
    assert len(portal.result("user.get")) == 7


def test_probes(portal: Asking) -> None:
    assert portal.result("scope") == ["crm", "user_brief"]
    assert portal.result("server.time") == "2026-11-20T12:00:00+03:00"
    assert portal.result("crm.settings.mode.get") == sample("crm.settings.mode.get")["result"]
    assert portal.result("profile")["ID"] == "1"
    assert portal.result("app.info")["INSTALLED"] is True


# ── what can be asked ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("asked", "holds"),
    [
        ({"CATEGORY_ID": "2"}, lambda row: row["CATEGORY_ID"] == "2"),
        ({"@CATEGORY_ID": [2, 3]}, lambda row: row["CATEGORY_ID"] in "23"),
        ({"!CATEGORY_ID": 1}, lambda row: row["CATEGORY_ID"] != "1"),
        ({"!@CATEGORY_ID": [1, 0]}, lambda row: row["CATEGORY_ID"] not in "10"),
        ({"STAGE_SEMANTIC_ID": ["S", "F"]}, lambda row: row["STAGE_SEMANTIC_ID"] != "P"),
        ({">OPPORTUNITY": "50000.50"}, lambda row: Decimal(row["OPPORTUNITY"]) > Decimal("50000.50")),
        ({"<OPPORTUNITY": 0}, lambda row: Decimal(row["OPPORTUNITY"]) < 0),
        ({"UTM_SOURCE": ""}, lambda row: not row["UTM_SOURCE"]),
        ({"!UTM_SOURCE": None}, lambda row: row["UTM_SOURCE"]),
        ({"%STAGE_ID": "won"}, lambda row: "WON" in row["STAGE_ID"]),
        ({"=%STAGE_ID": "C1:%"}, lambda row: row["STAGE_ID"].startswith("C1:")),
        ({"LEAD_ID": "0"}, lambda row: row["LEAD_ID"] == "0"),
        ({"CLOSED": "Y"}, lambda row: row["CLOSED"] == "Y"),
        ({">=DATE_MODIFY": "2026-11-10T00:00:00+03:00"}, lambda row: row["DATE_MODIFY"] >= "2026-11-10"),
        ({">=DATE_MODIFY": "2026-11-09T23:00:00+02:00"}, lambda row: row["DATE_MODIFY"] >= "2026-11-10"),
        ({"<DATE_CREATE": "2026-10-10 00:00:00"}, lambda row: row["DATE_CREATE"] < "2026-10-10"),
    ],
)
def test_filters(portal: Asking, asked: dict[str, Any], holds: Any) -> None:
    everything = portal.all("crm.deal.list")
    found = portal.all("crm.deal.list", {"filter": asked})
    assert [row["ID"] for row in found] == [row["ID"] for row in everything if holds(row)]
    assert 0 < len(found) < len(everything)


def test_items_are_found_by_groups_of_conditions(portal: Asking) -> None:
    groups = {"0": {"logic": "OR", "0": {"categoryId": 3}, "1": {">opportunity": 300000}}, ">id": 3}
    found = portal.all("crm.item.list", {"entityTypeId": 2, "filter": groups})
    assert found
    assert all(row["categoryId"] == 3 or row["opportunity"] > 300000 for row in found)


def test_rows_come_in_the_order_that_is_asked_for(portal: Asking) -> None:
    asked = {"order": {"DATE_MODIFY": "DESC", "ID": "asc"}, "select": ["ID", "DATE_MODIFY"]}
    times = [row["DATE_MODIFY"] for row in portal.all("crm.lead.list", asked)]
    assert times == sorted(times, reverse=True)
    ids = [int(row["ID"]) for row in portal.all("crm.lead.list", {"order": {"id": "desc"}, "select": ["ID"]})]
    assert ids == sorted(ids, reverse=True)


def test_only_selected_fields_come(portal: Asking) -> None:
    assert set(portal.result("crm.lead.list", {"select": ["ID", "STATUS_ID"]})[0]) == {"ID", "STATUS_ID"}
    own = {"UF_CRM_YCLID", "UF_CRM_GCLID", "UF_CRM_RB_CLICKID"}
    assert set(portal.result("crm.lead.list", {"select": ["ID", "UF_*"]})[0]) == {"ID"} | own
    assert not own & set(portal.result("crm.lead.list", {"select": ["*"]})[0])
    item = portal.result("crm.item.list", {"entityTypeId": 2, "select": ["id", "ufCrmYclid"]})["items"][0]
    assert set(item) == {"id", "ufCrmYclid", "entityTypeId"}
    asked = {"entityTypeId": 2, "select": ["id", "UF_CRM_YCLID"], "useOriginalUfNames": "Y"}
    assert set(portal.result("crm.item.list", asked)["items"][0]) == {"id", "UF_CRM_YCLID", "entityTypeId"}


@pytest.mark.parametrize(
    ("verb", "more"),
    [
        ("POST", {"json": {"FILTER": {"CATEGORY_ID": 2}, "SELECT": ["ID"], "ORDER": {"ID": "DESC"}}}),
        ("GET", {"params": "filter[CATEGORY_ID]=2&select[]=ID&order[ID]=DESC"}),
        ("GET", {"params": "filter%5BCATEGORY_ID%5D=2&select%5B0%5D=ID&order%5BID%5D=DESC&"}),
        ("POST", {"data": {"filter[CATEGORY_ID]": "2", "select[0]": "ID", "order[ID]": "DESC"}}),
    ],
)
@pytest.mark.parametrize("method", ["crm.deal.list", "crm.Deal.List.json", "CRM.DEAL.LIST/"])
def test_calls_may_be_spelt_in_many_ways(portal: Asking, verb: str, more: dict[str, Any], method: str) -> None:
    answer = portal.send(verb, portal.path + method, **more)
    expected = portal.result("crm.deal.list", {"filter": {"CATEGORY_ID": 2}, "select": ["ID"], "order": {"ID": "DESC"}})
    assert answer.json()["result"] == expected


# ── batches ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("reference", ["$result[c0][49][ID]", "%24result%5Bc0%5D%5B49%5D%5BID%5D"])
def test_a_command_may_use_what_an_earlier_one_found(portal: Asking, reference: str) -> None:
    cmd = dict(sample("batch.request_id_walk")["cmd"])
    cmd["c1"] = cmd["c1"].replace("$result[c0][49][ID]", reference)
    result = portal.result("batch", {"halt": 0, "cmd": cmd})
    told = sample("batch.response_id_walk")["result"]
    assert {name: type(each) for name, each in result.items()} == {name: type(each) for name, each in told.items()}
    both = result["result"]["c0"] + result["result"]["c1"]
    ids = [int(row["ID"]) for row in both]
    assert ids == sorted(set(ids))
    assert len(ids) == 100


def test_wrapped_results_are_reached_too_and_what_is_not_there_is_empty(portal: Asking) -> None:
    cmd = [
        "crm.item.list?entityTypeId=2&order[id]=ASC&start=-1&select[]=id",
        "crm.item.list?entityTypeId=2&order[id]=ASC&start=-1&filter[%3Eid]=%24result%5B0%5D%5Bitems%5D%5B49%5D%5Bid%5D",
        "crm.item.list?entityTypeId=2&filter[id]=%24result%5B0%5D%5Bitems%5D%5B99%5D%5Bid%5D",
    ]
    result = portal.result("batch", {"cmd": cmd, "halt": True})["result"]
    assert list(result) == ["0", "1", "2"]
    assert result["0"]["items"][-1]["id"] < result["1"]["items"][0]["id"]
    assert result["2"]["items"] == []


def test_empty_maps_of_a_batch_are_lists(portal: Asking) -> None:
    result = portal.result(
        "batch", {"cmd": {"order0000000000": "crm.deal.list?filter[ID]=999&__order=order0000000000"}}
    )
    expected = sample("batch.response_empty")["result"]
    assert {**result, "result_time": 0} == {**expected, "result_time": 0}


def test_errors_of_a_batch_stand_beside_what_went_well() -> None:
    portal = Asking()
    portal.simulator.switches.refused_methods = {"crm.deal.list": "OPERATION_TIME_LIMIT"}
    cmd = {"users": "user.get?ID=3", "deals": "crm.deal.list", "inner": "batch?cmd[0]=scope"}
    cmd |= {f"n{number}": "scope" for number in range(47)} | {"more": "scope"}
    result = portal.result("batch", {"cmd": cmd})
    expected = sample("batch.response_partial_errors")["result"]["result_error"]
    assert result["result_error"].pop("inner")["error"] == "ERROR_BATCH_METHOD_NOT_ALLOWED"
    assert result["result_error"] == expected
    assert "deals" not in result["result"]
    assert len(result["result"]) == 48


def test_a_batch_may_halt_at_the_first_error(portal: Asking) -> None:
    cmd = {"a": "scope", "b": "nonsense", "c": "scope"}
    assert list(portal.result("batch", {"cmd": cmd, "halt": 1})["result"]) == ["a"]
    assert list(portal.result("batch", {"cmd": cmd, "halt": 0})["result"]) == ["a", "c"]


def test_a_batch_in_which_all_failed_has_only_lists() -> None:
    portal = Asking()
    portal.simulator.switches.scopes = set()
    result = portal.result("batch", {"cmd": {"get_user": "user.get"}})
    assert result == sample("batch.response_all_failed")["result"]


# ── the company ──────────────────────────────────────────────────────────────────────


def test_deals_are_the_companys(portal: Asking) -> None:
    company = portal.simulator.company
    rows = {int(row["ID"]): row for row in portal.all("crm.deal.list", {"filter": {"IS_RECURRING": "N"}})}
    deals = list(company.deals())
    assert set(rows) == {deal.id for deal in deals}
    for deal in deals:
        row = rows[deal.id]
        assert Decimal(row["OPPORTUNITY"]) == deal.amount
        assert (row["CATEGORY_ID"], row["ASSIGNED_BY_ID"]) == (str(deal.pipeline), str(deal.manager))
        assert {"P": "open", "S": "won", "F": "lost"}[row["STAGE_SEMANTIC_ID"]] == deal.status
        assert datetime.fromisoformat(row["DATE_CREATE"]) == deal.created_at
        assert row["LEAD_ID"] == str(deal.lead or 0)
        assert (row["IS_RETURN_CUSTOMER"] == "Y") is deal.is_repeat
        assert (row["SOURCE_ID"] or "", row["UTM_CAMPAIGN"] or "") == (deal.crm_source, deal.tags.campaign)
        assert bool(deal.click) is any(row[name] for name in row if name.startswith("UF_CRM_"))


def test_the_history_tells_when_deals_were_closed(portal: Asking) -> None:
    steps = portal.all("crm.stagehistory.list", {"entityTypeId": 2})
    closed = {step["OWNER_ID"]: step for step in steps if step["TYPE_ID"] == 3}
    created = {step["OWNER_ID"]: step for step in steps if step["TYPE_ID"] == 1}
    at_once = 0
    for deal in portal.simulator.company.deals():
        if deal.closed is None:
            continue
        at_once += deal.id not in closed
        step = closed.get(deal.id) or created[deal.id]
        assert datetime.fromisoformat(step["CREATED_TIME"]) == moment(deal.closed)
    assert at_once  # refunds are made in their last stage


def test_leads_stages_tell_what_became_of_them(portal: Asking) -> None:
    codes = {"new": "NEW", "in_work": "IN_PROCESS", "qualified": "UC_4K2XQ1", "converted": "CONVERTED", "junk": "JUNK"}
    rows = {int(row["ID"]): row for row in portal.all("crm.lead.list")}
    steps = portal.all("crm.stagehistory.list", {"entityTypeId": 1, "filter": {"STATUS_ID": "UC_4K2XQ1"}})
    qualified = {step["OWNER_ID"] for step in steps}
    for lead in portal.simulator.company.leads():
        row = rows[lead.id]
        assert row["STATUS_ID"] == codes.get(lead.stage, row["STATUS_ID"])
        assert row["STATUS_SEMANTIC_ID"] == {"converted": "S", "lost": "F", "junk": "F"}.get(lead.status, "P")
        assert lead.ever_qualified is (lead.id in qualified)
    known = {row["STATUS_ID"] for row in portal.result("crm.status.list", {"filter": {"ENTITY_ID": "STATUS"}})}
    assert {row["STATUS_ID"] for row in rows.values()} <= known


def test_the_first_contact_that_came_about_is_the_answer(portal: Asking) -> None:
    asked = {"filter": {"OWNER_TYPE_ID": 1, "DIRECTION": 2, "COMPLETED": "Y", "@TYPE_ID": [2, 4, 6]}}
    talks: dict[int, list[datetime]] = {}
    for row in portal.all("crm.activity.list", asked):
        talks.setdefault(int(row["OWNER_ID"]), []).append(datetime.fromisoformat(row["START_TIME"]))
    for lead in portal.simulator.company.leads():
        since = [at for at in talks.get(lead.id, ()) if at >= lead.created_at]
        assert min(since, default=None) == lead.answered_at
    kinds = Counter((row["TYPE_ID"], row["DIRECTION"], row["COMPLETED"]) for row in portal.all("crm.activity.list"))
    assert kinds["2", "2", "N"]  # attempts that failed
    assert kinds["2", "1", "Y"]  # calls that came in
    assert kinds["3", "0", "Y"]  # tasks


def test_activities_of_converted_leads_may_be_found_only_by_their_bindings() -> None:
    portal = Asking()
    portal.simulator.switches.rebinds = True
    lead = next(each for each in portal.simulator.company.leads() if each.status == "converted" and each.answered)
    assert portal.result("crm.activity.list", {"filter": {"OWNER_TYPE_ID": 1, "OWNER_ID": lead.id}}) == []
    pair = {"OWNER_TYPE_ID": 1, "OWNER_ID": lead.id}
    rows = portal.result("crm.activity.list", {"filter": {"BINDINGS": [pair]}})
    assert rows
    assert all(row["OWNER_TYPE_ID"] in ("2", "3") for row in rows)
    twice = [pair, {"OWNER_TYPE_ID": int(rows[0]["OWNER_TYPE_ID"]), "OWNER_ID": int(rows[0]["OWNER_ID"])}]
    found = [row["ID"] for row in portal.result("crm.activity.list", {"filter": {"BINDINGS": twice}})]
    assert found.count(rows[0]["ID"]) == 2


def test_merged_contacts_are_gone_and_their_deals_are_the_others() -> None:
    portal = Asking(days=200)
    merged = {each.id: each for each in portal.simulator.company.customers() if each.merged_into}
    assert merged
    assert not merged.keys() & {int(row["ID"]) for row in portal.all("crm.contact.list", {"select": ["ID"]})}
    rows = {int(row["ID"]): row for row in portal.all("crm.lead.list")}
    for lead in portal.simulator.company.leads():
        if lead.contact in merged:
            link = merged[lead.contact]
            assert rows[lead.id]["CONTACT_ID"] == str(link.merged_into)
            assert datetime.fromisoformat(rows[lead.id]["DATE_MODIFY"]) >= moment(link.updated)


def test_contacts_and_companies(portal: Asking) -> None:
    contacts = {int(row["ID"]): row for row in portal.all("crm.contact.list")}
    firms = {row["ID"] for row in portal.all("crm.company.list")}
    for each in portal.simulator.company.customers():
        if each.merged_into is None:
            assert contacts[each.id]["COMPANY_ID"] == str(each.company or 0)
            assert each.company is None or str(each.company) in firms
    items = portal.all("crm.item.list", {"entityTypeId": 3, "select": ["id", "companyId"]})
    assert [item["id"] for item in items] == sorted(contacts)
    assert portal.body("crm.item.list", {"entityTypeId": 4})["total"] == len(firms)


def test_templates_of_repeating_deals_stand_in_the_main_category(portal: Asking) -> None:
    rows = portal.all("crm.deal.list", {"filter": {"CATEGORY_ID": 0}})
    assert [(row["IS_RECURRING"], row["STAGE_ID"]) for row in rows] == [("Y", "NEW")] * 3


def test_the_portal_moves_on_with_the_clock() -> None:
    portal = Asking()
    before = {row["ID"]: row for row in portal.all("crm.deal.list")}
    portal.wait(days=6)
    after = {row["ID"]: row for row in portal.all("crm.deal.list")}
    gone = {str(each.id) for each in portal.simulator.company.gone() if each.entity == "deal"}
    assert set(after) - set(before)
    assert set(before) - set(after) <= gone
    changed = [key for key in after if key in before and after[key] != before[key]]
    assert changed
    assert all(after[key]["DATE_MODIFY"] > "2026-11-20T12" for key in changed)


def test_what_happens_is_seen_at_once_and_nothing_before_it() -> None:
    portal = Asking(days=20)

    def seen() -> list[object]:
        company = portal.simulator.company
        return [*company.leads(), *company.deals(), *company.customers(), *company.stage_changes()]

    first, before = portal.simulator.portal(), seen()
    left = next_change(portal.simulator.company) - seconds(portal.simulator.now())
    portal.wait(seconds=left - 1)
    assert portal.simulator.portal() is first
    assert seen() == before
    portal.wait(seconds=1)
    assert portal.simulator.portal() is not first
    assert seen() != before


def test_a_second_that_brings_nothing_makes_no_new_portal(portal: Asking) -> None:
    first = portal.simulator.portal()
    portal.wait(seconds=1)
    assert portal.simulator.portal() is first


def test_the_portal_may_live_in_another_zone() -> None:
    portal = Asking(days=200)
    here = portal.all("crm.lead.list", {"select": ["ID", "DATE_CREATE"]})
    portal.simulator.switches.zone = ZoneInfo("Europe/Berlin")
    there = portal.all("crm.lead.list", {"select": ["ID", "DATE_CREATE"]})
    assert {row["DATE_CREATE"][-6:] for row in there} == {"+01:00", "+02:00"}
    for one, other in zip(here, there, strict=True):
        assert datetime.fromisoformat(one["DATE_CREATE"]) == datetime.fromisoformat(other["DATE_CREATE"])


def test_it_grows_and_shrinks() -> None:
    portal = Asking(days=10)
    portal.simulator.grow(3000)
    for method in ("crm.lead.list", "crm.deal.list", "crm.contact.list", "crm.activity.list"):
        assert portal.body(method)["total"] >= 3000
    portal.simulator.shrink()
    assert portal.body("crm.lead.list")["total"] < 3000
    portal.simulator.empty()
    assert portal.body("crm.lead.list")["result"] == []
    empty = portal.body("crm.item.list", {"entityTypeId": 2})
    assert {**empty, "time": 0} == {**sample("crm.item.list.empty"), "time": 0}


def test_settings_are_what_a_source_needs() -> None:
    portal = Asking()
    settings = portal.simulator.settings("http://127.0.0.1:1")
    assert json.loads(json.dumps(settings)) == settings
    assert settings["webhook_url"] == f"http://127.0.0.1:1/rest/1/{portal.simulator.code}/"
    assert settings["qualified_stages"] == ["UC_4K2XQ1"]
    assert settings["refund_pipelines"] == ["3"]
