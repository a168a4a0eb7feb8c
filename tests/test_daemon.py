"""The real daemon as its keeper meets it: signals, reloads, a port in use, a neighbour that fails."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

SOURCE = """
  {name}:
    connector: csv
    record: deal
    path: {path}
    interval: 1s
    columns: {{customer_id: customer, closed_at: date, amount: amount}}
    constants: {{status: won}}
"""


class Running:
    """`kpi-collector run` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[str] | None = None
        self.write("a", "deals.csv")
        self.deals("deals.csv", 2)

    def write(self, *names_and_paths: str, more: str = "") -> None:
        pairs = zip(names_and_paths[::2], names_and_paths[1::2], strict=True)
        sources = "".join(SOURCE.format(name=name, path=path) for name, path in pairs)
        text = f"currency: EUR\nstore: sqlite:///c.db\nkpis: [sales, revenue]\n{more}\nsources:{sources}"
        (self.folder / "collector.yml").write_text(text)

    def deals(self, name: str, count: int) -> None:
        rows = "".join(f"c{n},2026-01-{n + 1:02},10\n" for n in range(count))
        (self.folder / name).write_text("customer,date,amount\n" + rows)
        old = time.time() - 3600
        os.utime(self.folder / name, (old, old + count))

    def start(self) -> None:
        command = [sys.executable, "-m", "collector", "run", "--config", str(self.folder / "collector.yml")]
        command += ["--web.listen-address", f"127.0.0.1:{self.port}", "--web.enable-lifecycle"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def get(self, path: str) -> str:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=10).text

    def metric(self, series: str) -> float | None:
        found = re.search(rf"^{re.escape(series)} (\S+)$", self.get("/metrics"), re.MULTILINE)
        return float(found[1]) if found else None

    def wait_for(self, series: str, value: float) -> None:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                if self.metric(series) == value:
                    return
            except httpx.TransportError:
                assert self.process is not None
                assert self.process.poll() is None
            time.sleep(0.1)
        raise AssertionError(f"{series} never became {value}")

    def stop(self) -> tuple[int, str]:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        _, told = self.process.communicate(timeout=10)
        return self.process.returncode, told


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def up(source: str) -> str:
    return f'kpi_collector_source_up{{project="default",source="{source}",connector="csv"}}'


def deals(source: str) -> str:
    return f'kpi_collector_poll_records_total{{project="default",source="{source}",stream="rows"}}'


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path)
    yield running
    if running.process is not None and running.process.poll() is None:
        running.process.kill()
        running.process.communicate()


def test_sigterm_ends_it_with_exit_0(daemon: Running) -> None:
    daemon.start()
    daemon.wait_for(up("a"), 1)
    assert daemon.get("/-/ready") == "Ready.\n"
    assert "marketing_revenue" in daemon.get("/metrics")

    began = time.monotonic()
    code, told = daemon.stop()
    assert code == 0
    assert time.monotonic() - began < 10
    assert "Traceback" not in told


def test_it_answers_for_past_days_from_its_store(daemon: Running) -> None:
    daemon.start()
    daemon.wait_for(deals("a"), 2)

    path = "/api/v1/kpis/revenue/history?window=7d&from=2026-01-01&to=2026-01-03&format=csv"
    values = [line.split(",")[6] for line in daemon.get(path).splitlines()[1:]]

    assert values == ["10", "20", "20"]
    assert "there are: revenue, sales" in daemon.get("/api/v1/kpis/traffic/history")
    code, told = daemon.stop()
    assert code == 0
    assert "Traceback" not in told


def test_a_port_in_use_is_told_and_ends_with_exit_1(daemon: Running) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", daemon.port))
        sock.listen()
        daemon.start()
        assert daemon.process is not None
        _, told = daemon.process.communicate(timeout=20)

    assert daemon.process.returncode == 1
    assert "the port is in use" in told
    assert "Traceback" not in told


def test_a_store_that_is_refused_ends_with_exit_1(daemon: Running) -> None:
    (daemon.folder / "c.db").write_text("this is no store" * 1000)
    daemon.start()
    assert daemon.process is not None
    _, told = daemon.process.communicate(timeout=20)

    assert daemon.process.returncode == 1
    assert "damaged or no SQLite database" in told
    assert "Traceback" not in told


