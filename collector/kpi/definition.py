"""A KPI as it is written: in the catalogue, in a configuration's `kpis:`, by a plugin.

Only the shape is checked here; `catalogue` gives the names in it their meaning.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from collector.kpi.constants import Constants, WrittenConstant, known_unit
from collector.kpi.formula import nearest
from collector.kpi.windows import WINDOWS, unknown_window
from collector.plugin.durations import parse_duration
from collector.settings.faults import CUSTOM

LONGEST_LAG = 730
"""Days."""

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


def _members(value: object) -> object:
    if value == []:
        raise Wrong("keeps no member", "Name one, or leave the filter out.")
    return _list(value)


def _window(value: str) -> str:
    if value not in WINDOWS:
        raise Wrong(unknown_window(value))
    return value


def _lag(value: object) -> int:
    found = parse_duration(value)
    if found != timedelta(found.days) or not 1 <= found.days <= LONGEST_LAG:
        raise Wrong(f"{value!r} is no lag", f"Write whole days, from 1d to {LONGEST_LAG}d.")
    return found.days


def _where(value: object) -> object:
    return {name: _list(members) for name, members in value.items()} if isinstance(value, Mapping) else value


Texts = Annotated[dict[str, str], BeforeValidator(_texts)]
Names = Annotated[list[str], BeforeValidator(_list)]
Members = Annotated[list[str], BeforeValidator(_members)]
Windows = Annotated[list[Annotated[str, BeforeValidator(_window)]], BeforeValidator(_list)]


class Definition(BaseModel):
    """One KPI."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str = Field(description="Lower case letters, digits and _; also the metric's name")
    formula: str | None = Field(
        default=None,
        description="Of measures and other KPIs: + - * / ( ), min, max, abs; x.90d: at that window. This or `native`",
    )
    native: str | None = Field(default=None, description="A function of the program, which no formula can say")
    unit: Annotated[str, BeforeValidator(known_unit)] = Field(description="ratio, money, a noun, or one per another")
    better: Literal["up", "down", "within"] = Field(description="Which way is good")
    title: Texts = Field(default={}, description="What people read, by language; default: the name")
    description: Texts = Field(default={}, description="What it means, by language")
    windows: Windows | None = Field(default=None, min_length=1, description="Default: 7d 30d 90d mtd")
    by: Names | None = Field(default=None, description="Break-downs; default: channel manager pipeline network")
    optional: Names = Field(default=[], description="Measures that add nothing where no source has them")
    where: Annotated[dict[str, Members], BeforeValidator(_where)] = Field(
        default={}, max_length=1, description="Only these members of a dimension, e.g. {channel: paid}"
    )
    constants: Constants = Field(default={}, description="Values that the formula names, e.g. {fee: 0.1}; also by day")
    lag: Annotated[int, BeforeValidator(_lag)] = Field(
        default=0, description="How much earlier costs come than what they bring, e.g. 14d"
    )
    group: str | None = Field(default=None, description="The family that it belongs to, and its metric's name")
    step: str | None = Field(default=None, description="Its label in a family of steps")
    model: str | None = Field(default=None, description="Its label in a family of models")
    mode: Literal["live", "pilot"] = Field(default="live", description="pilot: shown, but not yet in earnest")
    top: int | None = Field(default=None, ge=1, le=10_000, description="Members that a break-down shows")
    when: dict[Literal["roi_customers"], Literal["new", "all"]] = Field(
        default={}, description="Only in projects with this setting, e.g. {roi_customers: all}"
    )

    def holds(self, roi_customers: str) -> bool:
        """Whether it is for projects with this setting."""
        return self.when.get("roi_customers", roi_customers) == roi_customers


Fault = tuple[KeyPath, str, str]
"""Where in the definition, what is wrong, what would be right."""


_OF_FORMULAS = ("optional", "where", "constants", "lag")


def read(written: Mapping[str, Any]) -> Definition | list[Fault]:
    """A definition, or all that is wrong with its shape."""
    faults = list(_faults_together(written))
    try:
        definition = Definition.model_validate(written)
    except ValidationError as error:
        return [*(_fault(dict(each), written) for each in error.errors()), *faults]
    return faults or definition


def _faults_together(written: Mapping[str, Any]) -> Iterator[Fault]:
    """A KPI has either a formula or is native."""
    native = written.get("native")
    if native is None and written.get("formula") is None:
        yield ("formula",), "is missing", _WHOLE
    if native is not None and written.get("formula") is not None:
        yield ("native",), "stands beside a formula", "Keep one of the two."
    elif native is not None:
        for key in _OF_FORMULAS:
            if written.get(key):
                yield (key,), "is for formulas", "A native KPI has none; leave it out."


_WHOLE = "A KPI has a name, a formula, a unit, and says which way is better."


def _fault(error: Mapping[str, Any], written: Mapping[str, Any]) -> Fault:
    path = _written_path(error["loc"], written, keep_last=error["type"] == "missing")
    match error["type"]:
        case "missing":
            return path, "is missing", _WHOLE
        case "extra_forbidden":
            keys = tuple((WrittenConstant if len(path) > 1 else Definition).model_fields)
            return path, "unknown key", f"Keys are {', '.join(keys)}.{nearest(str(path[-1]), keys)}"
        case "value_error":
            cause = error["ctx"]["error"]
            return path, getattr(cause, "fault", str(cause)), getattr(cause, "remedy", "")
        case _ if error["type"] == CUSTOM:
            return path, error["ctx"]["fault"], error["ctx"]["remedy"]
    return path, error["msg"][:1].lower() + error["msg"][1:], ""


def _written_path(loc: KeyPath, written: object, *, keep_last: bool) -> KeyPath:
    """pydantic's path without its steps into what was written in short."""
    path: list[str | int] = []
    for step in loc:
        if isinstance(written, Mapping) and (step in written or (keep_last and step == loc[-1])):
            written = written.get(step)
        elif isinstance(written, list) and isinstance(step, int):
            written = written[step]
        else:
            continue
        path.append(step)
    return tuple(path)
