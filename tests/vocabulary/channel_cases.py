"""The tables of cases beside this: which evidence leads to which channel, by which rule."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from collector.settings.channels import channel_rules
from collector.settings.sections import ChannelRule
from collector.vocabulary.channels import ChannelRules

FOLDER = Path(__file__).parent
TAGS = {"source": "utm_source", "medium": "utm_medium", "campaign": "utm_campaign"}
OWN: Mapping[str, Any] = yaml.safe_load((FOLDER / "channel_rules.yml").read_text(encoding="utf-8"))
"""The keys of a configuration under which the second table holds."""


@dataclass(frozen=True)
class Case:
    """One row."""

    number: int
    """Its line in the table."""
    cells: Mapping[str, str]

    @property
    def evidence(self) -> dict[str, str]:
        """As `channels explain` takes it: what is blank is left out."""
        tags = {TAGS[name]: self.cells[name] for name in TAGS if self.cells[name]}
        more = (each.partition("=") for each in self.cells["more"].split(", ") if each)
        return tags | {name: value for name, _, value in more}

    @property
    def expected(self) -> tuple[str, str]:
        """Channel and rule."""
        return self.cells["channel"], self.cells["rule"]


def cases(name: str) -> list[Case]:
    """A table's rows."""
    return list(_rows(FOLDER / f"{name}.csv"))


def _rows(path: Path) -> Iterator[Case]:
    header: list[str] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        cells = [cell.strip() for cell in line.split(";")]
        if not line or line.startswith("#"):
            continue
        if header:
            yield Case(number, dict(zip(header, cells, strict=True)))
        header = header or cells


BUILT_IN = cases("channel_cases")
UNDER_OWN = cases("channel_cases_own")


def own_rules() -> ChannelRules:
    """Those of channel_rules.yml."""
    return channel_rules(map(ChannelRule.model_validate, OWN["channels"]), OWN["paid_channels"])
