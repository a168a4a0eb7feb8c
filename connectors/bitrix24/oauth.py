"""The grant of a local application: consent at the portal, tokens from the vendor's own server.

As RFC 6749, but for three things: the redirect is the application's own and never sent,
tokens are asked for by GET, and a lapsed licence is told like a refused credential.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from pydantic import SecretStr

from collector.plugin import BadResponse, Forbidden, Grant, HttpClient, Json, OAuth2, Token
from connectors.bitrix24.settings import Bitrix24Settings

REFRESH_LIVES = timedelta(days=180)


@dataclass(frozen=True)
class PortalGrant(OAuth2):
    """Access to one portal."""

    def consent_url(self, *, state: str, redirect_uri: str | None) -> str | None:
        """The portal's page for consent; it leads back to where the application's settings say."""
        del redirect_uri
        return f"{self.authorize_url}?{urlencode({'client_id': self.client_id, 'state': state})}"

    async def exchange(self, http: HttpClient, answer: Mapping[str, str], *, redirect_uri: str | None) -> Token:
        """By the code, which is good for 30 seconds; the token endpoint knows no redirect."""
        del redirect_uri
        told = answer.get("domain")
        if told is not None and self.account and told.lower() != self.account.lower():
            raise BadResponse(expected=f"consent at {self.account}", where="auth", got=told)
        return await super().exchange(http, answer, redirect_uri=None)

    def _read(self, status: int, body: Json, now: datetime, former: Token | None) -> Token:
        if isinstance(body, dict) and str(body.get("error", "")).upper() == "PAYMENT_REQUIRED":
            raise Forbidden(
                "the portal's plan or licence has lapsed: REST is for paid plans; renew it, then poll again"
            )
        return super()._read(status, body, now, former)


def grant(settings: Bitrix24Settings) -> Grant | None:
    """The application's; a webhook needs none."""
    if settings.webhook_url is not None:
        return None
    return PortalGrant(
        token_url=f"{settings.oauth_url.rstrip('/')}/oauth/token/",
        client_id=settings.client_id or "",
        client_secret=settings.client_secret or SecretStr(""),
        authorize_url=f"{(settings.base_url or '').rstrip('/')}/oauth/authorize/",
        style="query",
        rotates=True,
        refresh_lifetime=REFRESH_LIVES,
        account=settings.portal or "",
    )
