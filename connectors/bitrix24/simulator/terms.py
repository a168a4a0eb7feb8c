"""The settings of a source that the company's books presuppose, and no vendor tells."""

from typing import Any

from collector.testing.company.calendar import HOURS
from collector.testing.company.terms import LEAD_DEDUP, REFUND_PIPELINES, RESPONSE_TARGET
from connectors.bitrix24.simulator.columns import CLICK_FIELDS
from connectors.bitrix24.simulator.stages import QUALIFIED

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def terms() -> dict[str, Any]:
    """Which stages and pipelines mean what, when people work, where click ids are kept."""
    return {
        "qualified_stages": [QUALIFIED],
        "junk_stages": ["JUNK"],
        "refund_pipelines": [str(each) for each in sorted(REFUND_PIPELINES)],
        "lead_dedup": f"{int(LEAD_DEDUP.total_seconds() // 3600)}h",
        "response_target": f"{int(RESPONSE_TARGET.total_seconds() // 60)}m",
        "working_hours": {_DAYS[day]: f"{opens:02}:00-{closes:02}:00" for day, (opens, closes) in HOURS.items()},
        "click_ids": dict(CLICK_FIELDS),
    }
