"""Who may ask: an API key for what everybody may see, an access token for what the owner may."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request

from collector.testing.simulator import Refused

SCOPES = "https://www.googleapis.com/auth/youtube.readonly https://www.googleapis.com/auth/yt-analytics.readonly"
LIFETIME = timedelta(seconds=3599)


@dataclass
class GoogleAccess:
    """Keys by project, and one person's consent."""

    key: str
    client_id: str
    client_secret: str
    refresh_token: str
    issued: dict[str, datetime] = field(default_factory=dict)
    revoked: bool = False
    by_key: bool = False
    """Whether whoever was refused last had a key."""

    def refusal(self, request: Request, now: datetime) -> Refused | None:
        """Whether the key or the bearer is ours."""
        token = bearer(request)
        if token is not None:
            if token not in self.issued:
                return "unknown"
            return "expired" if self.issued[token] <= now else None
        told = key_of(request)
        self.by_key = told not in (None, self.key)
        return "missing" if told is None else None if told == self.key else "unknown"

    @property
    def secrets(self) -> Collection[str]:
        """Keys and tokens."""
        return (self.key, self.client_secret, self.refresh_token, *self.issued)

    def answer(self, asked: Mapping[str, str], now: datetime) -> tuple[int, dict[str, Any]]:
        """The token endpoint's status and body."""
        if asked.get("client_id") != self.client_id or asked.get("client_secret") != self.client_secret:
            return 401, {"error": "invalid_client", "error_description": "The OAuth client was not found."}
        if asked.get("grant_type") != "refresh_token":
            return 400, {"error": "unsupported_grant_type", "error_description": "Invalid grant_type"}
        if self.revoked or asked.get("refresh_token") != self.refresh_token:
            return 400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
        token = f"ya29.{hashlib.sha256(f'{self.client_secret}/{len(self.issued)}'.encode()).hexdigest()}"
        self.issued[token] = now + LIFETIME
        lives = int(LIFETIME.total_seconds())
        return 200, {"access_token": token, "expires_in": lives, "scope": SCOPES, "token_type": "Bearer"}

    def expire(self) -> None:
        """All access tokens are over at once."""
        self.issued = dict.fromkeys(self.issued, datetime.min.replace(tzinfo=UTC))


def bearer(request: Request) -> str | None:
    """The access token in the header."""
    word, _, token = request.headers.get("authorization", "").partition(" ")
    return token if word.lower() == "bearer" and token else None


def key_of(request: Request) -> str | None:
    """The API key, as a parameter or a header."""
    return request.query_params.get("key") or request.headers.get("x-goog-api-key")
