"""How tokens are come by: a service account's signed assertion, or a person's refresh token.

A service account signs a JWT (RFC 7523) with the key of its JSON file, and is given an access
token for an hour. The file is read where a source is connected; one that cannot be read is told
when a token is asked for.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import SecretStr

from collector.plugin import (
    BadResponse,
    CredentialsRefused,
    Forbidden,
    Grant,
    HttpClient,
    Json,
    OAuth2,
    Response,
    TemporaryFailure,
    Token,
)
from connectors.google_analytics.settings import TOKEN_URL, GoogleAnalyticsSettings

SCOPE = "https://www.googleapis.com/auth/analytics.readonly"
CONSENT = "https://accounts.google.com/o/oauth2/v2/auth?access_type=offline&prompt=consent"
LIFETIME = timedelta(hours=1)
GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"

_REFUSALS = (400, 401, 403)


@dataclass(frozen=True)
class Unreadable(Grant):
    """Credentials that are none; `why` says what to do."""

    why: str

    @property
    def identity(self) -> str:
        """Nobody's."""
        return f"unreadable {self.why}"

    async def obtain(self, http: HttpClient) -> Token:
        """Tell it."""
        del http
        raise Forbidden(self.why)

    async def renew(self, http: HttpClient, token: Token) -> Token:
        """Tell it."""
        del token
        return await self.obtain(http)


@dataclass(frozen=True)
class ServiceAccount(Grant):
    """A service account's key."""

    email: str
    private_key: SecretStr
    key_id: str
    token_url: str

    @cached_property
    def _key(self) -> RSAPrivateKey:
        try:
            found = load_pem_private_key(self.private_key.get_secret_value().encode(), password=None)
        except (ValueError, TypeError) as error:
            raise Forbidden(f"credentials: the private_key of {self.email} is none: copy the file as it was") from error
        if not isinstance(found, RSAPrivateKey):
            raise Forbidden(f"credentials: the private_key of {self.email} is no RSA key: copy the file as it was")
        return found

    @property
    def identity(self) -> str:
        """The account, its key and where tokens come from."""
        key = hashlib.sha256(self.private_key.get_secret_value().encode()).hexdigest()
        return f"{self.token_url} {self.email} {self.key_id} {key}"

    async def obtain(self, http: HttpClient) -> Token:
        """By an assertion that is signed now."""
        form = {"assertion": self.assertion(http.now()), "grant_type": GRANT_TYPE}
        answer = await http.request("POST", self.token_url, form=form, accept=_REFUSALS)
        return self._read(answer, http.now())

    async def renew(self, http: HttpClient, token: Token) -> Token:
        """By another assertion: nothing was spent."""
        del token
        return await self.obtain(http)

    def assertion(self, now: datetime) -> str:
        """The JWT (RFC 7519); `aud` is Google's own address, wherever it is sent."""
        issued = int(now.timestamp())
        header = {"typ": "JWT", "alg": "RS256", "kid": self.key_id}
        claims = {
            "iss": self.email,
            "scope": SCOPE,
            "aud": TOKEN_URL,
            "iat": issued,
            "exp": issued + int(LIFETIME.total_seconds()),
        }
        signed = ".".join(_encoded(json.dumps(each).encode()) for each in (header, claims))
        return f"{signed}.{_encoded(self._key.sign(signed.encode(), PKCS1v15(), hashes.SHA256()))}"

    def _read(self, answer: Response, now: datetime) -> Token:
        body: Json = answer.json()
        if not isinstance(body, dict):
            raise BadResponse(expected="a token", where=answer.where, got=body)
        if answer.status >= 400 or body.get("error"):
            raise self._refused(answer.status, str(body.get("error")), str(body.get("error_description") or ""))
        if not isinstance(body.get("access_token"), str) or not body["access_token"]:
            raise BadResponse(expected="an access_token", where=answer.where, got=sorted(body))
        try:
            lives = timedelta(seconds=float(str(body.get("expires_in"))))
        except (ValueError, OverflowError):
            lives = LIFETIME
        return Token(SecretStr(body["access_token"]), expires_at=now + lives)

    def _refused(self, status: int, error: str, told: str) -> Exception:
        words = f"the token endpoint answered {status}: {error} {told}".strip()
        if "short-lived" in told or "timeframe" in told:
            return TemporaryFailure(f"{words}: this machine's clock is wrong; set it", retry=False)
        if "signature" in told.lower():
            return CredentialsRefused(f"{words}: the key of {self.email} was deleted; make a new one and its JSON file")
        if "account not found" in told:
            return CredentialsRefused(f"{words}: there is no service account {self.email} any more; make a new one")
        return CredentialsRefused(f"{words}: see the service account {self.email} in the Google Cloud console")


def grant_of(settings: GoogleAnalyticsSettings, folder: str) -> Grant:
    """The one that the settings give; relative paths begin at `folder`."""
    if settings.client_id is not None and settings.client_secret is not None:
        return _person(settings, settings.client_id, settings.client_secret, settings.refresh_token)
    if settings.credentials is not None:
        return _of_json(settings.credentials.get_secret_value(), "credentials", settings)
    path = Path(folder) / (settings.credentials_file or "")
    try:
        return _of_json(path.read_text(encoding="utf-8"), f"credentials_file: {path}", settings)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        return Unreadable(f"credentials_file: {path} cannot be read: {why}")


def account_of(grant: Grant) -> str:
    """Whom to give rights, as people know it."""
    return grant.email if isinstance(grant, ServiceAccount) else "the person who signed in"


def _of_json(text: str, where: str, settings: GoogleAnalyticsSettings) -> Grant:
    try:
        told = json.loads(text)
    except ValueError:
        return Unreadable(f"{where}: is no JSON; it is the file that Google gave for the key, as it was")
    kind = told.get("type") if isinstance(told, dict) else None
    match kind:
        case "service_account" if _has(told, "client_email", "private_key"):
            key_id = str(told.get("private_key_id") or "")
            return ServiceAccount(told["client_email"], SecretStr(told["private_key"]), key_id, settings.token_url)
        case "authorized_user" if _has(told, "client_id", "client_secret", "refresh_token"):
            secret, refresh = SecretStr(told["client_secret"]), SecretStr(told["refresh_token"])
            return _person(settings, told["client_id"], secret, refresh)
    return Unreadable(f"{where}: is the JSON neither of a service account nor of an authorized user")


def _has(told: Mapping[str, Json], *names: str) -> bool:
    return all(isinstance(told.get(name), str) and told[name] for name in names)


def _person(settings: GoogleAnalyticsSettings, client: str, secret: SecretStr, refresh: SecretStr | None) -> OAuth2:
    return OAuth2(
        token_url=settings.token_url,
        client_id=client,
        client_secret=secret,
        refresh_token=refresh,
        authorize_url=CONSENT,
        scopes=(SCOPE,),
    )


def _encoded(told: bytes) -> str:
    return base64.urlsafe_b64encode(told).rstrip(b"=").decode()
