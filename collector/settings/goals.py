"""Goals and bonuses as users write them: their keys, types, and what a goal must say.

What they mean belongs to the KPI engine; here only their shape is checked. A goal is
SMART: each letter that is missing is a mistake of its own.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationInfo, field_validator, model_validator

from collector.settings.faults import mistake

_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_GUARD = re.compile(r"\s*[a-z][a-z0-9_]*\s*(>=|<=|>|<)\s*-?\d+(\.\d+)?\s*")
_OVER = re.compile(r"period|last|\d+d")

Weight = Annotated[Decimal, Field(ge=0, le=1)]
Share = Annotated[Decimal, Field(ge=0, le=1)]


def _why(text: str) -> dict[str, JsonValue]:
    """What to tell whoever leaves the key out."""
    return {"why": text}


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise mistake(f"{value!r} is no name", "A goal's name is lower case letters, digits, _ and -, a letter first.")
    return value


class Goal(BaseModel):
    """A target for a KPI, with a date and somebody who answers for it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str = Field(description="What it is called, in metrics too")
    kpi: str = Field(
        description="The KPI",
        json_schema_extra=_why("A goal is specific (the S of SMART): name the KPI that it is about."),
    )
    objective: Literal["awareness", "acquisition", "loyalty", "sales"] = Field(
        description="What it serves",
        json_schema_extra=_why(
            "A goal is relevant (the R of SMART): name one of awareness, acquisition, loyalty, sales."
        ),
    )
    assignee: str = Field(
        min_length=1,
        description="Who answers for it: a role or an alias",
        json_schema_extra=_why("A goal is assigned (the A of SMART): name who answers for it."),
    )
    target: Decimal = Field(
        description="The value to reach",
        json_schema_extra=_why("A goal is measurable (the M of SMART): name the value to reach."),
    )
    start: date = Field(
        description="Its first day",
        json_schema_extra=_why("A goal is time-bound (the T of SMART): name its first day."),
    )
    due: date = Field(
        description="Its last day", json_schema_extra=_why("A goal is time-bound (the T of SMART): name its last day.")
    )
    baseline: Decimal | None = Field(default=None, description="The value it starts from")
    scope: dict[str, str] = Field(default={}, description="Which members it is about, e.g. {channel: Paid Search}")
    over: str | None = Field(default=None, description="period, last, or a trailing window such as 28d")
    attain: Literal["from_zero", "from_baseline", "limit"] | None = Field(
        default=None, description="How it is measured"
    )
    better: Literal["up", "down", "within"] | None = Field(default=None, description="Default: the KPI's own")
    guard: str | None = Field(default=None, description="A condition such as new_customers >= 180")
    plan: dict[str, Decimal] = Field(default={}, description="The drivers' planned values")
    drivers: str | list[str] | None = Field(default=None, description="The driver tree to explain it by")
    responsible: dict[str, str] = Field(default={}, description="Who influences which driver")
    mode: Literal["live", "pilot"] = Field(default="live", description="pilot: shown, never alerts, never pays")
    every: str | None = Field(default=None, description="Repeat it each month, quarter or year")

    _named = field_validator("name")(_name)

    @field_validator("guard")
    @classmethod
    def _condition(cls, value: str | None) -> str | None:
        if value is not None and not _GUARD.fullmatch(value):
            raise mistake(f"{value!r} is no condition", "Write a KPI, one of >= <= > <, and a number.")
        return value

    @field_validator("over")
    @classmethod
    def _window(cls, value: str | None) -> str | None:
        if value is not None and not _OVER.fullmatch(value):
            raise mistake(f"{value!r} is no window of a goal", "Write period, last, or a trailing window such as 28d.")
        return value

    @field_validator("due")
    @classmethod
    def _after_start(cls, value: date, info: ValidationInfo) -> date:
        start = info.data.get("start")
        if start is not None and value < start:
            raise mistake(
                f"{value} lies before its start, {start}.",
                "A goal is time-bound (the T of SMART): set `due` after `start`.",
            )
        return value


class Bonus(BaseModel):
    """What a person is paid for attained goals."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    assignee: str = Field(min_length=1, description="Whose it is")
    period: Literal["month", "quarter", "year"] = Field(description="What it is paid for")
    individual: Share = Field(description="The share of the person's own goals")
    team: Share = Field(default=Decimal(0), description="The share of the team's goals")
    goals: dict[str, Weight] = Field(description="The person's goals and their weights, which sum to 1")
    team_goals: dict[str, Weight] = Field(default={}, description="The team's goals and their weights")
    payout: list[tuple[Decimal, Decimal]] = Field(min_length=1, description="Points [attainment, pay] of the curve")
    undefined: Literal["held", "spread"] = Field(default="held", description="What becomes of a void goal's weight")
    hold_until: str | None = Field(default=None, description="Until when gates may hold it")
    restatement: Literal["none", "next_period"] = Field(default="none", description="Where later changes go")

    @model_validator(mode="after")
    def _team_goals_there(self) -> "Bonus":
        if self.team > 0 and not self.team_goals:
            raise mistake("has a team part but no team_goals", "Name the team's goals with their weights.")
        return self
