"""Constants of a KPI's definition, as they are written: a fee, a rate by day, a budgeted amount.

`definition` reads them, `meaning` puts them into the formula.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from collector.settings.faults import mistake
from collector.settings.scalars import Day
from collector.vocabulary.units import RATIO, parse_unit

Amount = Annotated[Decimal, Field(max_digits=30, decimal_places=15)]
"""Bounded, so that no formula can come to more than its digits can tell."""


def known_unit(value: str) -> str:
    """For validators: a text that is a unit."""
    parse_unit(value)
    return value


class WrittenConstant(BaseModel):
    """`{value, unit}`, or `{values: {day: value}, unit}`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    value: Amount | None = Field(default=None, description="Its value on all days")
    values: dict[Day, Amount] | None = Field(default=None, min_length=1, description="Its values, each from a day on")
    unit: Annotated[str, BeforeValidator(known_unit)] = Field(default=RATIO, description="Its unit; default: ratio")

    @model_validator(mode="after")
    def _one_of_both(self) -> "WrittenConstant":
        if (self.value is None) == (self.values is None):
            fault = "has no value" if self.value is None else "has both `value` and `values`"
            raise mistake(fault, "Write a number, or {2026-01-01: number, …}; with a unit: {value: 5, unit: money}.")
        return self

    @property
    def dated(self) -> tuple[tuple[date | None, Decimal], ...]:
        """The values in the order of the days from which they hold."""
        if self.value is not None:
            return ((None, self.value),)
        return tuple(sorted((self.values or {}).items()))


def _in_full(written: object) -> object:
    """`0.1` and `{2026-01-01: 0.1}` are short for more."""
    if not isinstance(written, Mapping):
        return {"value": written}
    is_full = not written or not WrittenConstant.model_fields.keys().isdisjoint(map(str, written))
    return written if is_full else {"values": written}


Constants = dict[str, Annotated[WrittenConstant, BeforeValidator(_in_full)]]
