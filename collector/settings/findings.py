"""What is found while a configuration is read: mistakes, warnings, and secrets to keep.

Nothing stops at the first mistake; `load` raises them all at the end.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from urllib.parse import unquote

from collector.log import MASK, mask, spellings
from collector.settings.entries import Entry, KeyPath, Origin, reach, told
from collector.settings.errors import ConfigError

_PASSWORD = re.compile(r"(?P<scheme>[a-zA-Z][\w+.-]*://)(?P<user>[^/?#\s:@]*):(?P<password>[^/?#\s]*)@")
_SECRET_NAME = re.compile(
    r"token|secret|passw|pwd|credential|webhook|auth|private|(^|_)key$|api_?key|dsn", re.IGNORECASE
)


class Findings:
    """Mistakes, warnings and secrets, gathered."""

    def __init__(self) -> None:
        self.errors: list[ConfigError] = []
        self.warnings: list[str] = []
        self.secrets: set[str] = set()

    def fault(self, root: Entry, path: KeyPath, fault: str, remedy: str = "", *, prefix: str = "") -> None:
        """A mistake at `path` below `root`; where the path ends early, its last part is what is missing."""
        entry, found = reach(root, path)
        if entry.broken:
            return
        line = entry.line if found == path else entry.key_line
        self._add(entry.origin, line, told(root, path, prefix), fault, remedy)

    def key_fault(self, root: Entry, path: KeyPath, fault: str, remedy: str = "", *, prefix: str = "") -> None:
        """A mistake in the key at `path`, whatever its value."""
        entry, _ = reach(root, path)
        self._add(entry.origin, entry.key_line, told(root, path, prefix), fault, remedy)

    def file_fault(self, origin: Origin, line: int, fault: str, remedy: str = "", *, place: str = "") -> None:
        """A mistake in a file as such."""
        self._add(origin, line, place, fault, remedy)

    def warn(self, entry: Entry, place: str, message: str) -> None:
        """Something that a person should know, which stops nothing."""
        where = f"{entry.origin.shown}:{entry.line}" if entry.line else entry.origin.shown
        self.warnings.append(self.covered(f"{where}: {place}: {message}"))

    def keep(self, secrets: Iterable[str]) -> None:
        """Never show these; passwords in URLs count by themselves."""
        self.secrets.update(way for secret in secrets for way in spellings(secret))

    def covered(self, text: str) -> str:
        """The text without the secrets that are known."""
        return cover(text, self.secrets)

    def _add(self, origin: Origin, line: int, place: str, fault: str, remedy: str) -> None:
        self.errors.append(ConfigError(origin.shown, line, *map(self.covered, (place, fault, remedy))))


def cover(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without these secrets, and without any URL's password."""
    return without_password(mask(text, secrets))


def without_password(text: str) -> str:
    """The text with the passwords of its URLs masked."""
    return _PASSWORD.sub(rf"\g<scheme>\g<user>:{MASK}@", text) if "://" in text else text


def passwords(text: str) -> list[str]:
    """The passwords in the URLs of a text, as written there and decoded."""
    found = [match["password"] for match in _PASSWORD.finditer(text)] if "://" in text else []
    return [*found, *map(unquote, found)]


def looks_secret(name: str) -> bool:
    """Whether a variable or key of this name holds what nobody else should see."""
    return _SECRET_NAME.search(name) is not None


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant."""
    by_lower = {other.lower(): other for other in known}
    found = get_close_matches(name.lower(), by_lower, n=1)
    return by_lower[found[0]] if found else None


def suggestion(name: str, known: Iterable[str], *, what: str) -> str:
    """`Did you mean X?`, or else all that there is."""
    names = sorted(known)
    near = nearest(name, names)
    if near:
        return f"Did you mean {near}?"
    return f"{what}: {', '.join(names)}." if names else ""
