"""Building a connector, and asking what it reads, touches neither network nor files."""

import sys
import sysconfig
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from collector.settings.offline import offline
from collector.testing.conformance.bench import source_of
from collector.testing.conformance.outcome import Broken, Check
from collector.testing.conformance.trial import Trial

_TOUCHES = {
    "open": "opens",
    "os.listdir": "lists",
    "os.scandir": "lists",
    "socket.connect": "connects to",
    "socket.getaddrinfo": "looks up",
    "socket.bind": "listens on",
    "subprocess.Popen": "starts",
}
_watched = threading.local()


def building_does_no_io(trial: Trial) -> None:
    """Build one while the interpreter tells what it touches."""
    with trial.ground() as (ground, clock):
        source = source_of(trial.connector, ground.settings, ground.folder, clock.now)
        try:
            with _touched(trial) as touched:
                offline(source).streams()
        except RuntimeError as error:
            if "where no" not in str(error):
                raise
            touched = [str(error)]
    if touched:
        raise Broken(
            f"building the connector, or asking for its streams, {touched[0]}",
            "Do it in a stream, or in `check`: every command builds connectors and must not wait for it",
        )


@contextmanager
def _touched(trial: Trial) -> Iterator[list[str]]:
    _hooked()
    found: list[str] = []
    _watched.found, _watched.own = found, _own_folder(trial)
    try:
        yield found
    finally:
        _watched.found = None


def _own_folder(trial: Trial) -> str:
    """Modules that are imported late, and what they bring, are no I/O of the connector's."""
    file = getattr(sys.modules[trial.connector.__module__], "__file__", None)
    return str(Path(file).parent) if file else ""


@cache
def _hooked() -> None:
    """Once a process: an audit hook cannot be taken away again."""
    sys.addaudithook(_heard)


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    found = getattr(_watched, "found", None)
    if found is None or event not in _TOUCHES:
        return
    what = str(arguments[1] if event.startswith("socket.connect") else arguments[0])
    if event in ("open", "os.listdir", "os.scandir") and _is_code(what):
        return
    found.append(f"{_TOUCHES[event]} {what[:80]}")


def _is_code(path: str) -> bool:
    places = (*sysconfig.get_paths().values(), sys.base_prefix, "/usr/share/zoneinfo")
    of_project = str(Path(__file__).parents[3])
    return path.endswith((".py", ".pyc", ".so")) or path.startswith((*places, _watched.own, of_project))


CHECK = Check(
    "builds-without-io",
    "Building the connector and asking for its streams does no I/O, so that no command waits for it.",
    building_does_no_io,
)
