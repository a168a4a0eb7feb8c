"""What `prune` is made of: tasks that can tell what they would take, and take it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection

from collector.store.connect import Store
from collector.store.locks import PATIENCE_SECONDS, PollLocks


@dataclass(frozen=True)
class Place:
    """Where a task is at work; `waiting` is told when a poll has to end first."""

    store: Store
    locks: PollLocks
    waiting: Callable[[], None] = lambda: None
    patience: float = PATIENCE_SECONDS


@dataclass(frozen=True)
class Taken:
    """Rows that went, or would."""

    what: str
    project: str
    source: str
    rows: int


class Task(Protocol):
    """One thing that may go."""

    @property
    def what(self) -> str:
        """Facts, leads and deals, …"""

    @property
    def project(self) -> str:
        """Whose; '' of the store itself."""

    @property
    def source(self) -> str:
        """Which source's (of entities: the system's)."""

    def count(self, tx: Connection) -> int:
        """How many rows would go."""

    def take(self, place: Place) -> int:
        """Remove them, in short transactions; how many went."""
