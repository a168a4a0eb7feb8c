"""A file of ad spend, and configurations that read it."""

from datetime import date, timedelta
from pathlib import Path

MEASURES = 3
"""Facts a row makes."""


def write_sample(path: Path, rows: int) -> None:
    """Ad spend by day, channel and campaign with three measures a row: 200 campaigns a day, or more for more rows."""
    first, campaigns = date(2025, 1, 1), max(200, rows // 400)
    with path.open("w", encoding="utf-8") as sink:
        sink.write("date,channel,campaign,cost,impressions,clicks\n")
        for number in range(rows):
            day = first + timedelta(days=number // campaigns)
            campaign = number % campaigns
            sink.write(f"{day},channel {campaign % 8},campaign {campaign},{number % 9973 + 0.25:.2f},")
            sink.write(f"{number % 7919},{number % 131}\n")


def write_config(folder: Path, *, listen: str = "127.0.0.1:0") -> Path:
    """A configuration that reads `spend.csv` of the same folder."""
    path = folder / "collector.yml"
    path.write_text(
        f"""\
currency: RUB
store: sqlite:///collector.db
web: {{listen: "{listen}"}}
sources:
  ads:
    connector: csv
    record: fact
    path: spend.csv
    columns:
      day: date
      channel: channel
      campaign: campaign
      spend: cost
      impressions: impressions
      clicks: clicks
    constants: {{currency: RUB}}
kpis: [spend, ctr, cpc]
""",
        encoding="utf-8",
    )
    return path
