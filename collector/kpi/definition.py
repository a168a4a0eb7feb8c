"""A KPI as it is written: in the catalogue, in a configuration's `kpis:`, by a plugin.

Only the shape is checked here; `catalogue` gives the names in it their meaning.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from collector.kpi.formula import nearest
from collector.kpi.windows import WINDOWS, unknown_window
from collector.vocabulary.units import parse_unit

KeyPath = tuple[str | int, ...]


class Wrong(ValueError):
    """A fault with its remedy, on its way through pydantic."""

    def __init__(self, fault: str, remedy: str = "") -> None:
        super().__init__(fault)
        self.fault = fault
        self.remedy = remedy


def _texts(value: object) -> object:
    value = {"en": value} if isinstance(value, str) else value
    if isinstance(value, Mapping) and (other := sorted({str(key) for key in value} - {"en", "ru"})):
        raise Wrong(f"{other[0]!r} is no language of ours", "Write {en: …, ru: …}.")
    return value


def _list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _window(value: str) -> str:
    if value not in WINDOWS:
        raise Wrong(unknown_window(value))
    return value


def _unit(value: str) -> str:
    parse_unit(value)
    return value


def _where(value: object) -> object:
    return {name: _list(members) for name, members in value.items()} if isinstance(value, Mapping) else value


Texts = Annotated[dict[str, str], BeforeValidator(_texts)]
Names = Annotated[list[str], BeforeValidator(_list)]
Windows = Annotated[list[Annotated[str, BeforeValidator(_window)]], BeforeValidator(_list)]


class Definition(BaseModel):
    """One KPI."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str = Field(description="Lower case letters, digits and _; also the metric's name")
    formula: str = Field(description="Of measures and other KPIs: + - * / ( ), min, max, abs; x.90d: at that window")
    unit: Annotated[str, BeforeValidator(_unit)] = Field(description="ratio, money, a noun, or one per another")
    better: Literal["up", "down", "within"] = Field(description="Which way is good")
    title: Texts = Field(default={}, description="What people read, by language; default: the name")
    description: Texts = Field(default={}, description="What it means, by language")
    windows: Windows | None = Field(default=None, min_length=1, description="Default: 7d 30d 90d mtd")
    by: Names | None = Field(default=None, description="Break-downs; default: channel manager pipeline network")
    optional: Names = Field(default=[], description="Measures that add nothing where no source has them")
    where: Annotated[dict[str, Names], BeforeValidator(_where)] = Field(
        default={}, max_length=1, description="Only these members of a dimension, e.g. {channel: paid}"
    )
    group: str | None = Field(default=None, description="The family that it belongs to, and its metric's name")
    step: str | None = Field(default=None, description="Its label in a family of steps")
    model: str | None = Field(default=None, description="Its label in a family of models")
    mode: Literal["live", "pilot"] = Field(default="live", description="pilot: shown, but not yet in earnest")
    top: int | None = Field(default=None, ge=1, le=10_000, description="Members that a break-down shows")


Fault = tuple[KeyPath, str, str]
"""Where in the definition, what is wrong, what would be right."""


def read(written: Mapping[str, Any]) -> Definition | list[Fault]:
    """A definition, or all that is wrong with its shape."""
    try:
        return Definition.model_validate(written)
    except ValidationError as error:
        return [_fault(dict(each)) for each in error.errors()]


def _fault(error: Mapping[str, Any]) -> Fault:
    path: KeyPath = tuple(step for step in error["loc"] if step not in ("[key]",))
    match error["type"]:
        case "missing":
            return path, "is missing", "A KPI has a name, a formula, a unit, and says which way is better."
        case "extra_forbidden":
            keys = ", ".join(Definition.model_fields)
            return path, "unknown key", f"Keys are {keys}.{nearest(str(path[-1]), tuple(Definition.model_fields))}"
        case "value_error":
            cause = error["ctx"]["error"]
            return path, getattr(cause, "fault", str(cause)), getattr(cause, "remedy", "")
    return path, error["msg"][:1].lower() + error["msg"][1:], ""
