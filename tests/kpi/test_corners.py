"""Corners that a hostile reader found: each was a wrong figure once."""

from datetime import date
from decimal import Decimal
from typing import Any

from collector.kpi.memory import Memory
from collector.store.connect import open_store
from collector.store.measures import window_totals
from tests.kpi.conftest import Business

DEAL: dict[str, Any] = {
    "connector": "csv", "record": "deal", "complete_through": "yesterday", "path": "deals.csv",
    "columns": {"id": "id", "created_at": "created", "closed_at": "closed", "status": "status", "amount": "amount",
                "customer_id": "customer", "manager": "manager", "lead_source": "source"},
}  # fmt: skip
HEAD = "id,created,closed,status,amount,customer,manager,source\n"


def deals(business: Business, *rows: str, **settings: Any) -> None:
    business.write("deals.csv", HEAD + "".join(f"{row}\n" for row in rows))
    business.sources["crm"] = DEAL | settings


def test_a_customer_that_another_file_links_elsewhere_is_counted_once(business: Business) -> None:
    deals(business, "1,2026-04-01,2026-04-02,won,100,contact:1,,", "2,2026-04-01,,open,7,contact:1,,")
    people = {"connector": "csv", "record": "customer", "path": "people*.csv", "system": "crm"}
    business.sources["people"] = people | {"columns": {"id": "id", "parent_id": "company"}}
    business.write("people1.csv", "id,company\ncontact:1,company:1\n")
    business.poll()
    business.write("people2.csv", "id,company\ncontact:1,company:2\n")
    business.poll()

    assert business.value("pipeline_value", "7d", at="2026-04-10").value == 7
    assert business.value("sales", "30d", at="2026-04-10").value == 1


def test_the_pipeline_of_a_source_holds_what_was_open_when_its_life_began(business: Business) -> None:
    deals(
        business,
        "1,2026-02-01,2026-04-01,lost,100,,,",
        "3,2026-04-05,,open,30,,,",
        "5,2026-02-05,,open,7,,,",
        active={"from": "2026-03-01", "until": "2026-04-20"},
    )
    business.poll()

    found = [business.value("pipeline_value", "1d", at=f"2026-{day}").value for day in ("03-15", "04-10", "05-30")]
    assert found == [107, 37, 0]


def test_the_life_of_a_ledger_is_that_of_its_deals_not_of_its_customers(business: Business) -> None:
    deals(business, "1,2026-02-01,2026-02-02,won,100,a,,", active={"from": "2026-03-01"})
    people = {"connector": "csv", "record": "customer", "path": "people.csv", "system": "crm"}
    business.sources["people"] = people | {"columns": {"id": "id"}}
    business.write("people.csv", "id\na\n")
    business.poll()

    assert business.value("sales", "all", at="2026-04-10").value == 0


def test_a_file_that_is_removed_takes_its_figures_from_what_is_remembered(business: Business) -> None:
    business.facts("ads", "day,spend\n2026-10-01,200", path="ads*.csv", on_missing="remove")
    business.write("ads2.csv", "day,spend\n2026-10-01,50\n")
    business.poll()
    memory = Memory()
    assert _remembered(business, memory) == 250

    (business.folder / "ads2.csv").unlink()
    business.poll()
    assert _remembered(business, memory) == 200


def _remembered(business: Business, memory: Memory) -> Decimal | None:
    (found,) = business.evaluate("spend", at="2026-10-01", windows=["1d"], memory=memory).values
    return found.value


def test_a_first_deal_that_was_paid_before_it_was_written_is_no_existing_customers(business: Business) -> None:
    deals(business, "4,2026-04-05T15:00:00,2026-04-05,won,70,c,,CALL")
    business.poll()

    assert business.by("new_customers", "7d", "channel", at="2026-04-10") == {"Calls": 1}


def test_all_doubts_of_a_window_are_told(business: Business) -> None:
    business.facts("ads", "day,spend\n2026-10-01,1\n2026-10-02,1")
    business.poll()
    store = open_store(f"sqlite:///{business.folder}/store.db")
    with store.write() as tx:
        tx.exec_driver_sql("UPDATE daily SET flags = 1 + (day % 2)")
    with store.read() as tx:
        days = date(2026, 10, 1), date(2026, 10, 2)
        (total,) = window_totals(tx, "default", measures=["spend"], first=days[0], last=days[1])
    store.close()

    assert total.flags == {"sampled", "thresholded"}


def test_a_customer_of_several_managers_counts_once_in_a_filter_that_keeps_them(business: Business) -> None:
    deals(business, "1,2026-04-01,2026-04-02,won,1,a,x,", "2,2026-04-01,2026-04-03,won,1,a,y,")
    told = {"unit": "customer", "better": "up", "formula": "active_customers"}
    business.settings["kpis"] = [
        {"name": "both", "where": {"manager": ["x", "y"]}, **told},
        {"name": "one", "where": {"manager": ["x"]}, **told},
    ]
    business.poll()

    assert business.value("both", "30d", at="2026-04-10").value == 1
    assert business.value("one", "30d", at="2026-04-10").value == 1


def test_a_stock_ends_with_the_life_of_its_source(business: Business) -> None:
    for name, until in (("vk", "2026-04-10"), ("tg", "2026-12-31")):
        rows = "day,followers\n2026-04-01,100\n2026-04-10,120" + ("\n2026-04-20,7" if name == "tg" else "")
        business.facts(name, rows, active={"until": until})
    business.poll()

    assert business.value("audience", "7d", at="2026-04-10").value == 240
    assert business.value("audience", "7d", at="2026-04-20").value == 7


def test_a_name_at_a_window_to_date_is_compared_with_that_of_earlier_days(business: Business) -> None:
    business.settings["kpis"] = [{"name": "odd", "formula": "spend.mtd", "unit": "money", "better": "up"}]
    business.facts("ads", "day,spend\n2026-01-01,5\n2026-03-31,40\n2026-04-05,100\n2026-04-10,50")
    business.poll()

    found = business.value("odd", "7d", at="2026-04-10")
    assert (found.value, found.previous) == (Decimal(150), Decimal(0))
