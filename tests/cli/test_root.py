"""The root: shared options anywhere, exit codes, plugins' commands, quiet ends."""

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from collector import __version__
from collector.cli import COMMANDS


def test_it_tells_its_version(cli: Any) -> None:
    outcome = cli("--version")

    assert (outcome.code, outcome.out) == (0, f"kpi-collector {__version__}\n")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_is_there_and_described_as_in_the_list(cli: Any, name: str) -> None:
    module, attribute = COMMANDS[name][0].split(":")
    command = getattr(import_module(module), attribute)

    assert command.help.strip().splitlines()[0] == COMMANDS[name][1]
    outcome = cli(name, "--help")
    assert outcome.code == 0
    assert "--config" in outcome.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("--config", "other.yml", "config", "show"),
        ("config", "--config.file", "other.yml", "show"),
        ("config", "show", "--config", "other.yml"),
        ("--config", "collector.yml", "config", "show", "--config=other.yml"),
        ("--log.level", "debug", "config", "show", "--config", "other.yml", "--log.format", "json"),
    ],
)
def test_shared_options_stand_before_or_after_the_command(
    cli: Any, config: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "other.yml").write_text(config.read_text().replace("EUR", "USD"))

    outcome = cli(*arguments)

    assert outcome.code == 0
    assert "currency: USD" in outcome.out


def test_the_environment_names_the_file_unless_an_option_does(
    cli: Any, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other.yml").write_text(config.read_text().replace("EUR", "USD"))
    monkeypatch.setenv("KPI_COLLECTOR_CONFIG", "other.yml")

    assert "currency: USD" in cli("config", "show").out
    assert "currency: EUR" in cli("config", "show", "--config", "collector.yml").out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("chekc",), "no such command: chekc. Did you mean check?"),
        (("check", "--nonsense"), "No such option"),
        (("--log.level", "loud", "check"), "is not one of"),
        (("connector", "schema", "acne"), "there is no connector 'acne'. Did you mean acme?"),
        (("config", "show", "--config", "gone.yml"), "gone.yml: cannot be read: No such file or directory"),
        (("config", "show", "--config", "."), ".: cannot be read: Is a directory"),
    ],
)
def test_mistakes_exit_with_2_and_are_told_on_stderr(cli: Any, arguments: tuple[str, ...], told: str) -> None:
    outcome = cli(*arguments)

    assert (outcome.code, outcome.out) == (2, "")
    assert told in outcome.err
    assert "Traceback" not in outcome.err


def test_plugins_bring_commands_but_replace_none(cli: Any) -> None:
    listed = cli("--help")
    assert "acme-report" in listed.out
    assert "its command 'check' is left out: the name is taken" in listed.err
    assert "plugin rude: its commands are left out: RuntimeError: no terminal" in listed.err

    called = cli("acme-report", "--log.level", "error")
    assert (called.code, called.out) == (0, "12 visits\n")


def test_a_reader_that_goes_away_is_no_trouble() -> None:
    command = f"{sys.executable} -m collector config schema | head -c 10"
    found = subprocess.run(["sh", "-c", command], capture_output=True, timeout=60, text=True)

    assert (found.stdout, found.stderr) == ('{\n  "$sche', "")


def test_ctrl_c_exits_with_130(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "collector.yml")  # opening it waits for a writer, for ever
    code = "import os, signal, threading; threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT)).start(); "
    code += "from collector.cli import main; import sys; sys.argv = ['kpi-collector', 'config', 'show']; main()"

    found = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, timeout=60, text=True)

    assert found.returncode == 130
    assert "Traceback" not in found.stderr
