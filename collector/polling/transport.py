"""One exchange over httpx: bounded in time and size, its failures in our words.

Decompression is ours, since a small body can hold an endless one.
"""

import asyncio
import socket
import ssl
import zlib
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from collector.plugin.errors import BadResponse, SourceError, TemporaryFailure

if TYPE_CHECKING:  # 0.3 s to import, and a daemon that reads files never needs it
    import httpx

MOST_BYTES = 128 * 1024 * 1024
"""Of one body, decompressed."""

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
"""Between two pieces of an answer; reports take their time before the first one."""
MOST_SECONDS = 150.0
"""For one exchange as a whole: a body that trickles ends here."""

ENCODINGS = "gzip, deflate"
_MEMBER = b"\x1f"
"""How a member of a gzip file begins (RFC 1952)."""


def open_http(*, proxy: str | None, tls: ssl.SSLContext, timeout: timedelta) -> "httpx.AsyncClient":
    """An httpx client with these ways and bounds; it reads nothing from the environment."""
    import httpx

    most = timeout.total_seconds()
    phases = httpx.Timeout(min(READ_SECONDS, most), connect=min(CONNECT_SECONDS, most), pool=None)
    try:
        return httpx.AsyncClient(
            timeout=phases, proxy=proxy, verify=tls, trust_env=False, headers={"Accept-Encoding": ENCODINGS}
        )
    except ValueError as error:
        raise TemporaryFailure("the setting `proxy` is no address of a proxy", retry=False) from error


async def exchange(
    http: "httpx.AsyncClient", request: "httpx.Request", *, where: str
) -> "tuple[httpx.Response, bytes]":
    """Send, and read the whole answer.

    Raises:
        TemporaryFailure: the way to the vendor is broken, or the answer was cut off.
        BadResponse: it is too large, or compressed in a way that nobody asked for.
    """
    import httpx

    host = request.url.host
    try:
        async with asyncio.timeout(MOST_SECONDS):
            response = await http.send(request, stream=True)
            try:
                return response, await _read(response, where)
            finally:
                await response.aclose()
    except TimeoutError as error:
        raise TemporaryFailure(f"{where}: no whole answer within {MOST_SECONDS:g} s") from error
    except httpx.TimeoutException as error:
        what = {"ConnectTimeout": "no connection", "WriteTimeout": "the request could not be sent"}
        told = what.get(type(error).__name__, "no answer")
        raise TemporaryFailure(f"{where}: {told} in time") from error
    except httpx.ProxyError as error:
        raise TemporaryFailure(f"{where}: the proxy refused: {error}") from error
    except httpx.TransportError as error:
        raise _way_to(host, where, error) from error


def _way_to(host: str, where: str, error: Exception) -> SourceError:
    """What is wrong with the way to a host, and who can mend it."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            told = f"the certificate of {host} is not accepted: {cause.verify_message}"
            remedy = "if it is a private authority's, name its certificate in `ca_file`"
            return TemporaryFailure(f"{where}: {told}; {remedy}", retry=False)
        if isinstance(cause, socket.gaierror):
            return TemporaryFailure(f"{where}: the name {host} cannot be resolved (DNS)")
    import httpx

    if isinstance(error, httpx.ConnectError):
        return TemporaryFailure(f"{where}: no connection to {host}: {causes[-1]}")
    return TemporaryFailure(f"{where}: {type(error).__name__}: {error}")


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in found:
        found.append(at)
        at = at.__cause__ or at.__context__
    return found


async def _read(response: "httpx.Response", where: str) -> bytes:
    """The body, decompressed, but not for ever."""
    unpack = _unpacker(response.headers.get("content-encoding", ""), where)
    chunks, size = [], 0
    async for raw in response.aiter_raw():
        chunk = unpack(raw, MOST_BYTES + 1 - size)
        size += len(chunk)
        if size > MOST_BYTES:
            raise BadResponse(expected=f"at most {MOST_BYTES} bytes", where=where, got="more, decompressed")
        chunks.append(chunk)
    chunks.append(unpack(b"", 1))
    return b"".join(chunks)


def _unpacker(encoding: str, where: str) -> Callable[[bytes, int], bytes]:
    """Takes raw bytes and how many may come of them; an empty piece is the end."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return lambda raw, _: raw
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise BadResponse(expected=f"a body in {ENCODINGS}", where=where, got=encoding)
    inner = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)

    begun = False

    def unpack(raw: bytes, most: int) -> bytes:
        nonlocal inner, begun
        try:
            if raw:
                begun = True
                found = inner.decompress(raw, most)
                while inner.eof and len(found) < most and (rest := inner.unused_data).startswith(_MEMBER):
                    inner = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)  # several are one body
                    found += inner.decompress(rest, most - len(found))
                return found
        except zlib.error as error:
            if encoding == "deflate" and not inner.eof:  # some servers send it without its header
                inner = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
                return inner.decompress(raw, most)
            raise BadResponse(expected="a compressed body", where=where, got=str(error)) from error
        if begun and not inner.eof:
            raise TemporaryFailure(f"{where}: the compressed answer was cut off")
        return b""

    return unpack
