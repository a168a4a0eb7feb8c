"""The machine's clock, moved: vendors in other threads and the program go by it alike."""

from datetime import UTC, datetime, timedelta


class Moving:
    """The instant that it is, by a clock that was set and goes on."""

    def __init__(self, at: datetime) -> None:
        self._ahead = at - datetime.now(UTC)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, by: timedelta) -> None:
        self._ahead += by
