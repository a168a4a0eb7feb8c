"""What the demo reads: the synthetic company, by the simulators of the systems that it uses, and by files.

Two projects: one for each CRM, since a company has its customers in one of them. The
configuration is one that a user could have written; nothing in it knows that the company is
made up. It begins to be read when the demo starts, and ends with yesterday.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from collector.plugin.connector import Connector
from collector.testing.company.company import Company
from collector.testing.company.config import COLUMNS, collector_yml, sources_yml
from collector.testing.company.files import write_csv
from collector.testing.simulator import World, running, simulator_of

SEED = 1
SETTLED_SECONDS = 60
OTHER_PROJECT = "kommo"
_OF_CRM = ("leads", "deals", "customers")
_OF_NETWORKS = ("pages", "posts")


@dataclass(frozen=True)
class Demo:
    """A configuration, for as long as its vendors answer."""

    config: Path


@contextmanager
def demo_in(folder: Path, *, now: datetime, connectors: Mapping[str, type[Connector[Any]]]) -> Iterator[Demo]:
    """Write the company into a folder, and serve what of it stands behind an API."""
    company = Company(SEED, now.date())
    world = World(SEED, company.days, company.size, company.today)
    with ExitStack() as vendors:

        def source(name: str, connector: str) -> str:
            found = simulator_of(connectors[connector])
            if found is None:
                raise LookupError(f"{connector} has no simulator")
            vendor = vendors.enter_context(running(found(world)))
            return _yaml(name, {"connector": connector, **vendor.settings})

        config = write_csv(company, folder)
        _let_settle(folder, now)
        nothing = dict.fromkeys(_OF_CRM[1:], "")
        (folder / f"{OTHER_PROJECT}.yml").write_text(
            sources_yml(
                (name for name in COLUMNS if name not in _OF_NETWORKS),
                instead={"leads": source("crm", "amocrm"), **nothing},
            ),
            encoding="utf-8",
        )
        told = collector_yml(
            instead={"vk_ads": source("vk_ads", "vk_ads"), "leads": source("crm", "bitrix24"), **nothing}
        )
        config.write_text(f"{told}projects:\n  {OTHER_PROJECT}: {{include: {OTHER_PROJECT}.yml}}\n", encoding="utf-8")
        yield Demo(config)


def _let_settle(folder: Path, now: datetime) -> None:
    """A file that has just changed, or will, would be left alone at first."""
    for file in folder.glob("*.csv"):
        settled = min(file.stat().st_mtime, now.timestamp() - SETTLED_SECONDS)
        os.utime(file, (settled, settled))


def _yaml(name: str, settings: Mapping[str, Any]) -> str:
    """A source, as a part of `sources:`."""
    told = yaml.safe_dump({name: dict(settings)}, allow_unicode=True, sort_keys=False, width=200)
    return "".join(f"  {line}\n" for line in told.splitlines())
