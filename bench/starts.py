"""Daemon start to first scrape, with a warm store of a million facts; beside a bare exporter."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from bench.spend import write_config, write_sample
from bench.table import Table

ROWS = 333_334
STARTS = 5
PEER = """
from prometheus_client import Gauge, start_http_server
import sys, time
Gauge("up_since", "When it began.").set(time.time())
start_http_server(int(sys.argv[1]), "127.0.0.1")
time.sleep(60)
"""


def seconds_to_scrape(command: Sequence[str], port: int, wanted: str) -> float:
    """From the process' first instant to an answer that holds `wanted`."""
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            while wanted not in _scrape(port):
                assert process.poll() is None, command
                assert time.monotonic() - began < 60, command
                time.sleep(0.01)
            return time.monotonic() - began
        finally:
            process.terminate()


def _scrape(port: int) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            body: bytes = answer.read()
            return body.decode()
    except (urllib.error.URLError, ConnectionError):
        return ""


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def run() -> Iterator[Table]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_sample(folder / "spend.csv", ROWS)
        os.utime(folder / "spend.csv", (1_700_000_000, 1_700_000_000))
        config = write_config(folder)
        poll = [sys.executable, "-m", "collector", "poll", "--all", "--config", str(config)]
        told = subprocess.run(poll, check=True, capture_output=True, text=True).stdout
        assert re.search(r"\bdone\b", told), told
        ours, peer = [], []
        for _ in range(STARTS):
            port = _free_port()
            command = [sys.executable, "-m", "collector", "run", "--config", str(config)]
            command += ["--web.listen-address", f"127.0.0.1:{port}"]
            ours.append(seconds_to_scrape(command, port, "marketing_spend"))
            port = _free_port()
            peer.append(seconds_to_scrape([sys.executable, "-c", PEER, str(port)], port, "up_since"))
    yield Table(
        "Daemon start to first scrape, 1 million facts in the store",
        ("", "median s", "fastest s", "slowest s"),
        [
            ("kpi-collector", f"{median(ours):.2f}", f"{min(ours):.2f}", f"{max(ours):.2f}"),
            ("prometheus_client, one gauge", f"{median(peer):.2f}", f"{min(peer):.2f}", f"{max(peer):.2f}"),
            ("ratio", f"{median(ours) / median(peer):.1f}", "", ""),
        ],
        "Target: under 2 s",
    )
