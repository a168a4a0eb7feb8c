"""The token: in the query, as the SDK sends it, or as a bearer."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request

from collector.testing.simulator import Refused


@dataclass
class GraphToken:
    """Tokens that are let in; `spare`: secrets that are none of them."""

    tokens: set[str]
    spare: frozenset[str] = frozenset()

    def refusal(self, request: Request, now: datetime) -> Refused | None:
        """Whether a token is there, and ours."""
        del now
        token = sent(request)
        if not token:
            return "missing"
        return None if token in self.tokens else "unknown"

    @property
    def secrets(self) -> Collection[str]:
        """All of them."""
        return self.tokens | self.spare


def sent(request: Request) -> str:
    """The token of a request."""
    word, _, bearer = request.headers.get("authorization", "").partition(" ")
    return bearer if word.lower() == "bearer" else request.query_params.get("access_token", "")
