"""JSON to records, a sample body each."""

from decimal import Decimal
from zoneinfo import ZoneInfo

from broadsheet_kpis import mapping


def test_what_is_sent_late_counts_on_the_next_day_in_berlin() -> None:
    cost = {"amount": "12.50", "currency": "EUR"}
    row = {"campaign": "autumn", "sent_at": "2026-11-02T23:30:00Z", "opens": 400, "clicks": 25, "cost": cost}

    spend, *_ = mapping.placement(row, ZoneInfo("Europe/Berlin"))

    assert (str(spend.day), spend.value, spend.currency) == ("2026-11-03", Decimal("12.50"), "EUR")
