"""The vault: the tokens of all sources that have a grant, in one process.

Each source's own are its `access`; here is what is done with all of them: which need to be
kept alive, which are forgotten, by which keys they are sealed, how they end.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from pydantic import SecretStr

from collector.clock import Clock
from collector.plugin.client import HttpClient
from collector.plugin.credentials import Grant
from collector.polling.access import SourceAccess
from collector.polling.job import reading
from collector.polling.sealing import Box
from collector.polling.threads import in_thread
from collector.settings.model import Source
from collector.store import tokens
from collector.store.connect import Store
from collector.store.forgotten import key_of
from collector.store.tokens import Kept

LEASE = timedelta(seconds=60)
"""How long whoever renews a token has it alone. A third of it may pass before the vendor is
called, and the call may take half: it ends before the lease does."""

_FORMER_STAY = timedelta(days=7)

Sleep = Callable[[float], Awaitable[None]]


class Vault:
    """The tokens of all sources in one process."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        keys: Sequence[SecretStr] = (),
        *,
        lease: timedelta = LEASE,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.store = store
        self.clock = clock
        self.lease = lease
        self.sleep = sleep
        self._keys = tuple(keys)
        self._box: Box | None = None
        self._known: dict[tuple[str, str], SourceAccess] = {}
        self._closed = False

    def use_keys(self, keys: Sequence[SecretStr]) -> bool:
        """Seal and open with these from now on (after a reload); whether they are others."""
        if tuple(keys) == self._keys:
            return False
        self._keys, self._box = tuple(keys), None
        return True

    def access(self, source: Source, grant: Grant, http: HttpClient) -> SourceAccess:
        """A source's access; `http` sends no token of ours. The former one of this source is no longer looked after."""
        self._known[source.project, source.name] = found = SourceAccess(self, source, grant, http)
        return found

    def dismiss(self, access: SourceAccess) -> None:
        """Look after it no longer (see `SourceAccess.close`)."""
        key = (access.owner.project, access.owner.source)
        if self._known.get(key) is access:
            del self._known[key]

    @property
    def known(self) -> Sequence[SourceAccess]:
        """The accesses that are looked after."""
        return tuple(self._known.values())

    @property
    def closed(self) -> bool:
        """Whether nothing new is begun."""
        return self._closed

    async def due_for_keepalive(self, now: datetime) -> list[SourceAccess]:
        """Those whose grant dies when idle, and has lived half of its time since it was last renewed."""
        kept = {each.owner: each for each in await in_thread(reading, self.store, tokens.all_kept)}
        found = []
        for access in self.known:
            mine = kept.get(access.owner)
            if mine is not None and not access.is_refused(mine) and _half_over(mine, now):
                found.append(access)
        return found

    async def forget_former(self, now: datetime) -> int:
        """Forget tokens of former grants of these sources, a week after they were last renewed; how many."""
        present = {(each.owner.project, each.owner.source): each.owner for each in self.known}

        def forget() -> int:
            with self.store.write() as tx:
                tokens.leave_no_trace(tx)
                former = [
                    each.owner
                    for each in tokens.all_kept(tx)
                    if present.get(each.owner[:2], each.owner) != each.owner
                    and (each.renewed_at is None or each.renewed_at < now - _FORMER_STAY)
                ]
                return sum(tokens.forget(tx, owner) for owner in former)

        return await in_thread(forget)

    async def close(self, within: timedelta = LEASE / 2) -> None:
        """End all renewals: those that have called the vendor are waited for, so long."""
        self._closed = True
        seconds = within.total_seconds()
        await asyncio.gather(*(access.close(seconds) for access in self.known))

    def box(self) -> Box:
        """What seals and opens; reads the store at first, so call it in a thread."""
        if self._box is None:
            self._box = Box(self._keys, reading(self.store, key_of))
        return self._box


def _half_over(kept: Kept, now: datetime) -> bool:
    dies, born = kept.refresh_expires_at, kept.renewed_at
    return dies is not None and born is not None and now >= born + (dies - born) / 2
