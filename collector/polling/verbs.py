"""The methods of `collector.plugin.HttpClient` that all clients here have in common."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping

from collector.plugin.client import HttpClient, Json, Query, Request, Response
from collector.plugin.errors import BadResponse


class Verbs(ABC):
    """All ways to ask, by one way to answer; with `now`, an `HttpClient`."""

    async def get_json(
        self,
        path: str,
        *,
        params: Query | None = None,
        headers: Mapping[str, str] | None = None,
        cost: Mapping[str, float] | None = None,
    ) -> Json:
        """GET, and the JSON body; None where the answer is empty by its status (204)."""
        return _json(await self.request("GET", path, params=params, headers=headers, cost=cost))

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
        return _json(await self.request("POST", path, json=json, params=params, headers=headers, cost=cost))

    async def get_bytes(
        self,
        path: str,
        *,
        params: Query | None = None,
        headers: Mapping[str, str] | None = None,
        cost: Mapping[str, float] | None = None,
    ) -> bytes:
        """GET, and the body as it came (decompressed)."""
        return (await self.request("GET", path, params=params, headers=headers, cost=cost)).body

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
        told = {name: value for name, value in (params or {}).items() if value is not None}
        asked = Request(method, path, told, dict(headers or {}), json, dict(form) if form is not None else None)
        return await self._answer(asked, cost or {}, accept)

    @abstractmethod
    async def _answer(self, asked: Request, cost: Mapping[str, float], accept: Collection[int]) -> Response:
        """The answer to a request; `asked.url` is as it was given, a path or an address."""


async def passed_on(http: HttpClient, asked: Request, cost: Mapping[str, float], accept: Collection[int]) -> Response:
    """The answer that another client gives, for clients that stand before one."""
    return await http.request(
        asked.method,
        asked.url,
        params=asked.params,
        headers=asked.headers,
        json=asked.json,
        form=asked.form,
        cost=cost,
        accept=accept,
    )


def _json(response: Response) -> Json:
    if response.status == 204:
        return None
    if not response.body.strip():
        raise BadResponse(expected="a JSON body", where=f"{response.where} answered {response.status}", got="nothing")
    return response.json()
