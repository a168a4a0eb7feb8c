"""`auth`: a person signs in to a source, looks at how it is let in, or takes its access back.

Tokens go from the vendor into the vault; nothing here prints one.
"""

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import click
from pydantic import SecretStr

from collector.cli.consent import NoConsent, NotLoopback, Redirect, address, answered, checked
from collector.cli.context import Failed, Refused
from collector.cli.listing import Format, format_option, show
from collector.cli.opened import opened
from collector.clock import SystemClock
from collector.log import hide
from collector.plugin.credentials import Grant, Token
from collector.plugin.errors import CredentialsRefused, SourceError
from collector.polling.access import SourceAccess
from collector.polling.connections import connect_source
from collector.polling.credentials import Vault
from collector.polling.network import open_network
from collector.polling.owners import owner_of
from collector.polling.redaction import secrets_in
from collector.settings.findings import cover, suggestion
from collector.settings.model import Config, Source
from collector.settings.offline import offline
from collector.store import tokens
from collector.store.connect import Store

COLUMNS = ["project", "source", "kind", "signed_in", "expires_at", "dies_at", "refused_at", "refused", "encrypted"]

_CALL_SECONDS = 30.0
_SHORT_LIFE = "A code is good once, and at some vendors for 20 to 30 seconds only: begin again, and be quick."


@click.command()
@click.argument("wanted", metavar="[SOURCE]", required=False)
@click.option("--project", help="Only this project's sources.")
@click.option("--listen", metavar="127.0.0.1:PORT", help="Take the vendor's redirect here; port 0: a free one.")
@click.option("--status", "asked", is_flag=True, help="How the source, or each one, is let in; no token is shown.")
@click.option("--revoke", is_flag=True, help="Take the access back: at the vendor if it can, and here.")
@format_option
@click.pass_context
def auth(
    ctx: click.Context,
    wanted: str | None,
    project: str | None,
    listen: str | None,
    asked: bool,
    revoke: bool,
    output: Format,
) -> None:
    """Sign in to SOURCE, so that its vendor gives tokens; or see and revoke them."""
    if wanted is None and not asked:
        raise click.UsageError("name a SOURCE, or say --status")
    if sum((asked, revoke, listen is not None)) > 1:
        raise click.UsageError("only one of --status, --revoke and --listen")
    with opened(ctx) as (store, config):
        if asked:
            show(_status(store, _chosen(config, wanted, project)), columns=COLUMNS, output=output)
            return
        source = _one(config, wanted or "", project)
        grant = _grant(source)
        if grant is None:
            raise Refused(f"{source.name}: nobody signs in to it. {_held(source)}")
        desk = _Desk(store, config, source, grant)
        if revoke:
            _revoke(desk)
        else:
            _sign_in(desk, listen)


@dataclass(frozen=True)
class _Desk:
    """One source, and what is needed to sign in to it."""

    store: Store
    config: Config
    source: Source
    grant: Grant

    @asynccontextmanager
    async def access(self) -> AsyncIterator[SourceAccess]:
        """Its access, for as long as it is needed."""
        network = open_network(self.store.path, SystemClock())
        vault = Vault(self.store, SystemClock(), self.config.vault_keys)
        connection = connect_source(self.source, network, vault)
        try:
            yield vault.access(self.source, self.grant, connection.client.for_tokens())
        finally:
            await vault.close()
            await connection.close()

    def covered(self, error: object, *more: str) -> str:
        """Words without secrets."""
        return cover(str(error), self.config.secrets | set(more))


# ── signing in ───────────────────────────────────────────────────────────────────────


def _sign_in(desk: _Desk, listen: str | None) -> None:
    name, state = desk.source.name, secrets.token_urlsafe(24)
    if desk.grant.consent_url(state=state, redirect_uri=None) is None:
        asyncio.run(_obtain(desk))
        click.echo(f"{name}: nobody's consent is needed; a token is there. {_kept(desk)}")
        return
    try:
        if listen is None:
            _by_paste(desk, state)
        else:
            asyncio.run(_by_redirect(desk, state, *address(listen)))
    except NotLoopback as error:
        raise Refused(f"--listen: {error}") from error
    except NoConsent as error:
        raise Failed(f"{name}: {error}") from error
    click.echo(f"{name}: signed in; a daemon that runs goes on within a minute. {_kept(desk)}")


async def _obtain(desk: _Desk) -> None:
    async with desk.access() as access:
        try:
            await access.absolve()
            await access.token()
        except SourceError as error:
            raise Failed(f"{desk.source.name}: {desk.covered(error)}") from error


def _by_paste(desk: _Desk, state: str) -> None:
    _tell_where(str(desk.grant.consent_url(state=state, redirect_uri=None)))
    click.echo("Then paste the address that the browser is sent to (or the code in it), within seconds:", err=True)
    click.echo("address or code: ", err=True, nl=False)
    pasted = sys.stdin.readline().strip()
    if not pasted:
        raise NoConsent("nothing was pasted; begin again")
    answer = answered(pasted, state)
    asyncio.run(_exchange(desk, answer, redirect_uri=None))


