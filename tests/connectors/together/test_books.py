"""What visits, ads, the CRM and the bank come to together is what the company's books say.

CAC, CPL, ROMI, ROAS and all that needs several vendors, as a whole and by channel; at first, and
after visits and costs were restated, deals were amended, and days went by.
"""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.connectors.together.shop import JUDGED, Shop, opened
from tests.testing.company.fed import Question

OF_SEVERAL = (
    "cac",
    "cac_paid",
    "cost_per_lead",
    "romi",
    "roas",
    "visit_to_lead",
    "visit_to_customer",
    "marketing_profit",
)


def agree(shop: Shop, *, days: int = 3) -> None:
    last = shop.company.yesterday
    questions = [Question(last), Question(last, by="channel"), Question(last - timedelta(days=days), by="channel")]
    faults = [fault for question in questions for fault in shop.faults(question)]
    assert not faults, "\n".join(faults[:40])


def told_by_channel(shop: Shop, window: str) -> dict[str, set[str | None]]:
    """For which channels each KPI of several vendors has a value."""
    shown = shop.shown(Question(shop.company.yesterday, window, "channel"))
    return {
        name: {member for member, line in shown.get((name, window), {}).items() if member and line["value"] is not None}
        for name in OF_SEVERAL
    }


def test_kpis_of_several_vendors_are_those_of_the_books_also_after_days_of_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(OF_SEVERAL) < JUDGED
    with opened(tmp_path, monkeypatch, days=35) as shop:
        first = shop.poll()
        agree(shop)
        told = told_by_channel(shop, "30d")
        for name in ("cac", "cost_per_lead", "romi", "roas"):
            assert {"Paid Search", "Paid Social"} <= told[name], (name, told[name])
        shop.clock.advance(timedelta(days=2))

        then = shop.poll()

        agree(shop)
        assert all(then[name] < first[name] / 2 for name in shop.vendors), "it has read all of it again"


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_months_and_weeks_of_changes(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path, monkeypatch, seed=seed, days=120) as shop:
        shop.poll()
        agree(shop)
        for _ in range(4):
            shop.clock.advance(timedelta(days=4, hours=seed))
            shop.poll()
            agree(shop)
