"""Starts the real programs on loopback ports that they choose, and asks them over HTTP."""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import yaml

ROOT = Path(__file__).parents[2]
RULES = ROOT / "config/prometheus/alerts.yml"
DASHBOARDS = ROOT / "config/grafana/dashboards"
T = TypeVar("T")


def until(wanted: Callable[[], T | None], *, what: str, seconds: float = 40) -> T:
    """Ask again and again until there is an answer that is not false."""
    end = time.monotonic() + seconds
    while not (found := wanted()):
        assert time.monotonic() < end, f"after {seconds} s still not: {what}"
        time.sleep(0.1)
    return found


@dataclass
class Program:
    """A process of ours and where it answers."""

    process: subprocess.Popen[bytes]
    address: str
    log: Path

    def get(self, path: str, **params: str) -> httpx.Response:
        return httpx.get(f"http://{self.address}{path}", params=params, timeout=10)

    def stop(self) -> int:
        """SIGTERM, and what it ended with."""
        self.process.terminate()
        try:
            return self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


def start(command: Sequence[str], *, log: Path, told: str, ready: str, env: dict[str, str] | None = None) -> Program:
    """Start a program, read its address from its log (the pattern `told`), wait until `ready` answers 200."""
    with log.open("wb") as stream:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, env=env)
    program = Program(process, "", log)

    def address() -> str | None:
        text = log.read_text(encoding="utf-8", errors="replace")
        assert process.poll() is None, text
        found = re.search(told, text)
        return found[1] if found else None

    try:
        program.address = until(address, what=f"{command[0]} listens")
        until(lambda: _answers(program, ready), what=f"{command[0]} is ready")
    except BaseException:
        process.kill()
        process.wait()
        raise
    return program


def _answers(program: Program, path: str) -> bool:
    try:
        return program.get(path).status_code == 200
    except httpx.TransportError:
        return False


def collector(config: Path, *, env: dict[str, str] | None = None) -> Program:
    """`kpi-collector run`."""
    command = [sys.executable, "-m", "collector", "run", "--config", str(config), "--web.listen-address", "127.0.0.1:0"]
    log = config.with_suffix(".log")
    return start(command, log=log, told=r"listens on http://(127\.0\.0\.1:\d+)", ready="/-/ready", env=env)


def alertmanager(binary: str, folder: Path) -> Program:
    """Alertmanager with the configuration that the project ships."""
    command = [
        binary,
        f"--config.file={ROOT / 'config/alertmanager/alertmanager.yml'}",
        f"--storage.path={folder / 'alertmanager'}",
        "--web.listen-address=127.0.0.1:0",
        "--cluster.listen-address=",
    ]
    return start(command, log=folder / "alertmanager.log", told=_LISTENING, ready="/-/ready")


def prometheus(binary: str, folder: Path, *, collectors: Sequence[Program], alerts_to: Program) -> Program:
    """Prometheus with the configuration and rules that the project ships, only quicker and with our addresses."""
    command = [
        binary,
        f"--config.file={_prometheus_config(folder, collectors, alerts_to)}",
        f"--storage.tsdb.path={folder / 'prometheus'}",
        "--web.listen-address=127.0.0.1:0",
    ]
    return start(command, log=folder / "prometheus.log", told=_LISTENING, ready="/-/ready")


_LISTENING = r"Listening on\S* address=(127\.0\.0\.1:[1-9]\d*)"


def _prometheus_config(folder: Path, collectors: Sequence[Program], alerts_to: Program) -> Path:
    shipped = yaml.safe_load((ROOT / "config/prometheus/prometheus.yml").read_text(encoding="utf-8"))
    shipped["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    jobs = {job["job_name"]: job for job in shipped["scrape_configs"]}
    jobs["kpi-collector"]["static_configs"][0]["targets"] = [program.address for program in collectors]
    shipped["scrape_configs"] = [jobs["kpi-collector"]]
    shipped["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] = [alerts_to.address]
    rules = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    for rule in rules["groups"][0]["rules"]:
        rule["for"] = "0s"
    (folder / "alerts.yml").write_text(yaml.safe_dump(rules, allow_unicode=True), encoding="utf-8")
    config = folder / "prometheus.yml"
    config.write_text(yaml.safe_dump(shipped), encoding="utf-8")
    return config


def query(program: Program, expr: str) -> list[dict[str, Any]]:
    """The samples of an instant query; a refused query fails the test."""
    answer = program.get("/api/v1/query", query=expr).json()
    assert answer["status"] == "success", f"{expr}: {answer}"
    found: list[dict[str, Any]] = answer["data"]["result"]
    return found


def value(program: Program, expr: str) -> float | None:
    """The one sample of a query."""
    found = query(program, expr)
    assert len(found) <= 1, f"{expr} gives {len(found)} samples"
    return float(found[0]["value"][1]) if found else None
