"""YAML in, entries out: each value with its file and line.

Scalars as in YAML 1.2: `true` and `false` are booleans, `yes`, `on`, dates, `12:30` and
`007` are text. Read from the parser's events, so that depth and size have bounds before
anything is built.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import yaml

from collector.settings.entries import Entry, Origin, Scalar
from collector.settings.findings import Findings

DEEPEST = 50
MOST_VALUES = 1_000_000
MOST_BYTES = 32 * 1024 * 1024

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)?\.[0-9]+|[-+]?(0|[1-9][0-9]*)(\.[0-9]*)?[eE][-+]?[0-9]{1,3}")
_TAGS = {"tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq", "!"}


class _Unreadable(Exception):
    """A document that is no use: the fault, its line, and what to do."""

    def __init__(self, fault: str, line: int, remedy: str = "") -> None:
        super().__init__(fault)
        self.fault, self.line, self.remedy = fault, line, remedy


def read_document(path: Path, origin: Origin, findings: Findings) -> Entry | None:
    """The file's one document; None where it is no good, which is told then.

    Raises:
        OSError: the file cannot be opened.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise _Unreadable(f"is larger than {MOST_BYTES // 1024 // 1024} MB", 0)
        return _Reader(_text(content), origin, findings).document()
    except _Unreadable as error:
        findings.file_fault(origin, error.line, error.fault, error.remedy)
    except yaml.YAMLError as error:
        findings.file_fault(origin, *_syntax(error))
    return None


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _Unreadable("is not UTF-8 text", line, "Save the file as UTF-8.") from None


def _syntax(error: yaml.YAMLError) -> tuple[int, str, str]:
    """Line, fault and remedy of what the parser says, without an excerpt: it may hold a secret."""
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark
        if mark is None or "flow" in (error.context or "") or "end of stream" in (error.problem or ""):
            mark = error.context_mark or mark  # where the bracket or quote was opened, not where the file ends
        told = ", ".join(part for part in (error.context, error.problem) if part)
        return (
            (mark.line + 1 if mark else 0),
            f"is no valid YAML: {told}",
            "Look at the indentation, quotes and colons.",
        )
    return (
        0,
        "is no valid YAML: it holds a character that YAML does not allow",
        "Remove control characters such as NUL.",
    )


class _Reader:
    """One document, from its events."""

    def __init__(self, text: str, origin: Origin, findings: Findings) -> None:
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.CSafeLoader)
        self._origin = origin
        self._findings = findings
        self._anchors: dict[str, tuple[Entry, int]] = {}
        self._count = 0

    def document(self) -> Entry:
        """The whole of it; an empty file is an empty mapping."""
        top: Entry | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if top is not None:
                    raise _Unreadable("holds a second document", _line(event), "Keep one; use include: for more files.")
                first = next(self._events)
                top = self._entry(first, key_line=_line(first), path=())
        return top if top is not None else Entry({}, self._origin, 1, 1)

    def _entry(self, event: yaml.Event, *, key_line: int, path: tuple[str, ...]) -> Entry:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, key_line)
        before = self._count
        self._grow(1, event)
        if len(path) > DEEPEST:
            raise _Unreadable(f"is nested more than {DEEPEST} deep", _line(event))
        tag, anchor = getattr(event, "tag", None), getattr(event, "anchor", None)
        if tag is not None and tag not in _TAGS:
            raise _Unreadable(f"has a tag, {tag}, which has no meaning here", _line(event), "Remove the tag.")
        if isinstance(event, yaml.ScalarEvent):
            entry = Entry(_scalar(event), self._origin, _line(event), key_line)
        elif isinstance(event, yaml.MappingStartEvent):
            entry = Entry(self._mapping(path), self._origin, key_line, key_line)
        else:
            entry = Entry(self._sequence(path), self._origin, key_line, key_line)
        if anchor is not None:
            self._anchors[anchor] = (entry, self._count - before)
        return entry

    def _alias(self, event: yaml.AliasEvent, key_line: int) -> Entry:
        if event.anchor not in self._anchors:
            raise _Unreadable(f"*{event.anchor} refers to no anchor before it", _line(event))
        entry, size = self._anchors[event.anchor]
        self._grow(size, event)
        line = key_line if isinstance(entry.value, dict | list) else entry.line
        return Entry(entry.value, entry.origin, line, key_line)

    def _grow(self, by: int, event: yaml.Event) -> None:
        self._count += by
        if self._count > MOST_VALUES:
            raise _Unreadable(f"holds more than {MOST_VALUES} values", _line(event), "Look at its anchors.")

    def _sequence(self, path: tuple[str, ...]) -> list[Entry]:
        items: list[Entry] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._entry(event, key_line=_line(event), path=(*path, f"[{len(items)}]")))
        return items

    def _mapping(self, path: tuple[str, ...]) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        merged: list[Entry] = []
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise _Unreadable("has a key that is no text", _line(event), "A key is a plain word.")
            key, line = event.value, _line(event)
            entry = self._entry(next(self._events), key_line=line, path=(*path, key))
            if key == "<<" and event.implicit[0]:
                merged += entry.items or [entry]
            elif key in entries:
                place = ".".join((*path, key)).replace(".[", "[")
                fault = f"stands here again; it is on line {entries[key].key_line} already"
                self._findings.file_fault(self._origin, line, fault, "Keep one of the two.", place=place)
            else:
                entries[key] = entry
        for source in merged:  # `<<: *base`: what a mapping has itself counts
            entries = {**source.mapping, **entries}
        return entries


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


def _scalar(event: yaml.ScalarEvent) -> Scalar:
    text: str = event.value
    if event.tag is not None or not event.implicit[0]:
        return text
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INTEGER.fullmatch(text):
        return int(text)
    return Decimal(text) if _DECIMAL.fullmatch(text) else text
