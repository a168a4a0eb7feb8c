"""Whether the daemon works, for the service manager that restarts it when it does not.

Told from the daemon's own loop, so a loop that is blocked tells nothing. A failure is no
reason to be silent (a vendor that is down, a full disk: a restart mends neither); what never
comes to an end is.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from collector.systemd import Systemd

log = logging.getLogger(__name__)

LONGEST_SNAPSHOT_SECONDS = 900.0
LONGEST_WRITE_SECONDS = 900.0
"""One transaction; they take a fraction of a second each."""
LONGEST_SILENCE_SECONDS = 3600.0
"""Beyond the longest time-out of a source: without the end of any poll, while one waits for its turn."""


@dataclass(frozen=True)
class Signs:
    """For how long things have been under way; 0 where nothing is."""

    snapshot_seconds: float = 0.0
    write_seconds: float = 0.0
    waiting_seconds: float = 0.0
    """Of the poll that has waited longest for its turn."""
    silent_seconds: float = 0.0
    """Since a poll last ended."""
    timeout_seconds: float = 0.0
    """The longest time-out of a source."""


def stuck(signs: Signs) -> str | None:
    """What will never come to an end; None where all is well."""
    if signs.snapshot_seconds > LONGEST_SNAPSHOT_SECONDS:
        return f"a snapshot has been under way for {signs.snapshot_seconds:.0f} s"
    if signs.write_seconds > LONGEST_WRITE_SECONDS:
        return f"the store has been written to in one go for {signs.write_seconds:.0f} s"
    silence = signs.timeout_seconds + LONGEST_SILENCE_SECONDS
    if min(signs.waiting_seconds, signs.silent_seconds) > silence:
        return f"polls wait for their turn, and none has ended for {signs.silent_seconds:.0f} s"
    return None


async def watch(manager: Systemd, look: Callable[[], Signs], *, every: float) -> None:
    """Tell the manager twice in each interval of `every` seconds that we are alive, as long as we are."""
    former: str | None = None
    while True:
        fault = stuck(look())
        if fault is None:
            manager.alive()
        elif former is None:
            log.error("the watchdog is no longer told that all is well: %s", fault)
            manager.status(f"stuck: {fault}")
        former = fault
        await asyncio.sleep(every / 2)
