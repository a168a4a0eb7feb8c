"""The settings: none is needed."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator

from collector.plugin import ConnectorSettings, Duration, parse_duration

FIVE_YEARS = timedelta(days=1827)


def _backfill(value: object) -> object:
    return value if value == "all" or not isinstance(value, str) else parse_duration(value)


class CbrSettings(ConnectorSettings):
    """The bank asks for no key."""

    # deals are read from the first one on, and each needs the rate of its day
    backfill: Annotated[Duration | Literal["all"] | None, BeforeValidator(_backfill)] = Field(
        default=FIVE_YEARS, description="How much history to read; deals in other currencies may be older than facts"
    )
    currencies: list[str] = Field(
        default=[], description="Only these, such as [USD, EUR]; default: all that the bank quotes"
    )

    @field_validator("currencies")
    @classmethod
    def _codes(cls, value: list[str]) -> list[str]:
        for code in value:
            if len(code) != 3 or not code.isascii() or not code.isalpha() or not code.isupper():
                raise ValueError(f"currencies: {code!r} is no code such as USD")
        return list(dict.fromkeys(value))
