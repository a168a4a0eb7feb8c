"""docs/tutorial.md, followed to the letter in a folder of its own, leads to docs/example-plugin and to /metrics.

Blocks are applied as `walking` reads them, commands are typed as they stand there. Three
things differ from a reader's: pip asks no index and builds with what is installed, ports
are free ones, and what `curl … | grep` shows is waited for.
"""

import os
import re
import shutil
import socket
import subprocess
import sysconfig
import time
import urllib.request
import venv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.docs.walking import Edit, Typed, apply, steps

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs/example-plugin"
MOST_LINES = 60
PACKAGE = "broadsheet-kpis"
STAYS = ("kpi-collector simulate", "kpi-collector run")
"""Commands that end when they are told to."""


@dataclass
class Reader:
    """Somebody who follows the page, with a terminal for each command that stays."""

    folder: Path
    environment: dict[str, str]
    ports: dict[str, str]
    told: dict[str, str] = field(default_factory=dict)
    """What each command printed."""
    lines: int = 0
    staying: list["subprocess.Popen[str]"] = field(default_factory=list)

    def follow(self, text: str) -> None:
        """The page from its beginning to its end."""
        for step in steps(text):
            if isinstance(step, Edit):
                self.lines += step.lines
                self.write(step)
            else:
                self.type(step)

    def write(self, edit: Edit) -> None:
        folder = self.folder if edit.file == "collector.yml" else self.folder / PACKAGE
        apply(Edit(edit.file, edit.replaced, self._here(edit.text)), folder / edit.file)

    def type(self, typed: Typed) -> None:
        command = self._here(typed.command)
        if command.startswith("curl"):
            self.told[typed.command] = self._looked_up(command, typed.shown)
        elif command.startswith(STAYS):
            self._begin(command)
        else:
            done = subprocess.run(command, shell=True, **self._place(), timeout=300, check=False)  # noqa: S602 - as written
            assert done.returncode == 0, f"{command}\n{done.stdout}"
            self.told[typed.command] = done.stdout

    def end(self) -> None:
        for each in self.staying:
            each.terminate()
        for each in self.staying:
            each.communicate(timeout=30)

    def _begin(self, command: str) -> None:
        if command == "kpi-collector run":
            command += f" --web.listen-address 127.0.0.1:{self.ports['9841']}"
        begun = subprocess.Popen(command.split(), **self._place())
        self.staying.append(begun)
        if command.startswith("kpi-collector simulate"):
            assert begun.stdout is not None
            self.told["kpi-collector simulate"] = begun.stdout.readline()

    def _looked_up(self, command: str, wanted: str) -> str:
        """What `curl -s ADDRESS | grep -E 'PATTERN'` prints, once it is what is wanted, or after a minute."""
        found = re.fullmatch(r"curl -s (\S+) \| grep -E '(.+)'", command)
        assert found, command
        deadline = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(found[1], timeout=10) as answer:  # noqa: S310 - the daemon's own address
                    page = answer.read().decode()
            except OSError:
                page = ""
            told = "".join(f"{line}\n" for line in page.splitlines() if re.search(found[2], line))
            if told == wanted or time.monotonic() > deadline:
                return told
            time.sleep(0.2)

    def _here(self, text: str) -> str:
        for port, free in self.ports.items():
            text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{free}")
        return text

    def _place(self) -> dict[str, Any]:
        return {
            "cwd": self.folder, "env": self.environment, "stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
            "stderr": subprocess.STDOUT, "text": True,
        }  # fmt: skip


def an_environment(folder: Path) -> dict[str, str]:
    """Variables of a shell in a virtual environment where kpi-collector is installed, and nothing is downloaded."""
    venv.create(folder, with_pip=False, symlinks=True)
    paths = sysconfig.get_paths(vars={"base": str(folder), "platbase": str(folder)})
    ours = sysconfig.get_path("purelib")
    (Path(paths["purelib"]) / "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n{ROOT}\n")
    for command, module in (("pip", "pip"), ("kpi-collector", "collector")):
        script = folder / "bin" / command
        script.write_text(f'#!/bin/sh\nexec "{folder}/bin/python" -m {module} "$@"\n')
        script.chmod(0o755)
    dropped = ("KPI_COLLECTOR_", "PYTHON", "PYTEST", "PIP_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return inherited | {
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip reads it the other way round: it builds with what is installed
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


def a_free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return str(listener.getsockname()[1])


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    folder = tmp_path_factory.mktemp("afternoon")
    one = Reader(folder, an_environment(folder / "venv"), {port: a_free_port() for port in ("8765", "9841")})
    try:
        one.follow((ROOT / "docs/tutorial.md").read_text(encoding="utf-8"))
        yield one
    finally:
        one.end()


def files(folder: Path) -> dict[str, list[str]]:
    """Each file's lines, but for empty ones: how many stand between two blocks is nobody's business."""
    found = [path for kind in ("*.py", "*.toml", "README.md", "*/*.py") for path in folder.glob(kind)]
    return {
        path.relative_to(folder).as_posix(): [line for line in path.read_text().splitlines() if line] for path in found
    }


def test_the_author_writes_at_most_sixty_lines(reader: Reader) -> None:
    assert 30 < reader.lines <= MOST_LINES


def test_the_connector_passes_the_whole_suite(reader: Reader) -> None:
    told = reader.told["kpi-collector connector test broadsheet"]

    assert told.count(" passed") >= 15, told
    assert "failed" not in told


def test_the_simulator_prints_the_source_that_the_page_has(reader: Reader) -> None:
    (token,) = re.findall(r"token: (token-\w+)", (reader.folder / "collector.yml").read_text())

    assert f'"{token}"' in reader.told["kpi-collector simulate"]


def test_the_facts_are_on_metrics_as_the_page_shows_them(reader: Reader) -> None:
    (looked,) = [
        each for each in steps((ROOT / "docs/tutorial.md").read_text()) if "curl" in getattr(each, "command", "")
    ]

    assert isinstance(looked, Typed)
    assert reader.told[looked.command] == looked.shown


def test_the_result_is_the_example(reader: Reader) -> None:
    assert files(reader.folder / PACKAGE) == files(EXAMPLE)


def test_the_example_is_installed_as_a_package_listed_and_its_tests_pass(tmp_path: Path) -> None:
    environment = an_environment(tmp_path / "venv")
    shutil.copytree(EXAMPLE, tmp_path / "example")

    def typed(*command: str) -> str:
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    typed("pip", "install", "--quiet", "./example")
    listed = [line.split() for line in typed("kpi-collector", "connector", "list").splitlines()]
    assert ["broadsheet", "0.1.0", "experimental", "broadsheet-kpis", "Broadsheet"] in listed
    quick = "mapping or settings-schema or cuts-kept"
    assert "3 passed" in typed("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", quick, "example/tests")
