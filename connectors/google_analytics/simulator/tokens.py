"""Who may ask: access tokens of a service account or a person, and assertions that a client signs itself.

Google's own client with a service account calls no token endpoint: it sends the signed JWT as the
bearer. `aud` is Google's address wherever the endpoint is.
"""

import base64
import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from starlette.requests import Request

from collector.testing.simulator import Refused

SCOPES = frozenset({"https://www.googleapis.com/auth/analytics.readonly", "https://www.googleapis.com/auth/analytics"})
GOOGLE = "https://oauth2.googleapis.com/token"
API = "https://analyticsdata.googleapis.com/"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFETIME = timedelta(seconds=3599)
_SKEW = timedelta(minutes=5)
_SHORT = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
    "Check your iat and exp values in the JWT claim."
)


@cache
def _key() -> rsa.RSAPrivateKey:
    """Made once in a process: it takes its time."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def _pem() -> str:
    return _key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@dataclass
class GoogleTokens:
    """The token endpoint, and access by what it gave out."""

    client_secret: str
    refresh_token: str
    email: str = "kpi-collector@sosna-analytics.iam.gserviceaccount.com"
    key_id: str = "2f1d8c4b6a0e"
    client_id: str = "407408718192.apps.googleusercontent.com"
    deleted: bool = False
    """The service account is gone."""
    revoked: bool = False
    """The person has taken the access back."""
    issued: dict[str, datetime] = field(default_factory=dict)
    _given: int = 0

    def key_file(self, token_url: str) -> dict[str, str]:
        """What Google gives for the service account's key."""
        return {
            "type": "service_account",
            "project_id": "sosna-analytics",
            "private_key_id": self.key_id,
            "private_key": _pem(),
            "client_email": self.email,
            "client_id": "104857600000000000001",
            "token_uri": token_url,
        }

    def answer(self, asked: Mapping[str, str], now: datetime) -> tuple[int, dict[str, Any]]:
        """The endpoint's status and body."""
        match asked.get("grant_type"):
            case grant if grant == JWT_BEARER:
                why = self._fault_of(asked.get("assertion", ""), now, of_endpoint=True)
                return (200, self._issue(now)) if why is None else (400, _error("invalid_grant", why))
            case "refresh_token":
                if (asked.get("client_id"), asked.get("client_secret")) != (self.client_id, self.client_secret):
                    return 401, _error("invalid_client", "Unauthorized")
                if self.revoked or asked.get("refresh_token") != self.refresh_token:
                    return 400, _error("invalid_grant", "Token has been expired or revoked.")
                return 200, self._issue(now) | {"scope": min(SCOPES)}
        return 400, _error("unsupported_grant_type", f"Invalid grant_type: {asked.get('grant_type')}")

    def refusal(self, request: Request, now: datetime) -> Refused | None:
        """Whether the bearer was given out and is not over, or is signed by the account itself."""
        word, _, token = request.headers.get("authorization", "").partition(" ")
        if word.lower() != "bearer" or not token:
            return "missing"
        if token in self.issued:
            return "expired" if self.issued[token] <= now else None
        if token.count(".") == 2:
            return None if self._fault_of(token, now, of_endpoint=False) is None else "unknown"
        return "unknown"

    def expire(self) -> None:
        """All access tokens are over at once."""
        self.issued = dict.fromkeys(self.issued, datetime.min.replace(tzinfo=UTC))

    @property
    def secrets(self) -> Collection[str]:
        """What nobody may see."""
        return {self.client_secret, self.refresh_token, *self.issued, "".join(_pem().splitlines()[1:-1])[:64]}

    def _fault_of(self, token: str, now: datetime, *, of_endpoint: bool) -> str | None:
        """What is wrong with an assertion; None: nothing."""
        signed, _, signature = token.rpartition(".")
        try:
            header, claims = (json.loads(_decoded(part)) for part in signed.split("."))
            _key().public_key().verify(_decoded(signature), signed.encode(), PKCS1v15(), hashes.SHA256())
        except (ValueError, InvalidSignature):
            return "Invalid JWT Signature."
        if header.get("alg") != "RS256" or header.get("kid") not in (None, self.key_id):
            return "Invalid JWT Signature."
        if self.deleted or claims.get("iss") != self.email:
            return "Invalid grant: account not found"
        issued, ends = (datetime.fromtimestamp(claims.get(name, 0), UTC) for name in ("iat", "exp"))
        if issued > now + _SKEW or ends <= now or ends - issued > timedelta(hours=1):
            return _SHORT
        scopes = set(str(claims.get("scope", "")).split())
        if of_endpoint and claims.get("aud") != GOOGLE:
            return "Invalid JWT: Failed audience check."
        is_meant = bool(scopes & SCOPES) or (not of_endpoint and claims.get("aud") == API)
        return None if is_meant else "Invalid OAuth scope or ID token audience provided."

    def _issue(self, now: datetime) -> dict[str, Any]:
        self._given += 1
        seed = f"{self.client_secret}/{self._given}"
        token = f"ya29.{hashlib.sha256(seed.encode()).hexdigest()}"
        self.issued[token] = now + LIFETIME
        return {"access_token": token, "expires_in": int(LIFETIME.total_seconds()), "token_type": "Bearer"}


def _error(kind: str, words: str) -> dict[str, Any]:
    return {"error": kind, "error_description": words}


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
