"""Keeps the access of sources that are polled rarely, and notices when somebody has signed in.

Beside the polls, like `retaining`. A grant that dies when idle is renewed long before; the
polls of a source that waited for a person begin again as soon as the store has a token.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta

from collector.plugin.errors import SourceError
from collector.polling.access import SourceAccess
from collector.polling.counters import SourceKey
from collector.polling.credentials import Vault
from collector.store.errors import StoreError

log = logging.getLogger(__name__)

BEGIN_AFTER = timedelta(minutes=2)
"""After the start, when polls have renewed what they need."""

EVERY = timedelta(days=1)
LOOK_EVERY = timedelta(seconds=30)
"""How soon the polls of a source begin again after `auth`."""


async def keep_access(
    vault: Vault,
    signed_in: Callable[[SourceKey], None],
    changed: Callable[[], None],
    *,
    begin_after: timedelta = BEGIN_AFTER,
    look_every: timedelta = LOOK_EVERY,
    every: timedelta = EVERY,
) -> None:
    """Renew what is idle, once a day, for ever; `signed_in` hears of a source whose access has come back.

    `changed`: what is known of access may be another now.
    """
    due = vault.clock.monotonic() + begin_after.total_seconds()
    while True:
        await asyncio.sleep(look_every.total_seconds())
        try:
            for access in vault.known:
                if access.refused and await access.has_come_back():
                    changed()
                    signed_in((access.owner.project, access.owner.source))
            if vault.clock.monotonic() >= due:
                due = vault.clock.monotonic() + every.total_seconds()
                await _daily(vault, changed)
        except StoreError as error:
            log.error("access to sources is looked after later: %s", error)
        except Exception:
            log.exception("access to sources is looked after later")


async def _daily(vault: Vault, changed: Callable[[], None]) -> None:
    for access in vault.known:
        try:
            await access.seal()
        except SourceError as error:
            log.error("%s", error)
    for access in await vault.due_for_keepalive(vault.clock.now()):
        await _renew(access)
        changed()
    await vault.forget_former(vault.clock.now())


async def _renew(access: SourceAccess) -> None:
    """One source; another one's trouble is none of the others'."""
    source = access.owner.source
    try:
        await access.keep_alive()
        log.info("%s: its access was renewed, so that it does not die idle", source)
    except SourceError as error:
        log.error("%s: its access could not be renewed before it dies: %s", source, error)
    except StoreError as error:
        log.error("%s: its renewed access is not stored yet: %s", source, error)
    except Exception:
        log.exception("%s: its access could not be renewed", source)
