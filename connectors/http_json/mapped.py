"""What a user writes of records: which rows, and what becomes which field."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from connectors.http_json.asking import Model, Text, as_text

RecordType = Literal["fact", "lead", "deal", "customer", "stage_change", "post", "reading", "member", "rate", "gone"]


def _keys_as_text(value: Any) -> Any:
    return {as_text(key): each for key, each in value.items()} if isinstance(value, dict) else value


class ValueSettings(Model):
    """Where a value comes from, and how it is written there."""

    path: str | None = Field(default=None, description="JMESPath within the row")
    const: Text | None = Field(default=None, description="The same for all rows; may have placeholders")
    of: Literal["row", "outer", "body"] = Field(
        default="row",
        description="Where the path begins: at the row, at the one around it (`inner`), or at the whole answer",
    )
    map: Annotated[dict[str, Text], BeforeValidator(_keys_as_text)] | None = Field(
        default=None, description="The vendor's value → ours"
    )
    default: Text | None = Field(default=None, description="What is taken where there is none, or none in `map`")
    date: str = Field(default="iso", description="iso, unix, ms, or as in `%d.%m.%Y`")
    factor: Decimal | None = Field(default=None, description="What a number is multiplied by, such as 0.01")
    decimal: Literal[".", ","] = Field(default=".", description="The decimal sign of numbers in texts")


def _short(value: Any) -> Any:
    return {"path": value} if isinstance(value, str) else value


Value = Annotated[ValueSettings, BeforeValidator(_short)]
"""A path alone stands for `{path: …}`."""


class MappingSettings(Model):
    """What the rows of an answer become."""

    record: RecordType = Field(description="What a row is")
    rows: str = Field(default="@", description="JMESPath of the rows in the body; an object is one row")
    key_as: str | None = Field(
        default=None, description="`rows` is an object of rows by key; each row is given its key under this name"
    )
    inner: str | None = Field(
        default=None, description="JMESPath of rows within each row; what is around them is `of: outer`"
    )
    rows_optional: bool = Field(default=False, description="A body without the rows has none, which is no fault")
    skip_if: str | None = Field(default=None, description="Rows for which this is true are left out")
    fields: dict[str, Value] = Field(default={}, description="Field of the record → where it comes from")
    measures: dict[str, Value] = Field(default={}, description="For facts and readings: measure → its value")
    dimensions: dict[str, Value] = Field(default={}, description="Dimension → its member")
    click_ids: dict[str, Value] = Field(default={}, description="For leads and deals: click id → its value")
    cuts: list[list[str]] | None = Field(
        default=None, description="Sets of dimensions that facts belong to; default: one, of all dimensions"
    )
