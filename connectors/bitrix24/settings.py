"""The settings of one portal, and what its webhook's address is made of.

Two ways in: `webhook_url`, which is a secret as a whole, or `portal`, `client_id` and
`client_secret` of a local application, to which a person consents by `kpi-collector auth`.
"""

import re
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, model_validator

from collector.plugin import ConnectorSettings

_WEBHOOK = re.compile(r"(?P<base>https?://[^/\s]+(?:/[^\s?#]*?)?)/rest/(?P<user>\d+)/(?P<code>[^/\s?#]+)(?:/[\w.]*)?/?")
_LOOK = "https://NAME.bitrix24.ru/rest/1/CODE/"
INCOMING_CALLS = "incoming_calls"
CLICK_IDS = (
    "yclid", "ymclid", "gclid", "gbraid", "wbraid", "dclid", "msclkid", "rb_clickid", "fbclid", "ttclid", "twclid",
)  # fmt: skip


class Webhook(NamedTuple):
    """What an incoming webhook's address holds."""

    base: str
    user: str
    code: str


def webhook_of(url: str) -> Webhook | None:
    """The parts of a webhook's address, also of one with a method behind it; None: it is none."""
    found = _WEBHOOK.fullmatch(url.strip())
    return None if found is None else Webhook(found["base"], found["user"], found["code"])


def _host(value: object) -> object:
    """People paste a portal as it stands in the browser."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    return (urlsplit(text).netloc if "://" in text else text.split("/")[0]).lower()


class Bitrix24Settings(ConnectorSettings):
    """One portal."""

    webhook_url: SecretStr | None = Field(
        default=None, description=f"Incoming webhook, such as {_LOOK}; the whole address is a secret"
    )
    portal: Annotated[str | None, BeforeValidator(_host)] = Field(
        default=None, description="Without a webhook: the portal's host, such as name.bitrix24.ru"
    )
    client_id: str | None = Field(default=None, description="Of the local application")
    client_secret: SecretStr | None = Field(default=None, description="Of the local application")
    oauth_url: str = Field(
        default="https://oauth.bitrix.info", description="Where applications get their tokens, cloud and self-hosted"
    )
    plan: Literal["standard", "enterprise"] = Field(
        default="standard", description="The portal's plan: Enterprise allows more requests"
    )
    click_ids: dict[str, str] = Field(
        default={}, description="Click ids of leads and deals: yclid, gclid, … → the custom field that holds it"
    )

    @model_validator(mode="before")
    @classmethod
    def _addressed(cls, data: Any) -> Any:
        """The portal's own address, unless another one is named."""
        if not isinstance(data, dict) or data.get("base_url"):
            return data
        told, portal = data.get("webhook_url"), _host(data.get("portal"))
        url = told.get_secret_value() if isinstance(told, SecretStr) else told
        if isinstance(url, str) and (webhook := webhook_of(url)) is not None:
            return {**data, "base_url": webhook.base}
        return {**data, "base_url": f"https://{portal}"} if isinstance(portal, str) and portal else data

    @model_validator(mode="after")
    def _one_way_in(self) -> "Bitrix24Settings":
        application = (self.portal, self.client_id, self.client_secret)
        if self.webhook_url is None:
            if None in application:
                raise ValueError(
                    "webhook_url: is missing; or set portal, client_id and client_secret of an application"
                )
        elif any(each is not None for each in application):
            raise ValueError("webhook_url: either it, or portal, client_id and client_secret; not both")
        elif webhook_of(self.webhook_url.get_secret_value()) is None:
            raise ValueError(f"webhook_url: an address such as {_LOOK} is needed: with the user's number and the code")
        return self

    @model_validator(mode="after")
    def _known_names(self) -> "Bitrix24Settings":
        if unknown := sorted(set(self.click_ids) - set(CLICK_IDS)):
            raise ValueError(f"click_ids: {', '.join(unknown)} is no click id; known are {', '.join(CLICK_IDS)}")
        if unknown := sorted(set(self.response_counts or ()) - {INCOMING_CALLS}):
            raise ValueError(f"response_counts: {', '.join(unknown)} is unknown here; known is {INCOMING_CALLS}")
        return self

    @property
    def webhook(self) -> Webhook | None:
        """The webhook's parts."""
        return None if self.webhook_url is None else webhook_of(self.webhook_url.get_secret_value())
