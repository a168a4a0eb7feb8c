"""Basic auth: whether a password is that of a user.

bcrypt is slow on purpose. It works in a thread, one password at a time, so that guessing
takes no more than one core; a password that was right is remembered as a keyed digest.
A user who does not exist takes as long as one who does.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Mapping

import bcrypt
from pydantic import SecretStr

from collector.polling.threads import in_thread

MOST_REMEMBERED = 100
MOST_WAITING = 32
"""Passwords that wait to be checked; those who ask beyond are asked to come again."""

_LONGEST = 72
"""Bytes of a password that bcrypt looks at; longer ones were cut when they were hashed, too."""

_NOBODY = "$2b${cost:02d}$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi"
"""A hash for users who do not exist; what it is of does not matter."""

Credentials = tuple[str, str]
"""Name and password."""


class TooManyWaiting(Exception):
    """More passwords are to be checked than can be soon."""


def credentials(header: bytes | None) -> Credentials | None:
    """What an Authorization header says; None where it is none of basic auth."""
    scheme, _, encoded = (header or b"").partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        name, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (name, password) if colon else None


class Passwords:
    """Checks passwords, and remembers right ones."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._right: OrderedDict[bytes, None] = OrderedDict()
        self._one = asyncio.Lock()
        self._waiting = 0

    async def right(self, users: Mapping[str, SecretStr], given: Credentials) -> bool:
        """Whether these credentials are those of a user.

        Raises:
            TooManyWaiting: others are to be checked first, too many of them.
        """
        name, password = given
        hashed = users[name].get_secret_value() if name in users else self._nobodys(users, name)
        mark = self._mark(name, hashed, password)
        if mark in self._right:
            self._right.move_to_end(mark)
            return True
        right = await self._checked(hashed, password) and name in users
        if right:
            self._right[mark] = None
            while len(self._right) > MOST_REMEMBERED:
                self._right.popitem(last=False)
        return right

    async def _checked(self, hashed: str, password: str) -> bool:
        if self._waiting >= MOST_WAITING:
            raise TooManyWaiting
        self._waiting += 1
        try:
            async with self._one:
                return await in_thread(_is_of, hashed, password)
        finally:
            self._waiting -= 1

    def _mark(self, *parts: str) -> bytes:
        """A digest that tells nobody anything; with the hash in it, a new password forgets the old one."""
        digests = b"".join(hashlib.sha256(part.encode()).digest() for part in parts)
        return hmac.digest(self._key, digests, "sha256")

    def _nobodys(self, users: Mapping[str, SecretStr], name: str) -> str:
        """A hash as costly as some user's: always the same one's for a name, so that asking twice tells nothing."""
        costs = sorted(hashed.get_secret_value().split("$")[2] for hashed in users.values())
        chosen = int.from_bytes(self._mark(name)[:8], "big") % len(costs)
        return _NOBODY.format(cost=int(costs[chosen]))


def _is_of(hashed: str, password: str) -> bool:
    """Whether a hash is of a password; the comparison itself takes constant time."""
    return bcrypt.checkpw(password.encode()[:_LONGEST], hashed.encode())
