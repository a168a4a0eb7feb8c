"""One table for all: visits, leads, deals and costs of equal evidence are in one channel.

Each case of the tables has a day of its own, with a visit, a lead and a deal; what is no tag (a
click id, the CRM's source) only leads and deals have, and a referrer nothing of them.
"""

import csv
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from collector.store.connect import open_store
from collector.store.measures import daily_values
from tests.kpi.conftest import Business
from tests.vocabulary.channel_cases import BUILT_IN, OWN, TAGS, UNDER_OWN, Case

FIRST, LAST = date(2024, 1, 1), date(2025, 12, 31)
UTM = tuple(TAGS.values())
CLICK_IDS = ("yclid", "gclid", "rb_clickid", "fbclid")
ENTITY = ("id", "at", *UTM, "lead_source", *CLICK_IDS)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def written(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    out = StringIO()
    table = csv.DictWriter(out, columns, lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return out.getvalue()


def opened(business: Business, cases: Sequence[Case]) -> None:
    """Files with all of the cases, read."""
    given = [{name.lower(): value for name, value in case.evidence.items() if name != "referrer"} for case in cases]
    entities = [{"id": str(number), "at": str(day(number)), **each} for number, each in enumerate(given)]
    columns = {name: name for name in (*UTM, "lead_source", *CLICK_IDS)}
    common: dict[str, Any] = {"connector": "csv", "complete_through": "yesterday"}
    business.write("crm.csv", written(ENTITY, entities))
    for record, more in (("lead", {}), ("deal", {"amount": "id", "closed_at": "at"})):
        business.sources[record] = {
            **common, "path": "crm.csv", "record": record,
            "columns": {"id": "id", "created_at": "at", **more, **columns},
            "constants": {"status": "won" if record == "deal" else "open"},
        }  # fmt: skip
    visits = [
        {
            "day": str(day(number)),
            "campaign": each.get("utm_campaign", ""),
            "source_medium": f"{each.get('utm_source', '')} / {each.get('utm_medium', '')}",
            "sessions": "1",
        }
        for number, each in enumerate(given)
    ]
    names = ("day", "campaign", "source_medium", "sessions")
    business.write("visits.csv", written(names, visits))
    business.sources["visits"] = {**common, "path": "visits.csv", "record": "fact", "columns": {n: n for n in names}}
    business.poll()


def channels(folder: Path, measure: str) -> Mapping[date, set[str | None]]:
    """By day, in which channels the figures of a measure are."""
    store = open_store(f"sqlite:///{folder}/store.db")
    found: dict[date, set[str | None]] = {}
    with store.read() as tx:
        for row in daily_values(tx, "default", measures=[measure], first=FIRST, last=LAST, by="channel"):
            if row.value == 1:
                found.setdefault(row.day, set()).add(row.member)
    store.close()
    return found


def only(case: Case, names: Sequence[str]) -> bool:
    return {name.lower() for name in case.evidence} <= set(names)


@pytest.mark.parametrize(("cases", "settings"), [(BUILT_IN, {}), (UNDER_OWN, OWN)], ids=["built-in", "own"])
def test_visits_leads_and_deals_of_equal_evidence_are_in_one_channel(
    cases: Sequence[Case], settings: Mapping[str, Any], business: Business
) -> None:
    business.settings |= settings
    opened(business, cases)

    found = {name: channels(business.folder, name) for name in ("sessions", "leads", "deals")}
    faults = []
    for number, case in enumerate(cases):
        told = ["leads", "deals"] if only(case, (*UTM, "lead_source", *CLICK_IDS)) else []
        told += ["sessions"] if only(case, UTM) else []
        got = {name: found[name].get(day(number)) for name in told}
        if wrong := {name: each for name, each in got.items() if each != {case.expected[0]}}:
            faults.append(f"line {case.number}: {case.evidence}: {wrong}, not {case.expected[0]}")
    assert not faults, "\n".join(faults)