async def _by_redirect(desk: _Desk, state: str, host: str, port: int) -> None:
    try:
        async with Redirect(host, port, state) as redirect:
            # an address that is registered at the vendor stays; it may lead here by a proxy
            uri = None if getattr(desk.grant, "redirect_uri", None) else redirect.uri
            _tell_where(str(desk.grant.consent_url(state=state, redirect_uri=uri)))
            click.echo(f"Waiting at {redirect.uri} for the vendor to send you back …", err=True)
            answer = checked(await redirect.answer(), state)
            await _exchange(desk, answer, redirect_uri=uri)
            redirect.conclude(ok=True)
    except OSError as error:
        raise Failed(f"--listen {host}:{port}: {error.strerror or error}") from error


def _tell_where(url: str) -> None:
    click.echo("Open this address, sign in and agree:\n", err=True)
    click.echo(url)
    click.echo("", err=True)


async def _exchange(desk: _Desk, answer: Mapping[str, str], *, redirect_uri: str | None) -> None:
    """The code for a token, at once, and the token into the vault."""
    code = answer["code"]
    hide([code])
    async with desk.access() as access:
        try:
            async with asyncio.timeout(_CALL_SECONDS):
                token: Token = await desk.grant.exchange(access.http, answer, redirect_uri=redirect_uri)
        except CredentialsRefused as error:
            told = desk.covered(error, code)
            raise Failed(f"{desk.source.name}: the code was not accepted: {told}\n  {_SHORT_LIFE}") from None
        except SourceError as error:
            raise Failed(f"{desk.source.name}: {desk.covered(error, code)}\n  {_SHORT_LIFE}") from None
        except TimeoutError:
            raise Failed(f"{desk.source.name}: the vendor did not answer in time\n  {_SHORT_LIFE}") from None
        await access.accept(token)


def _kept(desk: _Desk) -> str:
    if desk.config.vault_keys:
        return "It is kept encrypted."
    return "It is kept in the store unencrypted: set vault_key to have it sealed."


# ── taking it back ───────────────────────────────────────────────────────────────────


def _revoke(desk: _Desk) -> None:
    name = desk.source.name

    async def revoke() -> bool | None:
        async with desk.access() as access:
            return await access.revoke()

    try:
        told = asyncio.run(revoke())
    except SourceError as error:
        raise Failed(
            f"{name}: the vendor could not be asked ({desk.covered(error)}); nothing was forgotten, try again"
        ) from None
    if told is None:
        click.echo(f"{name}: there was no token")
    elif told:
        click.echo(f"{name}: the vendor has revoked the token, and it is forgotten here")
    else:
        click.echo(
            f"{name}: the token is forgotten here; the vendor was not told, so take the access back in its settings too"
        )


# ── how it stands ────────────────────────────────────────────────────────────────────


def _status(store: Store, sources: Iterable[Source]) -> list[dict[str, object]]:
    with store.read() as tx:
        kept = {each.owner: each for each in tokens.all_kept(tx)}
    return [row for source in sources if (row := _row(source, kept)) is not None]


def _row(source: Source, kept: Mapping[tokens.Owner, tokens.Kept]) -> dict[str, object] | None:
    grant = _grant(source)
    row: dict[str, object] = {"project": source.project, "source": source.name}
    if grant is None:
        ends = offline(source).credentials_expire_at()
        return row | {"kind": "settings", "expires_at": ends} if ends or _secret_keys(source) else None
    mine = kept.get(owner_of(source, grant))
    row["kind"] = str(getattr(grant, "kind", type(grant).__name__))
    if mine is None:
        return row | {"signed_in": False}
    signed_in = mine.pair != tokens.NOTHING
    return row | {
        "signed_in": signed_in,
        "expires_at": mine.expires_at,
        "dies_at": mine.refresh_expires_at,
        "renewed_at": mine.renewed_at,
        "refused_at": mine.refused_at,
        "refused": mine.refused,
        "encrypted": mine.sealed if signed_in else None,
    }


# ── which source ─────────────────────────────────────────────────────────────────────


def _chosen(config: Config, wanted: str | None, project: str | None) -> list[Source]:
    if project is not None and project not in config.projects:
        raise Refused(f"no project {project!r}; there are {', '.join(config.projects)}")
    sources = [source for source in config.sources if project in (None, source.project)]
    found = [source for source in sources if wanted in (None, source.name)]
    if not found:
        hint = suggestion(wanted or "", [source.name for source in sources], what="Sources")
        raise Refused(f"there is no source {wanted!r}. {hint}")
    return found


def _one(config: Config, wanted: str, project: str | None) -> Source:
    found = _chosen(config, wanted, project)
    if len(found) > 1:
        projects = ", ".join(source.project for source in found)
        raise Refused(f"{wanted} is a source of several projects ({projects}); say which with --project")
    return found[0]


def _grant(source: Source) -> Grant | None:
    return offline(source).grant()


def _secret_keys(source: Source) -> list[str]:
    settings: dict[str, Any] = source.settings.model_dump()
    return [name for name, value in settings.items() if isinstance(value, SecretStr) or any(secrets_in(value))]


def _held(source: Source) -> str:
    keys = _secret_keys(source)
    if not keys:
        return "It needs no access."
    return f"Its settings hold what lets us in: {', '.join(keys)}."
