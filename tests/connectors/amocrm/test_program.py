"""The program's commands at an account."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collector.cli import invoke
from collector.clock import FixedClock, SystemClock
from collector.testing.company.calendar import seconds
from collector.testing.simulator import World, running
from connectors.amocrm.plugin import AmoCrm
from connectors.amocrm.simulator import AmocrmSimulator
from tests.testing.company.fed import program

BEGINS = datetime(2026, 2, 11, 9, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FixedClock:
    """Stands, and nobody has to wait for a turn."""
    found = FixedClock(BEGINS)
    monkeypatch.setattr(SystemClock, "now", lambda _: found.now())
    monkeypatch.setattr(AmoCrm, "limits", ())
    return found


@contextmanager
def served(clock: FixedClock, seed: int = 1, days: int = 20) -> Iterator[tuple[AmocrmSimulator, dict[str, Any]]]:
    simulator = AmocrmSimulator(World(seed=seed, days=days), clock=clock)
    simulator.limits = []
    with running(simulator) as found:
        yield simulator, found.settings


def written(folder: Path, **sources: Mapping[str, Any]) -> Path:
    config = folder / "collector.yml"
    told = {name: {"connector": "amocrm", **settings} for name, settings in sources.items()}
    terms = {"timezone": "Europe/Moscow", "currency": "RUB", "store": f"sqlite:///{folder}/store.db"}
    config.write_text(json.dumps({**terms, "sources": told}), encoding="utf-8")
    return config


def lines(config: Path, *arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in program("--config", config, *arguments, "--format", "json").splitlines()]


def cards(simulator: AmocrmSimulator) -> dict[str, str]:
    return {str(lead.id): lead.status for lead in simulator.company.leads()}


def test_a_dry_run_prints_all_records_and_keeps_none(tmp_path: Path, clock: FixedClock) -> None:
    with served(clock) as (simulator, settings):
        config = written(tmp_path, crm=settings)
        found = lines(config, "poll", "crm/leads", "--dry-run")

    assert {line["id"]: line["status"] for line in found if line["type"] == "lead"} == cards(simulator)
    deals = {line["id"] for line in found if line["type"] == "deal"}
    assert deals == {str(deal.id) for deal in simulator.company.deals()}
    assert not (tmp_path / "store.db").exists()


def test_a_refused_poll_exits_with_1_and_its_sentence(
    tmp_path: Path, clock: FixedClock, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(clock, days=3) as (simulator, settings):
        config = written(tmp_path, crm=settings)
        simulator.refuse(402)
        assert invoke(["--config", str(config), "poll", "crm/contacts"]) == 1
        assert "is not paid" in "".join(capsys.readouterr())
        assert seconds(clock.now()) == seconds(BEGINS)
