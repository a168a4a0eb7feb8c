"""Deals of a Bitrix24 portal: read and stored by the program, against merely fetched by fast_bitrix24.

Each has a portal of its own, in another process, that answers after 100 ms and half a
millisecond an item, under the vendor's limit (a leaky bucket of 50 that is empty or full at
first, two requests a second); and one without delay or limit. Both are processes too, and
are timed without their imports. CPU seconds tell more than seconds on a busy machine.
"""

import json
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.bitrix24_vendor import LEAK
from bench.table import Table

DEALS = 50_000
SIZES = (10_000, 100_000, 500_000)
RESERVE = 0.2
DELAY, DELAY_AN_ITEM, ITEMS = 0.1, 0.0005, 2_500
CASES = (("bucket empty", "empty"), ("bucket full", "full"), ("no delay", "off"))

Told = dict[str, float]


@dataclass(frozen=True)
class Case:
    """Both on one kind of portal; `theirs` is None where that client gives up."""

    name: str
    theirs: Told | None
    ours: Told
    requests: int

    @property
    def dictated(self) -> float | None:
        """Seconds that our requests take at least, where none is free at first: at the limit, less the reserve."""
        if self.name != "bucket full":
            return None
        return (self.requests - 1) / (LEAK * (1 - RESERVE)) + DELAY + DELAY_AN_ITEM * ITEMS


def run() -> Iterator[Table]:
    """Each on a fresh portal, one after the other."""
    cases = [_case(name, bucket) for name, bucket in CASES]
    yield Table(
        f"Bitrix24: {DEALS:,} deals in seconds",
        (
            "",
            "fast_bitrix24 fetched",
            "ours stored",
            "rolled up",
            "stored/fetched",
            "the limit dictates",
            "stored/that",
        ),
        [_seconds(case) for case in cases],
        "Targets: stored/fetched 1.5 with an empty bucket, 1 without delay; within 15% of what the limit dictates",
    )
    yield Table(
        "The same in CPU seconds",
        (
            "",
            "fast_bitrix24 fetches",
            "ours fetches",
            "stores",
            "rolls up",
            "deals/CPU s stored",
            "fetched by the other",
        ),
        [_cpu(case) for case in cases],
    )
    yield _memory()


def _case(name: str, bucket: str) -> Case:
    with _portal(DEALS, bucket) as url:
        theirs = _told("bench.bitrix24_fetch", url)
    with _portal(DEALS, bucket) as url:
        ours = _polled(url)
        with urllib.request.urlopen(url.partition("/rest/")[0] + "/asked") as answer:  # noqa: S310 - our own vendor
            requests = int(answer.read())
    assert ours["records"] == DEALS
    return Case(name, theirs, ours, requests)


def _seconds(case: Case) -> tuple[str, ...]:
    fetched, stored = None if case.theirs is None else case.theirs["seconds"], case.ours["stored_after"]
    return (
        case.name,
        _number(fetched, "gives up"),
        _number(stored),
        _number(case.ours["seconds"]),
        _number(None if fetched is None else stored / fetched, "", digits=2),
        _number(case.dictated, "") + (f" ({case.requests} requests)" if case.dictated else ""),
        _number(None if case.dictated is None else stored / case.dictated, "", digits=2),
    )


def _cpu(case: Case) -> tuple[str, ...]:
    ours, theirs = case.ours, None if case.theirs is None else case.theirs["cpu"]
    fetching = ours["cpu"] - ours["cpu_store"] - ours["cpu_rollup"]
    return (
        case.name,
        _number(theirs, "gives up"),
        _number(fetching),
        _number(ours["cpu_store"]),
        _number(ours["cpu_rollup"]),
        f"{DEALS / (fetching + ours['cpu_store']):,.0f}",
        "" if theirs is None else f"{DEALS / theirs:,.0f}",
    )


def _memory() -> Table:
    rows, first = [], 0.0
    for size in SIZES:
        with _portal(size, "off") as url:
            told = _polled(url)
        first = first or told["peak_bytes"]
        rows.append((f"{size:,}", f"{told['peak_bytes'] / 1e6:.0f}", f"{(told['peak_bytes'] - first) / 1e6:+.0f}"))
    note = "The whole process, the program itself included; stored and rolled up. Target: flat"
    return Table("Bitrix24: memory", ("deals", "peak MB", "more than the first"), rows, note)


def _number(value: float | None, otherwise: str = "", *, digits: int = 1) -> str:
    return otherwise if value is None else f"{value:.{digits}f}"


@contextmanager
def _portal(deals: int, bucket: str) -> Iterator[str]:
    delays = ("0", "0") if bucket == "off" else (str(DELAY), str(DELAY_AN_ITEM))
    command = [sys.executable, "-m", "bench.bitrix24_vendor", str(deals), *delays, bucket]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as vendor:
        try:
            assert vendor.stdout is not None
            yield f"http://127.0.0.1:{int(vendor.stdout.readline())}/rest/1/abcdefghijklmnop/"
        finally:
            vendor.kill()


def _polled(url: str) -> Told:
    with tempfile.TemporaryDirectory() as folder:
        told = _told("bench.bitrix24_poll", url, folder)
    assert told is not None, "the poll failed: see above"
    return told


def _told(module: str, *arguments: str) -> Told | None:
    """What a process tells of itself; None: it came to nothing."""
    done = subprocess.run([sys.executable, "-m", module, *arguments], stdout=subprocess.PIPE, stderr=_errors(module))
    found: Told | None = json.loads(done.stdout) if done.returncode == 0 else None
    return found


def _errors(module: str) -> int | None:
    """The other client tells at length of what it gives up."""
    return subprocess.DEVNULL if module == "bench.bitrix24_fetch" else None
