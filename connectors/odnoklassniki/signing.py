"""How a request is signed: its parameters by name, raw and without anything between, then the secret; MD5 of that."""

import hashlib
from collections.abc import Mapping

UNSIGNED = frozenset({"access_token", "session_key", "sig"})


def signature(params: Mapping[str, str], session_secret_key: str) -> str:
    """`sig` of these parameters."""
    told = "".join(f"{name}={params[name]}" for name in sorted(params) if name not in UNSIGNED)
    return _md5(told + session_secret_key)


def session_secret_of(access_token: str, application_secret_key: str) -> str:
    """The secret of a token that a person's consent gave."""
    return _md5(access_token + application_secret_key)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
