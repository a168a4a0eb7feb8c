"""One token spent for another, where others may be about to spend the same one.

The vendor takes each refresh token once, and processes die or stand still at any
instruction. What may happen, and what then:

- **Two want to renew at once.** One commits its lease, the other finds it and looks into
  the store until the new token is there, the lease ends, or its time is up.
- **Killed before the vendor was called.** The lease runs out, a successor spends the token.
- **Killed after the call, before the write.** The new pair is lost; nobody could save it. The
  successor is refused, and a person must sign in.
- **Standing still after taking the lease** (SIGSTOP, a sleeping machine): right before each
  request the holder looks at both clocks, and leaves the token alone when more than a third
  of the lease is gone. The call itself is cut off before the lease ends, but for an answer
  that came while we stood still. What remains is a pause between that look and the bytes'
  leaving: then the vendor refuses us, and the successor's token is there to be taken.
- **Standing still after the call.** A successor takes the lease over and is refused. As it
  took over from somebody, the row is *contested*: it waits one lease length for the other to
  write, and only then says that a person must sign in. The other writes when it wakes, by
  compare-and-swap on the spent token and whatever the lease says; that ends the refusal too.
- **Refused while somebody else has the lease**: the same wait.
- **Somebody signed in meanwhile.** Compare-and-swap fails; the token that is there is taken.
- **The answer did not come** (time-out, 5xx, garbage): the token may be spent. The lease is
  kept until it runs out, then a successor tries. Where the request surely never left, or the
  vendor only asked to wait, it is given back at once.
- **The store does not take the new pair** (full): it is kept in memory and not used; each
  later question tries again to write it first.
- **The wall clock is set back**: a lease seems to last for ever. Whoever has watched one for
  its full length by the monotonic clock takes it over.
"""

import asyncio
import logging
import secrets
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from collector.log import mask
from collector.plugin.client import HttpClient, Request, Response
from collector.plugin.credentials import Token
from collector.plugin.errors import (
    CredentialsExpired,
    CredentialsRefused,
    Forbidden,
    QuotaExhausted,
    RateLimited,
    SourceError,
    TemporaryFailure,
)
from collector.polling.threads import to_the_end
from collector.polling.verbs import Verbs, passed_on
from collector.store import tokens
from collector.store.tokens import Kept, Lease

if TYPE_CHECKING:
    from collector.polling.access import SourceAccess

log = logging.getLogger(__name__)

LOOK_AGAIN_SECONDS = 0.25
"""Between two looks whether somebody else's renewal has come to its end."""

MOST_LEASES = 4
"""So many lease lengths one waits for others altogether."""


_UNSEEN = datetime.min.replace(tzinfo=UTC)
"""No look has been taken yet."""


class _LeaseLost(Exception):
    """Too much time has passed since the lease was taken; the vendor was not called."""


