"""The settings: none is needed."""

from pydantic import Field, field_validator

from collector.plugin import ConnectorSettings


class CbrSettings(ConnectorSettings):
    """The bank asks for no key."""

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
