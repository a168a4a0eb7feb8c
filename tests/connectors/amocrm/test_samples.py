"""The vendor's bodies become just the records that its contract sheet says."""

from typing import Any

import pytest

from collector.plugin import BadResponse, Customer, Deal, Gone, Lead, StageChange, as_json
from connectors.amocrm import mapping
from connectors.amocrm.bodies import has_next, instant, rows
from tests.connectors.amocrm.told import book, entities, made, sample, sample_events

LEADS = [row for name in ("leads.page1.json", "leads.page2_last.json") for row in rows(sample(name), "leads", "")]
SETS = sample("_expected_records.json")["sets"]


def lead(number: int) -> dict[str, Any]:
    return dict(next(row for row in LEADS if row["id"] == number))


@pytest.mark.parametrize("expected", SETS, ids=["default", "own stages"])
def test_leads_and_deals_are_those_of_the_sheet(expected: dict[str, Any]) -> None:
    given = book(**expected["config"])
    found = [each for row in LEADS for each in entities(made(row, sample_events(), given))]

    assert [{key: each[key] for key in wanted} for each, wanted in zip(found, expected["records"], strict=True)] == (
        expected["records"]
    )


def test_steps_come_from_events_each_once_and_begin_where_the_lead_came_in() -> None:
    steps = [as_json(each) for each in made(lead(10002), sample_events()) if isinstance(each, StageChange)]

    assert [(each["entity"], each["at"], each["pipeline"], each["stage"], each["status"]) for each in steps] == [
        ("lead", "2026-03-01T07:40:02Z", "7001", "70013", "converted"),
        ("deal", "2026-03-01T07:40:02Z", "7001", "70013", "open"),
        ("lead", "2026-03-08T12:00:00Z", "7001", "142", "converted"),
        ("deal", "2026-03-08T12:00:00Z", "7001", "142", "won"),
    ]


def test_a_lead_that_makes_no_deal_takes_its_deal_away() -> None:
    assert Gone("deal", "10005") in made(lead(10005))
    assert not [each for each in made(lead(10001)) if isinstance(each, Gone)]


def test_a_lost_lead_with_a_junk_reason_is_junk_by_name_or_id() -> None:
    for reason in ("Too expensive", "4203748"):
        found = made(lead(10003), given=book(junk_loss_reasons=[reason]))
        assert [each.status for each in found if isinstance(each, Lead)] == ["junk"]
        assert Gone("deal", "10003") in found


def test_without_the_event_of_its_loss_a_lost_lead_counts_as_a_lost_deal() -> None:
    found = made(lead(10003), given=book(deal_stages=["7001:70012"]))

    assert [(each.type, each.status) for each in found if isinstance(each, Lead | Deal)] == [
        ("lead", "converted"),
        ("deal", "lost"),
    ]


def test_a_row_without_what_is_asked_for_beside_it_is_a_lead_all_the_same() -> None:
    found = {row["id"]: made(row) for row in rows(sample("leads.without_with.json"), "leads", "")}

    deals = {name: each for name, some in found.items() for each in some if isinstance(each, Deal)}
    assert (deals[10001].customer_id, deals[10001].lead_source) == (None, "5501")
    assert (str(deals[10002].amount), deals[10002].customer_id) == ("1500.5", None)


def test_an_empty_map_that_comes_as_a_list_is_empty() -> None:
    (row,) = rows(sample("leads.empty_embedded.json"), "leads", "")

    assert [each.type for each in made(row)] == ["lead", "gone"]
    assert rows({"_embedded": []}, "leads", "") == rows(None, "leads", "") == []
    assert rows({"_embedded": {"leads": [[], row]}}, "leads", "") == [row]


def test_a_body_without_rows_where_rows_belong_is_told() -> None:
    bodies: list[Any] = [[], {"leads": []}, {"_embedded": {"leads": "none"}}, {"_embedded": {"leads": [{"name": "x"}]}}]
    for body in bodies:
        with pytest.raises(BadResponse, match="leads"):
            rows(body, "leads", "GET /api/v4/leads")


