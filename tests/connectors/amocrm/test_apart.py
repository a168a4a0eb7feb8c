"""Two accounts in one store: what one's books say is what one's figures say, and nothing of the other's."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from collector.clock import FixedClock, SystemClock
from collector.testing.company.books import Books
from collector.testing.company.calendar import seconds
from collector.testing.company.config import COLUMNS, collector_yml
from collector.testing.simulator import World, running
from connectors.amocrm.plugin import AmoCrm
from connectors.amocrm.simulator import AmocrmSimulator
from tests.testing.company.fed import MEASURES, program

BEGINS = datetime(2026, 2, 11, 9, tzinfo=UTC)
MEASURED = tuple(
    f"{name}_alone"
    for name in (
        *("leads", "web_leads", "qualified_leads", "leads_converted", "leads_response_due", "leads_answered_in_time"),
        *("deals", "deals_won", "deals_lost", "revenue", "refunds", "gross_profit", "pipeline_amount"),
        *("new_customers", "active_customers", "returning_customers", "repeat_customers"),
    )
)
WINDOW = "30d"
ROUNDS = [1, pytest.param(3, marks=pytest.mark.soak)]
_OTHERS = {name: "" for name in COLUMNS if name not in ("leads", "rates")}


class Apart:
    """Two accounts of different companies, whose ids are the same numbers."""

    def __init__(self, folder: Path, clock: FixedClock, simulators: Sequence[AmocrmSimulator]) -> None:
        self.folder, self.clock, self.simulators = folder, clock, simulators
        self.config = folder / "collector.yml"

    def write(self, sources: str, more: str = "") -> None:
        lines = collector_yml(instead={**_OTHERS, "leads": sources, "rates": ""}).splitlines(keepends=True)
        told = "".join(
            f"  - {{name: {name}, formula: {MEASURES[name].terms[0]}, unit: {MEASURES[name].unit}, better: up, "
            f"windows: [{WINDOW}]}}\n"
            for name in MEASURED
        )
        terms = "".join(line for line in lines if not line.startswith("  spend:") and (sources or line != "sources:\n"))
        self.config.write_text(f"{terms}kpis:\n{told}{more}", encoding="utf-8")

    def poll(self) -> None:
        begun = seconds(self.clock.now())
        program("--config", self.config, "poll", "--all")
        self.books = [Books(each.company, polled=begun) for each in self.simulators]

    def told(self, *asked: object) -> dict[tuple[str, str | None], Decimal]:
        """By KPI and member."""
        day = self.simulators[0].company.yesterday
        text = program("--config", self.config, "kpi", "show", "--at", day, "--format", "json", *asked)
        lines = [json.loads(line) for line in text.splitlines()]
        assert all(line["value"] is not None for line in lines if line.get("member")), lines
        return {(x["kpi"], x.get("member")): Decimal(x["value"]) for x in lines if x["value"] is not None}

    def faults(self, number: int, told: Mapping[tuple[str, str | None], Decimal], member: str | None) -> list[str]:
        """What is told of one, where its own books say otherwise."""
        found = []
        for name in MEASURED:
            day = self.simulators[number].company.yesterday
            value = self.books[number].value_of(MEASURES[name], WINDOW, day).values[()]
            assert isinstance(value, Decimal)
            if told.get((name, member), 0) != pytest.approx(value):
                found.append(f"{name} of {number}: {told.get((name, member))}, not {value}")
        return found


@pytest.fixture
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Apart, Sequence[str]]]:
    """The two, and their settings as they are written."""
    clock = FixedClock(BEGINS)
    monkeypatch.setattr(SystemClock, "now", lambda _: clock.now())
    monkeypatch.setattr(AmoCrm, "limits", ())
    simulators = [AmocrmSimulator(World(seed=seed, days=15), clock=clock) for seed in (1, 2)]
    with ExitStack() as both:
        found = []
        for each in simulators:
            each.limits = []
            found.append(both.enter_context(running(each)).settings)
        yield (
            Apart(tmp_path, clock, simulators),
            [json.dumps({"connector": "amocrm", **settings}) for settings in found],
        )


@pytest.mark.parametrize("rounds", ROUNDS)
def test_two_accounts_of_a_project_have_each_their_own_figures(rounds: int, apart: tuple[Apart, Sequence[str]]) -> None:
    two, (one, other) = apart
    two.write(f"  one: {one}\n  other: {other}\n")
    for _ in range(rounds):
        two.poll()
        told = two.told("--by", "source")
        assert two.faults(0, told, "one") + two.faults(1, told, "other") == []
        for each in two.simulators:  # each was shown its own token only
            assert {entry.status for entry in each.journal} <= {200, 204}
        two.clock.advance(timedelta(days=2))


@pytest.mark.parametrize("rounds", ROUNDS)
def test_two_projects_of_a_store_have_each_their_own_figures(rounds: int, apart: tuple[Apart, Sequence[str]]) -> None:
    two, (one, other) = apart
    two.write("", f"projects:\n  one: {{sources: {{crm: {one}}}}}\n  other: {{sources: {{crm: {other}}}}}\n")
    for _ in range(rounds):
        two.poll()
        for number, name in enumerate(("one", "other")):
            assert two.faults(number, two.told("--project", name), None) == []
        two.clock.advance(timedelta(days=2))
