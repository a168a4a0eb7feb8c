"""The daemon behind a web configuration file, as its keeper meets it."""

import re
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.web.certificates import HASH, TLS, USERS, Shop

CONFIG = """
currency: EUR
store: sqlite:///c.db
kpis: [sales]
web: {listen: "127.0.0.1:0", enable_lifecycle: true, config_file: web.yml}
sources:
  a:
    connector: csv
    record: deal
    path: deals.csv
    columns: {customer_id: customer, closed_at: date, amount: amount}
    constants: {status: won}
"""


class Protected:
    """`kpi-collector run` in a folder with certificates."""

    def __init__(self, folder: Path) -> None:
        self.shop = Shop(folder)
        self.folder = folder
        (folder / "collector.yml").write_text(CONFIG)
        (folder / "deals.csv").write_text("customer,date,amount\nc1,2026-01-01,10\n")
        self.process: subprocess.Popen[bytes] | None = None
        self.address = ""
        self.trusting: ssl.SSLContext = self.shop.trusting()

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "collector", *arguments, "--config", str(self.folder / "collector.yml")]

    def told(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(self.command(*arguments), capture_output=True, text=True, check=False, timeout=60)

    def start(self, *options: str) -> None:
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(self.command("run", *options), stdout=log, stderr=log)
        self.until(lambda: "listens on" in self.log, "it listens")
        found = re.search(r"listens on (\S+://127\.0\.0\.1:\d+)", self.log)
        assert found is not None
        self.address = found[1]
        self.until(lambda: self.get("/-/ready").status_code == 200, "it is ready")

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def until(self, wanted: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + 20
        while not wanted():
            assert time.monotonic() < end, f"never: {what}"
            time.sleep(0.05)

    def get(self, path: str, method: str = "GET") -> httpx.Response:
        return httpx.request(method, self.address + path, auth=("anna", "sesame"), verify=self.trusting, timeout=10)

    def reload_ok(self) -> bool:
        return "\nkpi_collector_config_last_reload_successful 1\n" in self.get("/metrics").text

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=15)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Protected]:
    protected = Protected(tmp_path)
    yield protected
    if protected.process is not None and protected.process.poll() is None:
        protected.process.kill()
        protected.process.wait()


def test_what_is_wrong_with_the_file_ends_run_and_check_with_exit_2_all_in_one_go(daemon: Protected) -> None:
    daemon.shop.write("tls_server_config: {cert_file: nowhere.pem, key_file: server.key, speed: high}\n")
    (daemon.folder / "collector.yml").write_text(CONFIG.replace("path:", "pathh:"))
    for command in ("run", "check"):
        done = daemon.told(command)

        assert done.returncode == 2
        assert "sources.a.pathh: unknown key" in done.stderr
        assert "web.yml:1: tls_server_config.speed: unknown key" in done.stderr
        assert "Traceback" not in done.stderr


def test_what_check_says_of_a_good_file(daemon: Protected) -> None:
    daemon.shop.write(TLS + USERS)

    assert daemon.told("check").returncode == 0
    assert HASH not in daemon.told("config", "show").stdout


def test_a_file_of_the_command_line_wins(daemon: Protected) -> None:
    daemon.shop.write(TLS)
    done = daemon.told("run", "--web.config.file", str(daemon.folder / "other.yml"))

    assert done.returncode == 2
    assert "other.yml: cannot be read: No such file or directory" in done.stderr


@pytest.mark.parametrize("where", ["option", "key"])
def test_an_empty_name_means_no_file(daemon: Protected, where: str) -> None:
    if where == "key":
        (daemon.folder / "collector.yml").write_text(CONFIG.replace("web.yml", "''"))
        daemon.start()
    else:
        daemon.start("--web.config.file", "")

    assert daemon.address.startswith("http://")
    assert daemon.stop() == 0


def test_it_tells_its_address_and_shows_a_file_that_was_broken_since(daemon: Protected) -> None:
    daemon.shop.write(TLS + USERS)
    daemon.start()
    assert daemon.address.startswith("https://")
    assert daemon.reload_ok()

    daemon.shop.write(TLS + USERS + "  boris: plain\n")
    daemon.until(lambda: not daemon.reload_ok(), "it is told that the file is bad")
    refused = daemon.get("/-/reload", "POST")
    assert (refused.status_code, "basic_auth_users.boris: is no bcrypt hash" in refused.text) == (500, True)

    daemon.shop.write(TLS + USERS)
    assert daemon.get("/-/reload", "POST").status_code == 200
    daemon.until(daemon.reload_ok, "it is good again")
    assert daemon.stop() == 0
    assert daemon.log.count("web configuration is not taken over") == 1
    assert "Traceback" not in daemon.log
    assert not {HASH, "plain", "sesame"} & set(re.split(r"\s", daemon.log))
    assert HASH not in daemon.log
