"""One source's present token, renewed in time and never twice.

Between the HTTP client, which asks for a token before a request, and the store, which all
processes share. Rules: a lease on the present token is committed first; the vendor is
called outside any transaction; the new pair is written by compare-and-swap on the token
that was spent, whatever has become of the lease, and before it is used. How two that meet
get on is in `renewal`.

A renewal is a task of its own: a poll that is cancelled leaves it at work, for what the
vendor has answered must be written. `close` waits for one that has called the vendor and
ends one that has not.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collector.log import hide
from collector.plugin.client import HttpClient
from collector.plugin.credentials import Grant, Token
from collector.plugin.errors import CredentialsRefused, TemporaryFailure
from collector.polling.job import reading
from collector.polling.owners import owner_of, secrets_of, settings_of
from collector.polling.redaction import secrets_in
from collector.polling.renewal import LOOK_AGAIN_SECONDS, Renewal, contested
from collector.polling.sealing import Locked, pair_of, read, written
from collector.polling.threads import in_thread, to_the_end
from collector.settings.model import Source
from collector.store import tokens
from collector.store.errors import StoreError
from collector.store.tokens import Body, Kept

if TYPE_CHECKING:
    from collector.polling.credentials import Vault

log = logging.getLogger(__name__)

_HIDDEN = 4  # tokens that logs hide: the present one, and those of requests under way


@dataclass(frozen=True)
class _Unwritten:
    """A token that the vendor gave in the place of `spent`, and that the store has not taken yet."""

    spent: str
    token: Token


class SourceAccess:
    """One source's present token, as the HTTP client asks for it."""

    def __init__(self, vault: "Vault", source: Source, grant: Grant, http: HttpClient) -> None:
        self.vault = vault
        self.grant = grant
        self.http = http
        self.owner = owner_of(source, grant)
        self._settings = settings_of(source)
        self._present: Token | None = None
        self._unwritten: _Unwritten | None = None
        self._renewal: Renewal | None = None
        self._task: asyncio.Task[Token] | None = None
        self._configured = frozenset(secrets_in(source.settings))
        self._hidden: list[tuple[str, ...]] = []
        self.refused = False
        """Whether somebody was told that a person must sign in, and nothing better has been heard since."""

    def __repr__(self) -> str:
        return f"<access of {self.owner.project}/{self.owner.source}>"

    # ── what the client asks ─────────────────────────────────────────────────────────

    async def token(self) -> Token:
        """The present token: kept, or obtained; renewed where it runs out.

        Raises:
            CredentialsRefused: a person must sign in (`Locked`: or give the right key).
            TemporaryFailure: it cannot be had now.
            StoreError: the store cannot be read, or cannot take what was obtained.
        """
        await self._write()
        if self._present is not None and not self._present.runs_out(self.vault.clock.now()):
            return self._present
        kept = await self.kept()
        if kept is None or kept.pair == tokens.NOTHING:
            return await self._renewed(tokens.NOTHING)
        self.raise_if_refused(kept)
        token = await self.opened(kept)
        if token.runs_out(self.vault.clock.now()):
            return await self._renewed(kept.pair)
        return self._remember(token)

    async def renewed(self, refused: Token) -> Token:
        """A token in the place of one that the vendor calls expired: a newer one that is kept, or else a renewed one.

        Raises: as `token` does.
        """
        await self._write()
        present = self._present
        if present is not None and pair_of(present) != pair_of(refused):
            return await self.token()
        self._present = None
        return await self._renewed(pair_of(refused))

    # ── what others do with it ───────────────────────────────────────────────────────

    async def seal(self) -> None:
        """See that the kept token is sealed with the first key. Raises: as `opened` does."""
        kept = await self.kept()
        if kept is not None and kept.pair != tokens.NOTHING:
            await self.opened(kept)

    async def keep_alive(self) -> None:
        """Renew the grant though its token may be good still. Raises: as `token` does."""
        await self._write()
        kept = await self.kept()
        if kept is not None and kept.pair != tokens.NOTHING:
            await self._renewed(kept.pair)

    async def has_come_back(self) -> bool:
        """Whether somebody has signed in since a person was asked for."""
        kept = await self.kept()
        if kept is not None and kept.pair != tokens.NOTHING and not self.is_refused(kept):
            self.refused = False
        return not self.refused

    async def accept(self, token: Token) -> None:
        """Keep a token that a person's consent has given, whatever was kept before."""
        self._hide(token)

        def write() -> None:
            with self.vault.store.write() as tx:
                tokens.leave_no_trace(tx)
                tokens.replace(tx, self.owner, self._body(token), at=self.vault.clock.now())

        await to_the_end(write)
        self._remember(token)

    async def absolve(self) -> None:
        """Try a grant again that was refused: a person says so."""

        def write() -> None:
            with self.vault.store.write() as tx:
                tokens.absolve(tx, self.owner)

        await to_the_end(write)
        self.refused = False

    async def revoke(self) -> bool | None:
        """Ask the vendor to forget the token, then forget it here.

        Whether the vendor has; None: there was no token. One that cannot be opened is forgotten here alone.

        Raises:
            SourceError: the vendor could not be asked; nothing was forgotten.
        """
        kept = await self._at_rest()
        if kept is None or kept.pair == tokens.NOTHING:
            await self._forget()
            return None
        told = False
        try:
            token = await self.opened(kept)
            async with asyncio.timeout(self.vault.lease.total_seconds() / 2):
                told = await self.grant.revoke(self.http, token)
        except Locked:
            log.warning("%s: its token cannot be opened, so the vendor was not asked", self.owner.source)
        except CredentialsRefused:  # the vendor knows it no longer
            told = True
        except TimeoutError:
            raise TemporaryFailure("the vendor did not answer in time") from None
        await self._forget()
        return told

    async def close(self, within: float | None = None) -> None:
        """End a renewal that has not called the vendor; wait for one that has, and for its token to be written."""
        self.vault.dismiss(self)
        seconds = self.vault.lease.total_seconds() / 2 if within is None else within
        if self._task is not None and not self._task.done():
            if self._renewal is None or not self._renewal.called:
                self._task.cancel()
            _, late = await asyncio.wait([self._task], timeout=seconds)
            if late:
                log.warning("%s: the renewal of its token did not end in %s s and is left", self.owner.source, seconds)
        try:
            await self._write()
        except StoreError as error:
            log.error("%s: a new token is lost, for the store does not take it: %s", self.owner.source, error)

    # ── for `renewal` ────────────────────────────────────────────────────────────────

    async def kept(self) -> Kept | None:
        """What the store has of it."""
        return await in_thread(reading, self.vault.store, lambda tx: tokens.kept(tx, self.owner))

    def is_refused(self, kept: Kept) -> bool:
        """Whether the grant was refused, by these settings."""
        return kept.refused_at is not None and kept.refused_by == self._settings

    def raise_if_refused(self, kept: Kept) -> None:
        """Stop here where a person must sign in first.

        Raises:
            CredentialsRefused: the grant was refused.
        """
        self.refused = self.is_refused(kept)
        if self.refused:
            raise CredentialsRefused(kept.refused or "the grant was refused")

    async def opened(self, kept: Kept) -> Token:
        """The token of a row; one that is not sealed as it should be is sealed anew.

        Raises:
            Locked: no key opens it.
        """

        def open_it() -> Token:
            text, anew = self.vault.box().open(kept.body or "", sealed=kept.sealed, source=self.owner.source)
            found = read(text)
            if anew:
                with self.vault.store.write() as tx:
                    tokens.leave_no_trace(tx)
                    tokens.reseal(tx, self.owner, self._body(found))
            return found

        token = await to_the_end(open_it)
        self._hide(token)
        return token

    async def obtained(self, spent: str, token: Token) -> bool:
        """Write what the vendor gave for the token that was spent; False: another one is there by now."""
        self._hide(token)
        self._unwritten = _Unwritten(spent, token)
        return await self._write()

    def note_refusal(self, spent: str, holder: str, reason: str, *, wait: bool) -> bool:
        """Note in the store that the grant is used up, unless somebody may still write a newer token (`wait`).

        In a thread. False: not noted, look again.
        """
        now = self.vault.clock.now()
        with self.vault.store.write() as tx:
            kept = tokens.kept(tx, self.owner)
            if kept is None or kept.pair != spent:
                return False
            if wait and contested(kept, holder, now):
                return False
            tokens.refuse(tx, self.owner, spent, at=now, reason=reason, settings=self._settings)
        self.refused, self._present = True, None
        return True

    # ── inside ───────────────────────────────────────────────────────────────────────

    async def _renewed(self, spent: str) -> Token:
        """The outcome of the renewal that is under way for this token, or of a new one."""
        while self._task is not None and not self._task.done() and self._renewal is not None:
            if self._renewal.spent == spent:
                return await _outcome(self._task)
            await asyncio.wait([self._task])
        if self.vault.closed:
            raise TemporaryFailure("no token is renewed any more: the program ends")
        self._renewal = Renewal(self, spent)
        self._task = asyncio.create_task(self._renew(self._renewal), name=f"token of {self.owner.source}")
        self._task.add_done_callback(_heard)
        return await _outcome(self._task)

    async def _renew(self, renewal: Renewal) -> Token:
        return self._remember(await renewal.run())

    def _remember(self, token: Token) -> Token:
        self._present, self.refused = token, False
        return token

    async def _write(self) -> bool:
        """Write what the store has not taken yet, if there is anything."""
        waiting = self._unwritten
        if waiting is None:
            return True

        def write() -> bool:
            with self.vault.store.write() as tx:
                tokens.leave_no_trace(tx)
                new = self._body(waiting.token)
                return tokens.swap(tx, self.owner, waiting.spent, new, at=self.vault.clock.now())

        done = await to_the_end(write)
        self._unwritten = None
        return done

    async def _at_rest(self) -> Kept | None:
        """What is kept once nobody renews it, or the time for that is over."""
        until = self.vault.clock.monotonic() + self.vault.lease.total_seconds()
        while True:
            kept = await self.kept()
            lease = None if kept is None else kept.leased
            if lease is None or lease.until <= self.vault.clock.now() or self.vault.clock.monotonic() >= until:
                return kept
            await self.vault.sleep(LOOK_AGAIN_SECONDS)

    async def _forget(self) -> None:
        def forget() -> None:
            with self.vault.store.write() as tx:
                tokens.leave_no_trace(tx)
                tokens.forget(tx, self.owner)

        await to_the_end(forget)
        self._present = None

    def _body(self, token: Token) -> Body:
        box = self.vault.box()
        nobody_needed = token.refresh is not None or self.grant.consent_url(state="", redirect_uri=None) is None
        return Body(
            pair=pair_of(token),
            body=box.seal(written(token)),
            sealed=box.seals,
            renewable=nobody_needed,
            expires_at=token.expires_at,
            refresh_expires_at=token.refresh_expires_at,
        )

    def _hide(self, token: Token) -> None:
        """Let no log line show it, nor the ones before it that may still be told of."""
        found = secrets_of(token)
        if found not in self._hidden:
            self._hidden = [*self._hidden, found][-_HIDDEN:]
            name = f"token {self.owner.project}/{self.owner.source}"
            hide((text for each in self._hidden for text in each), of=name)

    def secrets(self) -> frozenset[str]:
        """What no message may hold: tokens, and the secrets of the settings."""
        return self._configured.union(*self._hidden)


async def _outcome(task: "asyncio.Task[Token]") -> Token:
    """What a renewal comes to; whoever waits may be cancelled, and it goes on."""
    await asyncio.wait([task])
    if task.cancelled():
        raise TemporaryFailure("the renewal of the token was ended")
    return task.result()


def _heard(task: "asyncio.Task[Token]") -> None:
    """Whoever waited may be gone: an error is not told as one that nobody retrieved."""
    if not task.cancelled():
        task.exception()
