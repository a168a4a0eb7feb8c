"""channels explain gives the answers of the tables: some of their cases, as one would type them."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.vocabulary.channel_cases import BUILT_IN, OWN, UNDER_OWN, Case


@pytest.mark.parametrize("case", BUILT_IN[::6], ids=lambda case: f"line {case.number}")
def test_by_the_built_in_rules(case: Case, cli: Any, config: Path) -> None:
    explains(cli, case)


@pytest.mark.parametrize("case", UNDER_OWN[::3], ids=lambda case: f"line {case.number}")
def test_by_rules_of_the_users_own(case: Case, cli: Any, config: Path) -> None:
    config.write_text(config.read_text() + yaml.safe_dump(dict(OWN), allow_unicode=True), encoding="utf-8")

    explains(cli, case)


def explains(cli: Any, case: Case) -> None:
    typed = [f"{name}={value}" for name, value in case.evidence.items()] or ["utm_source="]

    told = cli("channels", "explain", *typed, "--format", "json")

    found = json.loads(told.out)
    assert (told.code, found["channel"], found["rule"].removeprefix("built-in: ")) == (0, *case.expected)
