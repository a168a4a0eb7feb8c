"""Applies `retention:` once a day, beside the polls.

In a thread: what goes, goes in short bites; a system whose old leads and deals are
looked for is not polled meanwhile.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta

from collector.clock import Clock
from collector.polling.threads import in_thread
from collector.settings.model import Config
from collector.store.care.prune import retain
from collector.store.care.task import Place

log = logging.getLogger(__name__)

BEGIN_AFTER = timedelta(minutes=5)
"""After the start, when overdue polls have had their turn."""

EVERY = timedelta(days=1)


async def retain_daily(
    place: Place,
    config: Callable[[], Config],
    clock: Clock,
    changed: Callable[[], None],
    *,
    begin_after: timedelta = BEGIN_AFTER,
    every: timedelta = EVERY,
) -> None:
    """Remove what is too old by the configuration of the moment, for ever; `changed` is told when something went."""
    await asyncio.sleep(begin_after.total_seconds())
    while True:
        try:
            found, faults = await in_thread(retain, place, config(), clock.now())
            for taken in found:
                log.info("retention: %s/%s: %s %s removed", taken.project, taken.source, taken.rows, taken.what)
                changed()
            for fault in faults:
                log.error("retention: some of what is too old stays until the next time: %s", fault)
        except Exception:
            log.exception("retention: what is too old stays until the next time")
        await asyncio.sleep(every.total_seconds())
