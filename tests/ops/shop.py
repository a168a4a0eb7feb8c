"""A shop whose figures can be counted on one's fingers.

For 100 days through yesterday, each day: two orders of 100 EUR, one by a new customer and one
by the same old one, and one order of 70 EUR that is lost; four leads, two of them qualified,
one of these converted, all answered after five minutes; 200 visits, 50 EUR of advertising.
One order of 30 EUR is still open. All comes by one channel, and by one person.
"""

import os
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

DAYS = 100
WHOSE = {"utm_source": "yandex", "utm_medium": "cpc", "manager": "anna"}
SETTLED_SECONDS = 90  # files that have just been written are left to settle by the connector

ORDERS = {
    "connector": "csv",
    "record": "deal",
    "path": "orders.csv",
    "columns": {
        "id": "id",
        "created_at": "day",
        "closed_at": "closed",
        "customer_id": "customer",
        "amount": "amount",
        "status": "status",
    },
    "constants": WHOSE | {"pipeline": "shop"},
}
REQUESTS = {
    "connector": "csv",
    "record": "lead",
    "path": "leads.csv",
    "qualified_stages": ["qualified"],
    "columns": {"id": "id", "created_at": "day", "status": "status", "first_response_at": "answered"},
    "constants": WHOSE,
}
ADS = {
    "connector": "csv",
    "record": "fact",
    "path": "ads.csv",
    "columns": {"day": "day", "spend": "cost", "channel": "channel"},
}
VISITS = {
    "connector": "csv",
    "record": "fact",
    "path": "visits.csv",
    "columns": {"day": "day", "sessions": "visits", "channel": "channel"},
}


def zone() -> str:
    """A zone where it is about noon, so that no day ends during a test."""
    ahead = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}"  # the signs of these names are the other way round


def yesterday() -> date:
    """The last day of data."""
    return datetime.now(ZoneInfo(zone())).date() - timedelta(days=1)


def write_shop(folder: Path) -> None:
    """The shop's files."""
    folder.mkdir(parents=True, exist_ok=True)
    days = [yesterday() - timedelta(days=back) for back in range(DAYS)]
    orders = (
        f"{day}-{customer},{day},{day},{customer},{amount},{status}"
        for day in days
        for customer, amount, status in ((f"new-{day}", 100, "won"), ("old", 100, "won"), ("none", 70, "lost"))
    )
    leads = (
        f"{day}-{number},{day},{status},{day} 12:05:00"
        for day in days
        for number, status in enumerate(("open", "open", "qualified", "converted"))
    )
    still_open = f"open,{days[0]},,old,30,open"
    write(folder / "orders.csv", "id,day,closed,customer,amount,status", [*orders, still_open])
    write(folder / "leads.csv", "id,day,status,answered", leads)
    write(folder / "ads.csv", "day,cost,channel", (f"{day},50,Paid Search" for day in days))
    write(folder / "visits.csv", "day,visits,channel", (f"{day},200,Paid Search" for day in days))


def write(path: Path, header: str, rows: Iterable[str]) -> None:
    """A file that was finished a while ago."""
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    settled = time.time() - SETTLED_SECONDS
    os.utime(path, (settled, settled))


def write_config(folder: Path, project: str = "default", **keys: Any) -> Path:
    """A configuration with one project."""
    sources: Mapping[str, Any] = {"orders": ORDERS, "requests": REQUESTS, "ads": ADS, "visits": VISITS}
    said = {"timezone": zone(), "currency": "EUR", "margin": {"default": 0.5}, "sources": sources, **keys}
    whole = said if project == "default" else {"projects": {project: said}}
    config = folder / "collector.yml"
    text = yaml.safe_dump({"store": "sqlite:///collector.db", **whole}, sort_keys=False)
    config.write_text(text, encoding="utf-8")
    return config
