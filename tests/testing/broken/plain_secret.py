"""Its key is a plain text: repr and messages would show it."""

from pydantic import Field

from collector.plugin import Connector, ConnectorSettings, Request, Token
from tests.testing.acme.plugin import Acme


class Settings(ConnectorSettings):
    """One Acme account."""

    base_url: str = "https://api.acme.example"
    token: str = Field(description="Read-only key: Acme → Settings → API")


class Broken(Acme, Connector[Settings]):
    """As Acme."""

    settings: Settings  # type: ignore[assignment]

    def authorize(self, request: Request, token: Token | None) -> None:
        request.params["key"] = self.settings.token
