"""What a user says of an advertiser in Yandex Direct."""

from datetime import timedelta

from pydantic import Field, SecretStr, field_validator

from collector.plugin import ConnectorSettings

LONGEST = timedelta(days=1095)
"""Statistics reach back three years."""


class YandexDirectSettings(ConnectorSettings):
    """One advertiser: an account of its own, or a client of an agency."""

    base_url: str = Field(default="https://api.direct.yandex.com", description="Where Yandex Direct's API answers")
    access_token: SecretStr = Field(description="OAuth token with the right direct:api")
    client_login: str | None = Field(default=None, description="Of an agency: the client whose campaigns are read")
    include_vat: bool = Field(default=True, description="Whether money is asked for with VAT")

    @field_validator("client_login")
    @classmethod
    def _a_login(cls, login: str | None) -> str | None:
        if login is not None and not login.strip().isascii():
            raise ValueError("is no login: it is the part before @yandex.ru, such as shop-direct")
        return None if login is None else login.strip() or None

    @field_validator("backfill")
    @classmethod
    def _in_reach(cls, backfill: object) -> object:
        if isinstance(backfill, timedelta) and backfill > LONGEST:
            raise ValueError(f"Direct's statistics reach back three years; write {LONGEST.days}d or less")
        return backfill
