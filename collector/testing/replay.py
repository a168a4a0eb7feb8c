"""Replays a real purchase history as if it had ended yesterday.

The CDNOW sample: purchases of 2,357 customers of an online CD shop, 1997-01-01 through
1998-06-30 (Fader & Hardie, "Forecasting Repeat Sales at CDNOW: A Case Study", Interfaces
31, 2001). Beside it a configuration that reads it as won deals.
"""

import csv
import os
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path

SETTLED_SECONDS = 60
"""How old the written file claims to be: a file that has just changed is left to settle first."""

CONFIG = """\
# The demo: a real purchase history, replayed so that its last day is yesterday.
timezone: UTC
currency: USD
margin: {default: 1}   # the sample knows no costs: CLTV is in revenue
store: sqlite:///collector.db
sources:
  shop:
    connector: csv
    record: deal
    path: purchases.csv
    columns: {customer_id: customer_id, closed_at: date, amount: amount}
    constants: {status: won, currency: USD}
kpis:   # what a list of purchases can tell
  - sales
  - revenue
  - average_order_value
  - new_customers
  - active_customers
  - returning_customers
  - returning_share
  - repeat_purchase_rate
  - cltv_historical
"""


def write_demo(folder: Path, *, now: datetime) -> Path:
    """Write the replayed purchases and a configuration into `folder`; returns the latter's path."""
    purchases = folder / "purchases.csv"
    replay(purchases, last_day=now.date() - timedelta(days=1))
    settled = now.timestamp() - SETTLED_SECONDS
    os.utime(purchases, (settled, settled))
    config = folder / "collector.yml"
    config.write_text(CONFIG, encoding="utf-8")
    return config


def replay(path: Path, *, last_day: date) -> None:
    """Write the sample with its days shifted so that the last one is `last_day`."""
    with files("collector.testing").joinpath("cdnow", "transactions.csv").open(encoding="utf-8") as source:
        rows = list(csv.DictReader(source))
    shift = last_day - max(date.fromisoformat(row["date"]) for row in rows)
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(row | {"date": (date.fromisoformat(row["date"]) + shift).isoformat()} for row in rows)
