"""What the service manager is told, over its real kind of socket."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.systemd import Systemd


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """A manager's socket, and $NOTIFY_SOCKET."""
    written = str(tmp_path / "notify") if request.param == "path" else f"@kpi-collector-{tmp_path.name}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(written.replace("@", "\0") if request.param == "abstract" else written)
        sock.settimeout(5)
        yield sock, written


def test_each_state_is_told_as_the_protocol_has_it(manager: tuple[socket.socket, str]) -> None:
    sock, written = manager
    told = Systemd({"NOTIFY_SOCKET": written})
    told.status("starting:\nsoon")
    told.ready("serving")
    told.alive()
    told.reloading(monotonic=12.5, status="reloading")
    told.reloaded("serving")
    told.stopping("stopping")

    assert [sock.recv(4096).decode() for _ in range(6)] == [
        "STATUS=starting: soon\n",
        "READY=1\nSTATUS=serving\n",
        "WATCHDOG=1\n",
        "RELOADING=1\nMONOTONIC_USEC=12500000\nSTATUS=reloading\n",
        "READY=1\nSTATUS=serving\n",
        "STOPPING=1\nSTATUS=stopping\n",
    ]


def test_a_reload_during_the_start_does_not_make_it_ready(manager: tuple[socket.socket, str]) -> None:
    sock, written = manager
    told = Systemd({"NOTIFY_SOCKET": written})
    told.reloading(monotonic=1, status="reloading")
    told.reloaded("serving")
    told.alive()

    assert sock.recv(4096) == b"WATCHDOG=1\n"


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({"WATCHDOG_USEC": "120000000", "WATCHDOG_PID": "42"}, 120.0),
        ({"WATCHDOG_USEC": "500000"}, 0.5),
        ({"WATCHDOG_USEC": "120000000", "WATCHDOG_PID": "43"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_PID": "42"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_ours_only_if_it_names_us_or_nobody(environ: dict[str, str], seconds: float | None) -> None:
    assert Systemd({"NOTIFY_SOCKET": "/run/n", **environ}, pid=42).watchdog_seconds == seconds


def test_without_a_manager_nothing_happens(caplog: pytest.LogCaptureFixture) -> None:
    alone = Systemd({"WATCHDOG_USEC": "1000000"})
    alone.ready("serving")
    alone.stopping("stopping")

    assert alone.watchdog_seconds is None
    assert caplog.text == ""


def test_a_manager_that_is_gone_is_told_of_once_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told = Systemd({"NOTIFY_SOCKET": str(tmp_path / "nowhere")})
    for _ in range(3):
        told.alive()

    assert caplog.text.count("the service manager cannot be told how we are") == 1


def test_an_address_of_another_kind_is_told(caplog: pytest.LogCaptureFixture) -> None:
    Systemd({"NOTIFY_SOCKET": "vsock:2:1234"}).ready("serving")

    assert "NOTIFY_SOCKET=vsock:2:1234 is of a kind that is not known here" in caplog.text
