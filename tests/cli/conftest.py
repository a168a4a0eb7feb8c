"""The command line with a small plugin, run in a folder of its own."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest
from pydantic import SecretStr

from collector.cli import invoke
from collector.plugin import (
    CommandGroup,
    Connector,
    ConnectorSettings,
    CredentialsRefused,
    Fact,
    Window,
    hookimpl,
    stream,
)
from collector.plugin.discovery import discover


class AcmeSettings(ConnectorSettings):
    """One Acme account."""

    token: SecretStr


class Acme(Connector[AcmeSettings]):
    name = "acme"
    title = "Acme Analytics"
    stability = "beta"

    @stream(every="1h", provides={"sessions": [()]})
    async def visits(self, window: Window) -> AsyncIterator[Fact]:
        yield Fact(day=window.first, measure="sessions", value=1)

    async def check(self) -> Sequence[str]:
        token = self.settings.token.get_secret_value()
        if token == "refused":
            raise CredentialsRefused(f"the token {token} is not accepted")
        if token == "crashes":
            raise KeyError("oops")
        return ["=2 counters", "reads as ann@example.com"]


class TestPlugin:
    @hookimpl
    def register_connectors(self) -> list[type[Connector[Any]]]:
        return [Acme]

    @hookimpl
    def register_commands(self, cli: CommandGroup) -> None:
        cli.add_command(click.Command("acme-report", callback=lambda: click.echo("12 visits"), help="Acme's report."))
        cli.add_command(click.Command("check"))


class RudePlugin:
    @hookimpl
    def register_commands(self, cli: CommandGroup) -> None:
        raise RuntimeError("no terminal")


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


Cli = Callable[..., Outcome]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KPI_COLLECTOR_CONFIG", raising=False)

    def call(*arguments: str) -> Outcome:
        plugins = discover(extra=[("test", TestPlugin()), ("rude", RudePlugin())])
        code = invoke(arguments, plugins=plugins)
        told = capsys.readouterr()
        return Outcome(code, told.out, told.err)

    return call


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "collector.yml"
    path.write_text("currency: EUR\nsources:\n  site: {connector: acme, token: t0ken-c4n4ry, site: shop}\n")
    return path
