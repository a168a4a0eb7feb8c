"""Acme again, by access tokens that run out and refresh tokens that work once."""

from collections.abc import AsyncIterator

from pydantic import Field, SecretStr

from collector.plugin import Connector, ConnectorSettings, Fact, Grant, OAuth2, RateLimit, Window, stream
from tests.testing.acme.plugin import fact


class Settings(ConnectorSettings):
    """One Acme account."""

    base_url: str = "https://api.acme.example"
    client_id: str = Field(description="Of the integration")
    client_secret: SecretStr = Field(description="Of the integration")
    refresh_token: SecretStr = Field(description="The first one, by consent")


class AcmeOAuth(Connector[Settings]):
    """Visits by day and channel."""

    name = "acme_oauth"
    limits = (RateLimit(5, per="1s"),)

    def grant(self) -> Grant:
        return OAuth2(
            token_url=f"{self.settings.base_url}/token",
            client_id=self.settings.client_id,
            client_secret=self.settings.client_secret,
            refresh_token=self.settings.refresh_token,
            rotates=True,
        )

    @stream(every="1h", restates="3d", provides={"sessions": [(), ("channel",)]})
    async def visits(self, window: Window) -> AsyncIterator[Fact]:
        async for row in self.pages("/v1/visits", rows="visits", since=window.first, until=window.last):
            yield fact(row)
