"""A CSV file into the store: parsed, validated, written, rolled up; whole processes on one core.

The peer is what the standard library does with the same file at the least: csv.reader and
sqlite3.executemany into one table, nothing checked, nothing summed, nothing replaced.
"""

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.spend import MEASURES, write_config, write_sample
from bench.table import Table

ROWS = (100_000, 333_334)
PEER = """
import csv, sqlite3, sys
store = sqlite3.connect(sys.argv[2])
store.execute("CREATE TABLE fact (day TEXT, measure TEXT, channel TEXT, campaign TEXT, value REAL)")
with open(sys.argv[1], newline="") as file:
    rows = csv.reader(file)
    names = next(rows)
    facts = ((row[0], names[i], row[1], row[2], float(row[i])) for row in rows for i in (3, 4, 5))
    store.executemany("INSERT INTO fact VALUES (?, ?, ?, ?, ?)", facts)
store.commit()
"""


@dataclass(frozen=True)
class Process:
    """What a finished process took."""

    cpu_seconds: float
    peak_bytes: int


def measured(command: Sequence[str]) -> Process:
    """Run a command on one core to its end."""
    child = os.fork()
    if child == 0:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 1)
        os.execv(command[0], list(command))  # noqa: S606 - our own command
    _, status, usage = os.wait4(child, 0)
    assert status == 0, command
    return Process(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def run() -> Iterator[Table]:
    rows = []
    for size in ROWS:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_sample(folder / "spend.csv", size)
            os.utime(folder / "spend.csv", (1_700_000_000, 1_700_000_000))
            config = write_config(folder)
            # what starting costs is not what importing costs
            idle = measured([sys.executable, "-m", "collector", "store", "status", "--config", str(config)])
            ours = measured([sys.executable, "-m", "collector", "poll", "--all", "--config", str(config)])
            peer = measured([sys.executable, "-c", PEER, str(folder / "spend.csv"), str(folder / "peer.db")])
        rows.append(_row(size * MEASURES, ours, idle, peer))
    yield Table(
        "CSV to store, one core",
        ("facts", "facts/s", "CPU s", "of it start-up", "peak MB", "peer CPU s", "CPU ours/peer"),
        rows,
        "peer: csv.reader + sqlite3.executemany, nothing checked or summed. Target: 60,000 facts/s, under 200 MB",
    )


def _row(facts: int, ours: Process, idle: Process, peer: Process) -> tuple[str, ...]:
    net = ours.cpu_seconds - idle.cpu_seconds
    return (
        f"{facts:,}",
        f"{facts / net:,.0f}",
        f"{ours.cpu_seconds:.2f}",
        f"{idle.cpu_seconds:.2f}",
        f"{ours.peak_bytes / 1e6:.0f}",
        f"{peer.cpu_seconds:.2f}",
        f"{net / peer.cpu_seconds:.1f}",
    )
