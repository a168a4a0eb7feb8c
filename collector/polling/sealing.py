"""Tokens sealed for the store: what a key encrypts, who may read it, how old keys are left behind.

Beside `credentials`. `vault_key:` is a list: the first key seals, all of them open, so
that a key is changed by putting the new one before the old one. A key is a Fernet key as
it is, or any other text, from which one is derived with the store's own salt.
"""

import hashlib
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from collector.plugin.credentials import Token
from collector.plugin.errors import CredentialsRefused

if TYPE_CHECKING:  # 0.1 s to import, and most programs never need it
    from cryptography.fernet import Fernet

_FERNET = re.compile(r"[A-Za-z0-9_-]{43}=")


class Locked(CredentialsRefused):
    """A token is there, but cannot be opened; nothing was changed."""

    def __init__(self, source: str, fault: str) -> None:
        super().__init__(
            f"{source}: its token is sealed, and {fault}. Set vault_key to the key that it was sealed with "
            f"(further keys may stand beside it), or sign in again: kpi-collector auth {source}"
        )


class Box:
    """Seals and opens bodies with a list of keys; without keys it leaves them as they are."""

    def __init__(self, keys: Sequence[SecretStr], salt: bytes) -> None:
        self._keys = [key.get_secret_value() for key in keys]
        self._salt = salt

    @property
    def seals(self) -> bool:
        """Whether there is a key."""
        return bool(self._keys)

    def seal(self, text: str) -> str:
        """The text as it goes into the store."""
        if not self._keys:
            return text
        return self._fernet(self._keys[0]).encrypt(text.encode()).decode()

    def open(self, body: str, *, sealed: bool, source: str) -> tuple[str, bool]:
        """The text of a body, and whether it should be sealed anew: with the first key, or at all.

        Raises:
            Locked: no key opens it.
        """
        if not sealed:
            return body, self.seals
        if not self._keys:
            raise Locked(source, "no vault_key is configured")
        from cryptography.fernet import InvalidToken

        for number, key in enumerate(self._keys):
            try:
                return self._fernet(key).decrypt(body.encode()).decode(), number > 0
            except InvalidToken:
                continue
        fault = "the vault_key is another one" if len(self._keys) == 1 else "none of the vault_key list opens it"
        raise Locked(source, fault)

    def _fernet(self, key: str) -> "Fernet":
        from cryptography.fernet import Fernet

        return Fernet(key if _FERNET.fullmatch(key) else _derived(key, self._salt))


@lru_cache(maxsize=16)
def _derived(passphrase: str, salt: bytes) -> bytes:
    """A key of a passphrase; made to take a while (0.05 s), so that guessing does too."""
    return urlsafe_b64encode(hashlib.scrypt(passphrase.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32))


def pair_of(token: Token) -> str:
    """What a token is known by without telling it."""
    refresh = token.refresh.get_secret_value() if token.refresh is not None else ""
    return digest(token.access.get_secret_value(), refresh)


def digest(*parts: str) -> str:
    """A digest of texts, from which nothing can be read back."""
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=32).hexdigest()


def written(token: Token) -> str:
    """A token as JSON."""
    return json.dumps(
        {
            "access": token.access.get_secret_value(),
            "expires_at": _text(token.expires_at),
            "refresh": None if token.refresh is None else token.refresh.get_secret_value(),
            "refresh_expires_at": _text(token.refresh_expires_at),
            "extra": dict(token.extra),
        },
        ensure_ascii=False,
    )


def read(text: str) -> Token:
    """The token that `written` wrote."""
    found: dict[str, Any] = json.loads(text)
    return Token(
        access=SecretStr(found["access"]),
        expires_at=_instant(found["expires_at"]),
        refresh=None if found["refresh"] is None else SecretStr(found["refresh"]),
        refresh_expires_at=_instant(found["refresh_expires_at"]),
        extra=found["extra"],
    )


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
