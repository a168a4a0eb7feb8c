"""What a user writes for a source of Broadsheet."""

from collector.plugin import ConnectorSettings
from pydantic import Field, SecretStr


class Settings(ConnectorSettings):
    """One Broadsheet account."""

    base_url: str = Field(default="https://api.broadsheet.example", description="Where the vendor answers")
    token: SecretStr = Field(description="Read-only key: Broadsheet → Settings → API")
