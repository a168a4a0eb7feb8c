"""The settings of one counter."""

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr, field_validator

from collector.plugin import ConnectorSettings

CURRENT = ("cross_device_last_significant", "cross_device_first", "last", "automatic")
FORMER = (
    "first",
    "lastsign",
    "last_yandex_direct_click",
    "cross_device_last_yandex_direct_click",
)
"""Models that Metrica has answered with their nearest kin since June 2026."""


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


class MetricaSettings(ConnectorSettings):
    """One counter."""

    counter_id: str = Field(pattern=r"^\d{1,12}$", description="The counter's number: Metrica, list of counters")
    access_token: SecretStr = Field(description="OAuth token with the right metrika:read")
    attribution: Annotated[str, BeforeValidator(_lower)] = Field(
        default=CURRENT[0], description="Which of a visitor's sources a visit goes by; another one changes history"
    )
    goals: list[str] = Field(default=[], description="Goals that are key events, by number; default: all of them")
    currency: str | None = Field(
        default=None, pattern="^[A-Z]{3}$", description="Currency of web_revenue; default: the counter's own"
    )
    access_token_expires: date | None = Field(
        default=None, description="The day on which the token dies, to be warned in time: it does not tell itself"
    )

    @field_validator("attribution")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in (*CURRENT, *FORMER):
            raise ValueError(f"attribution: {value!r} is no model; there are {', '.join(CURRENT)}")
        return value

    @field_validator("goals")
    @classmethod
    def _numbers(cls, value: list[str]) -> list[str]:
        for goal in value:
            if not goal.isascii() or not goal.isdigit():
                raise ValueError(f"goals: {goal!r} is no goal's number; see Metrica → Settings → Goals")
        return list(dict.fromkeys(value))
