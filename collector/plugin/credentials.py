"""Access that runs out: what a token is, and how a grant obtains and renews one.

A connector whose vendor gives out tokens that expire returns a grant from `grant()`; the
engine keeps the tokens (encrypted where a key is configured), renews them in time and
never twice, and hands the present one to `authorize`. Static keys need nothing of this.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlencode, urlsplit, urlunsplit

from pydantic import SecretStr

from collector.plugin.client import HttpClient, Json
from collector.plugin.errors import BadResponse, CredentialsRefused, Forbidden

EARLY = timedelta(seconds=60)
"""How long before its end a token is renewed: clocks differ, and requests take their time."""


@dataclass(frozen=True)
class Token:
    """What a vendor gave out, as the vault keeps it.

    `expires_at` None: it is not known to end. `refresh_expires_at`: when the grant itself
    dies unless it is renewed before; people are warned of it. `extra` holds what else
    must be kept with it, such as the account's host.
    """

    access: SecretStr
    expires_at: datetime | None = None
    refresh: SecretStr | None = None
    refresh_expires_at: datetime | None = None
    extra: Mapping[str, str] = field(default_factory=dict)

    def runs_out(self, now: datetime) -> bool:
        """Whether it must be renewed before it is used."""
        return self.expires_at is not None and now >= self.expires_at - EARLY


class Grant(ABC):
    """How one source comes by its tokens. Methods do I/O by the client that they are given only.

    That client sends no token of ours and repeats no request: what was spent once must
    not be spent again.
    """

    rotates: bool = False
    """Whether a renewal spends the refresh token: the vendor takes each one once."""

    @property
    @abstractmethod
    def identity(self) -> str:
        """What it is a grant of (client, account); where that changes, kept tokens are of no use."""

    @abstractmethod
    async def obtain(self, http: HttpClient) -> Token:
        """A first token from what the configuration holds.

        Raises:
            CredentialsRefused: it cannot be had without a person's consent (see `auth`), or was refused.
        """

    @abstractmethod
    async def renew(self, http: HttpClient, token: Token) -> Token:
        """A token in place of one that has run out.

        Raises:
            CredentialsRefused: the grant is used up or revoked.
        """

    def consent_url(self, *, state: str, redirect_uri: str | None) -> str | None:
        """Where a person gives consent; None: this grant needs nobody."""
        del state, redirect_uri
        return None

    async def exchange(self, http: HttpClient, answer: Mapping[str, str], *, redirect_uri: str | None) -> Token:
        """The first token, from the query (`code`, …) with which the vendor sent the person back."""
        del http, answer, redirect_uri
        raise CredentialsRefused(f"{type(self).__name__} takes no code")

    async def revoke(self, http: HttpClient, token: Token) -> bool:
        """Tell the vendor to forget the token; False: the vendor has no way for that."""
        del http, token
        return False


Style = Literal["form", "json", "query"]


@dataclass(frozen=True)
class OAuth2(Grant):
    """The grants of RFC 6749: a code that a person's consent gave, client credentials, a refresh token.

    `style`: how the token endpoint is asked (a POST of a form or of JSON, or a GET).
    `refresh_lifetime`: how long a refresh token lives from its issue; None: not known to end.
    `kind` `client_credentials` needs nobody; `code` needs consent once, or a
    `refresh_token` from the configuration.
    """

    token_url: str
    client_id: str
    client_secret: SecretStr
    kind: Literal["code", "client_credentials"] = "code"
    authorize_url: str | None = None
    redirect_uri: str | None = None
    refresh_token: SecretStr | None = None
    scopes: Sequence[str] = ()
    style: Style = "form"
    rotates: bool = False
    refresh_lifetime: timedelta | None = None
    account: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)
    """Further parameters of every token request."""

    @property
    def identity(self) -> str:
        """Token endpoint, client and account; a new refresh token in the configuration begins anew too."""
        configured = self.refresh_token.get_secret_value() if self.refresh_token else ""
        return " ".join((self.token_url, self.kind, self.client_id, self.account, configured))

    async def obtain(self, http: HttpClient) -> Token:
        """By client credentials or the configuration's refresh token."""
        if self.kind == "client_credentials":
            return await self._ask(http, {"grant_type": "client_credentials"})
        if self.refresh_token is None:
            raise CredentialsRefused("nobody has given consent yet; run: kpi-collector auth SOURCE")
        return await self.renew(http, Token(access=SecretStr(""), refresh=self.refresh_token))

    async def renew(self, http: HttpClient, token: Token) -> Token:
        """By the refresh token, if there is one; a vendor that sends no new one leaves the old one good."""
        if token.refresh is None:
            return await self.obtain(http)
        spent = {"grant_type": "refresh_token", "refresh_token": token.refresh.get_secret_value()}
        if self.redirect_uri is not None:
            spent["redirect_uri"] = self.redirect_uri
        return await self._ask(http, spent, former=token)

    def consent_url(self, *, state: str, redirect_uri: str | None) -> str | None:
        """The vendor's page for consent (RFC 6749, 4.1.1)."""
        if self.authorize_url is None:
            return None
        asked = {"response_type": "code", "client_id": self.client_id, "state": state}
        if redirect_uri or self.redirect_uri:
            asked["redirect_uri"] = redirect_uri or self.redirect_uri or ""
        if self.scopes:
            asked["scope"] = " ".join(self.scopes)
        parts = urlsplit(self.authorize_url)
        query = "&".join(each for each in (parts.query, urlencode(asked)) if each)
        return urlunsplit(parts._replace(query=query))

    async def exchange(self, http: HttpClient, answer: Mapping[str, str], *, redirect_uri: str | None) -> Token:
        """By the code (RFC 6749, 4.1.3)."""
        spent = {"grant_type": "authorization_code", "code": answer.get("code", "")}
        if redirect_uri or self.redirect_uri:
            spent["redirect_uri"] = redirect_uri or self.redirect_uri or ""
        return await self._ask(http, spent)

    async def _ask(self, http: HttpClient, spent: Mapping[str, str], *, former: Token | None = None) -> Token:
        asked = {
            "client_id": self.client_id,
            "client_secret": self.client_secret.get_secret_value(),
            **spent,
            **self.extra,
        }
        if self.scopes and spent["grant_type"] == "client_credentials":
            asked["scope"] = " ".join(self.scopes)
        match self.style:
            case "form":
                answer = await http.request("POST", self.token_url, form=asked, accept=_REFUSALS)
            case "json":
                answer = await http.request("POST", self.token_url, json=asked, accept=_REFUSALS)
            case "query":
                answer = await http.request("GET", self.token_url, params=asked, accept=_REFUSALS)
        return self._read(answer.status, answer.json(), http.now(), former)

    def _read(self, status: int, body: Json, now: datetime, former: Token | None) -> Token:
        """A token endpoint's answer (RFC 6749, 5.1 and 5.2); the `error` key counts whatever the status."""
        if not isinstance(body, dict):
            raise BadResponse(expected="a token", where="the token endpoint")
        if body.get("error") or status >= 400:
            told = " ".join(str(body[key]) for key in ("error", "error_description", "title", "hint") if body.get(key))
            error = Forbidden if status == 403 else CredentialsRefused
            raise error(f"the token endpoint answered {status}: {told}")
        if not isinstance(body.get("access_token"), str) or not body["access_token"]:
            raise BadResponse(expected="an access_token", where="the token endpoint", got=sorted(body))
        refresh = body.get("refresh_token") or None
        renewed = SecretStr(refresh) if isinstance(refresh, str) else former.refresh if former else None
        return Token(
            access=SecretStr(body["access_token"]),
            expires_at=_after(now, body.get("expires_in")),
            refresh=renewed,
            refresh_expires_at=self._grant_ends(now, new=refresh is not None, former=former),
            extra=former.extra if former else {},
        )

    def _grant_ends(self, now: datetime, *, new: bool, former: Token | None) -> datetime | None:
        if self.refresh_lifetime is None:
            return None
        return now + self.refresh_lifetime if new or former is None else former.refresh_expires_at


_REFUSALS = (400, 401, 402, 403)


def _after(now: datetime, seconds: object) -> datetime | None:
    """`expires_in` as an instant; some vendors write the number as a string."""
    try:
        return now + timedelta(seconds=float(str(seconds)))
    except (ValueError, OverflowError):
        return None
