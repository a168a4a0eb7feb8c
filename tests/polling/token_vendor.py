"""A vendor as amoCRM is one: each refresh token counts once, and tells so when it is used again.

`Vendor` is what it knows, `Reached` an HTTP client that asks it without a network.
"""

import asyncio
import json
import secrets
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr

from collector.clock import Clock, FixedClock
from collector.plugin import OAuth2, Response, TemporaryFailure, Token
from collector.plugin.client import Json, Query

TOKEN_URL = "https://acme.example/oauth2/access_token"


class Vendor:
    """Its tokens; `spends` counts how often each refresh token was presented."""

    def __init__(self, *, lifetime: float = 86_400) -> None:
        self.lifetime = lifetime
        self.spends: Counter[str] = Counter()
        self.current: str | None = None
        self.access: str | None = None
        self.codes: set[str] = set()
        self.last_spender: str | None = None
        self.revoked: list[str] = []
        self.is_down = False
        self.given_again: dict[str, Any] | None = None

    def first(self) -> str:
        """A first refresh token, as a person would copy it."""
        self.current = secrets.token_hex(20)
        return self.current

    def code(self) -> str:
        """A code, as the redirect brings it."""
        code = secrets.token_hex(10)
        self.codes.add(code)
        return code

    @property
    def used_again(self) -> int:
        """How often a token was presented that was used up."""
        return sum(count - 1 for count in self.spends.values())

    def answer(self, asked: Mapping[str, Any], *, spender: str = "") -> tuple[int, dict[str, Any]]:
        """What the token endpoint says."""
        if self.given_again is not None:
            return 200, self.given_again
        if asked["grant_type"] == "authorization_code":
            if asked["code"] not in self.codes:
                return 400, {"error": "invalid_grant", "hint": "Authorization code has expired"}
            self.codes.discard(asked["code"])
            return 200, self._pair()
        if asked["grant_type"] == "client_credentials":
            return 200, {"access_token": self._pair()["access_token"], "expires_in": self.lifetime}
        presented = asked["refresh_token"]
        self.spends[presented] += 1
        if presented != self.current:
            # it repeats what it was sent, as some do: it must be seen nowhere
            return 401, {"hint": "Token has been revoked", "title": f"Unauthorized {presented}", "status": 401}
        self.last_spender = spender
        return 200, self._pair()

    def _pair(self) -> dict[str, Any]:
        self.current, self.access = secrets.token_hex(20), secrets.token_hex(20)
        return {"access_token": self.access, "refresh_token": self.current, "expires_in": self.lifetime}


class Reached:
    """The vendor's client in one process; a test stops it before or after the vendor has answered."""

    def __init__(self, vendor: Vendor, clock: Clock) -> None:
        self.vendor = vendor
        self.clock = clock
        self.before = asyncio.Event()
        self.after = asyncio.Event()
        self.asked = asyncio.Event()
        self.answered = asyncio.Event()
        self.before.set()
        self.after.set()
        self.fails: Exception | None = None
        self.loses_answer = False
        self.requests = 0

    @classmethod
    def repeating(cls, token: Token) -> "Reached":
        """One that answers with a token that it gave before."""
        vendor = Vendor()
        access, refresh = token.access.get_secret_value(), token.refresh
        given = {"access_token": access, "refresh_token": refresh.get_secret_value() if refresh else None}
        vendor.given_again = {**given, "expires_in": 9999}
        return cls(vendor, FixedClock(datetime(2026, 11, 20, 10, tzinfo=UTC)))

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Query | None = None,
        headers: Mapping[str, str] | None = None,
        json: Json = None,
        form: Mapping[str, str] | None = None,
        cost: Mapping[str, float] | None = None,
        accept: Collection[int] = (),
    ) -> Response:
        self.requests += 1
        self.asked.set()
        await self.before.wait()
        if self.fails is not None:
            raise self.fails
        status, body = self.vendor.answer(json or form or {})
        self.answered.set()
        await self.after.wait()
        if self.loses_answer:
            raise TemporaryFailure("ReadTimeout")
        return response(status, body)

    async def get_json(self, path: str, **_: Any) -> Json:
        return (await self.request("GET", path)).json()

    async def post_json(self, path: str, *, json: Json = None, **_: Any) -> Json:
        return (await self.request("POST", path, json=json)).json()

    async def get_bytes(self, path: str, **_: Any) -> bytes:
        return (await self.request("GET", path)).body

    def now(self) -> datetime:
        return self.clock.now()


def response(status: int, body: Json) -> Response:
    return Response(status, {}, json.dumps(body).encode(), "POST acme.example/oauth2/access_token")


def grant(refresh: str | None, *, url: str = TOKEN_URL, **more: Any) -> OAuth2:
    """How one comes by its tokens, with a first refresh token from the configuration."""
    given: dict[str, Any] = {
        "client_id": "id",
        "client_secret": SecretStr("client-c4n4ry"),
        "authorize_url": "https://acme.example/oauth",
        "redirect_uri": "https://me.example/back",
        "refresh_token": None if refresh is None else SecretStr(refresh),
        "style": "json",
        "rotates": True,
        "refresh_lifetime": timedelta(days=90),
    }
    return OAuth2(token_url=url, **(given | more))
