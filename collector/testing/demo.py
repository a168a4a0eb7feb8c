"""What the demo reads: the synthetic company, by the simulators of the systems that it uses, and by files.

Two projects: one for each CRM, since a company has its customers in one of them. The
configuration is one that a user could have written; nothing in it knows that the company is
made up. It is read when the demo starts, and ends with yesterday; only what networks tell of
the present alone was read before, on clocks that can be set back.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from collector.plugin.connector import Connector
from collector.testing.company.calendar import day_of, seconds
from collector.testing.company.company import Company
from collector.testing.company.config import COLUMNS, collector_yml, sources_yml
from collector.testing.company.files import write_csv
from collector.testing.company.terms import SITE
from collector.testing.simulator import Simulator, World, apart, simulator_of

SEED = 1
SETTLED_SECONDS = 60
OTHER_PROJECT = "kommo"

Sources = Mapping[str, Mapping[str, Any]]
VENDORS: Sources = {
    "web": {"connector": "google_analytics", "site": SITE, "primary": True, "ad_cost": ["google_ads"]},
    "metrica": {"connector": "yandex_metrica", "site": SITE},
    "yandex_direct": {"connector": "yandex_direct"},
    "vk_ads": {"connector": "vk_ads"},
    "rates": {"connector": "cbr_rates"},
    "crm": {"connector": "bitrix24"},
    "vk": {"connector": "vk"},
    "telegram": {"connector": "telegram"},
    "youtube": {"connector": "youtube"},
    # Meta's memory is short, and its days end in California: others do not wait for it
    "meta": {"connector": "meta", "backfill": "100d", "required": False},
    "odnoklassniki": {"connector": "odnoklassniki"},
}
"""What the first project reads over HTTP: each source, with what a user adds to the vendor's settings."""
OF_FILES = ("costs", "plan")
"""What it has in files."""
RENAMED = {"google_ads": "web"}
"""What Google Ads cost is imported into the property."""
OTHER_VENDORS: Sources = {"crm": {"connector": "amocrm", "reserve": 0}}  # nobody else reads it
_OF_NO_OTHER = ("leads", "deals", "customers", "pages", "posts")


@dataclass(frozen=True)
class Demo:
    """A configuration, for as long as its vendors answer; `set_back` sets their clocks back."""

    config: Path
    set_back: Callable[[timedelta], None]


@contextmanager
def demo_in(folder: Path, *, now: datetime, connectors: Mapping[str, type[Connector[Any]]]) -> Iterator[Demo]:
    """Write the company into a folder, and serve what of it stands behind an API."""
    company = Company(SEED, date.fromordinal(day_of(seconds(now)))).at(now)
    sources = {**VENDORS, **{f"{OTHER_PROJECT}/{name}": source for name, source in OTHER_VENDORS.items()}}
    simulators = [_simulator(connectors[source["connector"]]) for source in sources.values()]
    with apart(simulators, World(SEED, company.days, company.size)) as vendors:
        told = {
            name: _yaml(name.rpartition("/")[2], {**source, **given})
            for (name, source), given in zip(sources.items(), vendors.settings, strict=True)
        }
        config = write_csv(company, folder)
        _let_settle(folder, now)
        files = {name: "" for name in COLUMNS if name not in OF_FILES}
        text = collector_yml(instead={**files, "visits": "".join(told[name] for name in VENDORS)}, renamed=RENAMED)
        other = dict.fromkeys(_OF_NO_OTHER, "") | {"leads": told[f"{OTHER_PROJECT}/crm"]}
        (folder / f"{OTHER_PROJECT}.yml").write_text(sources_yml(COLUMNS, instead=other), encoding="utf-8")
        config.write_text(f"{text}projects:\n  {OTHER_PROJECT}: {{include: {OTHER_PROJECT}.yml}}\n", encoding="utf-8")
        yield Demo(config, vendors.set_back)


def _simulator(connector: type[Connector[Any]]) -> type[Simulator]:
    found = simulator_of(connector)
    if found is None:
        raise LookupError(f"{connector.name} has no simulator")
    return found


def _let_settle(folder: Path, now: datetime) -> None:
    """A file that has just changed, or will, would be left alone at first."""
    for file in folder.glob("*.csv"):
        settled = min(file.stat().st_mtime, now.timestamp() - SETTLED_SECONDS)
        os.utime(file, (settled, settled))


def _yaml(name: str, settings: Mapping[str, Any]) -> str:
    """A source, as a part of `sources:`."""
    told = yaml.safe_dump({name: dict(settings)}, allow_unicode=True, sort_keys=False, width=200)
    return "".join(f"  {line}\n" for line in told.splitlines())
