"""A million deals through one incremental stream, over HTTP: does memory stay flat?

Whole processes against a vendor in another one that answers in pages of 500. The peer
asks the same pages by httpx and puts the rows into one sqlite3 table, nothing checked,
nothing rolled up.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.imports import Process, measured
from bench.table import Table

SIZES = (100_000, 1_000_000)
PAGE = 500
SERVER = f"""
import asyncio, json, re, sys
from datetime import datetime, timedelta, timezone
begin = datetime(2025, 1, 1, tzinfo=timezone.utc)
size = int(sys.argv[1])
def deal(number):
    at = (begin + timedelta(seconds=number * 40 % 31_536_000)).isoformat()
    amount = f"{{number % 900 + 100}}.50"
    return {{"id": number, "at": at, "amount": amount, "customer": number // 3, "manager": number % 20}}
def page(after):
    rows = [deal(number) for number in range(after, min(after + {PAGE}, size))]
    body = json.dumps({{"deals": rows}}).encode()
    return b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body
class Answers(asyncio.Protocol):
    def connection_made(self, transport): self.transport = transport
    def data_received(self, data): self.transport.write(page(int(re.search(rb"after=(\\d+)", data)[1])))
async def main():
    server = await asyncio.get_running_loop().create_server(Answers, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""
PEER = """
import httpx, sqlite3, sys
store = sqlite3.connect(sys.argv[2])
store.execute("CREATE TABLE deal (id INTEGER PRIMARY KEY, at TEXT, amount TEXT, customer INTEGER, manager INTEGER)")
after = 0
with httpx.Client(trust_env=False) as http:
    while rows := http.get(sys.argv[1] + "/deals", params={"after": after}).json()["deals"]:
        store.executemany("INSERT INTO deal VALUES (:id, :at, :amount, :customer, :manager)", rows)
        store.commit()
        after = rows[-1]["id"] + 1
"""


def run() -> Iterator[Table]:
    """Each size in processes of its own."""
    rows = []
    for size in SIZES:
        server = subprocess.Popen([sys.executable, "-c", SERVER, str(size)], stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            url = f"http://127.0.0.1:{int(server.stdout.readline())}"
            with tempfile.TemporaryDirectory() as folder:
                ours = measured([sys.executable, "-m", "bench.records_poll", url, folder])
                peer = measured([sys.executable, "-c", PEER, url, str(Path(folder) / "peer.db")])
        finally:
            server.kill()
            server.wait()
        rows.append(_row(size, ours, peer))
    yield Table(
        "Deals through one incremental stream",
        ("deals", "deals/CPU s", "CPU s", "peak MB", "peer CPU s", "peer peak MB", "CPU ours/peer"),
        rows,
        "fetched, checked, stored, rolled up by 2 dimensions. Target: memory flat, under 200 MB",
    )


def _row(size: int, ours: Process, peer: Process) -> tuple[str, ...]:
    return (
        f"{size:,}",
        f"{size / ours.cpu_seconds:,.0f}",
        f"{ours.cpu_seconds:.1f}",
        f"{ours.peak_bytes / 1e6:.0f}",
        f"{peer.cpu_seconds:.1f}",
        f"{peer.peak_bytes / 1e6:.0f}",
        f"{ours.cpu_seconds / peer.cpu_seconds:.1f}",
    )
