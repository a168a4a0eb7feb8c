"""What the store knows of each stream: its clocks, its reach, its last outcome."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from collector.plugin.connector import Stream
from collector.plugin.settings import ConnectorSettings
from collector.plugin.window import StreamKind


@dataclass(frozen=True)
class StreamState:
    """One stream of one source, as the store has it.

    `last_success`: when it was last read without fault. `data_through`: the last day of
    its data that is complete. `first_day`: the first covered day of its run of complete
    days (facts); None where nothing is covered, and for entities, which have no beginning.
    `kept_from`: retention has taken leads or deals of days before this one, or the vendor
    tells nothing of posts before it.
    `history_complete`: all history that was asked for is in. `reason`, `message`: why the
    last poll failed or waits; None after a success. `waits_until`: when a stream that
    waits will be answered again.
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
    """new, done, growing, waiting, failed or crashed."""
    reason: str | None = None
    message: str | None = None
    complete_since: datetime | None = None
    """Of changes: the start of the last run that came to its end."""
    kept_from: date | None = None
    waits_until: datetime | None = None


Freshness = Literal["fresh", "held", "withdrawn"]


@dataclass(frozen=True)
class Patience:
    """How long a stream's last good values are believed, and then shown."""

    held_after: timedelta
    withdrawn_after: timedelta | None
    """None: held for ever."""


def patience(settings: ConnectorSettings, stream: Stream) -> Patience:
    """Held when the last success is older than two intervals and the poll's time-out.

    Withdrawn after `hold_max`, by default the greater of 3 days and three intervals.
    """
    interval = settings.interval or stream.every
    hold = settings.hold_max
    if hold is None:
        hold = max(timedelta(days=3), 3 * interval)
    return Patience(2 * interval + settings.timeout, None if hold == "forever" else hold)


def freshness(state: StreamState, patience: Patience, now: datetime) -> Freshness:
    """Whether a stream's values are current, kept from before, or too old to show.

    A stream that was never read with success is `fresh`: it has no values to doubt, and
    is told as `no_data`.
    """
    if state.last_success is None:
        return "fresh"
    age = now - state.last_success
    if patience.withdrawn_after is not None and age > patience.withdrawn_after:
        return "withdrawn"
    return "held" if age > patience.held_after else "fresh"


def next_change(state: StreamState, patience: Patience, now: datetime) -> datetime | None:
    """The next instant after `now` at which the clock alone changes the stream's freshness."""
    if state.last_success is None:
        return None
    moments = [state.last_success + patience.held_after]
    if patience.withdrawn_after is not None:
        moments.append(state.last_success + patience.withdrawn_after)
    return min((moment for moment in moments if moment >= now), default=None)
