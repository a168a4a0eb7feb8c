"""What is to be doubted of a value that exists."""

from decimal import Decimal

from collector.kpi.formula import DIGITS
from tests.kpi.conftest import Business

SPEND = "day,spend\n2026-10-01,100\n2026-10-10,50"


def flags(business: Business, kpi: str, window: str, at: str) -> frozenset[str]:
    return business.value(kpi, window, at=at).flags


def test_money_is_doubted_while_nobody_says_whether_it_holds_vat(business: Business) -> None:
    business.facts("ads", SPEND)
    business.poll()
    assert "vat_unset" in flags(business, "spend", "7d", "2026-10-10")

    business.settings["vat"] = {"payer": True, "rates": {"2026-01-01": "0.2"}, "spend": {"ads": "gross"}}
    assert "vat_unset" not in flags(business, "spend", "7d", "2026-10-10")
    found = business.value("spend", "7d", at="2026-10-10").value
    assert found is not None
    assert round(found, 20) == round(DIGITS.divide(Decimal(50), Decimal("1.2")), 20)


def test_a_payer_s_source_that_nobody_speaks_of_is_a_doubt(business: Business) -> None:
    business.settings["vat"] = {"payer": True, "rates": {"2026-01-01": "0.2"}}
    business.facts("ads", SPEND)
    business.poll()

    found = business.value("spend", "7d", at="2026-10-10")
    assert "vat_unset" in found.flags
    assert found.value == 50


def test_who_pays_no_vat_counts_costs_gross(business: Business) -> None:
    business.settings["vat"] = {"payer": False, "rates": {"2026-01-01": "0.2"}, "spend": {"ads": "net"}}
    business.facts("ads", SPEND)
    business.poll()

    found = business.value("spend", "7d", at="2026-10-10")
    assert found.value == 60
    assert found.flags == frozenset()


def test_each_day_has_its_own_rate_of_vat(business: Business) -> None:
    business.settings["vat"] = {
        "payer": True, "rates": {"2026-01-01": "0.2", "2026-10-05": "0.25"}, "spend": {"ads": "gross"},
    }  # fmt: skip
    business.facts("ads", SPEND)
    business.poll()

    found = business.value("spend", "mtd", at="2026-10-10").value
    assert found is not None
    assert round(found, 20) == round(DIGITS.divide(Decimal(100), Decimal("1.2")) + 40, 20)


def test_days_that_may_still_be_restated_are_provisional(business: Business) -> None:
    business.facts("ads", SPEND, settle_delay="3650d")
    business.poll()

    assert "provisional" in flags(business, "spend", "7d", "2026-10-10")


def test_leads_that_are_younger_than_most_conversions_took_are_immature(business: Business) -> None:
    business.sources["crm"] = {
        "connector": "csv", "record": "deal", "path": "deals.csv", "constants": {"status": "open"},
        "columns": {name: name for name in ("id", "created_at", "lead_id", "amount", "customer_id")},
        "complete_through": "yesterday",
    }  # fmt: skip
    rows = "".join(f"{n},2026-09-0{n},converted,c{n}\n" for n in (1, 2, 3))
    business.write("leads.csv", "id,created,status,customer\n" + rows)
    business.sources["forms"] = {
        "connector": "csv", "record": "lead", "path": "leads.csv", "system": "crm",
        "columns": {"id": "id", "created_at": "created", "status": "status", "customer_id": "customer"},
        "complete_through": "yesterday",
    }  # fmt: skip
    business.write(
        "deals.csv",
        "id,created_at,lead_id,amount,customer_id\n1,2026-09-11,1,5,c1\n2,2026-09-12,2,5,c2\n3,2026-09-13,3,5,c3\n",
    )
    business.poll()

    ten_days_on, nine = "2026-09-13T09:00", "2026-09-12T09:00"
    assert "immature" not in business.value("lead_to_deal", "7d", at="2026-09-03", now=ten_days_on).flags
    assert "immature" in business.value("lead_to_deal", "7d", at="2026-09-03", now=nine).flags
