"""TLS on real sockets: who gets through, what rotation does to those who ask, and slow clients."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from collector.web import handshake
from collector.web.app import make_app
from collector.web.protection import Protection
from collector.web.server import Server, bind
from tests.web.certificates import MUTUAL, SCRAPER, TLS, USERS, Shop


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@asynccontextmanager
async def _serving(app: Any, shop: Shop, text: str) -> AsyncIterator[int]:
    sock = bind("127.0.0.1:0")
    port: int = sock.getsockname()[1]
    server = Server(app, sock, protection=Protection(shop.write(text), fresh_seconds=0), grace_seconds=1)
    task = asyncio.create_task(server.run())
    try:
        yield port
    finally:
        server.stop()
        await asyncio.wait_for(task, 8)


async def _get(port: int, context: ssl.SSLContext, path: str = "/-/ready", **more: Any) -> httpx.Response:
    async with httpx.AsyncClient(verify=context) as client:
        return await client.get(f"https://127.0.0.1:{port}{path}", **more)


async def _serial(port: int, context: ssl.SSLContext) -> str:
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    certificate = writer.get_extra_info("peercert")
    writer.close()
    await writer.wait_closed()
    return str(certificate["serialNumber"])


@pytest.mark.anyio
async def test_metrics_come_whole_over_tls(daemon: Any, shop: Shop) -> None:
    async with _serving(make_app(daemon), shop, TLS) as port:
        answer = await _get(port, shop.trusting(), "/metrics")

    assert answer.status_code == 200
    assert "marketing_revenue" in answer.text
    assert answer.text.count("\n") > 50


@pytest.mark.anyio
async def test_who_speaks_no_tls_gets_nothing(daemon: Any, shop: Shop) -> None:
    async with _serving(make_app(daemon), shop, TLS) as port, httpx.AsyncClient() as client:
        with pytest.raises(httpx.TransportError):
            await client.get(f"http://127.0.0.1:{port}/metrics")
        assert (await _get(port, shop.trusting())).status_code == 200


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("more", "client", "through"),
    [
        ("", "client", True),
        ("", None, False),
        ("", "stranger", False),
        (f"  client_allowed_sans: [other, {SCRAPER}]\n", "client", True),
        ("  client_allowed_sans: [other]\n", "client", False),
    ],
)
async def test_only_those_get_through_whose_certificate_is_signed_and_named(
    daemon: Any, shop: Shop, more: str, client: str | None, through: bool
) -> None:
    async with _serving(make_app(daemon), shop, MUTUAL + more) as port:
        context = shop.trusting(client=client)
        if through:
            assert (await _get(port, context)).status_code == 200
        else:
            with pytest.raises(httpx.TransportError):
                await _get(port, context)


@pytest.mark.anyio
@pytest.mark.parametrize(("client", "through"), [("client", True), (None, True), ("stranger", False)])
async def test_a_certificate_that_is_only_looked_at_if_given(
    daemon: Any, shop: Shop, client: str | None, through: bool
) -> None:
    text = MUTUAL.replace("RequireAndVerifyClientCert", "VerifyClientCertIfGiven")
    async with _serving(make_app(daemon), shop, text) as port:
        try:
            answered = (await _get(port, shop.trusting(client=client))).status_code == 200
        except httpx.TransportError:
            answered = False

    assert answered is through


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("san", "identity", "through"),
    [("2001:db8::1", "2001:db8::1", True), ("10.0.0.7", "10.0.0.7", True), ("a.example", "b.example", False)],
)
async def test_names_of_clients_may_be_addresses(
    daemon: Any, shop: Shop, san: str, identity: str, through: bool
) -> None:
    shop.issue("named", shop.authority, identity)
    async with _serving(make_app(daemon), shop, MUTUAL + f'  client_allowed_sans: ["{san}"]\n') as port:
        try:
            answered = (await _get(port, shop.trusting(client="named"))).status_code == 200
        except httpx.TransportError:
            answered = False

    assert answered is through


@pytest.mark.anyio
async def test_versions_that_are_not_served_are_refused(daemon: Any, shop: Shop) -> None:
    async with _serving(make_app(daemon), shop, TLS + "  min_version: TLS13\n") as port:
        old = shop.trusting()
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        with pytest.raises(httpx.TransportError):
            await _get(port, old)


@pytest.mark.anyio
async def test_tls_and_a_password_together(daemon: Any, shop: Shop) -> None:
    async with _serving(make_app(daemon), shop, TLS + USERS) as port:
        assert (await _get(port, shop.trusting())).status_code == 401
        assert (await _get(port, shop.trusting(), auth=("anna", "sesame"))).status_code == 200


@pytest.mark.anyio
async def test_certificates_are_replaced_under_load_without_a_failed_request(daemon: Any, shop: Shop) -> None:
    """Half of the clients keep their connection, half make a new one each time."""
    answers: list[int] = []
    over = asyncio.Event()

    async def keep_asking(port: int, *, one_connection: bool) -> None:
        async with httpx.AsyncClient(verify=shop.trusting(client="client")) as client:
            headers = {} if one_connection else {"Connection": "close"}
            while not over.is_set():
                answer = await client.get(f"https://127.0.0.1:{port}/metrics", headers=headers)
                answers.append(answer.status_code if "marketing_revenue" in answer.text else 0)

    async with _serving(make_app(daemon), shop, MUTUAL) as port:
        asking = [asyncio.create_task(keep_asking(port, one_connection=number % 2 == 0)) for number in range(4)]
        serials = [await _serial(port, shop.trusting(client="client"))]
        for _ in range(8):
            shop.renew()
            async with asyncio.timeout(10):  # a look that had begun before counts for those who come meanwhile
                while (serial := await _serial(port, shop.trusting(client="client"))) == serials[-1]:
                    continue
            serials.append(serial)
        over.set()
        await asyncio.gather(*asking)

    assert set(answers) == {200}
    assert len(answers) > 20
    assert len(set(serials)) == 9


@pytest.mark.anyio
async def test_a_key_that_comes_later_than_its_certificate_fails_nobody(daemon: Any, shop: Shop) -> None:
    async with _serving(make_app(daemon), shop, TLS) as port:
        first = await _serial(port, shop.trusting())
        key = (shop.folder / "server.key").read_bytes()
        shop.renew()
        new_key = (shop.folder / "server.key").read_bytes()
        shop.replace("server.key", key)
        between = await _serial(port, shop.trusting())
        shop.replace("server.key", new_key)
        last = await _serial(port, shop.trusting())

    assert between == first
    assert last != first


@pytest.mark.anyio
async def test_another_authority_for_clients_counts_at_once(daemon: Any, shop: Shop) -> None:
    async with _serving(make_app(daemon), shop, MUTUAL) as port:
        shop.strangers.cert_pem.write_to_path(str(shop.folder / "strangers.pem"))
        shop.write(MUTUAL.replace("ca.pem", "strangers.pem"))
        assert (await _get(port, shop.trusting(client="stranger"))).status_code == 200
        with pytest.raises(httpx.TransportError):
            await _get(port, shop.trusting(client="client"))


@pytest.mark.anyio
async def test_who_is_slow_to_shake_hands_holds_up_nobody(
    daemon: Any, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handshake, "HANDSHAKE_SECONDS", 1.0)
    async with _serving(make_app(daemon), shop, TLS) as port:
        slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(50)]
        for _, writer in slow:
            writer.write(b"\x16\x03\x01")
        assert (await _get(port, shop.trusting())).status_code == 200
        for reader, writer in slow:
            await asyncio.wait_for(reader.read(), 5)
            writer.close()


@pytest.mark.anyio
async def test_the_stop_waits_for_no_handshake(daemon: Any, shop: Shop) -> None:
    async with _serving(make_app(daemon), shop, TLS) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\x16\x03\x01")
        await _get(port, shop.trusting())
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()


@pytest.mark.anyio
async def test_what_is_said_in_the_same_breath_as_the_handshake_is_heard(daemon: Any, shop: Shop) -> None:
    """In TLS 1.3 a client may ask together with the end of its handshake."""
    async with _serving(make_app(daemon), shop, TLS) as port:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = shop.trusting().wrap_bio(incoming, outgoing, server_hostname="localhost")
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with pytest.raises(ssl.SSLWantReadError):
            tls.do_handshake()
        writer.write(outgoing.read())
        while True:
            incoming.write(await reader.read(65536))
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                continue
        tls.write(b"GET /-/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        writer.write(outgoing.read())
        incoming.write(await asyncio.wait_for(reader.read(), 5))
        told = tls.read(65536)
        writer.close()

    assert told.startswith(b"HTTP/1.1 200 ")


@pytest.mark.anyio
@pytest.mark.parametrize(("text", "warned"), [("", True), (TLS, True), (USERS, False), (MUTUAL, False)])
async def test_listening_beyond_loopback_is_warned_of_only_where_nobody_asks_who_is_there(
    daemon: Any, shop: Shop, caplog: pytest.LogCaptureFixture, text: str, warned: bool
) -> None:
    server = Server(make_app(daemon), bind(":0"), protection=Protection(shop.write(text)))
    server.stop()
    await asyncio.wait_for(server.run(), 5)

    assert ("without authentication" in caplog.text) is warned
