"""What a user says of a cabinet in VK Ads."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, field_validator

from collector.plugin import ConnectorSettings, Duration, parse_duration

LONGEST = timedelta(days=365)
"""Statistics are of the last 366 days, today among them."""


def _reach(value: object) -> object:
    return value if value == "all" or not isinstance(value, str) else parse_duration(value)


class VkAdsSettings(ConnectorSettings):
    """One cabinet."""

    base_url: str = Field(default="https://ads.vk.com", description="Where VK Ads' API answers")
    client_id: str = Field(description="From the cabinet: Settings → API access")
    client_secret: SecretStr = Field(description="From the same place")
    token_url: str = Field(
        default="https://ads.vk.com/api/v2/oauth2/token.json", description="Where VK Ads gives out tokens"
    )
    backfill: Annotated[Duration | Literal["all"] | None, BeforeValidator(_reach)] = Field(
        default=LONGEST, description="How much history to read; VK Ads tells a year's"
    )

    @field_validator("backfill")
    @classmethod
    def _in_reach(cls, backfill: object) -> object:
        if backfill in ("all", None):
            return LONGEST
        if isinstance(backfill, timedelta) and backfill > LONGEST:
            raise ValueError(
                f"VK Ads tells nothing of days before the last {LONGEST.days}; write {LONGEST.days}d or less"
            )
        return backfill
