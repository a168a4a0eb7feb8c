"""`backfill` reads what is missing of the history, tells how far it has come, and goes on where it was."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collector.cli import invoke
from collector.cli.backfill import roughly, sentence
from collector.plugin import (
    Connector,
    ConnectorSettings,
    Deal,
    Fact,
    QuotaExhausted,
    Since,
    TemporaryFailure,
    Window,
    hookimpl,
    stream,
)
from collector.plugin.discovery import discover
from collector.polling.backfill import Progress

ASKED: list[Window] = []
FAULTS: list[tuple[int, Exception]] = []
"""At how many requests, and what."""


class Past(Connector[ConnectorSettings]):
    """A visit a day, and one deal."""

    name = "past"

    @stream(every="1h", restates="3d", provides={"sessions": [()]})
    async def visits(self, window: Window) -> AsyncIterator[Fact]:
        ASKED.append(window)
        if FAULTS and len(ASKED) == FAULTS[0][0]:
            raise FAULTS[0][1]
        for day in window.days():
            yield Fact(day=day, measure="sessions", value=Decimal(1))

    @stream(every="1h")
    async def deals(self, since: Since) -> AsyncIterator[Deal]:
        at = datetime(2026, 1, 1, tzinfo=UTC)
        yield Deal(id="1", created_at=at, updated_at=at, status="won", amount=Decimal(5), currency="EUR", closed_at=at)


class Plugin:
    @hookimpl
    def register_connectors(self) -> list[type[Connector[Any]]]:
        return [Past]


Cli = Callable[..., tuple[int, list[dict[str, Any]], str]]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    monkeypatch.chdir(tmp_path)
    head = "currency: EUR\nstore: sqlite:///c.db\nmargin: {default: 1}\nsources:\n"
    (tmp_path / "collector.yml").write_text(f"{head}  shop: {{connector: past, backfill: 100d}}\n")
    ASKED.clear()
    FAULTS.clear()

    def call(*arguments: str) -> tuple[int, list[dict[str, Any]], str]:
        code = invoke([*arguments, "--format", "json"], plugins=discover(extra=[("past", Plugin())]))
        told = capsys.readouterr()
        return code, [json.loads(line) for line in told.out.splitlines()], told.err

    return call


def test_a_dry_run_tells_what_is_missing_and_reads_nothing(cli: Cli) -> None:
    code, (deals, visits), _ = cli("backfill", "--dry-run")

    assert code == 0
    assert (visits["days_wanted"], visits["days_in"], visits["days_missing"], visits["windows"]) == (97, 0, 97, 4)
    assert (visits["estimate"], visits["estimate_seconds"]) == ("unknown", None)
    assert (deals["stream"], deals["days_wanted"], deals["complete"]) == ("deals", None, False)
    assert not ASKED


def test_it_reads_all_that_is_missing_and_tells_how_far_it_is(cli: Cli) -> None:
    code, (deals, visits), told = cli("backfill")

    assert code == 0
    assert (visits["state"], visits["days_in"], visits["days_missing"]) == ("done", 97, 0)
    assert (deals["state"], deals["records"], deals["complete"]) == ("done", 1, True)
    assert "shop/visits: 97 of 97 days (100 %)" in told
    assert len(ASKED) == 5

    assert cli("backfill", "shop/visits")[1][0]["state"] == "complete"
    assert len(ASKED) == 5
    assert cli("backfill", "--dry-run")[1][1]["estimate"] == "nothing to do"


def test_one_that_was_cut_off_goes_on_where_it_was(cli: Cli) -> None:
    FAULTS.append((4, TemporaryFailure("the line broke")))
    code, (visits,), _ = cli("backfill", "shop/visits")

    assert code == 1
    assert (visits["state"], visits["reason"], visits["days_missing"]) == ("failed", "temporary", 97 - 60)

    before = len(ASKED)
    code, (planned,), _ = cli("backfill", "shop/visits", "--dry-run")
    assert (planned["days_missing"], planned["windows"]) == (37, 2)
    assert planned["estimate_seconds"] > 0
    assert cli("backfill", "shop/visits")[0] == 0
    assert len(ASKED) == before + 2


def test_a_quota_that_is_used_up_ends_it_with_the_hour_of_its_return(cli: Cli) -> None:
    FAULTS.append((3, QuotaExhausted(datetime.now(UTC) + timedelta(hours=3))))
    code, (visits,), told = cli("backfill", "shop/visits")

    assert code == 1
    assert (visits["state"], visits["reason"]) == ("waiting", "quota")
    assert "quota used up; it returns at" in told
    code, _, told = cli("poll", "shop/deals")
    assert code == 0
    FAULTS[:] = [(len(ASKED) + 1, QuotaExhausted(datetime.now(UTC) + timedelta(hours=3)))]
    code, (polled,), told = cli("poll", "shop/visits")
    assert (code, polled["state"]) == (1, "waiting")
    assert "shop/visits: quota used up; it returns at" in told


def test_a_short_wait_is_waited_for(cli: Cli) -> None:
    FAULTS.append((3, QuotaExhausted(datetime.now(UTC))))
    code, (visits,), _ = cli("backfill", "shop/visits")

    assert (code, visits["days_missing"]) == (0, 0)


def test_an_unknown_source_is_a_mistake(cli: Cli) -> None:
    assert cli("backfill", "shopp")[0] == 2


def test_progress_is_a_sentence_with_rate_and_time_left(cli: Cli) -> None:
    job: Any = "shop/visits"

    assert sentence(Progress(job, 60, 400, 999, timedelta(seconds=5))) == (
        "shop/visits: 60 of 400 days (15 %), 12.0 days/s, 28 s left"
    )
    assert sentence(Progress(job, 0, 400, 0, timedelta(seconds=5))) == "shop/visits: 0 of 400 days (0 %)"
    assert sentence(Progress(job, 0, None, 7, timedelta(seconds=5))) == "shop/visits: 7 records so far"


def test_durations_are_told_in_two_units() -> None:
    spans = [timedelta(seconds=9), timedelta(seconds=300), timedelta(hours=2, minutes=5)]

    assert [roughly(span) for span in spans] == ["9 s", "5 min 0 s", "2 h 5 min"]
