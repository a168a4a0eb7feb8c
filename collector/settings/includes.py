"""Files that include files: one tree of entries.

`include` stands in the top level or in a project; what is included stands there too. The
including file's own keys win; sources, projects, measures and the items of lists come
together, and one of them that is named twice is a mistake.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from collector.settings.documents import read_document
from collector.settings.entries import Entry, Origin
from collector.settings.expand import expand
from collector.settings.findings import Findings

_JOINED_LISTS = frozenset({"kpis", "goals", "bonuses", "channels", "paid_channels"})
_JOINED_MAPPINGS = frozenset({"sources", "projects", "measures"})


class Includes:
    """Reads the main file and all that it includes."""

    def __init__(self, environ: Mapping[str, str], findings: Findings) -> None:
        self._environ = environ
        self._findings = findings

    def main(self, path: Path) -> Entry | None:
        """The whole tree; None where the main file is no good."""
        origin = Origin(str(path), path.absolute().parent)
        try:
            top = read_document(path, origin, self._findings)
        except OSError as error:
            fault = f"cannot be read: {error.strerror or error}"
            self._findings.file_fault(origin, 0, fault, "Name the configuration file with --config.")
            return None
        if top is None or not self._is_mapping(top):
            return None
        stack = (path.resolve(),)
        top.value = self._resolved(top, stack, "")
        projects = top.below("projects")
        for name, project in (projects.mapping if projects else {}).items():
            if isinstance(project.value, dict):
                project.value = self._resolved(project, stack, f"projects.{name}")
        return top

    def _is_mapping(self, document: Entry) -> bool:
        if document.value is None:
            document.value = {}
        if isinstance(document.value, dict):
            return True
        fault = "holds no keys at its top level"
        self._findings.file_fault(document.origin, document.line, fault, "Begin with keys such as sources:.")
        return False

    def _resolved(self, mapping: Entry, stack: tuple[Path, ...], place: str) -> dict[str, Entry]:
        """The mapping's entries and those that it includes."""
        entries = dict(mapping.mapping)
        include = entries.pop("include", None)
        if include is None:
            return entries
        own = frozenset(entries)
        for entry in include.items if isinstance(include.value, list) else [include]:
            included = self._included(entry, stack, place)
            if included is not None:
                self._join(entries, included, own)
        return entries

    def _included(self, entry: Entry, stack: tuple[Path, ...], place: str) -> dict[str, Entry] | None:
        place = f"{place}.include" if place else "include"
        expand(entry, (), entry, self._environ, self._findings, prefix=place)
        if entry.broken:
            return None
        if not isinstance(entry.value, str):
            self._tell(entry, place, "names no file", "Write a path, or a list of paths.")
            return None
        shown = os.path.normpath(os.path.join(os.path.dirname(entry.origin.shown), entry.value))  # noqa: PTH118, PTH120 - as people wrote it
        path = entry.origin.folder / entry.value
        if path.resolve() in stack:
            round_trip = " includes ".join(str(file.name) for file in (*stack, path.resolve()))
            self._tell(entry, place, f"goes round in a circle: {round_trip}", "Remove one of these includes.")
            return None
        try:
            document = read_document(path, Origin(shown, path.absolute().parent), self._findings)
        except OSError as error:
            fault = f"{entry.value} cannot be read: {error.strerror or error}"
            self._tell(entry, place, fault, f"A relative path starts at {entry.origin.folder}.")
            return None
        if document is None or not self._is_mapping(document):
            return None
        return self._resolved(document, (*stack, path.resolve()), "")

    def _join(self, entries: dict[str, Entry], included: Mapping[str, Entry], own: frozenset[str]) -> None:
        for key, entry in included.items():
            there = entries.get(key)
            if there is None:
                entries[key] = entry
            elif key in _JOINED_LISTS and isinstance(there.value, list) and isinstance(entry.value, list):
                entries[key] = Entry([*there.value, *entry.value], there.origin, there.line, there.key_line)
            elif key in _JOINED_MAPPINGS and isinstance(there.value, dict) and isinstance(entry.value, dict):
                entries[key] = Entry(self._named(key, there, entry), there.origin, there.line, there.key_line)
            elif key not in own:
                self._twice(key, there, entry)

    def _named(self, key: str, there: Entry, entry: Entry) -> dict[str, Entry]:
        joined = dict(there.mapping)
        for name, inner in entry.mapping.items():
            if name in joined:
                self._twice(f"{key}.{name}", joined[name], inner)
            else:
                joined[name] = inner
        return joined

    def _twice(self, place: str, there: Entry, again: Entry) -> None:
        fault = f"stands here again; it is in {there.origin.shown}:{there.key_line} already"
        self._findings.file_fault(again.origin, again.key_line, fault, "Keep one of the two.", place=place)

    def _tell(self, entry: Entry, place: str, fault: str, remedy: str) -> None:
        self._findings.file_fault(entry.origin, entry.line, fault, remedy, place=place)
