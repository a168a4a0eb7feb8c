"""Secrets of one source, and texts without them.

A URL that carries a secret is one, and so are its parts: error messages name paths.
"""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, SecretStr

from collector.log import hide, mask, spellings


class Redaction:
    """Covers what the source's settings and tokens hold."""

    def __init__(self, settings: BaseModel) -> None:
        self._secrets: set[str] = set()
        for secret in secrets_in(settings):
            self.add(secret)

    def add(self, secret: str) -> None:
        """Never show this one either, nor let it be logged."""
        written = set(spellings(secret))
        self._secrets |= written
        hide(written)

    def __call__(self, text: str) -> str:
        """The text without any of them."""
        return mask(text, self._secrets)


def secrets_in(value: Any) -> Iterator[str]:
    """The secrets in settings, or in what a dump of them holds."""
    match value:
        case SecretStr():
            yield value.get_secret_value()
        case BaseModel():
            for name in type(value).model_fields:
                yield from secrets_in(getattr(value, name))
        case dict():
            for each in value.values():
                yield from secrets_in(each)
        case list() | tuple():
            for each in value:
                yield from secrets_in(each)
