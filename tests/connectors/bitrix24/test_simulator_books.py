"""What the portal tells is enough: read back by plain code, it gives the company's books to the last figure."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from collector.testing.company import Company
from collector.testing.company.books.books import Books
from collector.testing.company.books.figures import DIMENSIONS, OF_CRM
from collector.testing.company.entities import Customer, Deal, Lead
from collector.testing.company.ways import Tags
from tests.connectors.bitrix24.portal import Asking

SPOKEN = {"filter": {"OWNER_TYPE_ID": 1, "DIRECTION": 2, "COMPLETED": "Y", "@TYPE_ID": [2, 4, 6]}}


@dataclass(frozen=True)
class Told(Company):
    """The company as somebody who read the portal knows it."""

    portal: Asking = field(default_factory=Asking, compare=False)

    def customers(self) -> Iterator[Customer]:
        for row in self.portal.all("crm.contact.list"):
            yield Customer(int(row["ID"]), 0, 0, _link(row["COMPANY_ID"]), None)

    def leads(self) -> Iterator[Lead]:
        spoken: dict[int, list[int]] = {}
        for row in self.portal.all("crm.activity.list", SPOKEN):
            spoken.setdefault(int(row["OWNER_ID"]), []).append(_at(row["START_TIME"]))
        seen: dict[int, set[str]] = {}
        for step in self.portal.all("crm.stagehistory.list", {"entityTypeId": 1}):
            seen.setdefault(step["OWNER_ID"], set()).add(step["STATUS_ID"])
        for row in self.portal.all("crm.lead.list"):
            number, created = int(row["ID"]), _at(row["DATE_CREATE"])
            stages = seen[number]
            status = {"S": "converted", "F": "junk" if row["STATUS_ID"] == "JUNK" else "lost"}.get(
                row["STATUS_SEMANTIC_ID"], "qualified" if row["STATUS_ID"] == "UC_4K2XQ1" else "open"
            )
            yield Lead(
                id=number,
                created=created,
                updated=_at(row["DATE_MODIFY"]),
                stage=row["STATUS_ID"],
                status=status,
                loss_reason="",
                ever_qualified=bool(stages & {"UC_4K2XQ1", "CONVERTED"}),
                ever_converted="CONVERTED" in stages,
                pipeline=0,
                answered=min((at for at in spoken.get(number, ()) if at >= created), default=None),
                **_evidence(row),
            )

    def deals(self) -> Iterator[Deal]:
        closed: dict[tuple[int, str], int] = {}
        for step in self.portal.all("crm.stagehistory.list", {"entityTypeId": 2, "filter": {"TYPE_ID": 3}}):
            closed[step["OWNER_ID"], step["STAGE_ID"]] = _at(step["CREATED_TIME"])
        for row in self.portal.all("crm.deal.list", {"filter": {"IS_RECURRING": "N"}}):
            number, status = int(row["ID"]), {"P": "open", "S": "won", "F": "lost"}[row["STAGE_SEMANTIC_ID"]]
            at = closed.get((number, row["STAGE_ID"]), _at(row["MOVED_TIME"]))
            yield Deal(
                id=number,
                created=_at(row["DATE_CREATE"]),
                updated=_at(row["LAST_ACTIVITY_TIME"]),
                closed=None if status == "open" else at,
                stage=row["STAGE_ID"],
                status=status,
                loss_reason="",
                cents=int(Decimal(row["OPPORTUNITY"]) * 100),
                currency=row["CURRENCY_ID"],
                lead=_link(row["LEAD_ID"]),
                is_repeat=row["IS_RETURN_CUSTOMER"] == "Y",
                pipeline=int(row["CATEGORY_ID"]),
                **_evidence(row),
            )


def _at(told: str) -> int:
    return int(datetime.fromisoformat(told).timestamp())


def _link(told: str) -> int | None:
    return int(told) or None


def _evidence(row: dict[str, Any]) -> dict[str, Any]:
    tags = Tags(*(row[f"UTM_{name}"] or "" for name in ("SOURCE", "MEDIUM", "CAMPAIGN", "CONTENT", "TERM")))
    clicks = [kind for kind in ("yclid", "gclid", "rb_clickid") if row[f"UF_CRM_{kind.upper()}"]]
    return {
        "contact": _link(row["CONTACT_ID"]),
        "company": _link(row["COMPANY_ID"]),
        "manager": int(row["ASSIGNED_BY_ID"]),
        "tags": tags,
        "click": clicks[0] if clicks else "",
        "crm_source": row["SOURCE_ID"] or "",
    }


def figures(books: Books, *by: str) -> dict[Any, Decimal]:
    measures = {measure for measure, dimensions in DIMENSIONS.items() if dimensions == OF_CRM}
    found = books.daily(by)
    return {(measure, day, key): round(value, 12) for measure, day, key, value in found if measure in measures}


@pytest.mark.parametrize(
    ("seed", "days"), [(1, 60), *(pytest.param(seed, 300, marks=pytest.mark.soak) for seed in (2, 3, 4))]
)
def test_what_the_portal_tells_gives_the_companys_books(seed: int, days: int) -> None:
    portal = Asking(seed=seed, days=days)
    for hours in (0, 71):
        portal.wait(hours=hours)
        company = portal.simulator.company
        books = Books(company)
        told = Books(Told(seed, company.today, company.days, 1, company.instant, company.world, portal=portal))
        for by in ((), ("channel",), ("manager",), ("pipeline",), ("lead_source",), ("source_medium", "campaign")):
            expected = figures(books, *by)
            assert len(expected) > 100
            assert figures(told, *by) == expected
