"""TLS on a connection, with the certificate of the moment at which it begins.

asyncio's servers keep one context for all their life. Here a connection is taken plainly,
and TLS begun on it as a task of its own: a new certificate needs no new server, and whoever
is slow to shake hands holds up nobody else.
"""

import asyncio
import logging
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from collector.web.config_file import WebConfig
from collector.web.protection import Protection
from collector.web.tls import allowed

log = logging.getLogger(__name__)

HANDSHAKE_SECONDS = 10.0
_GOODBYE_SECONDS = 1.0
"""How long a client may take to end TLS; the connection is cut then."""


class Handshakes:
    """What makes the server's protocols: each begins with a handshake."""

    def __init__(self, protection: Protection) -> None:
        self._protection = protection
        self._tasks: set[asyncio.Task[None]] = set()

    def __call__(self, **given: Any) -> asyncio.Protocol:
        """The protocol of a new connection; called by uvicorn in place of its own."""
        return _Door(self, HttpToolsProtocol(**given))

    def begin(self, transport: asyncio.Transport, inner: asyncio.Protocol) -> asyncio.Task[None]:
        """Shake hands, and then let `inner` talk."""
        task = asyncio.create_task(self._shake(transport, inner), name="TLS handshake")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def stop(self) -> None:
        """Give up those that are under way."""
        for task in self._tasks:
            task.cancel()

    async def _shake(self, transport: asyncio.Transport, inner: asyncio.Protocol) -> None:
        peer = transport.get_extra_info("peername")
        early = _Early()
        try:
            config = await self._protection.now()
            secure = await _start_tls(transport, early, config)
        except OSError as error:  # TLS, the network and time all fail as one; strangers' failures fill no log
            log.debug("no TLS with %s: %s", peer, error)
        except asyncio.CancelledError:
            transport.abort()
            raise
        else:
            sans = config.file.tls_server_config.client_allowed_sans
            if secure is None or early.lost:
                return
            if sans is not None and not allowed(sans, secure.get_extra_info("peercert")):
                log.debug("no TLS with %s: its certificate has none of client_allowed_sans", peer)
                secure.abort()
            else:
                early.hand_over(secure, inner)


async def _start_tls(transport: asyncio.Transport, early: "_Early", config: WebConfig) -> asyncio.Transport | None:
    assert config.context is not None  # noqa: S101 - TLS is never switched off while running
    return await asyncio.get_running_loop().start_tls(
        transport,
        early,
        config.context,
        server_side=True,
        ssl_handshake_timeout=HANDSHAKE_SECONDS,
        ssl_shutdown_timeout=_GOODBYE_SECONDS,
    )


class _Door(asyncio.Protocol):
    """A connection that nothing was said on yet."""

    def __init__(self, handshakes: Handshakes, inner: asyncio.Protocol) -> None:
        self._handshakes = handshakes
        self._inner = inner
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Read nothing before TLS does."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a TCP server's
        transport.pause_reading()
        self._task = self._handshakes.begin(transport, self._inner)

    def connection_lost(self, _exc: Exception | None) -> None:
        """It ended before TLS began."""
        if self._task is not None:
            self._task.cancel()


class _Early(asyncio.Protocol):
    """Keeps what a client says in the same breath as the end of its handshake."""

    def __init__(self) -> None:
        self._said: list[bytes] = []
        self._ended = False
        self.lost = False

    def data_received(self, data: bytes) -> None:
        """Keep it."""
        self._said.append(data)

    def eof_received(self) -> bool | None:
        """It says no more."""
        self._ended = True
        return None

    def connection_lost(self, _exc: Exception | None) -> None:
        """It is gone before anybody answered."""
        self.lost = True

    def hand_over(self, transport: asyncio.Transport, inner: asyncio.Protocol) -> None:
        """Let `inner` go on from here."""
        transport.set_protocol(inner)
        inner.connection_made(transport)
        for data in self._said:
            inner.data_received(data)
        if self._ended:
            inner.eof_received()
