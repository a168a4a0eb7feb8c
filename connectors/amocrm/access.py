"""How tokens are come by: a consent in the browser, then refresh tokens, each good once."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode, urlsplit

from pydantic import SecretStr

from collector.plugin import BadResponse, CredentialsRefused, Grant, HttpClient, Json, Response, Token
from connectors.amocrm.bodies import whole
from connectors.amocrm.refusals import blocked, is_page, moved, unpaid

UNUSED = timedelta(days=90)
"""A refresh token that nobody uses so long is dead; the engine uses it when half of that is over."""

_PATH = "/oauth2/access_token"
_REFUSALS = (301, 302, 400, 401, 402, 403, 404)


@dataclass(frozen=True)
class AmoGrant(Grant):
    """One integration's access to one account."""

    base_url: str
    account: str
    client_id: str
    client_secret: SecretStr
    redirect_uri: str
    rotates = True

    @property
    def identity(self) -> str:
        """The integration and the account, wherever that has moved."""
        return f"{self.client_id} {self.account}"

    async def obtain(self, http: HttpClient) -> Token:
        """Only a person's consent gives a first token."""
        del http
        raise CredentialsRefused("nobody has given consent yet; run: kpi-collector auth SOURCE")

    async def renew(self, http: HttpClient, token: Token) -> Token:
        """By the refresh token, which is spent by it."""
        if token.refresh is None:
            return await self.obtain(http)
        return await self._ask(http, grant_type="refresh_token", refresh_token=token.refresh.get_secret_value())

    def consent_url(self, *, state: str, redirect_uri: str | None) -> str:
        """The vendor's page; it leads back to the redirect link that the integration has there."""
        del redirect_uri
        vendor = "www.kommo.com" if self.account.endswith("kommo.com") else "www.amocrm.ru"
        return f"https://{vendor}/oauth?{urlencode({'client_id': self.client_id, 'state': state, 'mode': 'popup'})}"

    async def exchange(self, http: HttpClient, answer: Mapping[str, str], *, redirect_uri: str | None) -> Token:
        """By the code, which is good for 20 minutes and once; `referer` is the account that was chosen."""
        del redirect_uri
        chosen = answer.get("referer", self.account)
        if chosen not in (self.account, urlsplit(self.base_url).netloc):
            raise CredentialsRefused(f"the consent is for {chosen}; this source's `account` is {self.account}")
        return await self._ask(http, grant_type="authorization_code", code=answer.get("code", ""))

    async def _ask(self, http: HttpClient, **spent: str) -> Token:
        asked = {
            "client_id": self.client_id,
            "client_secret": self.client_secret.get_secret_value(),
            "redirect_uri": self.redirect_uri,
            **spent,
        }
        answer = await http.request("POST", self.base_url.rstrip("/") + _PATH, json=asked, accept=_REFUSALS)
        return self._read(answer, http.now())

    def _read(self, answer: Response, now: datetime) -> Token:
        if answer.status in (301, 302, 404):
            raise moved(self.account, None)
        if answer.status == 403 and is_page(answer):
            raise blocked(answer.where, self.account)
        if answer.status == 402:
            raise unpaid(answer.where, self.account)
        body: Json = answer.json()
        if answer.status >= 400 or not isinstance(body, dict):
            raise CredentialsRefused(_refused(answer.status, body if isinstance(body, dict) else {}))
        access, refresh = body.get("access_token"), body.get("refresh_token")
        if not (isinstance(access, str) and access and isinstance(refresh, str) and refresh):
            raise BadResponse(expected="an access_token and a refresh_token", where=answer.where, got=sorted(body))
        return Token(
            access=SecretStr(access),
            expires_at=now + timedelta(seconds=whole(body.get("expires_in")) or 0),
            refresh=SecretStr(refresh),
            refresh_expires_at=now + UNUSED,
        )


def _refused(status: int, body: Mapping[str, Json]) -> str:
    """What the token endpoint says, with what to do; its title is in any language."""
    hint = str(body.get("hint") or body.get("title") or "")
    if "revoked" in hint.lower():
        return (
            f"the token endpoint answered {status}: {hint}: the access was taken back, or used by somebody else "
            "(another copy of this store?); run: kpi-collector auth SOURCE"
        )
    if "code" in hint.lower():
        return f"the token endpoint answered {status}: {hint}: a code is good once, for 20 minutes, at its redirect_uri"
    return f"the token endpoint answered {status}: {hint}: see client_id, client_secret and redirect_uri"


def expires_at(token: SecretStr) -> datetime | None:
    """When a long-lived token dies: it says so itself (RFC 7519, 4.1.4), to whoever can read."""
    try:
        claims = token.get_secret_value().split(".")[1]
        told = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        return datetime.fromtimestamp(float(told["exp"]), UTC)
    except (IndexError, KeyError, TypeError, ValueError, OverflowError, OSError):
        return None
