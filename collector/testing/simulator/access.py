"""Who may ask: keys, passwords, and tokens that run out."""

import base64
import hashlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol

from starlette.requests import Request

Refused = Literal["missing", "unknown", "expired"]
"""Why a request is not let in."""


class Access(Protocol):
    """One way to be known."""

    def refusal(self, request: Request, now: datetime) -> Refused | None:
        """Why this request is not let in; None: it is."""

    @property
    def secrets(self) -> Collection[str]:
        """What must be shown to nobody."""


@dataclass(frozen=True)
class Bearer:
    """`Authorization: Bearer …`, one token for ever."""

    token: str

    def refusal(self, request: Request, now: datetime) -> Refused | None:
        """Whether the token is there, and ours."""
        del now
        return _compared(_after(request.headers.get("authorization"), "Bearer"), self.token)

    @property
    def secrets(self) -> Collection[str]:
        """The token."""
        return (self.token,)


@dataclass(frozen=True)
class QueryKey:
    """`?key=…`."""

    name: str
    key: str

    def refusal(self, request: Request, now: datetime) -> Refused | None:
        """Whether the key is there, and ours."""
        del now
        return _compared(request.query_params.get(self.name), self.key)

    @property
    def secrets(self) -> Collection[str]:
        """The key."""
        return (self.key,)


@dataclass(frozen=True)
class HeaderKey:
    """A key in a header of the vendor's own; `scheme` is a word before it."""

    name: str
    key: str
    scheme: str = ""

    def refusal(self, request: Request, now: datetime) -> Refused | None:
        """Whether the key is there, and ours."""
        del now
        told = request.headers.get(self.name)
        return _compared(_after(told, self.scheme) if self.scheme else told, self.key)

    @property
    def secrets(self) -> Collection[str]:
        """The key."""
        return (self.key,)


@dataclass(frozen=True)
class Basic:
    """`Authorization: Basic …` (RFC 7617)."""

    user: str
    password: str

    def refusal(self, request: Request, now: datetime) -> Refused | None:
        """Whether user and password are there, and ours."""
        del now
        return _compared(_after(request.headers.get("authorization"), "Basic"), self._pair)

    @property
    def secrets(self) -> Collection[str]:
        """The password, also as it is sent."""
        return (self.password, self._pair)

    @property
    def _pair(self) -> str:
        return base64.b64encode(f"{self.user}:{self.password}".encode()).decode()


@dataclass
class Tokens:
    """An OAuth 2.0 token endpoint (RFC 6749), and access by the bearer tokens that it gives out.

    `single_use`: a refresh token is spent by a renewal, and comes with a new one.
    """

    client_id: str
    client_secret: str
    refresh_token: str | None = None
    """The first one, which a person's consent gave; None: client credentials."""
    lifetime: timedelta = timedelta(hours=1)
    single_use: bool = False
    issued: dict[str, datetime] = field(default_factory=dict)
    """Access tokens, with the end of each."""
    spent: list[str] = field(default_factory=list)
    """Refresh tokens that were used, in order; one that stands here twice was replayed."""
    _refreshes: set[str] = field(default_factory=set)
    _known: set[str] = field(default_factory=set)
    _number: int = 0

    def __post_init__(self) -> None:
        self._known.add(self.client_secret)
        if self.refresh_token is not None:
            self._refreshes.add(self.refresh_token)
            self._known.add(self.refresh_token)

    def answer(self, asked: Mapping[str, str], now: datetime) -> tuple[int, dict[str, object]]:
        """The endpoint's status and body for the fields of a request (5.1, 5.2)."""
        if asked.get("client_id") != self.client_id or asked.get("client_secret") != self.client_secret:
            return 401, {"error": "invalid_client"}
        match asked.get("grant_type"):
            case "client_credentials" if self.refresh_token is None:
                return 200, self._issue(now, refresh=None)
            case "refresh_token":
                return self._renewed(asked.get("refresh_token", ""), now)
        return 400, {"error": "unsupported_grant_type"}

    def refusal(self, request: Request, now: datetime) -> Refused | None:
        """Whether the bearer token is there, given out by us, and not over."""
        token = _after(request.headers.get("authorization"), "Bearer")
        if token is None:
            return "missing"
        if token not in self.issued:
            return "unknown"
        return "expired" if self.issued[token] <= now else None

    def expire(self) -> None:
        """All access tokens are over at once."""
        self.issued = dict.fromkeys(self.issued, datetime.min.replace(tzinfo=UTC))

    @property
    def secrets(self) -> Collection[str]:
        """All that was ever given out, and what it was asked by."""
        return frozenset(self._known)

    def _renewed(self, refresh: str, now: datetime) -> tuple[int, dict[str, object]]:
        self.spent.append(refresh)
        if refresh not in self._refreshes:
            return 400, {"error": "invalid_grant"}
        if self.single_use:
            self._refreshes.discard(refresh)
        return 200, self._issue(now, refresh=self._made("refresh") if self.single_use else refresh)

    def _issue(self, now: datetime, refresh: str | None) -> dict[str, object]:
        access = self._made("access")
        self.issued[access] = now + self.lifetime
        body: dict[str, object] = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": int(self.lifetime.total_seconds()),
        }
        if refresh is not None:
            self._refreshes.add(refresh)
            body["refresh_token"] = refresh
        return body

    def _made(self, kind: str) -> str:
        self._number += 1
        seed = f"{self.client_secret}/{kind}/{self._number}"
        made = f"{kind}-{hashlib.sha256(seed.encode()).hexdigest()[:32]}"
        self._known.add(made)
        return made


def _after(told: str | None, scheme: str) -> str | None:
    """What stands after the word that an authorization begins with."""
    if told is None:
        return None
    word, _, rest = told.partition(" ")
    return rest if word.lower() == scheme.lower() else None


def _compared(told: str | None, known: str) -> Refused | None:
    if not told:
        return "missing"
    return None if secrets.compare_digest(told.encode(), known.encode()) else "unknown"
