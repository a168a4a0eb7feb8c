"""What became of a poll, told to plugins and to people."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

PollState = Literal["done", "growing", "waiting", "failed", "crashed"]


@dataclass(frozen=True)
class PollReport:
    """One run of one stream.

    `records` were committed; `restated` facts replaced a different value; `state` is
    `growing` where a part is still being written, `waiting` where the vendor wants to be
    left alone until `until` (neither is a failure). `reason` is one of `FAILURE_REASONS` or,
    of a wait, of `WAIT_REASONS`, `message` the sentence for a person; both None unless it
    failed or waits, or was read with an error that leaves its data usable (`collapsed`,
    `sweep_refused`, `sweep_failed`).
    """

    project: str
    source: str
    stream: str
    connector: str
    started_at: datetime
    duration: timedelta
    state: PollState
    records: int = 0
    restated: int = 0
    data_through: date | None = None
    reason: str | None = None
    message: str | None = None
    warnings: tuple[str, ...] = field(default=())
    until: datetime | None = None
    """Of a wait: when the next try makes sense."""

    @property
    def ok(self) -> bool:
        """Whether the source answered as it should."""
        return self.state in ("done", "growing")