def test_a_failing_source_disturbs_no_other_and_is_logged_once(daemon: Running) -> None:
    daemon.write("a", "deals.csv", "b", "nowhere.csv")
    daemon.start()
    daemon.wait_for(up("a"), 1)
    daemon.wait_for(up("b"), 0)
    daemon.wait_for(
        'kpi_collector_poll_failures_total{project="default",source="b",stream="rows",reason="no_files"}', 3
    )
    daemon.deals("nowhere.csv", 1)
    daemon.wait_for(up("b"), 1)
    _, told = daemon.stop()

    assert told.count("nowhere.csv") == 1
    assert told.count("works again") == 1


def test_a_reload_takes_the_new_configuration_and_a_bad_one_changes_nothing(daemon: Running) -> None:
    daemon.start()
    daemon.wait_for(up("a"), 1)
    daemon.deals("more.csv", 5)

    daemon.write("a", "deals.csv", "b", "more.csv")
    assert httpx.post(f"http://127.0.0.1:{daemon.port}/-/reload").status_code == 200
    daemon.wait_for(up("b"), 1)
    daemon.wait_for(deals("b"), 5)

    daemon.write("a", "deals.csv", more="colour: blue")
    assert daemon.process is not None
    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait_for("kpi_collector_config_last_reload_successful", 0)
    answer = httpx.post(f"http://127.0.0.1:{daemon.port}/-/reload")
    assert answer.status_code == 500
    assert "colour" in answer.text
    assert daemon.metric(up("b")) == 1

    daemon.write("a", "deals.csv")
    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait_for("kpi_collector_config_last_reload_successful", 1)
    assert daemon.metric(up("b")) is None
    code, told = daemon.stop()
    assert code == 0
    assert "Traceback" not in told


def test_other_settings_change_history_without_a_gap_in_scrapes(daemon: Running) -> None:
    profit = 'marketing_gross_profit{project="default",window="all",currency="EUR"}'
    restated = 'kpi_collector_restated_facts_total{project="default",source="a",stream="rows",reason="config"}'
    daemon.deals("deals.csv", 5)

    def settle(margin: str) -> None:
        more = f"margin: {{default: {margin}}}"
        daemon.write("a", "deals.csv", more=more)
        text = (
            (daemon.folder / "collector.yml")
            .read_text()
            .replace(
                "[sales, revenue]",
                "[{name: earned, formula: gross_profit, unit: money, better: up, windows: [all]}, gross_profit]",
            )
        )
        (daemon.folder / "collector.yml").write_text(text)

    settle("0.5")
    daemon.start()
    earned = profit.replace("gross_profit", "earned")
    daemon.wait_for(earned, 25)
    scrapes: list[int] = []
    over = threading.Event()

    def scrape() -> None:
        while not over.is_set():
            answer = httpx.get(f"http://127.0.0.1:{daemon.port}/metrics")
            scrapes.append(answer.status_code if "marketing_earned{" in answer.text else 0)

    scraping = threading.Thread(target=scrape)
    scraping.start()
    settle("0.2")
    assert httpx.post(f"http://127.0.0.1:{daemon.port}/-/reload").status_code == 200
    daemon.wait_for(earned, 10)
    over.set()
    scraping.join()

    assert set(scrapes) == {200}
    assert (daemon.metric(restated) or 0) > 0


def test_the_store_is_cared_for_beside_it(daemon: Running) -> None:
    """The file is read again each second, and the person who is forgotten stands in it every time."""
    daemon.start()
    daemon.wait_for(deals("a"), 2)
    for number, command in enumerate(
        (
            ["backup", str(daemon.folder / "copy.db")],
            ["rebuild"],
            ["prune"],
            ["forget", "c1", "--yes"],
            ["status", "--verify", "--full"],
        )
    ):
        daemon.deals("deals.csv", number + 3)
        done = typed(daemon.folder, "store", *command)
        assert done.returncode == 0, (command, done.stderr)
    code, told = daemon.stop()

    assert (code, "Traceback" in told, "level=error" in told) == (0, False, False)
    assert typed(daemon.folder, "poll", "--all").returncode == 0
    assert typed(daemon.folder, "store", "status", "--verify", "--full").returncode == 0
    shown = typed(daemon.folder, "kpi", "show", "sales", "--at", "2026-01-31", "--window", "mtd", "--format", "csv")
    assert ",7," in shown.stdout
    with closing(sqlite3.connect(daemon.folder / "c.db")) as connection:
        known = {link for (link,) in connection.execute("SELECT link FROM entity")}
    assert "c1" not in known
    assert any(link.startswith("forgotten:") for link in known)


def typed(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "collector", *arguments, "--config", str(folder / "collector.yml")]
    return subprocess.run(command, capture_output=True, text=True, check=False)
