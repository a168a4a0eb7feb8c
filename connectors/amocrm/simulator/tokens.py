"""Who may ask: a long-lived token, and OAuth tokens whose refresh tokens work once."""

import base64
import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from collector.testing.simulator import Refused
from connectors.amocrm.simulator import account, answers

LIFETIME = timedelta(hours=24)
CODE_LIFETIME = timedelta(minutes=20)
LONG = timedelta(days=365)
UNUSED = timedelta(days=90)


@dataclass
class Tokens:
    """All that opens the account; `long_lived` is made by an administrator, and has no refresh token."""

    client_id: str
    client_secret: str
    redirect_uri: str
    began: datetime
    is_kommo: bool = False
    issued: dict[str, datetime] = field(default_factory=dict)
    """Access tokens, with the end of each."""
    spent: list[str] = field(default_factory=list)
    """Refresh tokens that were sent here, in order; one that stands here twice was replayed."""
    _codes: dict[str, datetime] = field(default_factory=dict)
    _refreshes: dict[str, datetime] = field(default_factory=dict)
    _known: set[str] = field(default_factory=set)
    _number: int = 0

    def __post_init__(self) -> None:
        self._known.add(self.client_secret)
        self.long_lived = self._access(self.began, self.began + LONG)

    # ── at the door ──────────────────────────────────────────────────────────────────

    def refusal(self, request: Request, now: datetime) -> Refused | None:
        """Whether a bearer token of ours is there, and not over."""
        word, _, token = request.headers.get("authorization", "").partition(" ")
        if word.lower() != "bearer" or not token:
            return "missing"
        if token not in self.issued:
            return "unknown"
        return "expired" if self.issued[token] <= now else None

    @property
    def secrets(self) -> Collection[str]:
        """All that was ever given out, and what it was asked by."""
        return frozenset(self._known)

    def revoke(self) -> None:
        """The integration is removed: no token works any more."""
        self.issued.clear()
        self._refreshes.clear()
        self._codes.clear()

    def expire(self) -> None:
        """All access tokens that have refresh tokens are over at once."""
        self.issued = {token: self.began if token != self.long_lived else end for token, end in self.issued.items()}

    # ── the token endpoint ───────────────────────────────────────────────────────────

    def code(self, now: datetime) -> str:
        """What a person's consent gives: it works once, and for twenty minutes."""
        made = self._made("code")
        self._codes[made] = now + CODE_LIFETIME
        return made

    def pair(self, now: datetime) -> dict[str, object]:
        """An access token and its refresh token, as the endpoint answers them."""
        refresh = "def50200" + self._made("refresh")
        self._known.add(refresh)
        self._refreshes[refresh] = now + UNUSED
        more: dict[str, object] = {"server_time": int(now.timestamp())} if self.is_kommo else {}
        access = self._access(now, now + LIFETIME)
        expires_in = int(LIFETIME.total_seconds())
        return {"token_type": "Bearer", "expires_in": expires_in, **more} | {
            "access_token": access,
            "refresh_token": refresh,
        }

    def answer(self, asked: Mapping[str, object], now: datetime) -> Response:
        """What the endpoint says to the fields of a request."""
        if asked.get("client_id") != self.client_id or asked.get("client_secret") != self.client_secret:
            return answers.oauth_client()
        if asked.get("redirect_uri") != self.redirect_uri:
            return answers.oauth_hint(400, "Redirect URI does not match")
        match asked.get("grant_type"):
            case "authorization_code":
                if self._codes.pop(str(asked.get("code")), now) <= now:
                    return answers.oauth_hint(400, "Cannot decrypt the authorization code")
                return JSONResponse(self.pair(now))
            case "refresh_token":
                refresh = str(asked.get("refresh_token"))
                self.spent.append(refresh)
                if self._refreshes.pop(refresh, now) <= now:
                    return answers.oauth_hint(401, "Token has been revoked")
                return JSONResponse(self.pair(now))
        return answers.oauth_hint(400, "Check the `grant_type` parameter")

    def knows_refresh(self, token: str | None) -> bool:
        """Whether it is a refresh token that works."""
        return token in self._refreshes

    # ── making them ──────────────────────────────────────────────────────────────────

    def _access(self, now: datetime, end: datetime) -> str:
        claims = {
            "aud": self.client_id,
            "jti": self._made("jti"),
            "iat": int(now.timestamp()),
            "nbf": int(now.timestamp()),
            "exp": int(end.timestamp()),
            "sub": "11",
            "grant_type": "",
            "account_id": account.ID,
            "base_domain": account.HOST.partition(".")[2],
            "version": 2,
            "scopes": ["crm"],
            "api_domain": account.HOST,
        }
        head, body = _part({"typ": "JWT", "alg": "RS256"}), _part(claims)
        made = f"{head}.{body}.{self._made('signature')}"
        self._known.add(made)
        self.issued[made] = end
        return made

    def _made(self, kind: str) -> str:
        self._number += 1
        made = hashlib.sha256(f"{self.client_secret}/{kind}/{self._number}".encode()).hexdigest()
        if kind != "jti":
            self._known.add(made)
        return made


def _part(body: Mapping[str, object]) -> str:
    text = json.dumps(body, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")
