"""A report as it is asked for: checked as Direct checks it, its days found."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from connectors.yandex_direct.simulator.answers import Refusal

DIMENSIONS = ("Date", "CampaignId", "CampaignName", "AdNetworkType")
METRICS = ("Impressions", "Clicks", "Cost", "Ctr", "AvgCpc")
REQUIRED = ("SelectionCriteria", "FieldNames", "ReportName", "ReportType", "DateRangeType", "Format", "IncludeVAT")
TYPES = ("ACCOUNT_PERFORMANCE_REPORT", "CAMPAIGN_PERFORMANCE_REPORT", "CUSTOM_REPORT")
RECENT = 4
"""Days whose figures may have changed, which AUTO means."""


@dataclass(frozen=True)
class Asked:
    """One report's parameters."""

    name: str
    first: date
    last: date
    fields: tuple[str, ...]
    include_vat: bool
    filters: tuple[Mapping[str, Any], ...]
    order: tuple[Mapping[str, Any], ...]
    page: tuple[int, int] | None
    told: str
    """All that was asked, to be compared."""

    @property
    def days(self) -> int:
        """How many days it is of."""
        return (self.last - self.first).days + 1


def asked(body: Any, today: date, since: date) -> Asked:
    """The report that a request is for.

    Raises:
        Refusal: it is none.
    """
    params = body.get("params") if isinstance(body, dict) else None
    if not isinstance(params, dict):
        raise Refusal(8000, "Parameter params is required")
    for name in REQUIRED:
        if name not in params:
            raise Refusal(8000, f"Required field is omitted: {name}")
    fields = tuple(params["FieldNames"])
    for name in fields:
        if name not in (*DIMENSIONS, *METRICS):
            raise Refusal(8000, f"Unknown field in FieldNames: {name}")
    if params["ReportType"] not in TYPES or params["Format"] != "TSV" or params["IncludeVAT"] not in ("YES", "NO"):
        raise Refusal(8000, "Invalid value in ReportType, Format or IncludeVAT")
    first, last = _days(params, today, since)
    page = params.get("Page")
    criteria = params["SelectionCriteria"] or {}
    return Asked(
        name=str(params["ReportName"]),
        first=first,
        last=last,
        fields=fields,
        include_vat=params["IncludeVAT"] == "YES",
        filters=tuple(criteria.get("Filter") or ()),
        order=tuple(params.get("OrderBy") or ()),
        page=None if page is None else (int(page.get("Limit", 10**6)), int(page.get("Offset", 0))),
        told=repr(sorted((name, repr(value)) for name, value in params.items())),
    )


def _days(params: Mapping[str, Any], today: date, since: date) -> tuple[date, date]:
    kind, criteria = params["DateRangeType"], params["SelectionCriteria"] or {}
    if kind == "CUSTOM_DATE":
        try:
            first, last = (date.fromisoformat(str(criteria[name])) for name in ("DateFrom", "DateTo"))
        except (KeyError, ValueError) as error:
            raise Refusal(4000, "DateFrom and DateTo must be days for CUSTOM_DATE") from error
        if last < first:
            raise Refusal(4000, "DateTo lies before DateFrom")
        if first < today.replace(month=1, day=1) - timedelta(days=3 * 366):
            raise Refusal(4000, "DateFrom lies more than three years back")
        return first, last
    if "DateFrom" in criteria or "DateTo" in criteria:
        raise Refusal(4000, "DateFrom and DateTo are for CUSTOM_DATE only")
    yesterday = today - timedelta(days=1)
    known = {
        "TODAY": (today, today),
        "YESTERDAY": (yesterday, yesterday),
        "AUTO": (today - timedelta(days=RECENT - 1), today),
        "ALL_TIME": (since, today),
        "THIS_MONTH": (today.replace(day=1), today),
    }
    known |= {f"LAST_{n}_DAYS": (today - timedelta(days=n), yesterday) for n in (3, 5, 7, 14, 30, 90, 365)}
    if kind not in known:
        raise Refusal(8000, f"Unknown DateRangeType: {kind}")
    return known[kind]
