"""What a user writes of requests: what is asked, how pages go on, where they end."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def as_json(value: Any) -> Any:
    """YAML's days and instants as the texts that they were written as; the rest as it is."""
    match value:
        case datetime() | date():
            return value.isoformat()
        case dict():
            return {str(key): as_json(each) for key, each in value.items()}
        case list():
            return [as_json(each) for each in value]
    return value


def as_text(value: Any) -> Any:
    """A plain value as text, as JSON writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else value


Text = Annotated[str, BeforeValidator(as_text)]
JsonValue = Annotated[Any, BeforeValidator(as_json)]


class Model(BaseModel):
    """Settings within settings: unknown keys are mistakes, and no message shows what was written."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        coerce_numbers_to_str=True,
        hide_input_in_errors=True,
        protected_namespaces=(),
    )


class RequestSettings(Model):
    """One request. Texts may have placeholders, such as `{first}`; a parameter without a value is left out."""

    path: str = Field(description="Below base_url")
    method: Literal["GET", "POST"] = Field(default="GET", description="GET or POST")
    params: dict[str, Text | list[Text]] = Field(default={}, description="Query parameters; a list repeats one")
    headers: dict[str, Text] = Field(default={}, description="Headers, besides the source's")
    json_body: JsonValue = Field(default=None, alias="json", description="The body, as JSON")
    form: dict[str, Text] | None = Field(default=None, description="The body, as fields of a form")


class PageSettings(Model):
    """How one page leads to the next."""

    by: Literal["page", "offset", "cursor", "link", "url"] = Field(
        description="A number, a count of rows, a cursor, the `Link` header, or an address in the body"
    )
    param: str | None = Field(
        default=None, description="The query parameter that takes it; default: where {page}, {offset}, {cursor} stand"
    )
    first: int | None = Field(default=None, description="The first page or offset; default: 1 or 0")
    size: int | None = Field(default=None, ge=1, description="Rows of a page")
    size_param: str | None = Field(default=None, description="The query parameter that takes `size`")
    next: str | None = Field(default=None, description="Where the body has the next cursor or address")
    more: str | None = Field(default=None, description="What is true while there are more pages")
    total_pages: str | None = Field(default=None, description="Where the body has the number of pages")
    total: str | None = Field(default=None, description="Where the body has the number of all rows")
    short_page_ends: bool = Field(default=False, description="A page of fewer than `size` rows is the last one")
    max_pages: int = Field(default=10_000, ge=1, description="More than that is no list, but a mistake")
    resume: bool = Field(default=True, description="false: a run that was cut off begins anew")


class SweepSettings(Model):
    """Which ids exist, for a vendor that does not tell of deletions."""

    request: RequestSettings = Field(description="What is asked")
    pages: PageSettings | None = Field(default=None, description="How pages go on")
    rows: str = Field(default="@", description="Where the body has its rows")
    rows_optional: bool = Field(default=False, description="A body without them has none")
    id: str = Field(default="id", description="Where a row has its id")
