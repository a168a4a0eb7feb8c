"""The unit starts, reloads and stops the daemon as the daemon wants it."""

import shlex
import shutil
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path

import pytest

from tests.ops.stack import ROOT

UNIT = ROOT / "config/systemd/kpi-collector.service"


def _service() -> dict[str, str]:
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(UNIT.read_text(encoding="utf-8"))
    return dict(parser["Service"])


def test_it_runs_a_command_that_exists_with_options_that_exist() -> None:
    _, command, *options = shlex.split(_service()["ExecStart"])
    asked = [sys.executable, "-m", "collector", command, "--help"]
    shown = subprocess.run(asked, capture_output=True, text=True, check=True).stdout

    assert [option for option in options if option.startswith("--") and option not in shown] == []


def test_it_reloads_by_sighup_waits_for_the_end_and_does_not_restart_on_a_bad_configuration() -> None:
    said = _service()

    assert said["ExecReload"] == "/bin/kill -HUP $MAINPID"
    assert int(said["TimeoutStopSec"]) > 10
    assert (said["Restart"], said["RestartPreventExitStatus"]) == ("on-failure", "2")


def test_systemd_accepts_it(tmp_path: Path) -> None:
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("systemd is not installed")
    unit = tmp_path / UNIT.name
    program = _service()["ExecStart"].split()[0]
    unit.write_text(UNIT.read_text(encoding="utf-8").replace(program, "/bin/true"), encoding="utf-8")
    checked = subprocess.run([verify, "verify", str(unit)], capture_output=True, text=True, check=False)

    assert UNIT.name not in checked.stderr, checked.stderr
