"""A real Prometheus scrapes the server, gzip and OpenMetrics, and has every sample."""

import asyncio
import os
import shutil
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest

from collector.web.app import make_app
from collector.web.live import Live
from collector.web.server import Server, bind

CONFIG = """
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: kpi
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def prometheus() -> str:
    found = shutil.which("prometheus")
    if found is None:
        if "CI" in os.environ:
            pytest.fail("prometheus is not installed")
        pytest.skip("prometheus is not installed")
    return found


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port


async def _query(client: httpx.AsyncClient, query: str) -> list[Any]:
    try:
        answer = await client.get("/api/v1/query", params={"query": query})
    except httpx.TransportError:  # it is still starting
        return []
    found: list[Any] = answer.json().get("data", {}).get("result", []) if answer.status_code == 200 else []
    return found


async def _when_there(client: httpx.AsyncClient, query: str) -> list[Any]:
    async with asyncio.timeout(60):
        while not (found := await _query(client, query)):
            await asyncio.sleep(0.1)
    return found


@pytest.mark.anyio
async def test_prometheus_reads_every_sample(daemon: Any, prometheus: str, tmp_path: Path) -> None:
    sock = bind("127.0.0.1:0")
    server = Server(make_app(daemon), sock)
    serving = asyncio.create_task(server.run())
    config, web = tmp_path / "prometheus.yml", f"127.0.0.1:{_free_port()}"
    config.write_text(CONFIG.format(port=sock.getsockname()[1]), encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        prometheus,
        f"--config.file={config}",
        f"--storage.tsdb.path={tmp_path / 'data'}",
        f"--web.listen-address={web}",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://{web}") as client:
            revenue = await _when_there(client, "marketing_revenue")
            up = await _when_there(client, 'up{job="kpi"}')
            scraped = await _when_there(client, "scrape_samples_scraped")
            own = await _when_there(client, "process_start_time_seconds")
    finally:
        process.terminate()
        await process.wait()
        server.stop()
        await serving
    told = b"".join(daemon.snapshot.bodies["text"].identity(Live().everything("text")))
    samples = [line for line in told.splitlines() if not line.startswith(b"#")]

    assert revenue[0]["value"][1] == "1234567.89"
    assert (revenue[0]["metric"]["currency"], revenue[0]["metric"]["window"]) == ("RUB", "30d")
    assert up[0]["value"][1] == "1"
    assert len(own) == 1
    assert int(scraped[0]["value"][1]) == len(samples)
