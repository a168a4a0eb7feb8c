"""connectors/http_json/README.md says what the code does: its tables are made from it."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from collector.plugin import ConnectorSettings
from connectors.http_json import plugin
from connectors.http_json.asking import PageSettings, RequestSettings, SweepSettings
from connectors.http_json.mapped import MappingSettings, ValueSettings
from connectors.http_json.names import CLICK_IDS, PLACEHOLDERS, RECORDS_OF
from connectors.http_json.settings import (
    AuthSettings,
    ErrorSettings,
    HttpJsonSettings,
    LimitSettings,
    QuotaSettings,
    StreamSettings,
)
from connectors.http_json.templates import FORMATS

README = Path(plugin.__file__).with_name("README.md").read_text(encoding="utf-8")

TABLES: dict[str, tuple[type[BaseModel], type[BaseModel] | None]] = {
    "Settings": (HttpJsonSettings, ConnectorSettings),
    "Stream": (StreamSettings, MappingSettings),
    "Request": (RequestSettings, None),
    "Pages": (PageSettings, None),
    "Records": (MappingSettings, None),
    "Values": (ValueSettings, None),
    "Sweep": (SweepSettings, None),
    "Auth": (AuthSettings, None),
    "Errors": (ErrorSettings, None),
    "Limits": (LimitSettings, None),
    "Quotas": (QuotaSettings, None),
}


def section(name: str) -> str:
    return re.split(r"^## ", README.split(f"\n## {name}\n")[1], flags=re.MULTILINE)[0].strip()


def table(model: type[BaseModel], without: type[BaseModel] | None = None) -> str:
    """A model's keys; `base_url` is every source's, but here it is needed."""
    known = set(without.model_fields) - {"base_url"} if without else set()
    own = {spec.alias or name: spec for name, spec in model.model_fields.items() if name not in known}
    rows = [f"| `{name}` | {default(spec)} | {spec.description} |" for name, spec in own.items()]
    return "\n".join(["| key | default | for |", "|---|---|---|", *rows])


def default(spec: FieldInfo) -> str:
    if spec.is_required():
        return "required"
    if spec.default in (None, {}, [], "") or isinstance(spec.default, BaseModel):
        return "–"
    shown = {True: "true", False: "false"}.get(spec.default) if isinstance(spec.default, bool) else None
    if hasattr(spec.default, "total_seconds"):
        shown = {3600.0: "1h", 1.0: "1s"}[spec.default.total_seconds()]
    return f"`{shown or spec.default}`"


def test_it_has_the_headings_of_every_connector() -> None:
    assert re.findall(r"^#+ .*", README, re.MULTILINE) == [
        "# JSON APIs", "## Permissions", "## Settings", "## Streams", "## Good to know", "## When it fails",
    ]  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_its_settings_are_the_models(name: str) -> None:
    assert table(*TABLES[name]) in section("Settings")


@pytest.mark.parametrize("kind", RECORDS_OF)
def test_it_names_what_a_stream_of_each_kind_yields_and_its_placeholders(kind: str) -> None:
    row = next(line for line in section("Streams").splitlines() if line.startswith(f"| `{kind}` |"))

    for name in RECORDS_OF[kind]:
        assert f"`{name}`" in row
    for name in PLACEHOLDERS[kind]:
        assert f"`{{{name}}}`" in row


def test_it_names_the_formats_and_click_ids() -> None:
    for form in ("`iso`", "`date`", "`unix`", "`ms`", *(f"`{name}`" for name in CLICK_IDS)):
        assert form in README
    assert FORMATS.startswith("date, iso, unix, ms")
