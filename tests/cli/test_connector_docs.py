"""`connector docs`: a connector in Markdown, made from its code, printed or put between marks."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pluggy
import pytest
from pydantic import BaseModel, Field, SecretStr

from collector.cli import invoke
from collector.plugin import (
    Concurrency,
    Connector,
    ConnectorSettings,
    Deal,
    Duration,
    Fact,
    RateLimit,
    Since,
    Window,
    stream,
    sweep,
)
from collector.plugin.discovery import ConnectorInfo, Plugins


class Shared(BaseModel):
    path: str = Field(description="Where | what")


class Report(Shared):
    rows: Duration = Field(default=timedelta(hours=1), description="How often")
    inner: list[Shared] = Field(default=[], description="More of them")


class Settings(ConnectorSettings):
    base_url: str = "https://api.acme.example/v2"
    token_url: str = Field(default="https://login.acme.example", description="Where tokens are given out")
    token: SecretStr = Field(description="A key")
    reports: dict[str, Report] = Field(default={}, description="Name → report")
    also: bool = Field(default=False, description="More")


class Acme(Connector[Settings]):
    """Visits by day; orders as deals.

    What only programmers read.
    """

    name = "acme"
    title = "Acme"
    stability = "beta"
    hosts = ("files.acme.example",)
    limits = (RateLimit(5, per="1s", key="token", paths="/v1"), RateLimit(50, per="1s", burst=9), Concurrency(2, "ip"))

    @stream(every="1h", restates="3d", provides={"sessions": [(), ("channel", "campaign")]})
    async def visits(self, window: Window) -> AsyncIterator[Fact]:
        """Visits by day."""
        yield Fact(window.first, "sessions", 1)

    @stream(every="15m")
    async def orders(self, since: Since) -> AsyncIterator[Deal]:
        for _ in ():
            yield _

    @sweep(of="orders")
    async def ids(self) -> AsyncIterator[str]:
        yield ""


PLUGINS = Plugins(pluggy.PluginManager("tried"), {"acme": ConnectorInfo(Acme, "acme-kpis", "1.2.3")})

PAGE = """\
# Acme

Visits by day; orders as deals.

| connector | stability | version | comes with |
|---|---|---|---|
| `acme` | beta | 1.2.3 | acme-kpis |

## Hosts and limits

- Requests go to `api.acme.example`, `login.acme.example`, `files.acme.example`.
- At most 5 requests to `/v1…` in any 1s, of one `token`.
- At most 50 requests in any 1s, 9 at once, of one source.
- At most 2 under way at once, of one IP address.

## Settings

| key | default | for |
|---|---|---|
| `base_url` | `https://api.acme.example/v2` | Where the vendor answers; default: its own address |
| `token_url` | `https://login.acme.example` | Where tokens are given out |
| `token` | required | A key |
| `reports` | – | Name → report |
| `also` | `false` | More |

### `reports`

| key | default | for |
|---|---|---|
| `rows` | `1h` | How often |
| `inner` | – | More of them |

### `reports.inner`

| key | default | for |
|---|---|---|
| `path` | required | Where \\| what |

## Streams

| stream | reads | kind | every | restated | gives |
|---|---|---|---|---|---|
| `orders` | – | since | 15m | – | deals; what is gone, by a sweep |
| `visits` | Visits by day. | window | 1h | 3d | `sessions` (session): whole, by `channel` and `campaign` |
"""


def told(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    assert invoke(["connector", "docs", *words], plugins=PLUGINS) == code
    return capsys.readouterr()


def test_it_tells_all_that_the_code_knows(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "acme").out == PAGE


def test_without_a_name_it_lists_what_is_installed(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys).out.splitlines()[2] == "| `acme` | Visits by day; orders as deals | beta | Acme |"


def test_a_name_that_is_none_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert "there is no connector 'acne'" in told(capsys, "acne", code=2).err


def test_a_files_tables_are_replaced_and_the_rest_is_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("# Acme\n<!-- connector docs: settings reports.inner -->\nold\n<!-- end -->\nwords\n")

    said = told(capsys, "acme", "--write", str(readme))

    table = "| key | default | for |\n|---|---|---|\n| `path` | required | Where \\| what |"
    once = f"# Acme\n<!-- connector docs: settings reports.inner -->\n\n{table}\n\n<!-- end -->\nwords\n"
    assert readme.read_text() == once
    assert said.err == f"{readme} has no marks for: about, limits, settings, settings reports, streams\n"
    told(capsys, "acme", "--write", str(readme))
    assert readme.read_text() == once


def test_a_file_without_marks_is_told_how_they_look(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("# Acme\n")

    assert "<!-- connector docs: about -->\n<!-- end -->" in told(capsys, "acme", "--write", str(readme), code=2).err
    assert readme.read_text() == "# Acme\n"


def test_marks_of_a_table_that_there_is_not_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("<!-- connector docs: steams -->\n<!-- end -->\n")

    assert "there is no piece 'steams'" in told(capsys, "acme", "--write", str(readme), code=2).err


def test_a_file_that_cannot_be_read_is_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "No such file" in told(capsys, "acme", "--write", str(tmp_path / "none.md"), code=1).err


def test_the_list_in_a_file_links_to_the_readmes_beside_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    readme, own = tmp_path / "README.md", tmp_path / "connectors/acme/README.md"
    own.parent.mkdir(parents=True)
    own.write_text("# Acme\n")
    readme.write_text("<!-- connector docs: connectors -->\n<!-- end -->\n")

    told(capsys, "--write", str(readme))

    assert "| [Acme](connectors/acme/README.md) |" in readme.read_text()
