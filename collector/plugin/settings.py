"""The settings that every source has; a connector's own class adds its few.

Unknown keys are errors. Secrets are `SecretStr`. Which key is for what: docs/configuration.md.
"""

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from collector.plugin.durations import Duration, format_duration, parse_duration


def _backfill(value: object) -> object:
    return value if value == "all" or not isinstance(value, str) else parse_duration(value)


def _hold(value: object) -> object:
    return value if value == "forever" or not isinstance(value, str) else parse_duration(value)


class Active(BaseModel):
    """A source's life; outside it every sum is a true zero. Both days are inside."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    from_: date | None = Field(default=None, alias="from", description="First day of the source's life")
    until: date | None = Field(default=None, description="Last day of the source's life")

    @model_validator(mode="after")
    def _ordered(self) -> "Active":
        if self.from_ and self.until and self.until < self.from_:
            raise ValueError(f"until ({self.until}) lies before from ({self.from_})")
        return self


class ConnectorSettings(BaseModel):
    """One source, whatever its connector."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, coerce_numbers_to_str=True, hide_input_in_errors=True, validate_default=True
    )

    base_url: str | None = Field(default=None, description="Where the vendor answers; default: its own address")
    proxy: str | None = Field(
        default=None, repr=False, description="Proxy for outgoing requests; a password in it is a secret"
    )
    ca_file: str | None = Field(default=None, description="Certificate authority to trust besides the public ones")
    timeout: Duration = Field(default=timedelta(minutes=5), description="How long one poll may fetch")
    interval: Duration | None = Field(default=None, description="Time between polls; default: each stream's own")
    reserve: float = Field(default=0.2, ge=0, lt=1, description="Share of the vendor's limits that is left for others")
    backfill: Annotated[Duration | Literal["all"] | None, BeforeValidator(_backfill)] = Field(
        default=None, description="How much history to read; default: 400d for facts, all for entities"
    )
    settle_delay: Duration | None = Field(default=None, description="How long the vendor may restate a day")
    hold_max: Annotated[Duration | Literal["forever"] | None, BeforeValidator(_hold)] = Field(
        default=None, description="How long a last good value is shown; default: 3d or three intervals"
    )
    complete_through: Literal["last_row", "mtime", "yesterday"] | None = Field(
        default=None, description="Through which day a file's data are complete; default: last_row, entities mtime"
    )
    on_missing: Literal["keep", "remove"] = Field(default="keep", description="What becomes of a vanished file's rows")
    mode: Literal["live", "pilot"] = Field(default="live", description="pilot: read and shown apart, counted nowhere")
    active: Active = Field(default=Active(), description="The source's life")
    required: bool = Field(default=True, description="false: a late source does not hold the others back")
    was: str | None = Field(default=None, description="The source's earlier name; its data are taken over")
    system: str | None = Field(default=None, description="Joins several sources to one CRM; default: the source's name")
    site: str | None = Field(default=None, description="The web site that is measured; default: the source's name")
    primary: bool = Field(default=False, description="Counts where two sources measure one site")
    qualified_stages: list[str] | None = Field(default=None, description="Stages at which a lead is qualified")
    deal_stages: list[str] | None = Field(default=None, description="Stages at which a lead has become a deal")
    junk_stages: list[str] | None = Field(default=None, description="Stages that mean: no lead at all")
    junk_loss_reasons: list[str] = Field(default=[], description="Loss reasons that mean: no lead at all")
    refund_pipelines: list[str] = Field(default=[], description="Pipelines whose won deals are refunds")
    won_date_field: str | None = Field(default=None, description="The vendor's field with the day of payment")
    loss_reason_field: str | None = Field(default=None, description="The vendor's field with the reason of a loss")
    lead_dedup: Duration = Field(
        default=timedelta(hours=24), gt=timedelta(0), description="A customer's next lead in it is the same"
    )
    response_target: Duration = Field(
        default=timedelta(minutes=15), gt=timedelta(0), description="How soon a lead should be answered"
    )
    response_counts: list[str] | None = Field(default=None, description="What else counts as a first response")
    working_hours: dict[str, str] | None = Field(default=None, description="e.g. {mon-fri: 09:00-18:00, holidays: RU}")
    dimensions: dict[str, str] = Field(default={}, description="Extra dimensions: name → the vendor's field")


__all__ = ["Active", "ConnectorSettings", "Duration", "format_duration"]
