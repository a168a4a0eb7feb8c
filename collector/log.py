"""Logging: one line a record on stderr, as logfmt or JSON, with secrets hidden.

Beside the way of the data; set up once by the command line. Secrets are told by
`hide` as soon as the configuration is known, and are covered in tracebacks too.
"""

import json
import logging
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Literal, TextIO
from urllib.parse import parse_qsl, quote, unquote, urlsplit

Format = Literal["logfmt", "json"]
LEVELS: Mapping[str, int] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
MASK = "********"

_TALKATIVE = ("httpx", "httpcore", "hpack", "urllib3", "alembic")
"""Heard from warnings on: the HTTP ones log URLs, and URLs may carry secrets."""

_NAMES = {logging.WARNING: "warn", logging.CRITICAL: "error"}
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_SHORTEST = 4  # hiding shorter ones would garble every line and protect nothing
_LONG = 9
_SHORTEST_PART = 8  # of a secret URL's path: shorter ones are words such as `rest`
_PLAIN = re.compile(r'[^\s"=\\]+')


class Lines(logging.Formatter):
    """A record as one line; what `hidden` holds is masked wherever it comes from."""

    def __init__(self, format: Format = "logfmt") -> None:  # noqa: A002 - the option's own name
        super().__init__()
        self.format_name = format
        self.hidden: frozenset[str] = frozenset()
        self.passing: dict[str, frozenset[str]] = {}
        """Secrets that others take the place of: tokens, by whose they are."""

    @property
    def covered(self) -> frozenset[str]:
        """All that is masked now."""
        return self.hidden.union(*self.passing.values())

    def format(self, record: logging.LogRecord) -> str:
        """The record's line."""
        fields: dict[str, object] = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": _NAMES.get(record.levelno, record.levelname.lower()),
            "logger": record.name,
            "msg": record.getMessage(),
        }
        fields |= {name: value for name, value in vars(record).items() if name not in _OWN}
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        hidden = self.covered
        covered = {name: mask(str(value), hidden) for name, value in fields.items()}
        if self.format_name == "json":
            return json.dumps(covered, ensure_ascii=False)
        return " ".join(f"{name}={_quoted(value)}" for name, value in covered.items())


def set_up(*, level: str = "info", format: Format = "logfmt", stream: TextIO | None = None) -> None:  # noqa: A002
    """Send all logging to stderr from now on; may be called again, and keeps what is hidden."""
    root = logging.getLogger()
    lines = Lines(format)
    for handler in list(root.handlers):
        if isinstance(handler.formatter, Lines):
            lines.hidden |= handler.formatter.hidden
            lines.passing |= handler.formatter.passing
            root.removeHandler(handler)
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(lines)
    root.addHandler(handler)
    root.setLevel(LEVELS[level])
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def hide(secrets: Iterable[str], *, of: str | None = None) -> None:
    """Mask these values in every line from now on; with `of`, until the next ones of the same name."""
    known = frozenset(secrets)
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, Lines):
            if of is None:
                handler.formatter.hidden |= known
            else:
                handler.formatter.passing[of] = known


def mask(text: str, secrets: Iterable[str]) -> str:
    """The text with each secret covered, longer ones first so that none leaves a tail.

    A short one is covered as a word of its own only: `postgres` may be a password, and
    `postgresql` still a database.
    """
    for secret in sorted((secret for secret in secrets if secret in text), key=len, reverse=True):
        if len(secret) < _SHORTEST:
            continue
        if len(secret) < _LONG:
            text = re.sub(rf"(?<![^\W_]){re.escape(secret)}(?![^\W_])", MASK, text)
        else:
            text = text.replace(secret, MASK)
    return text


def spellings(secret: str) -> Iterator[str]:
    """A secret as it may be met: plain, as a part of a URL, and if it is a URL, its telling parts."""
    if not secret:
        return
    yield from (secret, quote(secret, safe=""), quote(secret))
    if secret.startswith(("http://", "https://")):
        url = urlsplit(secret)
        yield from (part for part in url.path.split("/") if len(part) >= _SHORTEST_PART)
        yield from (value for _, value in parse_qsl(url.query))
        yield from (unquote(part) for part in (url.password, url.username) if part)


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    escaped = json.dumps(value, ensure_ascii=False)
    return escaped.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
