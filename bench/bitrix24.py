"""50,000 deals of a Bitrix24 portal: read and stored by the program, against merely fetched by fast_bitrix24.

Each has a portal of its own, in another process, that answers after 100 ms and half a
millisecond an item, with the vendor's bucket empty or full at first; and one without delay or limit.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path

from bench.table import Table
from collector.cli import invoke
from connectors.bitrix24.mapping import DEAL_FIELDS

DEALS = 50_000
CASES = (("bucket empty", 0.1, 0.0005, "empty"), ("bucket full", 0.1, 0.0005, "full"), ("no delay", 0.0, 0.0, "off"))


def run() -> Iterator[Table]:
    """One after the other, each on a fresh portal."""
    rows = []
    for name, delay, an_item, bucket in CASES:
        theirs, ours = (_timed(each, delay, an_item, bucket) for each in (_fetched, _stored))
        rows.append((name, f"{theirs:.1f}", f"{ours:.1f}", f"{DEALS / ours:,.0f}", f"{ours / theirs:.2f}"))
    yield Table(
        f"Bitrix24: {DEALS:,} deals",
        ("seconds", "fast_bitrix24 (fetches)", "ours (stores)", "ours, deals/s", "ours/fast_bitrix24"),
        rows,
        "Targets: under 1.5 with an empty bucket; at least as quick without delay",
    )


def _timed(read: Callable[[str], int], delay: float, an_item: float, bucket: str) -> float:
    with _portal(delay, an_item, bucket) as url:
        began = time.perf_counter()
        assert read(url) == DEALS
        return time.perf_counter() - began


@contextmanager
def _portal(delay: float, an_item: float, bucket: str) -> Iterator[str]:
    command = [sys.executable, "-m", "bench.bitrix24_vendor", str(DEALS), str(delay), str(an_item), bucket]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as vendor:
        try:
            assert vendor.stdout is not None
            yield f"http://127.0.0.1:{int(vendor.stdout.readline())}/rest/1/abcdefghijklmnop/"
        finally:
            vendor.kill()


def _fetched(url: str) -> int:
    from fast_bitrix24 import BitrixAsync

    async def fetch() -> int:
        portal = BitrixAsync(url, verbose=False)
        return len(await portal.get_all("crm.deal.list", {"select": list(DEAL_FIELDS)}))

    return asyncio.run(fetch())


def _stored(url: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "collector.yml"
        source = f"{{connector: bitrix24, webhook_url: '{url}'}}"
        text = f"currency: RUB\nstore: sqlite:///store.db\nsources:\n  crm: {source}\n"
        config.write_text(text, encoding="utf-8")
        out = StringIO()
        with redirect_stdout(out):
            assert (
                invoke(["--config", str(config), "--log.level", "error", "poll", "crm/deals", "--format", "csv"]) == 0
            )
        columns, line = (each.split(",") for each in out.getvalue().splitlines()[:2])
        return int(line[columns.index("records")])
