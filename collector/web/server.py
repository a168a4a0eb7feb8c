"""The socket and the server on it.

Binding comes first and on its own, so that a port in use is told before anything else is
begun. The server runs as a task of the daemon's loop, which also owns the signals.
"""

import errno
import logging
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any

import uvicorn

from collector.web.access import Access
from collector.web.handshake import Handshakes
from collector.web.protection import Protection

log = logging.getLogger(__name__)

_BACKLOG = 512
_KEEP_ALIVE_SECONDS = 120
"""Longer than scrape intervals are, so that Prometheus keeps its connection."""
_SWITCH_SECONDS = 0.0005
"""How long a computing thread may keep the interpreter while a scrape waits; Python's own is ten times that."""


class BadListenAddress(ValueError):
    """What should be `host:port` is not."""

    def __init__(self, listen: str, fault: str) -> None:
        super().__init__(
            f"web.listen: {listen!r}: {fault}; write host:port, such as 127.0.0.1:9841, [::1]:9841 or :9841"
        )


class CannotListen(OSError):
    """The address exists on paper only: not here, not allowed, or not free."""

    def __init__(self, listen: str, fault: str) -> None:
        super().__init__(f"cannot listen on {listen}: {fault}")


class PortInUse(CannotListen):
    """Someone else listens there."""

    def __init__(self, listen: str) -> None:
        super().__init__(
            listen, "the port is in use; stop the other program, or choose another one with --web.listen-address"
        )


def parse_listen(listen: str) -> tuple[str, int]:
    """Host (empty: all interfaces) and port of `host:port`.

    Raises:
        BadListenAddress: it is none.
    """
    host, colon, port = listen.strip().rpartition(":")
    if not colon:
        raise BadListenAddress(listen, "the port is missing")
    if not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise BadListenAddress(listen, f"{port!r} is no port (0 to 65535)")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise BadListenAddress(listen, "an IPv6 address stands in brackets")
    return host, int(port)


def bind(listen: str) -> socket.socket:
    """A bound, not yet listening socket.

    Raises:
        BadListenAddress: `listen` is no host:port.
        PortInUse: someone else listens there.
        CannotListen: there is no such address here, or it is not allowed.
    """
    host, port = parse_listen(listen)
    if not host:
        return _bind_everywhere(listen, port)
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, UnicodeError) as error:
        raise CannotListen(listen, f"the host {host!r} is not known") from error
    return _bound(listen, family, address)


def _bind_everywhere(listen: str, port: int) -> socket.socket:
    if socket.has_dualstack_ipv6():
        return _bound(listen, socket.AF_INET6, ("::", port), dual=True)
    return _bound(listen, socket.AF_INET, ("0.0.0.0", port))  # noqa: S104 - asked for


def _bound(listen: str, family: int, address: Any, *, dual: bool = False) -> socket.socket:
    # the protocol is named, since asyncio sends without delay only on sockets that say TCP
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if dual else 1)
        sock.bind(address)
        sock.listen(_BACKLOG)  # a second program could bind as well until the first one listens
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(listen) from error
        raise CannotListen(listen, (error.strerror or str(error)).lower()) from error
    sock.setblocking(False)
    return sock


def is_loopback(sock: socket.socket) -> bool:
    """Whether only this machine can reach it."""
    return ip_address(sock.getsockname()[0].partition("%")[0]).is_loopback


class _Quiet(uvicorn.Server):
    """uvicorn without signal handlers of its own: the daemon has them."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


class Server:
    """An application on a socket, until it is stopped."""

    def __init__(
        self, app: Any, sock: socket.socket, *, protection: Protection | None = None, grace_seconds: int = 3
    ) -> None:
        """`protection`: who may ask; `grace_seconds`: how long answers that have begun may take after `stop`."""
        self._sock = sock
        self._protection = protection or Protection()
        self._handshakes = Handshakes(self._protection)
        http: Any = self._handshakes if self._protection.scheme == "https" else "httptools"
        self._server = _Quiet(
            uvicorn.Config(
                Access(app, self._protection) if self._protection.reads_a_file else app,
                http=http,
                ws="none",
                lifespan="off",
                log_config=None,
                log_level=logging.WARNING,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=grace_seconds,
            )
        )

    async def run(self) -> None:
        """Answer requests until `stop`; run it as a task."""
        sys.setswitchinterval(_SWITCH_SECONDS)
        if not is_loopback(self._sock) and not self._protection.knows_who_asks:
            host, port = self._sock.getsockname()[:2]
            log.warning(
                "listening on [%s]:%s without authentication: whoever can reach this address reads every KPI",
                host,
                port,
            )
        try:
            await self._server.serve(sockets=[self._sock])
        finally:
            self._handshakes.stop()
            self._sock.close()

    def stop(self) -> None:
        """Take no more connections, finish the answers that have begun, and let `run` return."""
        self._server.should_exit = True
        self._handshakes.stop()
