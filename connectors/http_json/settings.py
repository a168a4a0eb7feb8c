"""What a user writes for an http_json source; `asking` and `mapped` have what is in its streams.

Checked here as far as one key tells; what belongs together is checked where it is made.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, SecretStr, field_validator

from collector.plugin import ConnectorSettings, Duration
from connectors.http_json.asking import Model, PageSettings, RequestSettings, SweepSettings, Text
from connectors.http_json.mapped import MappingSettings

Meaning = Literal[
    "quota_exhausted",
    "rate_limited",
    "credentials_refused",
    "credentials_expired",
    "forbidden",
    "temporary",
    "bad_response",
]


class AuthSettings(Model):
    """What the vendor knows us by."""

    kind: Literal["none", "bearer", "basic", "api_key", "oauth2"] = Field(default="none", description="How")
    token: SecretStr | None = Field(default=None, description="bearer: the token")
    user: str | None = Field(default=None, description="basic: the user")
    password: SecretStr | None = Field(default=None, description="basic: the password")
    headers: dict[str, SecretStr] = Field(default={}, description="api_key: headers that carry keys")
    params: dict[str, SecretStr] = Field(default={}, description="api_key: query parameters that carry keys")
    grant: Literal["client_credentials", "code"] = Field(
        default="client_credentials", description="oauth2: `code` needs a person's consent, or a refresh_token"
    )
    client_id: str | None = Field(default=None, description="oauth2: the client")
    client_secret: SecretStr | None = Field(default=None, description="oauth2: its secret")
    refresh_token: SecretStr | None = Field(default=None, description="oauth2, code: a refresh token to begin with")
    authorize_url: str | None = Field(default=None, description="oauth2, code: the page of consent")
    redirect_uri: str | None = Field(default=None, description="oauth2, code: where consent leads back to")
    scopes: list[str] = Field(default=[], description="oauth2: the rights that are asked for")
    style: Literal["form", "json", "query"] = Field(default="form", description="oauth2: how tokens are asked for")
    rotates: bool = Field(default=False, description="oauth2: a refresh token is good for one use")
    refresh_lifetime: Duration | None = Field(default=None, description="oauth2: how long a refresh token lives")
    extra: dict[str, Text] = Field(default={}, description="oauth2: further parameters of token requests")


class LimitSettings(Model):
    """One limit of the vendor's."""

    calls: float | None = Field(default=None, gt=0, description="Requests in each `per`")
    per: Duration = Field(default=timedelta(seconds=1), gt=timedelta(0), description="The time that `calls` are of")
    burst: float | None = Field(default=None, gt=0, description="Of a bucket that leaks: requests at once")
    paths: str = Field(default="", description="Only paths that begin so")
    concurrency: int | None = Field(default=None, ge=1, description="Instead of `calls`: requests under way at once")
    key: Literal["source", "host", "credentials"] = Field(
        default="source", description="What the vendor counts by; who has the same one shares the limit"
    )


class HeaderSettings(Model):
    """A header of the answer."""

    header: str = Field(description="Its name")


def _status(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


class ErrorSettings(Model):
    """What the vendor means by an answer."""

    meaning: Meaning = Field(alias="as", description="What it is; see Errors")
    status: Annotated[list[int] | None, BeforeValidator(_status)] = Field(
        default=None, description="A status, or a list of them; default: any, 200 too"
    )
    when: str | None = Field(default=None, description="JMESPath that is true of the body; default: always")
    message: str | None = Field(default=None, description="Where the body has words for people")
    retry_after: str | HeaderSettings | None = Field(default=None, description="Where the seconds to wait are told")
    until: str | HeaderSettings | None = Field(default=None, description="Where the instant is told that ends it")


class QuotaSettings(Model):
    """What an answer says of a quota; each figure at a path of the body or in a header."""

    name: str = Field(default="requests", description="What people read")
    remaining: str | HeaderSettings = Field(description="What is left")
    limit: float | str | HeaderSettings = Field(description="Of how much; may be a number")
    resets_at: str | HeaderSettings | None = Field(default=None, description="The instant at which it is whole again")
    resets_in: str | HeaderSettings | None = Field(default=None, description="The seconds until then")


class StreamSettings(MappingSettings):
    """One thing that is read."""

    kind: Literal["window", "since", "now"] = Field(description="Facts by day, entities by change, or the present")
    request: RequestSettings = Field(description="What is asked")
    every: Duration = Field(default=timedelta(hours=1), gt=timedelta(0), description="Time between polls")
    restates: Duration | None = Field(default=None, description="window: how far back the vendor corrects figures")
    per_day: bool = Field(default=False, description="window: a request for each day")
    repeated: Literal["error", "sum"] = Field(
        default="error", description="window: what two facts of one key are: a mistake, or parts of a sum"
    )
    begin: date | None = Field(
        default=None, description="since: what {since} is where all history is asked for; default: left out"
    )
    pages: PageSettings | None = Field(default=None, description="How pages go on; default: there is one")
    also: list[MappingSettings] = Field(default=[], description="What else the same answers hold")
    sweep: SweepSettings | None = Field(default=None, description="since: how ids are listed, to find what is gone")
    on_bad_row: Literal["fail", "skip"] = Field(
        default="fail", description="`fail`: the poll fails; `skip`: bad rows are left out, and told"
    )

    @property
    def mappings(self) -> Mapping[str, MappingSettings]:
        """Its own and those of `also`, by the key that each is written under."""
        return {"": self} | {f"also.{number}.": each for number, each in enumerate(self.also)}


class HttpJsonSettings(ConnectorSettings):
    """One account of a JSON API."""

    base_url: str = Field(description="What all paths are below")
    streams: dict[str, StreamSettings] = Field(min_length=1, description="Name → what is read; see Streams")
    auth: AuthSettings = Field(default=AuthSettings(), description="What the vendor knows us by; see Auth")
    token_url: str | None = Field(default=None, description="oauth2: where tokens are given out")
    headers: dict[str, Text] = Field(default={}, description="Headers of every request")
    limits: list[LimitSettings] = Field(default=[], description="What the vendor allows; see Limits")
    errors: list[ErrorSettings] = Field(default=[], description="What answers mean, the first that fits; see Errors")
    quotas: list[QuotaSettings] = Field(default=[], description="Where answers tell what is left; see Limits")
    zone: str | None = Field(default=None, description="Zone of the vendor's days and clocks; default: the project's")

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        try:
            return value if value is None else ZoneInfo(value).key
        except (LookupError, ValueError, OSError) as error:
            raise ValueError(f"{value!r} is no time zone, such as Europe/Moscow") from error
