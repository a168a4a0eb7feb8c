"""A real Prometheus scrapes the server, gzip and OpenMetrics, and has every sample, however it is protected."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from collector.web.app import make_app
from collector.web.live import Live
from collector.web.protection import Protection
from collector.web.server import Server, bind
from tests.web.certificates import MUTUAL, TLS, USERS, Shop

CONFIG = """
global: {{scrape_interval: {interval}, scrape_timeout: {interval}}}
scrape_configs:
"""
JOB = """
  - job_name: {job}
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
{more}
"""
TRUSTING = """
    scheme: https
    tls_config: {ca_file: ca.pem}
"""
WITH_CERTIFICATE = """
    scheme: https
    tls_config: {ca_file: ca.pem, cert_file: client.pem, key_file: client.key}
"""
WITH_PASSWORD = """
    basic_auth: {username: anna, password: sesame}
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


@asynccontextmanager
async def _scraping(binary: str, folder: Path, *jobs: tuple[str, int, str], interval: str = "1s") -> AsyncIterator[Any]:
    """A Prometheus that scrapes, and a client that asks it; a job is its name, our port and further keys."""
    config, web = folder / "prometheus.yml", f"127.0.0.1:{_free_port()}"
    told = "".join(JOB.format(job=job, port=port, more=more) for job, port, more in jobs)
    config.write_text(CONFIG.format(interval=interval) + told, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        binary,
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={web}",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://{web}") as client:
            yield client
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def _serving(app: Any, protection: Protection | None = None) -> AsyncIterator[int]:
    sock = bind("127.0.0.1:0")
    port: int = sock.getsockname()[1]
    server = Server(app, sock, protection=protection)
    serving = asyncio.create_task(server.run())
    try:
        yield port
    finally:
        server.stop()
        await serving


@pytest.mark.anyio
async def test_prometheus_reads_every_sample(daemon: Any, prometheus: str, tmp_path: Path) -> None:
    async with _serving(make_app(daemon)) as port, _scraping(prometheus, tmp_path, ("kpi", port, "")) as client:
        revenue = await _when_there(client, "marketing_revenue")
        up = await _when_there(client, 'up{job="kpi"}')
        scraped = await _when_there(client, "scrape_samples_scraped")
        own = await _when_there(client, "process_start_time_seconds")
    told = b"".join(daemon.snapshot.bodies["text"].identity(Live().everything("text")))
    samples = [line for line in told.splitlines() if not line.startswith(b"#")]

    assert revenue[0]["value"][1] == "1234567.89"
    assert (revenue[0]["metric"]["currency"], revenue[0]["metric"]["window"]) == ("RUB", "30d")
    assert up[0]["value"][1] == "1"
    assert len(own) == 1
    assert int(scraped[0]["value"][1]) == len(samples)


@pytest.mark.anyio
async def test_prometheus_scrapes_what_is_protected_and_gets_nothing_without_what_is_asked_for(
    daemon: Any, prometheus: str, tmp_path: Path
) -> None:
    scenes = [
        ("tls", TLS, TRUSTING, "1"),
        ("mtls", MUTUAL, WITH_CERTIFICATE, "1"),
        ("auth", USERS, WITH_PASSWORD, "1"),
        ("all", MUTUAL + USERS, WITH_CERTIFICATE + WITH_PASSWORD, "1"),
        ("no-tls", TLS, "", "0"),
        ("no-certificate", MUTUAL, TRUSTING, "0"),
        ("no-password", USERS, "", "0"),
    ]
    shop = Shop(tmp_path)
    async with AsyncExitStack() as running:
        jobs = []
        for job, text, more, _ in scenes:
            protection = Protection(shop.write(text), fresh_seconds=3600)
            port = await running.enter_async_context(_serving(make_app(daemon), protection))
            jobs.append((job, port, more))
        client = await running.enter_async_context(_scraping(prometheus, tmp_path, *jobs))
        await _when_there(client, f"count(up) == {len(scenes)}")
        ups = {found["metric"]["job"]: found["value"][1] for found in await _query(client, "up")}
        revenues = {found["metric"]["job"] for found in await _query(client, "marketing_revenue")}

    assert ups == {job: up for job, _, _, up in scenes}
    assert revenues == {job for job, _, _, up in scenes if up == "1"}


@pytest.mark.anyio
async def test_prometheus_misses_no_scrape_while_certificates_are_replaced(
    daemon: Any, prometheus: str, tmp_path: Path
) -> None:
    """Each answer ends its connection, so that each scrape shakes hands anew."""
    shop, answered, app = Shop(tmp_path), asyncio.Condition(), make_app(daemon)
    scrapes = 0

    async def counted(scope: Any, receive: Any, send: Any) -> None:
        nonlocal scrapes

        async def ending(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append((b"connection", b"close"))
            await send(message)

        await app(scope, receive, ending)
        async with answered:
            scrapes += 1
            answered.notify_all()

    async def further(count: int) -> None:
        wanted = scrapes + count
        async with asyncio.timeout(60), answered:
            await answered.wait_for(lambda: scrapes >= wanted)

    protection = Protection(shop.write(MUTUAL + USERS))
    more = WITH_CERTIFICATE + WITH_PASSWORD
    async with (
        _serving(counted, protection) as port,
        _scraping(prometheus, tmp_path, ("kpi", port, more), interval="100ms") as client,
    ):
        for _ in range(10):
            await further(3)
            shop.renew()
        await further(3)
        fewest = await _when_there(client, "min_over_time(up[5m])")
        count = await _when_there(client, "count_over_time(up[5m]) >= 30")

    assert fewest[0]["value"][1] == "1"
    assert int(count[0]["value"][1]) >= 30
