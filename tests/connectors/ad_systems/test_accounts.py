"""Two ad accounts in two currencies, in one project: each keeps its own, and nothing of one comes to the other."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collector.testing.simulator import Simulator, World, running
from connectors.vk_ads.simulator import VkAdsSimulator
from connectors.yandex_direct.simulator import YandexDirectSimulator
from tests.testing.company.fed import program

RATE = Decimal("0.2")
DAYS = 10


@dataclass
class Accounts:
    """Two of one system: `one` in rubles, `other` in tenges."""

    config: Path
    one: Any
    other: Any

    def told(self, *arguments: object) -> list[dict[str, Any]]:
        return [json.loads(line) for line in program("--config", self.config, *arguments).splitlines()]


@contextmanager
def two(kind: type[Simulator], folder: Path) -> Iterator[Accounts]:
    with ExitStack() as stack:
        found = [stack.enter_context(running(kind(World(seed=seed, days=DAYS)))) for seed in (1, 2)]
        one, other = (each.simulator for each in found)
        other.switches.currency = "KZT"  # type: ignore[attr-defined]
        sources = {
            name: {"connector": kind.connector, "backfill": f"{DAYS}d", **each.settings}
            for name, each in zip(("one", "other"), found, strict=True)
        }
        project = {"timezone": "Europe/Moscow", "currency": "RUB", "rates": {"KZT": str(RATE)}, "kpis": ["spend"]}
        config = folder / "collector.yml"
        config.write_text(json.dumps({**project, "sources": sources, "store": "sqlite:///store.db"}), encoding="utf-8")
        yield Accounts(config, one, other)


def spent(simulator: Any, system: str) -> Decimal:
    """In a week, as the company has it."""
    company = simulator.company
    week = company.spend(company.today - timedelta(days=7), company.yesterday)
    return sum((Decimal(each.amount) / 100 for each in week if each.campaign.system == system), Decimal(0))


@pytest.mark.parametrize("kind", [YandexDirectSimulator, VkAdsSimulator])
def test_each_account_keeps_its_money(kind: type[Simulator], tmp_path: Path) -> None:
    with two(kind, tmp_path) as accounts:
        for name in ("one", "other"):
            (report,) = accounts.told("poll", name, "--format", "json")
            assert report["state"] == "done", report
        shown = accounts.told("kpi", "show", "spend", "--window", "7d", "--by", "source", "--format", "json")
        facts = {name: accounts.told("poll", name, "--dry-run", "--format", "json") for name in ("one", "other")}

        assert {each["member"]: Decimal(each["value"]) for each in shown} == {
            "one": spent(accounts.one, kind.connector),
            "other": spent(accounts.other, kind.connector) * RATE,
        }
        assert {each["currency"] for each in facts["one"] if each.get("measure") == "spend"} == {"RUB"}
        assert {each["currency"] for each in facts["other"] if each.get("measure") == "spend"} == {"KZT"}


def test_money_without_a_rate_is_not_added_up(tmp_path: Path) -> None:
    with two(YandexDirectSimulator, tmp_path) as accounts:
        text = accounts.config.read_text(encoding="utf-8").replace('"KZT": ', '"USD": ')
        accounts.config.write_text(text, encoding="utf-8")
        program("--config", accounts.config, "poll", "--all")

        (shown,) = accounts.told("kpi", "show", "spend", "--window", "7d", "--format", "json")

        assert (shown["value"], shown["undefined"]) == (None, "no_rate")
