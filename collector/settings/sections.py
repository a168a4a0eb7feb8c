"""The keys of a project that hold keys of their own: money, measures, channels, names.

Types and shapes, and what follows from them; `money`, `measures` and `channels` tell what
makes no sense, `keys` has the rest of a project. What each is for: docs/configuration.md.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from collector.settings.faults import mistake
from collector.settings.scalars import Day, Fraction, Texts
from collector.vocabulary.units import RATIO, is_unit


class Section(BaseModel):
    """Keys that users write; unknown ones are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, coerce_numbers_to_str=True)


class Margin(Section):
    """Gross profit as a share of revenue: 0.35 is 35 %."""

    default: Fraction | None = Field(default=None, description="The share where nothing else says it")
    by: dict[str, dict[str, Fraction]] = Field(default={}, description="Shares by pipeline or another dimension")
    field: str | None = Field(
        default=None, description="The extra dimension of deals whose member is the share, such as 0.35"
    )


class Vat(Section):
    """How amounts are delivered, and at which rates."""

    payer: bool = Field(description="Whether the business pays VAT: yes or no")
    rates: dict[Day, Fraction] = Field(default={}, description="Rates from a day on, as fractions: 0.2")
    revenue: Literal["gross", "net"] | None = Field(default=None, description="How the CRM's amounts are delivered")
    spend: dict[str, Literal["gross", "net"]] = Field(default={}, description="How each source's costs are delivered")

    def rate_on(self, day: date) -> Decimal:
        """The last rate that begins on the day or before it.

        Days before the first rate have the first one: the figures of the years before it
        would else be told without VAT, which is further from the truth. Without rates: 0.
        """
        begun = [first for first in self.rates if first <= day]
        if begun:
            return self.rates[max(begun)]
        return self.rates[min(self.rates)] if self.rates else Decimal(0)


class ChannelRule(Section):
    """Evidence that belongs to a channel; `*` stands for any text."""

    channel: str = Field(min_length=1, description="The channel it means")
    source: str | None = Field(default=None, description="Pattern of the UTM source")
    medium: str | None = Field(default=None, description="Pattern of the UTM medium")
    campaign: str | None = Field(default=None, description="Pattern of the campaign")
    lead_source: str | None = Field(default=None, description="Pattern of the CRM's source")

    @model_validator(mode="after")
    def _matches_something(self) -> "ChannelRule":
        if not any((self.source, self.medium, self.campaign, self.lead_source)):
            raise mistake("matches nothing", "Give a pattern for source, medium, campaign or lead_source.")
        return self


class Privacy(Section):
    """Which names leave the store."""

    managers: Literal["id", "alias", "name"] = Field(default="id", description="How managers appear on /metrics")


def _unit_alone(value: object) -> object:
    return {"unit": value} if isinstance(value, str) else value


class OwnMeasure(Section):
    """A measure that a user adds, for sources to state."""

    unit: str = Field(description="money, second, or a noun for what is counted")
    aggregation: Literal["sum", "last"] = Field(
        default="sum", description="How days make a window's value: added up, or a stock's last one"
    )
    title: Texts = Field(default={}, description="What people read, by language")

    @field_validator("unit")
    @classmethod
    def _noun(cls, value: str) -> str:
        if not is_unit(value) or "/" in value:
            raise mistake(f"{value!r} is no unit of a measure", "Write money, second, or a noun such as call.")
        return value

    @model_validator(mode="after")
    def _no_sum_of_shares(self) -> "OwnMeasure":
        if self.unit == RATIO and self.aggregation == "sum":
            remedy = "Measure what the share is of, and divide in a KPI; or write aggregation: last."
            raise mistake("adds up shares, which means nothing", remedy)
        return self


MeasureOrUnit = Annotated[OwnMeasure, BeforeValidator(_unit_alone, json_schema_input_type=str | OwnMeasure)]
"""`calls: call` is short for `calls: {unit: call}`."""
