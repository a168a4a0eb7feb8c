"""Whose a kept token is, and what of it nobody may see."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import SecretBytes, SecretStr

from collector.plugin.credentials import Grant, Token
from collector.polling.sealing import digest
from collector.settings.model import Source
from collector.store.tokens import Owner


def owner_of(source: Source, grant: Grant) -> Owner:
    """By what a source's token is kept."""
    return Owner(source.project, source.name, digest(grant.identity))


def settings_of(source: Source) -> str:
    """A digest of the settings by which a grant is refused or not."""
    return digest(source.connector.type.name, _told(source.settings.model_dump()))


def secrets_of(token: Token) -> tuple[str, ...]:
    """What of a token nobody may see."""
    found = (token.access, token.refresh)
    return tuple(each.get_secret_value() for each in found if each is not None and each.get_secret_value())


def _told(value: Any) -> str:
    """Settings as one text, secrets included; only its digest is kept."""
    if isinstance(value, SecretStr | SecretBytes):
        return repr(value.get_secret_value())
    if isinstance(value, Mapping):
        return json.dumps({str(name): _told(inner) for name, inner in value.items()}, sort_keys=True)
    if isinstance(value, list | tuple):
        return json.dumps([_told(each) for each in value])
    if isinstance(value, set | frozenset):
        return json.dumps(sorted(map(_told, value)))
    return repr(value)
