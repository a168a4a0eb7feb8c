"""Where each key stands, for stages that find a mistake later."""

from collections.abc import Mapping

from collector.settings.entries import Entry, KeyPath
from collector.settings.keys import PROJECT_KEYS
from collector.settings.model import Location


def locations(top: Entry, projects: Mapping[str, Entry]) -> dict[KeyPath, Location]:
    """File and line by path: the daemon's keys as they stand, a project's under ("projects", its name)."""
    found: dict[KeyPath, Location] = {(): (top.origin.shown, top.line)}
    for key, entry in top.mapping.items():
        if key not in PROJECT_KEYS and key != "projects":
            _note(entry, (key,), found)
    for name, entry in projects.items():
        _note(entry, ("projects", name), found)
    return found


def _note(entry: Entry, path: KeyPath, found: dict[KeyPath, Location]) -> None:
    for inner_path, inner in entry.walk(path):
        found[inner_path] = (inner.origin.shown, inner.line)
