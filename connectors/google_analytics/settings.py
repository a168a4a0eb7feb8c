"""What a user says of one GA4 property."""

import json
import re
from typing import Any, Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from collector.plugin import ConnectorSettings

TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
AdSystem = Literal["google_ads", "yandex_direct", "vk_ads"]

_PROPERTY = re.compile(r"[0-9]{1,20}")
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]*(:[^\s]+)?")


class GoogleAnalyticsSettings(ConnectorSettings):
    """One GA4 property."""

    base_url: str = Field(default="https://analyticsdata.googleapis.com", description="Address of the Data API")
    token_url: str = Field(default=TOKEN_URL, description="Where access tokens are given out")
    property_id: str = Field(description="The property's number (Admin → Property details), not the `G-…` of a stream")
    credentials_file: str | None = Field(
        default=None, description="JSON file of a service account, or of an authorized user"
    )
    credentials: SecretStr | None = Field(default=None, description="The same JSON, written here")
    client_id: str | None = Field(default=None, description="OAuth client, to read as a person")
    client_secret: SecretStr | None = Field(default=None, description="The client's secret")
    refresh_token: SecretStr | None = Field(
        default=None, description="The person's refresh token; without it, sign in by `auth`"
    )
    ecommerce: bool = Field(default=True, description="Read purchases and their revenue")
    key_events: bool = Field(default=True, description="Break key events down by their names")
    metrics: dict[str, str] = Field(
        default={}, description="Measure → the property's metric, such as customEvent:demos"
    )
    ad_cost: list[AdSystem] = Field(default=[], description="Ad systems whose cost GA4 knows and nobody else tells")

    @field_validator("property_id")
    @classmethod
    def _is_a_number(cls, told: str) -> str:
        found = told.strip().removeprefix("properties/")
        if found.upper().startswith(("G-", "UA-")):
            raise ValueError(
                f"{told!r:.40} is a measurement id; the property's number stands under Admin → Property details"
            )
        if not _PROPERTY.fullmatch(found):
            raise ValueError(f"{told!r:.40} is no property; write its number, such as 123456789")
        return found

    @field_validator("credentials", mode="before")
    @classmethod
    def _as_text(cls, told: Any) -> Any:
        """JSON is YAML: whoever pastes it without quotes has written a mapping."""
        return json.dumps(told) if isinstance(told, dict) else told

    @field_validator("metrics", "dimensions")
    @classmethod
    def _are_fields(cls, told: dict[str, str]) -> dict[str, str]:
        for name, found in told.items():
            if not _FIELD.fullmatch(found):
                raise ValueError(f"{name}: {found!r:.60} is no field of GA4; it is such as customEvent:plan")
        return told

    @model_validator(mode="after")
    def _has_one_access(self) -> "GoogleAnalyticsSettings":
        of_person = (self.client_id, self.client_secret, self.refresh_token)
        ways = (self.credentials_file, self.credentials, *of_person[:1])
        if sum(each is not None for each in ways) != 1 or (self.client_id is None and any(of_person)):
            raise ValueError("credentials_file: give it, or credentials, or client_id with client_secret: one of them")
        if self.client_id is not None and self.client_secret is None:
            raise ValueError("client_secret: belongs to client_id")
        return self
