"""What reconciliation says, as metric families; a part of what `families` says of a project."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from collector.kpi.reconciliation.findings import Finding
from collector.snapshot.labels import labels, number
from collector.snapshot.render import Family, Sample

DIGITS = 9
"""Decimals of a gap; it is a quotient of two counts."""


def reconciliation(project: str, findings: Sequence[Finding], ending: str) -> list[Family]:
    """The gaps, how they have moved, the alarms, and why there is no gap."""
    return [
        Family(
            "marketing_reconciliation_gap_ratio",
            "gauge",
            f"How far two ways of counting the same disagree in 28 days: (a - b) / the greater. {ending}",
            tuple(_gaps(project, findings)),
        ),
        Family(
            "marketing_reconciliation_drift_ratio",
            "gauge",
            "How far the gap of the last days lies from what it usually is in as many days: "
            f"from its median of eight weeks. {ending}",
            tuple(_drifts(project, findings)),
        ),
        Family(
            "marketing_reconciliation_alarm",
            "gauge",
            "1: two ways of counting the same have come apart, as a whole or in a member such as one campaign; "
            f"0: they have not. {ending}",
            tuple(_alarms(project, findings)),
        ),
        Family(
            "marketing_reconciliation_undefined",
            "gauge",
            f"Why a check has no gap; always 1. {ending}",
            tuple(_undefined(project, findings)),
        ),
    ]


def _gaps(project: str, findings: Iterable[Finding]) -> Iterator[Sample]:
    for each in findings:
        if (text := _number(each.gap)) is not None:
            yield "", labels(project=project, check=each.check), text


def _drifts(project: str, findings: Iterable[Finding]) -> Iterator[Sample]:
    for each in findings:
        for drift in each.drifts:
            if (text := _number(drift.drift)) is not None:
                yield "", labels(project=project, check=each.check, window=f"{drift.length}d"), text


def _alarms(project: str, findings: Iterable[Finding]) -> Iterator[Sample]:
    for each in findings:
        if each.is_judged:
            yield "", labels(project=project, check=each.check), "1" if each.state == "drift" else "0"


def _undefined(project: str, findings: Iterable[Finding]) -> Iterator[Sample]:
    for each in findings:
        if each.gap is None and each.lack is not None:
            yield "", labels(project=project, check=each.check, reason=each.lack), "1"


def _number(value: float | None) -> str | None:
    return None if value is None else number(Decimal(str(round(value, DIGITS))))
