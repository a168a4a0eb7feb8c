"""What a user says of one YouTube channel."""

import re

from pydantic import Field, SecretStr, field_validator, model_validator

from collector.plugin import ConnectorSettings

TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
_ID = re.compile(r"UC[A-Za-z0-9_-]{20,22}")


class YouTubeSettings(ConnectorSettings):
    """One channel, by an API key or signed in as its owner or manager."""

    base_url: str = Field(default="https://youtube.googleapis.com", description="Address of the Data API")
    analytics_url: str = Field(
        default="https://youtubeanalytics.googleapis.com", description="Address of the Analytics API"
    )
    token_url: str = Field(default=TOKEN_URL, description="Where access tokens are given out")
    channel_id: str = Field(description="The channel's id, `UC…` (YouTube → Settings → Advanced settings)")
    api_key: SecretStr | None = Field(default=None, description="API key: what everybody may see of the channel")
    client_id: str | None = Field(default=None, description="OAuth client, to read as the owner: statistics by day")
    client_secret: SecretStr | None = Field(default=None, description="The client's secret")
    refresh_token: SecretStr | None = Field(
        default=None, description="The owner's refresh token; without it, sign in by `auth`"
    )

    @field_validator("channel_id")
    @classmethod
    def _an_id(cls, told: str) -> str:
        found = told.strip().rstrip("/").rpartition("/")[2]
        if not _ID.fullmatch(found):
            raise ValueError("a channel's id begins with UC and has 24 characters; a name (@…) is none")
        return found

    @model_validator(mode="after")
    def _one_way(self) -> "YouTubeSettings":
        client = (self.client_id, self.client_secret)
        if self.api_key is not None and (any(client) or self.refresh_token is not None):
            raise ValueError("api_key: give it, or client_id and client_secret; signed in, nothing needs a key")
        if self.api_key is None and not all(client):
            raise ValueError("api_key: give it, or client_id and client_secret for statistics by day")
        return self

    @property
    def signs_in(self) -> bool:
        """Whether it reads as the channel's owner."""
        return self.api_key is None
