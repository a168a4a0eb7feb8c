"""What the web needs of the daemon, and no more."""

from collections.abc import Sequence
from typing import Protocol

from collector.kpi.history import Point
from collector.snapshot.history import Asked
from collector.snapshot.snapshot import Snapshot


class ReloadRefused(Exception):
    """The configuration on disk is not in use; the message says why, for a person."""


class WebState(Protocol):
    """The daemon, as a request sees it; what is no coroutine is cheap to read."""

    @property
    def snapshot(self) -> Snapshot | None:
        """What is served; None before the first one."""

    @property
    def not_ready(self) -> str | None:
        """What is still awaited (configuration, store), as a short sentence; None when nothing is."""

    @property
    def lifecycle(self) -> bool:
        """Whether /-/reload is allowed."""

    async def history(self, asked: Asked) -> Sequence[Point]:
        """Values as of past days. The one answer that is not cheap: it reads the store, in a thread.

        Raises:
            NoSuchName, BadStretch: what was asked for does not exist.
            NoHistory: it cannot be had now.
        """

    async def reload(self) -> None:
        """Take over the configuration on disk.

        Raises:
            ReloadRefused: it is bad; nothing has changed.
        """


def waiting_for(state: WebState) -> str | None:
    """Why the daemon is not ready; None when it is."""
    return state.not_ready or ("the first snapshot is not made yet" if state.snapshot is None else None)
