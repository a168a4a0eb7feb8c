"""The real daemon at work: SIGTERM during a backfill, and a reload that touches what changed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_daemon import Running

PLUGIN = """
import asyncio, time
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from collector.plugin import Connector, ConnectorSettings, Fact, Window, hookimpl, stream

class Settings(ConnectorSettings):
    mark: str = ""

class Slow(Connector[Settings]):
    name = "slow"

    @stream(every="1h", restates="1d", provides={"sessions": [()]})
    async def visits(self, window: Window) -> AsyncIterator[Fact]:
        with open("asked.txt", "a") as told:
            told.write(f"{self.context.source} {window.first} {window.last}\\n")
        for day in window.days():
            await asyncio.sleep(0.02)
            yield Fact(day=day, measure="sessions", value=Decimal(1))

    @stream(every="1h", restates="1d", provides={"clicks": [()]})
    def wares(self, window: Window) -> Iterator[Fact]:
        time.sleep(60)
        yield Fact(day=window.last, measure="clicks", value=Decimal(1))

@hookimpl
def register_connectors():
    return [Slow]
"""
BACKFILL = "400d"


class Loaded(Running):
    """A daemon with a plugin whose sources are slow."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        site = folder / "site"
        (site / "slow-1.dist-info").mkdir(parents=True)
        (site / "slow-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: slow\nVersion: 1\n")
        (site / "slow-1.dist-info" / "entry_points.txt").write_text("[kpi_collector]\nslow = slow_plugin\n")
        (site / "slow_plugin.py").write_text(PLUGIN)
        self.environment = {**os.environ, "PYTHONPATH": f"{site}:{Path.cwd()}"}

    def sources(self, **marks: str) -> None:
        lines = [
            f"  {name}: {{connector: slow, backfill: {BACKFILL}, mark: '{mark}'}}\n" for name, mark in marks.items()
        ]
        text = "currency: EUR\nstore: sqlite:///c.db\nkpis: [traffic]\nsources:\n" + "".join(lines)
        (self.folder / "collector.yml").write_text(text)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "collector", *arguments, "--config", str(self.folder / "collector.yml")]

    def start(self) -> None:
        command = self.command("run", "--web.enable-lifecycle", "--web.listen-address", f"127.0.0.1:{self.port}")
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=self.environment, cwd=self.folder
        )

    def asked(self) -> list[list[str]]:
        path = self.folder / "asked.txt"
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    def wait_for_windows(self, count: int) -> None:
        until = time.monotonic() + 30
        while len(self.asked()) < count:
            assert time.monotonic() < until, self.asked()
            time.sleep(0.05)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Loaded]:
    running = Loaded(tmp_path)
    yield running
    if running.process is not None and running.process.poll() is None:
        running.process.kill()
        running.process.communicate()


def test_sigterm_in_the_middle_of_a_backfill_ends_it_in_time_and_the_next_start_goes_on(daemon: Loaded) -> None:
    daemon.sources(**{f"s{n}": "" for n in range(12)})
    daemon.start()
    daemon.wait_for_windows(12 + 6)  # all that is fresh, and some history

    began = time.monotonic()
    code, told = daemon.stop()
    assert code == 0
    assert time.monotonic() - began < 10
    assert "Traceback" not in told

    asked = daemon.asked()
    under_way = {line[0]: line for line in asked}.values()
    daemon.start()
    daemon.wait_for_windows(len(asked) + 6)
    assert daemon.stop()[0] == 0
    again = daemon.asked()[len(asked) :]
    assert not [line for line in again if line in asked and line not in under_way]


def test_sigterm_ends_the_command_at_once_and_nothing_is_lost(daemon: Loaded) -> None:
    daemon.sources(shop="")
    command = daemon.command("backfill", "shop/visits", "--format", "json")
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=daemon.environment, cwd=daemon.folder) as process:
        daemon.wait_for_windows(4)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
    assert process.returncode == 130

    def run(*more: str) -> dict[str, int]:
        told = subprocess.run(
            [*command, *more], check=True, capture_output=True, env=daemon.environment, cwd=daemon.folder
        )
        found: dict[str, int] = json.loads(told.stdout)
        return found

    left = run("--dry-run")
    assert 0 < left["days_missing"] <= left["days_wanted"] - 60
    before = len(daemon.asked())
    assert run()["days_missing"] == 0
    assert len(daemon.asked()) - before == left["windows"]


def test_a_reload_touches_only_the_source_that_changed(daemon: Loaded) -> None:
    daemon.sources(a="", b="", c="")
    daemon.start()
    daemon.wait_for_windows(3 + 3)
    polled = 'kpi_collector_polls_total{{project="default",source="{}",stream="visits"}}'
    daemon.wait_for("kpi_collector_config_last_reload_successful", 1)
    assert daemon.process is not None

    daemon.sources(a="", b="new", c="")
    daemon.process.send_signal(signal.SIGHUP)
    until = time.monotonic() + 20
    while sum(line[0] == "b" and line[2] == daemon.asked()[0][2] for line in daemon.asked()) < 2:
        assert time.monotonic() < until
        time.sleep(0.1)
    time.sleep(1)
    fresh = [line[0] for line in daemon.asked() if line[2] == daemon.asked()[0][2]]
    assert sorted(fresh) == ["a", "b", "b", "c"]
    windows = [tuple(line) for line in daemon.asked() if line[0] != "b"]
    assert len(windows) == len(set(windows))  # what was under way went on: nothing was asked for twice
    assert daemon.metric(polled.format("a"))
    assert daemon.stop()[0] == 0
