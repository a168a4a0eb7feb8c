"""A small connector, and a folder in which configurations are written and loaded."""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import pytest
from pydantic import Field, SecretStr

from collector.clock import FixedClock
from collector.plugin import (
    Connector,
    ConnectorSettings,
    Fact,
    HttpClient,
    SourceContext,
    Window,
    hookimpl,
    stream,
)
from collector.plugin.discovery import Plugins, discover
from collector.settings.errors import ConfigErrors
from collector.settings.load import load
from collector.settings.model import Config


class AcmeSettings(ConnectorSettings):
    """One Acme account."""

    token: SecretStr = Field(description="Read-only key")
    base_url: str = "https://api.example.com"
    account: str | None = Field(default=None, description="Account number")
    goals: list[int] = Field(default=[], description="Numbers of goals")
    headers: dict[str, str] = Field(default={}, description="Further headers")


class Acme(Connector[AcmeSettings]):
    name = "acme"
    title = "Acme Analytics"
    stability = "beta"

    @stream(every="1h", restates="3d", provides={"sessions": [(), ("channel",)]})
    async def visits(self, window: Window) -> AsyncIterator[Fact]:
        for day in window.days():
            yield Fact(day=day, measure="sessions", value=1)


class Fussy(Connector[ConnectorSettings]):
    name = "fussy"

    def __init__(self, settings: ConnectorSettings, context: SourceContext, client: HttpClient) -> None:
        super().__init__(settings, context, client)
        if settings.system == "bug":
            raise RuntimeError("list index out of range")
        if settings.site:
            raise ValueError("site: nothing here has a site\nit refuses the rest too")


class Odd(Connector[ConnectorSettings]):
    name = "odd"

    @stream(every="1h", provides={"sesions": [("step",)]})
    async def visits(self, window: Window) -> AsyncIterator[Fact]:
        yield Fact(day=window.first, measure="sesions", value=1)


class TestPlugin:
    @hookimpl
    def register_connectors(self) -> list[type]:
        return [Acme, Fussy, Odd]


@pytest.fixture(scope="session")
def plugins() -> Plugins:
    return discover(extra=[("test", TestPlugin())])


class Folder:
    """Where configuration files are; `collector.yml` is the main one."""

    def __init__(self, path: Path, plugins: Plugins) -> None:
        self.path = path
        self.plugins = plugins

    def write(self, name: str, text: str) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    def load(self, text: str | None = None, environ: Mapping[str, str] | None = None) -> Config:
        if text is not None:
            self.write("collector.yml", text)
        clock = FixedClock(datetime(2026, 11, 2, 12, tzinfo=UTC))
        return load(Path("collector.yml"), plugins=self.plugins, environ=environ or {}, clock=clock)

    def errors(self, text: str | None = None, environ: Mapping[str, str] | None = None) -> list[str]:
        """What is told, a mistake a line, its remedy after an arrow."""
        with pytest.raises(ConfigErrors) as caught:
            self.load(text, environ)
        return [str(error).replace("\n  ", " → ") for error in caught.value.errors]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plugins: Plugins) -> Folder:
    monkeypatch.chdir(tmp_path)
    return Folder(tmp_path, plugins)


Errors = Callable[..., list[str]]


@pytest.fixture
def errors(folder: Folder) -> Errors:
    return folder.errors
