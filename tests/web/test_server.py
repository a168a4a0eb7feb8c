"""The socket and the server: addresses, a port in use, real clients, a stop in time."""

import asyncio
import gzip
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from collector.web.app import make_app
from collector.web.server import BadListenAddress, CannotListen, PortInUse, Server, bind, is_loopback, parse_listen


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@asynccontextmanager
async def _serving(app: Any) -> AsyncIterator[int]:
    sock = bind("127.0.0.1:0")
    port: int = sock.getsockname()[1]
    server = Server(app, sock, grace_seconds=1)
    task = asyncio.create_task(server.run())
    try:
        yield port
    finally:
        server.stop()
        await asyncio.wait_for(task, 5)


@pytest.mark.parametrize(
    ("listen", "address"),
    [
        ("127.0.0.1:9841", ("127.0.0.1", 9841)),
        ("[::1]:9841", ("::1", 9841)),
        (":9841", ("", 9841)),
        ("localhost:0", ("localhost", 0)),
    ],
)
def test_addresses(listen: str, address: tuple[str, int]) -> None:
    assert parse_listen(listen) == address


@pytest.mark.parametrize("listen", ["9841", "localhost", "::1:9841", "localhost:http", "localhost:70000", "h:", "h:-1"])
def test_what_is_no_address_is_told(listen: str) -> None:
    with pytest.raises(BadListenAddress, match=r"write host:port, such as 127\.0\.0\.1:9841"):
        parse_listen(listen)


def test_a_port_in_use_is_told_in_a_sentence() -> None:
    with bind("127.0.0.1:0") as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(PortInUse, match=f"cannot listen on {listen}: the port is in use"):
            bind(listen)


@pytest.mark.parametrize("listen", ["192.0.2.1:9841", "no-such-host.invalid:9841"])
def test_an_address_that_is_not_here_is_told(listen: str) -> None:
    with pytest.raises(CannotListen, match=f"cannot listen on {listen}"):
        bind(listen)


def test_loopback_is_recognised() -> None:
    with bind("127.0.0.1:0") as near, bind(":0") as far:
        assert is_loopback(near)
        assert not is_loopback(far)


def test_ipv6() -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    with bind("[::1]:0") as near:
        assert near.family == socket.AF_INET6
        assert is_loopback(near)


@pytest.mark.anyio
async def test_httpx_reads_the_gzip_whole_on_one_connection(daemon: Any) -> None:
    async with _serving(make_app(daemon)) as port, httpx.AsyncClient() as client:
        packed = await client.get(f"http://127.0.0.1:{port}/metrics", headers={"accept-encoding": "gzip"})
        again = await client.get(f"http://127.0.0.1:{port}/metrics", headers={"accept-encoding": "identity"})

    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in again.headers
    assert _without_process(packed.text) == _without_process(again.text)


@pytest.mark.anyio
async def test_curl_reads_the_gzip_whole(daemon: Any) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")
    async with _serving(make_app(daemon)) as port:
        url = f"http://127.0.0.1:{port}/metrics"
        plain = await _run(curl, "--silent", "--fail", url)
        unpacked = await _run(curl, "--silent", "--fail", "--compressed", url)
        packed = await _run(curl, "--silent", "--fail", "--header", "Accept-Encoding: gzip", url)

    assert packed.startswith(b"\x1f\x8b")
    assert _without_process(unpacked.decode()) == _without_process(plain.decode())
    assert _without_process(gzip.decompress(packed).decode()) == _without_process(plain.decode())


async def _run(*command: str) -> bytes:
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    out, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
    return out


def _without_process(told: str) -> list[str]:
    return [line for line in told.splitlines() if not line.startswith("process_")]


@pytest.mark.anyio
async def test_an_answer_that_has_begun_is_finished_when_the_server_stops() -> None:
    begun, finish = asyncio.Event(), asyncio.Event()

    async def slow(_scope: Any, _receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        begun.set()
        await finish.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    sock = bind("127.0.0.1:0")
    port = sock.getsockname()[1]
    server = Server(slow, sock, grace_seconds=5)
    serving = asyncio.create_task(server.run())
    async with httpx.AsyncClient() as client:
        answer = asyncio.create_task(client.get(f"http://127.0.0.1:{port}/"))
        await begun.wait()
        server.stop()
        finish.set()
        assert (await answer).text == "ok"
    await asyncio.wait_for(serving, 5)
    assert sock.fileno() == -1


@pytest.mark.anyio
async def test_an_answer_without_an_end_does_not_hold_the_stop_up() -> None:
    begun = asyncio.Event()

    async def endless(_scope: Any, _receive: Any, _send: Any) -> None:
        begun.set()
        await asyncio.Event().wait()

    sock = bind("127.0.0.1:0")
    port = sock.getsockname()[1]
    server = Server(endless, sock, grace_seconds=1)
    serving = asyncio.create_task(server.run())
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n")
    await begun.wait()
    server.stop()
    await asyncio.wait_for(serving, 5)
    writer.close()


@pytest.mark.anyio
async def test_listening_beyond_loopback_is_warned_of(daemon: Any, caplog: pytest.LogCaptureFixture) -> None:
    sock = bind(":0")
    server = Server(make_app(daemon), sock)
    server.stop()
    await asyncio.wait_for(server.run(), 5)

    assert "without authentication" in caplog.text
