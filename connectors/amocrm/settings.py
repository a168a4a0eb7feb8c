"""What a user says of one amoCRM (Kommo) account."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import Field, SecretStr, field_validator, model_validator

from collector.plugin import ConnectorSettings

_HOST = re.compile(r"[a-z0-9][a-z0-9-]*\.(amocrm\.(ru|com)|kommo\.com)")
_STAGE = re.compile(r"[0-9]+:[0-9]+")
_EVENT = re.compile(r"(incoming|outgoing)_[a-z_]+")


class AmoSettings(ConnectorSettings):
    """One amoCRM (Kommo) account."""

    account: str = Field(description="The account's host, such as `example.amocrm.ru` or `example.kommo.com`")
    access_token: SecretStr | None = Field(
        default=None, description="Long-lived token: the integration's tab “Keys and scopes”; or else `client_id`"
    )
    client_id: str | None = Field(default=None, description="The integration's id, to sign in by `auth`")
    client_secret: SecretStr | None = Field(default=None, description="The integration's secret key")
    redirect_uri: str | None = Field(default=None, description="The integration's redirect link, letter by letter")

    @model_validator(mode="before")
    @classmethod
    def _addressed(cls, values: Any) -> Any:
        """The account is the address, unless another one is given."""
        if isinstance(values, Mapping) and values.get("base_url") is None and isinstance(values.get("account"), str):
            return {**values, "base_url": f"https://{_host(values['account'])}"}
        return values

    @field_validator("account")
    @classmethod
    def _is_an_account(cls, account: str) -> str:
        host = _host(account)
        if not _HOST.fullmatch(host) or host.startswith("www."):
            raise ValueError(
                f"{account!r:.80} is no account's host; it is such as example.amocrm.ru, not the common www"
            )
        return host

    @field_validator("qualified_stages", "deal_stages", "junk_stages")
    @classmethod
    def _are_stages(cls, stages: list[str] | None) -> list[str] | None:
        for stage in stages or ():
            if not _STAGE.fullmatch(stage):
                raise ValueError(f"{stage!r:.80}: a stage is pipeline:status, such as 7001:70011 (142 won, 143 lost)")
        return stages

    @field_validator("response_counts")
    @classmethod
    def _are_events(cls, kinds: list[str] | None) -> list[str] | None:
        for kind in kinds or ():
            if not _EVENT.fullmatch(kind):
                raise ValueError(f"{kind!r:.80}: an event of contact is meant, such as incoming_call")
        return kinds

    @model_validator(mode="after")
    def _has_one_key(self) -> "AmoSettings":
        of_grant = (self.client_id, self.client_secret, self.redirect_uri)
        if self.access_token is not None:
            if any(each is not None for each in of_grant):
                raise ValueError("access_token: stands alone; with client_id, sign in by `kpi-collector auth` instead")
        elif any(each is None for each in of_grant):
            raise ValueError("access_token: give a long-lived one, or client_id, client_secret and redirect_uri")
        return self


def _host(account: str) -> str:
    """The host in what people copy from the address line."""
    return account.strip().lower().removeprefix("https://").removeprefix("http://").partition("/")[0]
