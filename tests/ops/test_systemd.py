"""The unit starts, reloads, watches and stops the daemon as the daemon wants it."""

import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from configparser import RawConfigParser
from pathlib import Path

import pytest

from tests.ops import shop
from tests.ops.stack import ROOT, collector

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


def test_it_waits_for_the_first_snapshot_and_watches() -> None:
    said = _service()

    assert said["Type"] == "notify"
    assert said["WatchdogSec"] == "2min"
    assert "AF_UNIX" in said["RestrictAddressFamilies"].split()


def test_the_daemon_tells_its_whole_life(tmp_path: Path) -> None:
    shop.write_shop(tmp_path)
    config = shop.write_config(tmp_path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(30)
        environ = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "400000"}
        program = collector(config, env=os.environ | environ)
        told = [*_until(manager, "READY=1"), *_until(manager, "WATCHDOG=1"), *_until(manager, "WATCHDOG=1")]
        config.write_text(config.read_text() + "curency: EUR\n")
        program.process.send_signal(signal.SIGHUP)
        reloading, reloaded = _until(manager, "RELOADING=1")[-1], _until(manager, "READY=1")[-1]
        assert program.stop() == 0
        stopping = _until(manager, "STOPPING=1")

    assert told[0].startswith("STATUS=starting")
    assert told[1] == "READY=1\nSTATUS=serving\n"
    begun = int(reloading.split("MONOTONIC_USEC=")[1].split()[0]) / 1e6
    assert 0 <= time.monotonic() - begun < 60
    assert "curency: unknown key" in reloaded
    assert stopping[-1] == "STOPPING=1\nSTATUS=stopping\n"


def _until(manager: socket.socket, wanted: str) -> list[str]:
    """What the manager is told, through the first that begins so."""
    told: list[str] = []
    while not told or not told[-1].startswith(wanted):
        told.append(manager.recv(65536).decode())
    return told


def test_systemd_accepts_it(tmp_path: Path) -> None:
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("systemd is not installed")
    unit = tmp_path / UNIT.name
    program = _service()["ExecStart"].split()[0]
    unit.write_text(UNIT.read_text(encoding="utf-8").replace(program, "/bin/true"), encoding="utf-8")
    checked = subprocess.run([verify, "verify", str(unit)], capture_output=True, text=True, check=False)

    assert UNIT.name not in checked.stderr, checked.stderr
