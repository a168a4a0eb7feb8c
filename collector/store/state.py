"""What the store knows of each stream: its clocks, its reach, its last outcome."""

from dataclasses import dataclass
from datetime import date, datetime

from collector.plugin.window import StreamKind


@dataclass(frozen=True)
class StreamState:
    """One stream of one source, as the store has it.

    `last_success`: when it was last read without fault. `data_through`: the last day of
    its data that is complete. `first_day`: the first covered day of its run of complete
    days (facts); None where nothing is covered, and for entities, which have no beginning.
    `history_complete`: all history that was asked for is in. `reason`, `message`: why the
    last poll failed; None after a success.
    """

    project: str
    source: str
    stream: str
    kind: StreamKind
    last_attempt: datetime | None = None
    last_success: datetime | None = None
    last_duration_seconds: float | None = None
    data_through: date | None = None
    first_day: date | None = None
    history_complete: bool = False
    state: str = "new"
    """new, done, growing, failed or crashed."""
    reason: str | None = None
    message: str | None = None
