"""What a scrape costs, beside prometheus_client's own ASGI application with the same series."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from statistics import median

from bench.series import changed, inputs, values
from bench.table import Table
from collector.snapshot.build import build

SIZES = (1_000, 10_000, 100_000)
PEER_SCRAPES = {1_000: 40, 10_000: 8, 100_000: 2}
OUR_SCRAPES = 200
AT_ONCE = (1, 8)


@dataclass(frozen=True)
class Cost:
    """Of some scrapes: the server's CPU time for one, the waiting times, and an answer's size."""

    cpu_seconds: float
    seconds: list[float]
    answer_bytes: int

    def quantile(self, share: float) -> float:
        return sorted(self.seconds)[min(len(self.seconds) - 1, int(len(self.seconds) * share))]


class Client:
    """One connection that scrapes again and again."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port)

    def get(self, path: str, *, gzip: bool = False) -> bytes:
        """The answer's body as it came over the wire."""
        self._connection.request("GET", path, headers={"Accept-Encoding": "gzip" if gzip else "identity"})
        return self._connection.getresponse().read()

    def close(self) -> None:
        self._connection.close()


@contextmanager
def serving(side: str, series: int) -> Iterator[int]:
    """A server process; its port."""
    command = [sys.executable, "-m", "bench.scrape_server", side, str(series)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


def cost(port: int, *, scrapes: int, at_once: int, gzip: bool) -> Cost:
    """Scrape `scrapes` times over `at_once` connections."""
    asker = Client(port)
    clients = [Client(port) for _ in range(at_once)]
    rounds = max(1, scrapes // at_once)
    clients[0].get("/metrics", gzip=gzip)
    before = float(asker.get("/cpu"))
    with ThreadPoolExecutor(at_once) as pool:
        runs = list(pool.map(lambda client: _rounds(client, rounds, gzip), clients))
    spent = float(asker.get("/cpu")) - before
    for client in (asker, *clients):
        client.close()
    seconds = [second for run, _ in runs for second in run]
    return Cost(spent / len(seconds), seconds, runs[0][1])


def _rounds(client: Client, rounds: int, gzip: bool) -> tuple[list[float], int]:
    seconds, size = [], 0
    for _ in range(rounds):
        began = time.perf_counter()
        size = len(client.get("/metrics", gzip=gzip))
        seconds.append(time.perf_counter() - began)
    return seconds, size


def run() -> Iterator[Table]:
    rows = []
    for series in SIZES:
        with serving("ours", series) as ours, serving("peer", series) as peer:
            for gzip in (False, True):
                for at_once in AT_ONCE:
                    our = cost(ours, scrapes=OUR_SCRAPES, at_once=at_once, gzip=gzip)
                    its = cost(peer, scrapes=PEER_SCRAPES[series], at_once=at_once, gzip=gzip)
                    rows.append(_row(series, gzip, at_once, our, its))
    yield Table(
        "A scrape: kpi-collector against prometheus_client.make_asgi_app",
        ("series", "encoding", "at once", "CPU ms", "peer CPU ms", "ratio", "p50 ms", "p99 ms", "peer p50 ms", "KiB"),
        rows,
        "CPU: the server process's own time for one scrape; p50, p99: as a client on the same machine waits.",
    )
    yield _while_rendering()
    yield _rendering()


def _row(series: int, gzip: bool, at_once: int, our: Cost, its: Cost) -> tuple[str, ...]:
    return (
        f"{series:,}",
        "gzip" if gzip else "identity",
        str(at_once),
        f"{our.cpu_seconds * 1000:.2f}",
        f"{its.cpu_seconds * 1000:.1f}",
        f"{its.cpu_seconds / our.cpu_seconds:,.0f}×",
        f"{median(our.seconds) * 1000:.1f}",
        f"{our.quantile(0.99) * 1000:.1f}",
        f"{median(its.seconds) * 1000:.0f}",
        f"{our.answer_bytes / 1024:,.0f}",
    )


def _while_rendering() -> Table:
    series = SIZES[-1]
    with serving("ours", series) as port:
        quiet = cost(port, scrapes=800, at_once=8, gzip=True)
        teller = Client(port)
        teller.get("/busy")
        busy = cost(port, scrapes=800, at_once=8, gzip=True)
        teller.close()
    return Table(
        f"Waiting for a gzip scrape of {series:,} series, 8 at once",
        ("meanwhile", "p50 ms", "p99 ms", "max ms"),
        [
            (name, *(f"{seconds * 1000:.1f}" for seconds in (median(c.seconds), c.quantile(0.99), max(c.seconds))))
            for name, c in (("nothing", quiet), ("snapshots are made in a thread", busy))
        ],
    )


def _rendering() -> Table:
    series = SIZES[-1]
    before = values(series)
    began = time.process_time()
    first = build(None, inputs(before, series=series))
    whole = time.process_time() - began
    after = changed(before)
    began = time.process_time()
    build(first, inputs(after, series=series))
    part = time.process_time() - began
    return Table(
        f"A new snapshot of {series:,} series",
        ("what has changed", "CPU ms", "ratio"),
        [
            ("everything (the first one)", f"{whole * 1000:.0f}", "1×"),
            ("1 % of the series, in a tenth of the families", f"{part * 1000:.0f}", f"{whole / part:.1f}×"),
        ],
    )
