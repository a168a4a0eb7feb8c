"""What a user writes for a csv source. Checked here as far as one key tells; the rest in `mapping`."""

import codecs
from datetime import date, datetime
from difflib import get_close_matches
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator, Field, field_validator

from collector.plugin import ConnectorSettings

RecordType = Literal["fact", "lead", "deal", "customer", "post", "rate"]

ISO = "ISO"


def _as_written(value: object) -> object:
    """A constant as the text that a cell would hold."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return value.isoformat() if isinstance(value, date | datetime) else value


Constant = Annotated[str, BeforeValidator(_as_written), Field(min_length=1)]


class CsvSettings(ConnectorSettings):
    """One file, or a set of files of one shape."""

    record: RecordType = Field(description="What a row is")
    path: str | list[str] = Field(description="A file or a pattern (`spend/**/*.csv`), or a list of them")
    columns: dict[str, str] = Field(min_length=1, description="Field, measure, dimension or click id → its column")
    constants: dict[str, Constant] = Field(default={}, description="The same for what is alike in all rows")
    cuts: list[list[str]] | None = Field(
        default=None, description="Sets of dimensions that rows belong to; default: one, of all dimensions"
    )
    delimiter: str = Field(default=",", description="What stands between cells; a tab is `tab`")
    encoding: str = Field(default="utf-8-sig", description="e.g. `windows-1251`")
    decimal: Literal[".", ","] = Field(default=".", description="The decimal sign")
    date_format: str = Field(default=ISO, description="ISO, or as in `%d.%m.%Y`")
    zone: str | None = Field(default=None, description="Zone of instants that tell none; default: the project's")
    spread: Literal["month"] | None = Field(default=None, description="`month`: a row's sum is spread over its month")
    on_bad_row: Literal["fail", "skip"] = Field(
        default="fail", description="`fail`: the file's old rows stay; `skip`: bad rows are left out, and told"
    )

    @property
    def paths(self) -> tuple[str, ...]:
        """Files and patterns, also where there is one."""
        return (self.path,) if isinstance(self.path, str) else tuple(self.path)

    @field_validator("path")
    @classmethod
    def _some_path(cls, value: str | list[str]) -> str | list[str]:
        if not value or not all([value] if isinstance(value, str) else value):
            raise ValueError("a file or a pattern is needed, such as spend/*.csv")
        if "\x00" in "".join(value):
            raise ValueError("a path holds no NUL")
        return value

    @field_validator("columns")
    @classmethod
    def _named_columns(cls, value: dict[str, str]) -> dict[str, str]:
        named = {field: column.strip() for field, column in value.items()}
        if empty := [field for field, column in named.items() if not column]:
            raise ValueError(f"{', '.join(empty)}: the name of a column is needed")
        return named

    @field_validator("delimiter")
    @classmethod
    def _one_sign(cls, value: str) -> str:
        value = "\t" if value in ("tab", "\\t") else value
        if len(value) != 1 or value in '"\r\n\x00':
            raise ValueError(f"{value!r} cannot part cells; one sign is needed, such as ; or tab")
        return value

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            name = codecs.lookup(value).name
            codecs.getincrementaldecoder(value)
            known = b"\n" in "\n".encode(value) and "day\n".encode(value).decode(value) == "day\n"
        except (LookupError, ValueError, TypeError):
            known = False
        if not known:
            raise ValueError(f"{value!r} is no encoding of text; write for instance utf-8 or windows-1251")
        return "utf-8-sig" if name == "utf-8" else value  # a byte order mark is never part of a name

    @field_validator("date_format")
    @classmethod
    def _readable_format(cls, value: str) -> str:
        if value.upper() == ISO:
            return ISO
        try:
            again = datetime.strptime(datetime(2026, 11, 23, 22, 45).strftime(value), value)  # noqa: DTZ001, DTZ007
        except ValueError as error:
            raise ValueError(f"{value!r} reads no dates ({error}); write ISO, or such as %d.%m.%Y") from error
        if (again.year, again.month) != (2026, 11):
            raise ValueError(f"{value!r} tells no year and month; write for instance %d.%m.%Y")
        return value

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        try:
            return value if value is None else ZoneInfo(value).key
        except (LookupError, ValueError, OSError) as error:
            near = get_close_matches(value or "", available_timezones(), n=1)
            hint = f"; did you mean {near[0]}?" if near else ", such as Europe/Moscow"
            raise ValueError(f"{value!r} is no time zone{hint}") from error
