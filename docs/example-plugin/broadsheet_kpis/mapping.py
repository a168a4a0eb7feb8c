"""Broadsheet's JSON to records: pure functions, each with a test for a sample body."""

from datetime import datetime
from zoneinfo import ZoneInfo

from collector.plugin import Fact, Json

MEASURES = ("spend", "impressions", "clicks")


def placement(row: Json, zone: ZoneInfo) -> list[Fact]:
    """A row of /v2/placements: what a newsletter cost and brought, on the day it was sent."""
    day, cut = datetime.fromisoformat(row["sent_at"]).astimezone(zone).date(), {"campaign": row["campaign"]}
    return [
        Fact(day, "spend", row["cost"]["amount"], currency=row["cost"]["currency"], dimensions=cut),
        Fact(day, "impressions", row["opens"], dimensions=cut),
        Fact(day, "clicks", row["clicks"], dimensions=cut),
    ]
