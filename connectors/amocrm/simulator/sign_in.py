"""The token endpoint, a person's consent, and where an account is now."""

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from connectors.amocrm.simulator import account, answers

if TYPE_CHECKING:
    from connectors.amocrm.simulator.simulator import AmocrmSimulator

TOKEN_PATH = "/oauth2/access_token"  # noqa: S105 - a path
SUBDOMAIN_PATHS = ("/oauth2/account/current/subdomain", "/oauth2/account/subdomain")
"""By a refresh token, and by an access token."""

ANYWHERE = ("/oauth", SUBDOMAIN_PATHS[0])
"""What needs no access token, besides the token endpoint."""

REDIRECT_URI = "https://collector.example/oauth"


class SignIn:
    """What is outside of the API."""

    def __init__(self, simulator: "AmocrmSimulator") -> None:
        self._simulator = simulator

    async def token(self, request: Request) -> Response:
        """Fields come as JSON or as a form."""
        body = (await request.body()).decode()
        simulator = self._simulator
        return simulator.tokens.answer(_fields(body, request.headers.get("content-type", "")), simulator.clock.now())

    async def consent(self, request: Request) -> Response:
        """A person agrees at once; the browser goes back with a code."""
        host = urlsplit(answers.base_of(request)).netloc
        told = {"code": self._simulator.code(), "state": request.query_params.get("state", ""), "referer": host}
        told |= {"client_id": self._simulator.tokens.client_id, "platform": "1"}
        return RedirectResponse(f"{REDIRECT_URI}?{urlencode(told)}", status_code=302)

    async def subdomain(self, request: Request) -> Response:
        """Where the account is now."""
        if request.url.path == SUBDOMAIN_PATHS[0]:
            refresh = request.headers.get("x-refresh-token")
            if not self._simulator.tokens.knows_refresh(refresh):
                return answers.oauth_hint(401, "Token has been revoked")
        host, port = self._simulator.moved_to or request.url.hostname or "", request.url.port
        domain = host if port is None else f"{host}:{port}"
        return JSONResponse({"id": account.ID, "subdomain": host.partition(".")[0], "domain": domain})


def _fields(body: str, content_type: str) -> dict[str, Any]:
    if "json" not in content_type:
        return dict(parse_qsl(body))
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
