"""The HTTP client as a connector sees it; the engine brings the real one."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NoReturn, Protocol

from collector.plugin.errors import BadResponse

Json = Any
"""A decoded JSON body: the border where a vendor's word enters."""

Query = Mapping[str, "str | int | float | bool | list[str] | None"]
"""A list stands for the parameter repeated; None for one that is left out."""


@dataclass
class Request:
    """A request before it is sent, for `Connector.authorize` to add to."""

    method: str
    url: str
    params: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    json: Json = None
    form: dict[str, str] | None = None


@dataclass(frozen=True)
class Response:
    """A whole answer: `headers` by lower-case name, `body` decompressed, `where` fit to be shown to people."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    where: str

    @property
    def text(self) -> str:
        """The body as UTF-8, what is none replaced."""
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> Json:
        """The body as JSON; a number with a point is a Decimal, just as it was written.

        Raises:
            BadResponse: it is none.
        """
        try:
            return json.loads(self.body, parse_float=Decimal, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise BadResponse(
                expected="a JSON body", where=f"{self.where} answered {self.status}", got=self.text
            ) from error


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


class HttpClient(Protocol):
    """Requests to the source's own host and the connector's declared `hosts`, within its limits.

    Paths are joined to the source's `base_url`. Refusals arrive as the errors of
    `collector.plugin.errors`: by the connector's `refusal`, else by the status.
    `cost`: what a call costs by the name of a limit; 1 of each where it says nothing.
    """

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Query | None = None,
        headers: Mapping[str, str] | None = None,
        json: Json = None,
        form: Mapping[str, str] | None = None,
        cost: Mapping[str, float] | None = None,
        accept: Collection[int] = (),
    ) -> Response:
        """Any request; `accept` names statuses besides 2xx that are answers, not refusals."""

    async def get_json(
        self,
        path: str,
        *,
        params: Query | None = None,
        headers: Mapping[str, str] | None = None,
        cost: Mapping[str, float] | None = None,
    ) -> Json:
        """GET, and the JSON body; None where the answer is empty by its status (204)."""

    async def post_json(
        self,
        path: str,
        *,
        json: Json = None,
        params: Query | None = None,
        headers: Mapping[str, str] | None = None,
        cost: Mapping[str, float] | None = None,
    ) -> Json:
        """POST a JSON body, and the JSON body of the answer; None as in `get_json`."""

    async def get_bytes(
        self,
        path: str,
        *,
        params: Query | None = None,
        headers: Mapping[str, str] | None = None,
        cost: Mapping[str, float] | None = None,
    ) -> bytes:
        """GET, and the body as it came (decompressed)."""

    def now(self) -> datetime:
        """The present instant."""
