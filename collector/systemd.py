"""The service manager that started us, where there is one: what it is told, and how often.

The protocol of sd_notify(3): lines of text in a datagram to the socket that $NOTIFY_SOCKET
names. Without it nothing happens, and nothing here ever fails: a daemon that cannot tell how
it is goes on all the same.
"""

import logging
import os
import socket
from collections.abc import Mapping

log = logging.getLogger(__name__)

_LONGEST_SECONDS = 0.5
"""How long telling may hold us up; the manager reads at once, unless the machine is in trouble."""


class Systemd:
    """What the manager knows of us."""

    def __init__(self, environ: Mapping[str, str], *, pid: int | None = None) -> None:
        """`environ`: $NOTIFY_SOCKET, $WATCHDOG_USEC, $WATCHDOG_PID; `pid`: ours."""
        self._address = _address(environ.get("NOTIFY_SOCKET", ""))
        self._watchdog = _watchdog_seconds(environ, os.getpid() if pid is None else pid)
        self._up = False
        self._failed = False

    @property
    def watchdog_seconds(self) -> float | None:
        """The manager restarts us when it has not heard `alive` for so long; None: it does not."""
        return self._watchdog if self._address is not None else None

    def ready(self, status: str) -> None:
        """We serve; also told when a reload is over."""
        self._up = True
        self._tell(READY=1, STATUS=status)

    def reloading(self, *, monotonic: float, status: str) -> None:
        """A reload begins, at this second of the machine's monotonic clock; `ready` ends it."""
        if self._up:
            self._tell(RELOADING=1, MONOTONIC_USEC=int(monotonic * 1_000_000), STATUS=status)

    def reloaded(self, status: str) -> None:
        """A reload is over, whatever came of it."""
        if self._up:
            self.ready(status)

    def stopping(self, status: str) -> None:
        """We end."""
        self._tell(STOPPING=1, STATUS=status)

    def alive(self) -> None:
        """We work as we should."""
        self._tell(WATCHDOG=1)

    def status(self, status: str) -> None:
        """One line for whoever asks how we are."""
        self._tell(STATUS=status)

    def _tell(self, **said: object) -> None:
        if self._address is None:
            return
        lines = "".join(f"{name}={' '.join(str(value).split())}\n" for name, value in said.items())
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
                sock.settimeout(_LONGEST_SECONDS)
                sock.sendto(lines.encode(), self._address)
            self._failed = False
        except OSError as error:
            if not self._failed:
                log.warning("the service manager cannot be told how we are: %s", error)
            self._failed = True


def _address(written: str) -> str | None:
    """A path, or a name in the abstract space, which is written with `@` for its zero byte."""
    if written.startswith("@"):
        return "\0" + written[1:]
    if written and not written.startswith("/"):
        log.warning("NOTIFY_SOCKET=%s is of a kind that is not known here; the manager is told nothing", written)
    return written if written.startswith("/") else None


def _watchdog_seconds(environ: Mapping[str, str], pid: int) -> float | None:
    """The interval, if it is set, and meant for us and no other process."""
    interval, meant = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", str(pid))
    if not interval.isascii() or not interval.isdigit() or not int(interval) or meant != str(pid):
        return None
    return int(interval) / 1_000_000
