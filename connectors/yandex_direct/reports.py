"""Reports: what is asked for, and by which name until it is there.

Direct keeps a finished report for five hours, and answers its name with the same figures
again. So each run asks by a name of its own; while the report is being made the name is
kept as a checkpoint, and asked by again.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from collector.plugin import Json, Window

PATH = "/json/v5/reports"
FIELDS = ("Date", "CampaignId", "CampaignName", "AdNetworkType", "Impressions", "Clicks", "Cost")
HEADERS = {
    "returnMoneyInMicros": "false",
    "skipReportHeader": "true",
    "skipColumnHeader": "false",
    "skipReportSummary": "false",  # the number of rows: a transfer that was cut is seen by it
}

GIVEN_UP_AFTER, GIVEN_UP_ASKED = timedelta(hours=1), 20
"""A report is given up when it is so old and was asked for so often; a daemon that stood still asks on."""

FORGOTTEN = ""
"""A cursor of no report."""


@dataclass(frozen=True)
class Report:
    """One report on its way; `mode` is how Direct is to make it: as it likes (`auto`), or in its queue."""

    name: str
    since: datetime
    mode: str = "auto"
    asked: int = 0

    @property
    def cursor(self) -> str:
        """As a checkpoint; what is asked by it next time counts."""
        told = {"name": self.name, "since": self.since.isoformat(), "mode": self.mode, "asked": self.asked + 1}
        return json.dumps(told)

    @property
    def headers(self) -> Mapping[str, str]:
        """With which it is asked for, each time the same."""
        return HEADERS | {"processingMode": self.mode}

    def is_hopeless(self, now: datetime) -> bool:
        """Whether it is never going to be ready."""
        return self.asked >= GIVEN_UP_ASKED and now - self.since >= GIVEN_UP_AFTER

    def in_queue(self, now: datetime) -> "Report":
        """The same figures, from Direct's queue: there they may take their time."""
        return replace(self, name=f"{self.name}-queued", mode="offline", since=now, asked=0)


def report_of(window: Window, *, include_vat: bool, now: datetime) -> Report:
    """The one that was being made for these days, or a new one."""
    begins = _beginning(window, include_vat=include_vat)
    if window.cursor:
        try:
            told = json.loads(window.cursor)
            name, since = str(told["name"]), datetime.fromisoformat(told["since"])
            found = Report(name, since, str(told["mode"]), int(told["asked"]))
        except (ValueError, KeyError, TypeError):
            found = None
        if found is not None and found.name.startswith(begins):
            return found
    return Report(f"{begins}{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}", now)


def body(report: Report, window: Window, *, include_vat: bool) -> Json:
    """The request's body."""
    return {
        "params": {
            **_what(window, include_vat=include_vat),
            "ReportName": report.name,
        }
    }


def _beginning(window: Window, *, include_vat: bool) -> str:
    """How names begin of reports that ask for just this."""
    what = json.dumps(_what(window, include_vat=include_vat), sort_keys=True)
    digest = hashlib.blake2b(what.encode(), digest_size=4).hexdigest()
    return f"kpi-{window.first}-{window.last}-{digest}-"


def _what(window: Window, *, include_vat: bool) -> dict[str, Any]:
    return {
        "SelectionCriteria": {"DateFrom": str(window.first), "DateTo": str(window.last)},
        "FieldNames": list(FIELDS),
        "OrderBy": [{"Field": "Date"}],
        "ReportType": "CAMPAIGN_PERFORMANCE_REPORT",
        "DateRangeType": "CUSTOM_DATE",
        "Format": "TSV",
        "IncludeVAT": "YES" if include_vat else "NO",
        "IncludeDiscount": "NO",
    }
