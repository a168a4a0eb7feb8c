"""The configuration as the program uses it: frozen, validated, secrets wrapped.

`load` makes it from files; everything else only reads it. Keys that users write are
documented in docs/configuration.md.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from collector.plugin.client import HttpClient
from collector.plugin.connector import Connector, SourceContext, Stream
from collector.plugin.discovery import ConnectorInfo
from collector.plugin.measure import Measure
from collector.plugin.settings import ConnectorSettings
from collector.settings.faults import mistake
from collector.settings.sections import ChannelRule, Margin, Privacy, Vat

DEFAULT_PROJECT = "default"
"""The project that the top level is, where it has sources."""

_ADDRESS = re.compile(r"(\[[0-9a-fA-F:.%]+\]|[^:\s\[\]/]*):(?P<port>[0-9]{1,5})")

Location = tuple[str, int]
"""A file and a line in it, counted from 1."""


class WebSettings(BaseModel):
    """Where and how the daemon answers HTTP."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    listen: str = Field(default="127.0.0.1:9841", description="host:port to listen on")
    config_file: str | None = Field(
        default=None, description="File with TLS and basic auth, in the format of Prometheus exporters"
    )
    enable_lifecycle: bool = Field(default=False, description="Allow POST /-/reload")
    route_prefix: str = Field(default="/", description="Path under which everything is served")

    @field_validator("listen")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        match = _ADDRESS.fullmatch(value)
        if match is None or int(match["port"]) > 65535:
            raise mistake(f"{value!r} is no address to listen on", "Write host:port, such as 127.0.0.1:9841.")
        return value


@dataclass(frozen=True)
class Source:
    """One configured connector instance."""

    name: str
    project: str
    connector: ConnectorInfo
    settings: ConnectorSettings
    context: SourceContext
    streams: tuple[Stream, ...]
    """What it reads; their methods do no I/O until called, and have no client (see `connect`)."""

    @property
    def system(self) -> str:
        """The CRM that its entities belong to."""
        return self.settings.system or self.name

    @property
    def site(self) -> str:
        """The web site that it measures."""
        return self.settings.site or self.name

    def connect(self, client: HttpClient) -> Connector[Any]:
        """A connector that reads this source through `client`; its `streams()` do the I/O."""
        return self.connector.type(self.settings, self.context, client)


@dataclass(frozen=True)
class Project:
    """One brand or client: its own sources, currency, zone, KPIs and goals."""

    name: str
    zone: ZoneInfo
    currency: str
    language: Literal["en", "ru"] = "en"
    sources: Mapping[str, Source] = field(default_factory=dict)
    dimensions: Mapping[str, str] = field(default_factory=dict)
    vat: Vat | None = None
    """None: amounts count as they are delivered, which is a doubt about every figure of money."""
    margin: Margin = field(default_factory=Margin)
    channels: tuple[ChannelRule, ...] = ()
    paid_channels: tuple[str, ...] = ()
    attribution: Literal["last", "first"] = "last"
    roi_customers: Literal["new", "all"] = "new"
    privacy: Privacy = field(default_factory=Privacy)
    rates: Mapping[str, Any] = field(default_factory=dict)
    kpis: tuple[Any, ...] | None = None
    """As users wrote them (names, groups or definitions); None: the whole catalogue."""
    top: int = 20
    other: Mapping[str, Any] = field(default_factory=dict)
    """Validated keys that later stages read: goals, bonuses, max_team_share."""


@dataclass(frozen=True)
class Config:
    """Everything that the daemon was told."""

    path: Path
    store: str = field(repr=False)
    """A URL: `sqlite:///…` with an absolute path, or `postgresql://…`; a password in it is a secret."""
    web: WebSettings
    projects: Mapping[str, Project]
    measures: Mapping[str, Measure] = field(repr=False)
    """All that there are: built in, the plugins', the users'."""
    own_measures: Mapping[str, Measure] = field(default_factory=dict, repr=False)
    """Those that users define."""
    engine: Literal["builtin", "procrastinate"] = "builtin"
    retention: Mapping[str, Any] = field(default_factory=dict)
    vault_keys: tuple[SecretStr, ...] = field(default=(), repr=False)
    """What seals tokens: the first seals, all open."""
    warnings: tuple[str, ...] = ()
    locations: Mapping[tuple[str | int, ...], Location] = field(default_factory=dict, repr=False)
    """Where each key stands: ("projects", project, "kpis", 3, "formula") → (file, line)."""
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    """What must never be shown: keys, tokens, passwords, the contents of `${file:…}`."""

    @property
    def sources(self) -> tuple[Source, ...]:
        """The sources of all projects."""
        return tuple(source for project in self.projects.values() for source in project.sources.values())
