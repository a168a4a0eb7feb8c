"""What the demo reads: the synthetic company, as files and, for one ad system, as an API.

The configuration is one that a user could have written; nothing in it knows that the
company is made up. It begins to be read when the demo starts, and ends with yesterday.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from collector.testing.ad_api import TOKEN, serving
from collector.testing.company.company import Company
from collector.testing.company.config import collector_yml
from collector.testing.company.files import write_csv

SEED = 1
SETTLED_SECONDS = 60

_SOURCE = """\
  vk_ads:   # an ad system's API, read without Python
    connector: http_json
    base_url: {url}
    auth: {{kind: bearer, token: {token}}}
    limits: [{{calls: 20, per: 1s}}]
    streams:
      spend:
        kind: window
        every: 15m
        restates: 7d
        request: {{path: /v1/statistics, params: {{from: "{{first}}", to: "{{last}}"}}}}
        pages: {{by: page, param: page, total_pages: pages}}
        record: fact
        rows: rows
        fields: {{day: date, currency: currency}}
        measures: {{spend: spent, impressions: shows, clicks: clicks}}
        dimensions: {{channel: channel, campaign: campaign}}
"""


@dataclass(frozen=True)
class Demo:
    """A configuration, for as long as its vendor answers."""

    config: Path


@contextmanager
def demo_in(folder: Path, *, now: datetime) -> Iterator[Demo]:
    """Write the company into a folder, and serve what of it stands behind an API."""
    company = Company(SEED, now.date())
    with serving(company) as url:
        config = write_csv(company, folder)
        (folder / "vk_ads.csv").unlink()
        for file in folder.glob("*.csv"):  # one that has just changed, or will, is left to settle first
            settled = min(file.stat().st_mtime, now.timestamp() - SETTLED_SECONDS)
            os.utime(file, (settled, settled))
        config.write_text(collector_yml(instead={"vk_ads": _SOURCE.format(url=url, token=TOKEN)}), encoding="utf-8")
        yield Demo(config)
