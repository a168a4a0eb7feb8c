"""`${NAME}`, `${NAME:-default}` and `${file:/path}` in values; `$$` is a dollar.

Works on entries, after parsing, so that no value can change the file's shape. An expanded
value stays text. What is missing is told by its name, never by a value.
"""

import re
from collections.abc import Callable, Mapping

from collector.settings.entries import Entry, KeyPath
from collector.settings.findings import Findings, looks_secret, passwords

LARGEST_SECRET = 1024 * 1024

_TELLING = 8  # characters from which on a line of a file (a key in JSON) is hidden by itself too
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class _Fault(Exception):
    def __init__(self, fault: str, remedy: str) -> None:
        super().__init__(fault)
        self.fault, self.remedy = fault, remedy


def expand_all(root: Entry, environ: Mapping[str, str], findings: Findings) -> None:
    """Expand every text below `root`, in place, and remember the passwords in URLs."""
    for path, entry in root.walk():
        if not isinstance(entry.value, str):
            continue
        if "$" in entry.value and entry.written is None:
            expand(root, path, entry, environ, findings)
        findings.keep(passwords(entry.value))


def expand(
    root: Entry, path: KeyPath, entry: Entry, environ: Mapping[str, str], findings: Findings, *, prefix: str = ""
) -> None:
    """Expand one text, in place; what cannot be is told, and marked as broken."""
    if not isinstance(entry.value, str) or entry.written is not None or entry.origin.environment:
        return
    written = entry.value
    try:
        entry.value = _expanded(written, lambda inner: _looked_up(inner, entry, environ, findings))
    except _Fault as fault:
        findings.fault(root, path, fault.fault, fault.remedy, prefix=prefix)
        entry.broken = True
    entry.written = written


def _expanded(text: str, look_up: Callable[[str], str]) -> str:
    pieces: list[str] = []
    at = 0
    while (dollar := text.find("$", at)) >= 0:
        pieces.append(text[at:dollar])
        if text.startswith("$$", dollar):
            pieces.append("$")
            at = dollar + 2
        elif text.startswith("${", dollar):
            end = _closing(text, dollar + 2)
            pieces.append(look_up(text[dollar + 2 : end]))
            at = end + 1
        else:
            pieces.append("$")
            at = dollar + 1
    return "".join([*pieces, text[at:]])


def _closing(text: str, start: int) -> int:
    """Where the `}` stands that closes what begins before `start`; defaults may hold `${…}` again."""
    depth, at = 1, start
    while at < len(text):
        if text.startswith("${", at):
            depth, at = depth + 1, at + 2
            continue
        if text[at] == "}":
            depth -= 1
            if depth == 0:
                return at
        at += 1
    raise _Fault("has ${ without }", "Close it, or write $$ for a dollar.")


def _looked_up(inner: str, entry: Entry, environ: Mapping[str, str], findings: Findings) -> str:
    if inner.startswith("file:"):
        return _content(inner.removeprefix("file:"), entry, findings)
    name, has_default, default = inner.partition(":-")
    if not _NAME.fullmatch(name):
        raise _Fault(f"${{{name}}} names no variable", "Write ${NAME}, ${NAME:-default} or ${file:/path}.")
    value = environ.get(name)
    if has_default and not value:
        return _expanded(default, lambda nested: _looked_up(nested, entry, environ, findings))
    if value is None:
        raise _Fault(f"the environment variable {name} is not set", f"Set it, or write ${{{name}:-default}}.")
    if looks_secret(name):
        findings.keep([value])
    return value


def _content(name: str, entry: Entry, findings: Findings) -> str:
    path = entry.origin.folder / name
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_SECRET + 1)
        if len(content) > LARGEST_SECRET:
            raise _Fault(f"the file {name} is too large for a secret", "Name the file that holds just the secret.")
        text = content.decode("utf-8-sig").rstrip("\r\n")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise _Fault(
            f"the file {name} cannot be read: {why}", "Check that it exists and that we may read it."
        ) from None
    findings.keep([text, *(line.strip() for line in text.splitlines() if len(line.strip()) >= _TELLING)])
    return text
