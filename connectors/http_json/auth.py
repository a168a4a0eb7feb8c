"""What the vendor knows us by: put on each request, or come by as tokens."""

import base64
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from pydantic import BaseModel, SecretStr

from collector.plugin import OAuth2, Request
from connectors.http_json.faults import Faults
from connectors.http_json.settings import AuthSettings, HttpJsonSettings

_NEEDED = {
    "none": (),
    "bearer": ("token",),
    "basic": ("user", "password"),
    "api_key": (),
    "oauth2": ("client_id", "client_secret"),
}
_OWN = {
    "none": frozenset[str](),
    "bearer": frozenset({"token"}),
    "basic": frozenset({"user", "password"}),
    "api_key": frozenset({"headers", "params"}),
    "oauth2": frozenset(AuthSettings.model_fields) - {"token", "user", "password", "headers", "params"},
}


def check_auth(settings: HttpJsonSettings, faults: Faults) -> None:
    """Tell of keys that are lacking, or that mean nothing here."""
    auth = settings.auth
    for name in _NEEDED[auth.kind]:
        if getattr(auth, name) is None:
            faults.add(f"auth.{name}", f"is needed for {auth.kind}")
    for name in sorted(auth.model_fields_set - _OWN[auth.kind] - {"kind"}):
        if getattr(auth, name) == AuthSettings.model_fields[name].default:
            continue  # as `config show` writes it
        faults.add(f"auth.{name}", f"means nothing for {auth.kind}")
    if auth.kind == "api_key" and not (auth.headers or auth.params):
        faults.add("auth", "api_key needs headers or params that carry the key")
    if auth.kind == "oauth2" and settings.token_url is None:
        faults.add("token_url", "is needed for oauth2")
    if auth.kind != "oauth2" and settings.token_url is not None:
        faults.add("token_url", "is for auth of kind oauth2")
    if auth.grant == "code" and auth.refresh_token is None and auth.authorize_url is None:
        faults.add("auth.grant", "code needs an authorize_url, where a person gives consent, or a refresh_token")


def authorized(request: Request, auth: AuthSettings) -> None:
    """Put on what stands in the settings; tokens are the grant's."""
    match auth.kind:
        case "bearer":
            request.headers["Authorization"] = f"Bearer {_plain(auth.token)}"
        case "basic":
            pair = f"{auth.user}:{_plain(auth.password)}".encode()
            request.headers["Authorization"] = f"Basic {base64.b64encode(pair).decode('ascii')}"
        case "api_key":
            request.headers.update({name: _plain(key) for name, key in auth.headers.items()})
            request.params.update({name: _plain(key) for name, key in auth.params.items()})


def grant(settings: HttpJsonSettings, source: str) -> OAuth2 | None:
    """How tokens are come by, where they are."""
    auth = settings.auth
    if auth.kind != "oauth2" or settings.token_url is None or auth.client_secret is None:
        return None
    return OAuth2(
        token_url=settings.token_url,
        client_id=auth.client_id or "",
        client_secret=auth.client_secret,
        kind=auth.grant,
        authorize_url=auth.authorize_url,
        redirect_uri=auth.redirect_uri,
        refresh_token=auth.refresh_token,
        scopes=tuple(auth.scopes),
        style=auth.style,
        rotates=auth.rotates,
        refresh_lifetime=auth.refresh_lifetime,
        account=source,
        extra=auth.extra,
    )


def without_keys(url: str, auth: AuthSettings) -> str:
    """An address without the keys that the vendor wrote into it; they are put on again when it is asked."""
    parts = urlsplit(url)
    if not auth.params or not parts.query:
        return url
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in auth.params]
    return urlunsplit(parts._replace(query=urlencode(kept)))


def holds_secret(text: str, settings: BaseModel) -> bool:
    """Whether a text has one of the settings' secrets in it, or a token, so that it must not be kept."""
    if "access_token=" in text:
        return True
    return any(way in text for secret in _secrets(settings) for way in {secret, quote(secret), quote(secret, safe="")})


def identity(auth: AuthSettings) -> str:
    """What tells accounts apart: all of the credentials."""
    return "\0".join([auth.kind, auth.client_id or "", auth.user or "", *_secrets(auth)])


def _secrets(value: Any) -> Iterator[str]:
    match value:
        case SecretStr():
            if value.get_secret_value():
                yield value.get_secret_value()
        case BaseModel():
            for name in type(value).model_fields:
                yield from _secrets(getattr(value, name))
        case dict():
            for each in value.values():
                yield from _secrets(each)


def _plain(secret: SecretStr | None) -> str:
    return "" if secret is None else secret.get_secret_value()
