"""Tokens: five may live for a client, a renewal takes the place of what it renews."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from collector.testing.simulator import Refused

MOST = 5
LIFETIME = timedelta(hours=24)
_LIMIT = "Active access token limit reached. Please contact support and provide your client id in the message."


@dataclass
class Tokens:
    """What was given out to one client."""

    client_id: str
    client_secret: str
    live: dict[str, datetime] = field(default_factory=dict)
    """Access tokens, with the end of each; those that are over stay until they are counted."""
    over: set[str] = field(default_factory=set)
    spent: list[str] = field(default_factory=list)
    """Refresh tokens that were used, in order."""
    given: int = 0
    """How many tokens were asked for by client credentials."""
    _refreshes: dict[str, str] = field(default_factory=dict)
    _known: set[str] = field(default_factory=set)
    _number: int = 0

    def refusal(self, request: Request, now: datetime) -> Refused | None:
        """Whether the bearer token is there, given out by us, and not over."""
        word, _, token = request.headers.get("authorization", "").partition(" ")
        if word.lower() != "bearer" or not token:
            return "missing"
        if token in self.over or (token in self.live and self.live[token] <= now):
            return "expired"
        return None if token in self.live else "unknown"

    @property
    def secrets(self) -> Collection[str]:
        """All that was ever given out, and what it was asked by."""
        return frozenset({*self._known, self.client_secret})

    def answer(self, asked: Mapping[str, str], now: datetime) -> Response:
        """The token endpoint's answer."""
        if (asked.get("client_id"), asked.get("client_secret")) != (self.client_id, self.client_secret):
            return _error(401, "invalid_client", "Invalid client credentials")
        for token in [token for token, end in self.live.items() if end <= now]:
            self._end(token)
        match asked.get("grant_type"):
            case "client_credentials":
                if len(self.live) >= MOST:
                    return _error(403, "token_limit_exceeded", _LIMIT)
                self.given += 1
                return self._issue(now)
            case "refresh_token":
                refresh = asked.get("refresh_token", "")
                self.spent.append(refresh)
                former = self._refreshes.pop(refresh, None)
                if former is None:
                    return _error(401, "invalid_token", "Refresh token is not known")
                self._end(former)
                return self._issue(now)
        return _error(400, "unsupported_grant_type", "The grant type is not supported")

    def delete(self, asked: Mapping[str, str]) -> Response:
        """All of the client's tokens are over."""
        if (asked.get("client_id"), asked.get("client_secret")) != (self.client_id, self.client_secret):
            return _error(401, "invalid_client", "Invalid client credentials")
        for token in list(self.live):
            self._end(token)
        self._refreshes.clear()
        return Response(status_code=204)

    def expire(self) -> None:
        """All access tokens are over at once; they can be renewed."""
        for token in list(self.live):
            self._end(token)

    def _end(self, token: str) -> None:
        self.live.pop(token, None)
        self.over.add(token)

    def _issue(self, now: datetime) -> Response:
        access, refresh = self._made("access"), self._made("refresh")
        self.live[access] = now + LIFETIME
        self._refreshes[refresh] = access
        return JSONResponse(
            {
                "access_token": access,
                "token_type": "Bearer",
                "expires_in": int(LIFETIME.total_seconds()),
                "refresh_token": refresh,
                "tokens_left": MOST - len(self.live),
            }
        )

    def _made(self, kind: str) -> str:
        self._number += 1
        seed = f"{self.client_secret}/{kind}/{self._number}"
        made = hashlib.sha256(seed.encode()).hexdigest()[:40]
        self._known.add(made)
        return made


def _error(status: int, error: str, words: str) -> Response:
    return JSONResponse({"error": error, "error_description": words}, status_code=status)
