"""The token that the settings give: when it ends, and the page's own, which page insights need.

A token that somebody typed is no grant of OAuth's; it is handled as one so that the vault knows
its end. It is looked at anew once a day: a visit of its person moves the end of data access,
and a person's token is prolonged by itself where the settings name the app.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from collector.plugin import (
    BadResponse,
    CredentialsRefused,
    Forbidden,
    Grant,
    HttpClient,
    Json,
    Response,
    TemporaryFailure,
    Token,
)
from connectors.meta import refusals
from connectors.meta.insights import path
from connectors.meta.settings import MetaSettings

LOOKED_AT_AGAIN = timedelta(days=1)
PROLONGED = timedelta(days=30)
"""How long before its end a person's token is exchanged for a new one."""

_OF_PEOPLE = frozenset({"USER", "SYSTEM_USER"})


class AccessToken(Grant):
    """The settings' token."""

    def __init__(self, settings: MetaSettings) -> None:
        self._settings = settings

    @property
    def identity(self) -> str:
        """The token and what it is for."""
        known = (self._settings.access_token.get_secret_value(), self._settings.page_id, self._settings.base_url)
        return hashlib.sha256(repr(known).encode()).hexdigest()

    async def obtain(self, http: HttpClient) -> Token:
        """Look at the settings' token."""
        return await self._looked_at(http, self._settings.access_token)

    async def renew(self, http: HttpClient, token: Token) -> Token:
        """Look at it again; one that was exchanged takes the place of the settings' while it lives."""
        typed = token.refresh or self._settings.access_token
        return await self._looked_at(http, typed)

    # ── what is asked ────────────────────────────────────────────────────────────────

    async def _looked_at(self, http: HttpClient, typed: SecretStr) -> Token:
        if self._settings.by_instagram_login:
            return await self._of_instagram(http, typed)
        found = await self._debugged(http, typed)
        ends = _ends(found)
        is_prolonged = found.get("type") == "USER" and self._settings.app_id is not None
        if is_prolonged and ends is not None and ends - http.now() < PROLONGED:
            typed = await self._exchanged(http, typed)
            ends = _ends(await self._debugged(http, typed))
        access = typed
        if self._settings.page_id is not None and found.get("type") in _OF_PEOPLE:
            access = await self._of_page(http, typed)
        return Token(access, http.now() + LOOKED_AT_AGAIN, refresh=typed, refresh_expires_at=ends)

    async def _debugged(self, http: HttpClient, typed: SecretStr) -> Mapping[str, Json]:
        """What Meta tells of the token; nothing where it does not tell.

        Raises:
            CredentialsRefused: it is not valid any more.
        """
        answer = await self._ask(http, "debug_token", typed, {"input_token": typed.get_secret_value()})
        if answer.status >= 400:
            return {}
        body = answer.json()
        data = body.get("data") if isinstance(body, dict) else None
        if not isinstance(data, dict):
            raise BadResponse(expected="what the token is", where=answer.where)
        if data.get("is_valid") is False:
            error = data.get("error")
            told = str(error.get("message") or "") if isinstance(error, dict) else ""
            raise CredentialsRefused(f"the access_token is not valid any more ({told}): make a new one")
        return data

    async def _exchanged(self, http: HttpClient, typed: SecretStr) -> SecretStr:
        """A new token for one of a person's that ends soon; the same where Meta gives none."""
        secret = self._settings.app_secret
        asked = {
            "grant_type": "fb_exchange_token",
            "client_id": self._settings.app_id or "",
            "client_secret": "" if secret is None else secret.get_secret_value(),
            "fb_exchange_token": typed.get_secret_value(),
        }
        answer = await self._ask(http, "oauth/access_token", typed, asked)
        body = answer.json() if answer.status < 400 else {}
        return SecretStr(str(body["access_token"])) if isinstance(body, dict) and body.get("access_token") else typed

    async def _of_page(self, http: HttpClient, typed: SecretStr) -> SecretStr:
        """The page's own token.

        Raises:
            Forbidden: the person has no role on the page.
        """
        after: dict[str, str] = {}
        while True:
            asked = {"fields": "id,access_token", "limit": "100", **after}
            answer = await self._ask(http, "me/accounts", typed, asked)
            body = answer.json() if answer.status < 400 else {}
            for page in body.get("data") or ():
                if str(page.get("id")) == self._settings.page_id and page.get("access_token"):
                    return SecretStr(str(page["access_token"]))
            paging = body.get("paging") or {}
            following = str((paging.get("cursors") or {}).get("after") or "")
            if not paging.get("next") or after == {"after": following}:
                raise Forbidden(
                    f"the token's person has no role on the page {self._settings.page_id}, or the token lacks "
                    "pages_show_list: give them the task ANALYZE there, and make the token with that right"
                )
            after = {"after": following}

    async def _of_instagram(self, http: HttpClient, typed: SecretStr) -> Token:
        """A token of Instagram Login is prolonged whenever it is looked at; one younger than a day is not yet."""
        asked = {"grant_type": "ig_refresh_token", "access_token": typed.get_secret_value()}
        answer = await http.request("GET", "/refresh_access_token", params=asked, accept=refusals.REFUSED)
        _refuse(answer, http.now())
        now, ends = http.now(), None
        body = answer.json() if answer.status < 400 else {}
        if isinstance(body, dict) and body.get("access_token"):
            typed = SecretStr(str(body["access_token"]))
            lives = body.get("expires_in")
            ends = now + timedelta(seconds=lives) if isinstance(lives, int) else None
        return Token(typed, now + LOOKED_AT_AGAIN, refresh=typed, refresh_expires_at=ends)

    async def _ask(self, http: HttpClient, where: str, typed: SecretStr, params: Mapping[str, str]) -> Response:
        headers = {"Authorization": f"Bearer {typed.get_secret_value()}"}
        asked = {**params, **proof(self._settings, typed)}
        answer = await http.request("GET", path(where), params=asked, headers=headers, accept=refusals.REFUSED)
        _refuse(answer, http.now())
        return answer


def proof(settings: MetaSettings, token: SecretStr) -> dict[str, str]:
    """What shows that the token is in the app's own hands, where the settings have its secret."""
    if settings.app_secret is None:
        return {}
    key = settings.app_secret.get_secret_value().encode()
    return {"appsecret_proof": hmac.new(key, token.get_secret_value().encode(), hashlib.sha256).hexdigest()}


def _refuse(answer: Response, now: datetime) -> None:
    """Raise what an answer refuses; what Meta just does not know is none."""
    error = refusals.refusal(answer, now)
    if error is not None and not isinstance(error, Forbidden | TemporaryFailure | BadResponse):
        raise error


def _ends(found: Mapping[str, Json]) -> datetime | None:
    """When the token ends, or the person's consent to data; 0 is never."""
    told = [found.get(name) for name in ("expires_at", "data_access_expires_at")]
    ends = [each for each in told if isinstance(each, int) and each > 0]
    return datetime.fromtimestamp(min(ends), UTC) if ends else None
