"""The vendor's authorization server: codes that live half a minute, tokens, refresh tokens that work once."""

import hashlib
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.bitrix24.simulator.refusals import refused

CODE_LIVES = timedelta(seconds=30)
TOKEN_LIVES = timedelta(hours=1)
REFRESH_LIVES = timedelta(days=180)
_MEMBER = "a223c6b3710f85df22e9377d6c4f7553"


class App:
    """A local application of the portal, and all that was given out to it."""

    def __init__(self, client_id: str, client_secret: str) -> None:
        self.client_id, self.client_secret = client_id, client_secret
        self.redirect_uri = "http://127.0.0.1:9842/callback"
        self.status = "L"
        self.spent: list[str] = []
        """Refresh tokens that were used, in order; one that stands here twice was replayed."""
        self.is_paid = True
        self._ends: dict[str, datetime] = {}
        self._known = [client_secret]
        self._number = 0

    @property
    def secrets(self) -> Collection[str]:
        """All that must be shown to nobody."""
        return tuple(self._known)

    def code(self, now: datetime) -> str:
        """A code as the browser brings it back."""
        return self._made("code", now + CODE_LIVES)

    def refresh_token(self, now: datetime) -> str:
        """One as a person's consent gave it."""
        return self._made("refresh", now + REFRESH_LIVES)

    def expire(self) -> None:
        """All access tokens are over at once."""
        for token in self._ends:
            if token.startswith("access"):
                self._ends[token] = datetime.min.replace(tzinfo=UTC)

    def check(self, token: str, now: datetime) -> None:
        """Whether an access token is good.

        Raises:
            Refusal: it is over, or none of ours.
        """
        if not token.startswith("access") or token not in self._ends:
            raise refused("NO_AUTH_FOUND")
        if self._ends[token] <= now:
            raise refused("expired_token")

    def answer(self, asked: Mapping[str, str], now: datetime, portal: str, scopes: Collection[str]) -> dict[str, Any]:
        """What the token endpoint gives out.

        Raises:
            Refusal: it gives nothing.
        """
        if asked.get("client_id") != self.client_id or asked.get("client_secret") != self.client_secret:
            raise refused("invalid_client")
        if not self.is_paid:
            raise refused("PAYMENT_REQUIRED")
        match asked.get("grant_type"):
            case "authorization_code":
                self._spend(asked.get("code", ""), "code", now)
            case "refresh_token":
                self.spent.append(asked.get("refresh_token", ""))
                self._spend(asked.get("refresh_token", ""), "refresh", now)
            case _:
                raise refused("invalid_request")
        return self._issued(now, portal, scopes)

    def _spend(self, token: str, kind: str, now: datetime) -> None:
        end = self._ends.pop(token, None) if token.startswith(kind) else None
        if end is None or end <= now:
            raise refused("invalid_grant")

    def _issued(self, now: datetime, portal: str, scopes: Collection[str]) -> dict[str, Any]:
        return {
            "access_token": self._made("access", now + TOKEN_LIVES),
            "client_endpoint": f"{portal}/rest/",
            "domain": "oauth.bitrix.info",
            "expires": int((now + TOKEN_LIVES).timestamp()),
            "expires_in": int(TOKEN_LIVES.total_seconds()),
            "member_id": _MEMBER,
            "refresh_token": self.refresh_token(now),
            "scope": ",".join(sorted(scopes)),
            "server_endpoint": "https://oauth.bitrix.info/rest/",
            "status": self.status,
            "user_id": 1,
        }

    def come_back(self, state: str, now: datetime, domain: str, scopes: Collection[str]) -> dict[str, str]:
        """What the browser brings to the application's address."""
        told = {"code": self.code(now), "state": state, "domain": domain, "member_id": _MEMBER}
        return told | {"scope": ",".join(sorted(scopes)), "server_domain": "oauth.bitrix.info"}

    def _made(self, kind: str, end: datetime) -> str:
        self._number += 1
        digest = hashlib.sha256(f"{self.client_secret}/{kind}/{self._number}".encode()).hexdigest()
        token = f"{kind}-{digest[:40]}"
        self._ends[token] = end
        self._known.append(token)
        return token
