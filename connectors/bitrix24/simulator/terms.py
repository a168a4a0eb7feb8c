"""The settings of a source that the company's books presuppose, and no vendor tells."""

from typing import Any

from collector.testing.company.config import lead_terms, refund_pipelines
from connectors.bitrix24.simulator.columns import CLICK_FIELDS
from connectors.bitrix24.simulator.stages import QUALIFIED


def terms() -> dict[str, Any]:
    """Which stages and pipelines mean what, when people work, where click ids are kept."""
    return {
        "qualified_stages": [QUALIFIED],
        "junk_stages": ["JUNK"],
        "refund_pipelines": refund_pipelines(),
        **lead_terms(),
        "click_ids": dict(CLICK_FIELDS),
    }
