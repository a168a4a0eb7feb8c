"""What the connectors' client costs over plain httpx, a request, against the same server.

CPU of this process only; the server is another one. Both ask for the same JSON over one
kept connection and decode it; ours also keeps two limits in a file, counts, checks the
host, learns quotas and would repeat.
"""

import asyncio
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from bench.table import Table
from collector.clock import SystemClock
from collector.plugin import Connector, ConnectorSettings, Fact, RateLimit, SourceContext, Window, stream
from collector.plugin.discovery import ConnectorInfo
from collector.polling.connections import connect_source
from collector.polling.network import open_network
from collector.settings.model import Source

REQUESTS = 2_000
ROUNDS = 5
SERVER = """
import asyncio, sys
BODY = b'{"rows": [' + b", ".join(b'{"day": "2026-11-02", "visits": 12}' for _ in range(50)) + b"]}"
ANSWER = b"HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(BODY) + BODY
class Answers(asyncio.Protocol):
    def connection_made(self, transport): self.transport = transport
    def data_received(self, data): self.transport.write(ANSWER)
async def main():
    server = await asyncio.get_running_loop().create_server(Answers, "127.0.0.1", int(sys.argv[1]))
    print("ready", flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


class Acme(Connector[ConnectorSettings]):
    """A vendor with limits that are never reached."""

    name = "acme"
    limits = (RateLimit(1e9, per="1s", key="host"), RateLimit(1e9, per="1h"))

    @stream(every="1h", provides={"sessions": [()]})
    def visits(self, window: Window) -> Iterator[Fact]:
        """Not polled here."""
        del window
        yield from ()


def run() -> Iterator[Table]:
    """Rounds in turn, so that a noisy machine is noisy for both."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(port)], stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        server.stdout.readline()
        url = f"http://127.0.0.1:{port}"
        plain, ours = [], []
        for _ in range(ROUNDS):
            plain.append(asyncio.run(_plain(url)))
            ours.append(asyncio.run(_ours(url)))
    finally:
        server.kill()
        server.wait()
    least, our_least = min(plain), min(ours)
    yield Table(
        "A connector's request",
        ("CPU µs", "plain httpx", "ours", "difference", "ours/plain"),
        [("a request", f"{least:.0f}", f"{our_least:.0f}", f"{our_least - least:.0f}", f"{our_least / least:.2f}")],
        f"best of {ROUNDS} rounds of {REQUESTS:,} requests, 1.8 kB of JSON each. Target: a difference under 150 µs",
    )


async def _cpu(ask: Callable[[], Awaitable[object]]) -> float:
    for _ in range(100):
        await ask()
    began = time.process_time()
    for _ in range(REQUESTS):
        await ask()
    return (time.process_time() - began) / REQUESTS * 1e6


async def _plain(url: str) -> float:
    import httpx

    async with httpx.AsyncClient(trust_env=False) as http:

        async def ask() -> object:
            response = await http.get(f"{url}/v1/visits", params={"since": "2026-11-02"})
            return response.raise_for_status().json()

        return await _cpu(ask)


async def _ours(url: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        network = open_network(Path(folder) / "collector.db", SystemClock())
        settings = ConnectorSettings.model_validate({"base_url": url})
        context = SourceContext("default", "acme", ZoneInfo("UTC"), "RUB", SystemClock().now)
        source = Source("acme", "default", ConnectorInfo(Acme, "bench", "1"), settings, context, ())
        client = connect_source(source, network).client
        try:
            return await _cpu(lambda: client.get_json("/v1/visits", params={"since": "2026-11-02"}))
        finally:
            await client.close()
