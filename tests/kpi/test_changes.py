"""Other settings on a store that has been filled: values become what a fresh store's would be."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.kpi.conftest import Business

Run = Callable[..., str]
BASE: dict[str, Any] = {"currency": "EUR", "timezone": "UTC", "margin": {"default": "0.5"}, "rates": {"USD": "0.9"}}
CHANGES: Mapping[str, Mapping[str, Any]] = {
    "the zone": {"timezone": "America/New_York"},
    "the currency": {"currency": "USD", "rates": {"EUR": "1.1"}},
    "a channel rule": {"channels": [{"channel": "Podcasts", "source": "pod*"}, {"channel": "Fairs", "medium": "cpc"}]},
    "VAT": {"vat": {"payer": True, "rates": {"2026-01-01": "0.2"}, "revenue": "gross", "spend": {"ads": "gross"}}},
    "attribution": {"attribution": "first"},
    "the margin": {"margin": {"default": "0.1", "by": {"pipeline": {"b2b": "0.3"}}}},
    "paid channels": {"paid_channels": ["Organic Search"]},
    "a KPI": {"kpis": ["leads", {"name": "pace", "formula": "leads * 2", "unit": "lead", "better": "up"}]},
    "nothing": {},
}
DEALS = {
    "created_at": "created", "closed_at": "won", "customer_id": "customer", "amount": "amount", "id": "id",
    "pipeline": "pipeline", "utm_source": "source", "utm_medium": "medium", "currency": "currency",
}  # fmt: skip


def fill(business: Business) -> None:
    business.facts(
        "ads",
        """day,source_medium,campaign,spend,clicks
        2026-10-01,pod / audio,a,10,5
        2026-10-02,google / cpc,b,20,7
        2026-10-03,google / organic,c,5,9""",
        constants={"currency": "EUR"},
    )
    business.write(
        "crm.csv",
        "id,created,won,customer,amount,pipeline,source,medium,currency\n"
        "1,2026-10-01T02:00:00Z,2026-10-02T03:00:00Z,ann,100,shop,pod,audio,EUR\n"
        "2,2026-10-02T23:30:00Z,2026-10-03T01:00:00Z,bob,50,b2b,google,cpc,USD\n"
        "3,2026-10-03T12:00:00Z,2026-10-03T13:00:00Z,ann,70,shop,google,organic,EUR\n",
    )
    business.sources["crm"] = {
        "connector": "csv", "record": "deal", "path": "crm.csv", "columns": DEALS,
        "constants": {"status": "won"}, "complete_through": "yesterday",
    }  # fmt: skip
    business.leads("id,created,status\n1,2026-10-01T01:00:00Z,open\n2,2026-10-02T12:00:00Z,converted")


def shown(config: Path, run: Run) -> list[Any]:
    lines = []
    for more in ([], ["--by", "channel"]):
        told = run(
            "--config", config, "kpi", "show", "--at", "2026-10-04", "--window", "wtd", "--format", "json", *more
        )
        lines += [json.loads(line) for line in told.splitlines()]
    return lines


@pytest.mark.parametrize("change", CHANGES)
def test_changed_settings_give_what_a_fresh_store_would(
    change: str, business: Business, tmp_path: Path, kpi_collector: Run
) -> None:
    business.settings.update(BASE)
    fill(business)
    business.poll()
    shown(business.config, kpi_collector)

    business.settings.update(CHANGES[change])
    business.poll()
    changed = shown(business.config, kpi_collector)

    for path in tmp_path.glob("store.db*"):
        path.unlink()
    business.poll()
    assert changed == shown(business.config, kpi_collector)
    assert any(line["value"] not in (None, "0") for line in changed)


def test_another_rule_and_back_again_leaves_all_as_it_was(
    business: Business, tmp_path: Path, kpi_collector: Run
) -> None:
    business.settings.update(BASE)
    fill(business)
    business.poll()
    before = shown(business.config, kpi_collector)

    business.settings["channels"] = [{"channel": "Podcasts", "source": "pod*"}]
    other = shown(business.config, kpi_collector)
    del business.settings["channels"]

    assert shown(business.config, kpi_collector) == before != other