class Renewal:
    """A new token in the place of `spent` (a pair), by this process or by another."""

    def __init__(self, access: "SourceAccess", spent: str) -> None:
        self.spent = spent
        self.called = False
        """Whether the vendor was called: what it answered must be written."""
        self._access = access
        self._vault = access.vault
        self._clock = access.vault.clock
        self._seconds = access.vault.lease.total_seconds()
        self._seen: dict[Lease, float] = {}

    async def run(self) -> Token:
        """Take the newer token that is there, wait for who is renewing it, or renew it.

        Raises:
            CredentialsRefused: a person must sign in.
            TemporaryFailure, …: it cannot be had now.
            StoreError: the store does not answer, or does not take the new token.
        """
        until = self._clock.monotonic() + MOST_LEASES * self._seconds
        present = self.spent
        renewed_at: datetime | None = _UNSEEN
        while True:
            kept = await self._access.kept()
            pair = tokens.NOTHING if kept is None else kept.pair
            token = await self._access.opened(kept) if kept is not None and pair != tokens.NOTHING else None
            last = None if kept is None else kept.renewed_at
            # some vendors give the same token again while it lives
            is_newer = pair != present or renewed_at not in (_UNSEEN, last)
            if token is not None and is_newer and not token.runs_out(self._clock.now()):
                return token
            present, renewed_at = pair, last
            if kept is not None:
                self._access.raise_if_refused(kept)
            lease = None if kept is None else kept.leased
            if lease is not None and self._lives(lease):
                if self._clock.monotonic() >= until:
                    raise TemporaryFailure("another process has been renewing the token for too long")
                await self._vault.sleep(LOOK_AGAIN_SECONDS)
                continue
            found = await self._spend(present, token, lease)
            if found is not None:
                return found

    def _lives(self, lease: Lease) -> bool:
        """Whether a lease counts: by the wall clock, and not watched for its full length already."""
        now = self._clock.monotonic()
        watched = now - self._seen.setdefault(lease, now)
        return lease.until > self._clock.now() and watched < self._seconds

    async def _spend(self, spent: str, token: Token | None, former: Lease | None) -> Token | None:
        """Take the lease, call the vendor, write; None: something else happened, look again."""
        mine = Lease(secrets.token_hex(8), self._clock.now() + self._vault.lease, spent)
        guarded = _Guarded(self._access.http, self, self._seconds / 3)
        taken = False
        try:
            taken = await to_the_end(self._take, mine, former)
            if not taken:
                return None
            new = await self._call(guarded, token)
        except _LeaseLost:
            await self._give_back(mine)
            return None
        except CredentialsRefused as error:
            return await self._refused(spent, mine, self._covered(error), called=guarded.requests > 0)
        except (RateLimited, QuotaExhausted, Forbidden) as error:
            await self._give_back(mine)
            raise self._covered(error) from None
        except SourceError as error:
            if guarded.requests == 0 or (guarded.requests == 1 and _never_left(error)):
                await self._give_back(mine)
            raise self._covered(error) from None
        except asyncio.CancelledError:
            if guarded.requests == 0:
                await self._give_back(mine)
            raise
        except Exception as error:  # a grant's bug is told as one, without a token in its words
            error.args = tuple(
                mask(each, self._access.secrets()) if isinstance(each, str) else each for each in error.args
            )
            raise
        return new if await self._access.obtained(spent, new) else None

    def _take(self, mine: Lease, former: Lease | None) -> bool:
        """Commit the lease, if all is as it was when we looked."""
        overridden = None if former is None else mine.until
        with self._vault.store.write() as tx:
            kept = tokens.kept(tx, self._access.owner)
            if (None if kept is None else kept.leased) != former:
                return False
            return tokens.take_lease(tx, self._access.owner, mine, contested_until=overridden)

    async def _call(self, http: "_Guarded", token: Token | None) -> Token:
        grant = self._access.grant
        asked = grant.obtain(http) if token is None else grant.renew(http, token)
        call = asyncio.ensure_future(asked)
        try:
            await asyncio.wait([call], timeout=self._seconds / 2)
            # whoever stood still finds the time over, and perhaps the answer at the door
            await asyncio.wait([call], timeout=self._seconds / 6)
        finally:
            call.cancel()  # which does nothing where it is done
        await asyncio.wait([call])
        if call.cancelled():
            raise TemporaryFailure(f"the token endpoint did not answer within {self._seconds / 2:g} s")
        try:
            return call.result()
        except CredentialsExpired as error:  # of the grant itself: no renewing helps
            raise CredentialsRefused(str(error)) from None

    async def _give_back(self, mine: Lease) -> None:
        def write() -> None:
            with self._vault.store.write() as tx:
                tokens.give_back(tx, self._access.owner, mine.holder)

        await to_the_end(write)
        self.called = False

    async def _refused(self, spent: str, mine: Lease, error: SourceError, *, called: bool) -> Token | None:
        """Say that a person must sign in, unless somebody else had the token too, and writes a newer one in time.

        None: somebody has, look again.
        """
        self.called = False  # nothing was given that could be lost
        until = self._clock.monotonic() + self._seconds
        prolonged = False
        try:
            while True:
                wait = called and self._clock.monotonic() < until
                if await to_the_end(self._access.note_refusal, spent, mine.holder, str(error), wait=wait):
                    source = self._access.owner.source
                    log.error("%s: a person must sign in: kpi-collector auth %s (%s)", source, source, error)
                    raise error
                kept = await self._access.kept()
                if kept is None or kept.pair != spent:
                    return None
                if not prolonged:
                    prolonged = await to_the_end(self._prolong, mine) or True
                await self._vault.sleep(LOOK_AGAIN_SECONDS)
        except asyncio.CancelledError:
            await self._give_back(mine)
            raise

    def _prolong(self, mine: Lease) -> bool:
        """Keep others from trying a token that was refused, while we wait for who may have its successor."""
        with self._vault.store.write() as tx:
            until = self._clock.now() + 2 * self._vault.lease
            return tokens.prolong(tx, self._access.owner, mine.holder, until=until)

    def _covered(self, error: SourceError) -> SourceError:
        """The same error without a token in its words: some vendors repeat what they were sent."""
        error.args = tuple(mask(str(each), self._access.secrets()) for each in error.args)
        error.__cause__ = error.__context__ = None
        return error


def contested(kept: Kept, holder: str, now: datetime) -> bool:
    """Whether somebody else than the holder may still write a newer token."""
    lease = kept.leased
    others = lease is not None and lease.holder != holder and lease.until > now
    return others or (kept.contested_until is not None and kept.contested_until > now)


def _never_left(error: BaseException) -> bool:
    """Whether a request surely did not reach the vendor: there was no connection."""
    import httpx  # imported already, by whoever raised this

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
            return True
        cause = cause.__cause__
    return False


class _Guarded(Verbs):
    """The client of a grant that looks at both clocks right before each request."""

    def __init__(self, http: HttpClient, renewal: Renewal, seconds: float) -> None:
        self._http = http
        self._renewal = renewal
        self._clock = renewal._clock
        self._seconds = seconds
        self._began = (self._clock.monotonic(), self._clock.now())
        self.requests = 0

    def _go(self) -> None:
        monotonic, wall = self._began
        passed = max(self._clock.monotonic() - monotonic, (self._clock.now() - wall).total_seconds())
        if self.requests == 0 and passed > self._seconds:
            raise _LeaseLost
        self.requests += 1
        self._renewal.called = True

    async def _answer(self, asked: Request, cost: Mapping[str, float], accept: Collection[int]) -> Response:
        self._go()
        return await passed_on(self._http, asked, cost, accept)

    def now(self) -> datetime:
        """As `HttpClient`."""
        return self._http.now()