def test_nulls_are_nothing_and_a_lead_without_a_creation_came_in_when_it_was_changed() -> None:
    nulls = {"created_at": None, "price": None, "closed_at": 0, "_embedded": None, "custom_fields_values": None}
    row = lead(10002) | nulls | {"price_with_minor_units": None, "responsible_user_id": None, "source_id": 0}

    first, deal = (each for each in made(row) if isinstance(each, Lead | Deal))
    assert (first.created_at, first.manager, first.lead_source) == (instant(1772971200), None, None)
    assert isinstance(deal, Deal)
    assert [deal.amount, deal.closed_at, deal.customer_id, deal.status] == [0, None, None, "won"]


def test_a_lead_without_any_time_is_told_with_its_id() -> None:
    with pytest.raises(BadResponse, match="lead 10002: expected created_at"):
        made(lead(10002) | {"created_at": None, "updated_at": 0})


def test_an_unknown_stage_is_one_like_any_other() -> None:
    found = made(lead(10001) | {"status_id": 999})

    assert [each.status for each in found if isinstance(each, Deal)] == ["open"]


def test_a_won_deal_that_changes_its_pipeline_is_not_won_again() -> None:
    def event(number: int, at: int, before: tuple[int, int], after: tuple[int, int]) -> dict[str, Any]:
        before_, after_ = ({"lead_status": {"pipeline_id": p, "id": s}} for p, s in (before, after))
        return {
            "id": f"e{number}",
            "type": "lead_status_changed",
            "entity_type": "lead",
            "entity_id": 10002,
            "created_at": at,
            "value_before": [before_],
            "value_after": [after_],
        }

    moved = lead(10002) | {"pipeline_id": 7002, "updated_at": 1773050000}
    events = [event(1, 1772971200, (7001, 70013), (7001, 142)), event(2, 1773050000, (7001, 142), (7002, 142))]
    steps = [each for each in made(moved, events) if isinstance(each, StageChange) and each.entity == "deal"]

    assert [(each.status, each.at) for each in steps if each.status == "won"] == [("won", instant(1772971200))]
    (deal,) = (each for each in made(moved, events) if isinstance(each, Deal))
    assert (deal.pipeline, deal.closed_at) == ("7002", instant(1772971200))


def test_extra_dimensions_come_from_fields_by_id_code_or_name_and_from_tags() -> None:
    row = lead(10004)
    row["_embedded"] = row["_embedded"] | {"tags": [{"id": 2, "name": "VIP"}, {"id": 1, "name": "B2B"}]}
    given = book({"sort": "sort of client", "by_id": "99103", "tag": "tags", "none": "77"})

    (first, *_) = made(row, given=given)
    assert isinstance(first, Lead)
    assert first.dimensions == {"sort": "group", "by_id": "group", "tag": "B2B, VIP"}


def test_contacts_are_customers_with_their_companies() -> None:
    found = rows(sample("contacts.json"), "contacts", "")

    assert [mapping.contact(row) for row in found] == [Customer("contact:40001"), Customer("contact:40005")]
    with_company = found[0] | {"_embedded": {"companies": [{"id": 50001}]}}
    assert mapping.contact(with_company) == Customer("contact:40001", parent_id="company:50001")
    assert mapping.company({"id": 50001}) == Customer("company:50001")


def test_pipelines_and_stages_have_names_the_final_ones_once() -> None:
    found = list(mapping.pipelines_and_stages(rows(sample("leads.pipelines.json"), "pipelines", "")))

    stages = [(each.id, each.title) for each in found if each.dimension == "stage"]
    assert [each.id for each in found if each.dimension == "pipeline"] == ["7001", "7002"]
    assert ("70012", "Negotiation") in stages
    assert len([number for number, _ in stages if number == "142"]) == 1
    assert len(set(stages)) == len(stages)
    assert list(mapping.named({"id": 5, "name": None}, "stage")) == []


def test_only_a_named_next_page_is_one() -> None:
    assert has_next(sample("leads.page1.json"))
    assert not has_next(sample("leads.page2_last.json"))
