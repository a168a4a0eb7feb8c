"""A business in files: ad spend by campaign, visits by source, and deals of customers who return."""

import os
import random
from datetime import date, datetime, timedelta
from pathlib import Path

from bench.spend import write_sample

LAST = date(2026, 6, 30)
DAYS = 1_000
_TAGS = (("yandex", "cpc"), ("google", "cpc"), ("vk", "cpc"), ("google", "organic"), ("newsletter", "email"), ("", ""))

CONFIG = """\
timezone: Europe/Moscow
currency: RUB
store: sqlite:///collector.db
margin: {default: 0.4}
vat: {payer: true, rates: {2019-01-01: 0.2}, revenue: gross, spend: {ads: gross}}
sources:
  ads:
    connector: csv
    record: fact
    path: spend.csv
    columns: {day: date, channel: channel, campaign: campaign, spend: cost, impressions: impressions, clicks: clicks}
  site:
    connector: csv
    record: fact
    path: visits.csv
    columns: {day: day, source_medium: tags, campaign: campaign, sessions: sessions, new_users: users, key_events: keys}
    cuts: [[], [source_medium, campaign]]
  crm:
    connector: csv
    record: deal
    path: deals.csv
    columns: {id: id, created_at: created, closed_at: closed, status: status, amount: amount, customer_id: customer,
      manager: manager, pipeline: pipeline, utm_source: source, utm_medium: medium, utm_campaign: campaign}
    complete_through: yesterday
"""


def write_business(folder: Path, *, facts: int, deals: int) -> Path:
    """Write files with about so many facts and just so many deals; the configuration that reads them."""
    draw = random.Random(7)
    write_sample(folder / "spend.csv", facts // 6)
    _write_visits(folder / "visits.csv", facts // 6, draw)
    write_deals(folder / "deals.csv", deals, draw)
    for path in folder.glob("*.csv"):
        os.utime(path, (1_780_000_000, 1_780_000_000))
    path = folder / "collector.yml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def _write_visits(path: Path, rows: int, draw: random.Random) -> None:
    a_day = max(1, rows // DAYS)
    with path.open("w", encoding="utf-8") as sink:
        sink.write("day,tags,campaign,sessions,users,keys\n")
        for number in range(DAYS):
            day = LAST - timedelta(days=number)
            total = [0, 0, 0]
            for campaign in range(a_day):
                source, medium = _TAGS[campaign % 6]
                counts = [draw.randrange(100), draw.randrange(30), draw.randrange(5)]
                total = [a + b for a, b in zip(total, counts, strict=True)]
                tags = f"{source or '(direct)'} / {medium or '(none)'}"
                sink.write(f"{day},{tags},c{campaign},{counts[0]},{counts[1]},{counts[2]}\n")
            sink.write(f"{day},,,{total[0]},{total[1]},{total[2]}\n")


def write_deals(path: Path, deals: int, draw: random.Random) -> None:
    """Deals of half as many customers, over 1,000 days."""
    first = datetime.combine(LAST, datetime.min.time()) - timedelta(days=DAYS)
    with path.open("w", encoding="utf-8") as sink:
        sink.write("id,created,closed,status,amount,customer,manager,pipeline,source,medium,campaign\n")
        for number in range(deals):
            created = first + timedelta(minutes=draw.randrange(DAYS * 1440))
            closed = created + timedelta(hours=draw.randrange(400))
            status = "won" if draw.random() < 0.6 else "lost"
            source, medium = draw.choice(_TAGS)
            customer, campaign = draw.randrange(max(1, deals // 2)), draw.randrange(50)
            sink.write(
                f"{number},{created.isoformat()},{closed.isoformat()},{status},{draw.randrange(1, 99999)},k{customer},"
                f"m{number % 12},p{number % 3},{source},{medium},c{campaign}\n"
            )
