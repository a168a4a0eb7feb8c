"""Acme's API with a token endpoint."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from collector.testing.simulator import Tokens
from tests.testing.acme.simulator import AcmeSimulator


class AcmeOAuthSimulator(AcmeSimulator):
    """As Acme's, behind another door."""

    connector = "acme_oauth"
    spared = ("/token",)
    tokens: Tokens

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.access = self.tokens = Tokens(
            "me", self.secret("client"), refresh_token=self.secret("refresh"), single_use=True
        )

    def settings(self, base_url: str) -> dict[str, Any]:
        secrets = {"client_secret": self.secret("client"), "refresh_token": self.secret("refresh")}
        return {"base_url": base_url, "client_id": "me", **secrets}

    def routes(self) -> Sequence[Route]:
        return [*super().routes(), Route("/token", self._token, methods=["POST"])]

    async def _token(self, request: Request) -> Response:
        asked = dict(parse_qsl((await request.body()).decode()))
        status, body = self.tokens.answer(asked, self.clock.now())
        return JSONResponse(body, status_code=status)
