"""Every family that the code can emit is in docs/metrics.md, and every family there exists."""

import re
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from collector.kpi.values import UNDEFINED_REASONS
from collector.plugin.errors import FAILURE_REASONS
from collector.polling.counters import RESTATED_REASONS, SKIP_REASONS
from collector.snapshot import health
from collector.snapshot.families import meta
from collector.web.live import Live

DOCUMENT = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")
DOCUMENTED = set(
    re.findall(
        r"`((?:marketing_kpi|marketing_unassigned|marketing_reconciliation|kpi_collector|process|python)_[a-z_]+)`",
        DOCUMENT,
    )
)


def _emitted(full: Any) -> set[str]:
    inputs = full.inputs
    families = [
        *meta(full.project, inputs.values[0], ""),
        *health.source_families(full.project, inputs.sources, inputs.counts),
        *health.daemon_families(inputs.daemon, inputs.counts),
        *health.snapshot_families(inputs.now, 0.5),
        *health.series_families([]),
    ]
    read: Any = text_string_to_metric_families
    own = {sample.name for family in read(Live().everything("text").decode()) for sample in family.samples}
    return own | {family.name for family in families}


def test_every_family_is_documented_and_every_documented_one_exists(full: Any) -> None:
    assert _emitted(full) == DOCUMENTED


def test_the_closed_lists_of_reasons_are_documented() -> None:
    for reason in (*UNDEFINED_REASONS, *FAILURE_REASONS, *SKIP_REASONS, *RESTATED_REASONS):
        assert f"`{reason}`" in DOCUMENT


def test_what_a_full_snapshot_shows_is_documented(full: Any) -> None:
    shown = {part.family.name for part in full.snapshot().parts}
    kpis = {name for name in shown - DOCUMENTED if name.startswith("marketing_")}

    assert shown - kpis <= DOCUMENTED
