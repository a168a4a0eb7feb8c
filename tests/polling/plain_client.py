"""A plain HTTP client, as the public API declares one, over httpx: for real servers in tests."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import httpx

from collector.clock import Clock, SystemClock
from collector.plugin import CredentialsExpired, Response, TemporaryFailure
from collector.plugin.client import Json, Query


class PlainClient:
    """Requests without limits or retries; statuses from 400 on that are not accepted are failures."""

    def __init__(self, clock: Clock | None = None, *, headers: Mapping[str, str] | None = None) -> None:
        self._clock = clock or SystemClock()
        self._http = httpx.AsyncClient(headers=headers, timeout=20, trust_env=False)

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
        asked: Any = {"params": params, "headers": headers, "json": json, "data": form}
        try:
            answer = await self._http.request(method, path, **{k: v for k, v in asked.items() if v is not None})
        except httpx.TransportError as error:
            raise TemporaryFailure(f"{type(error).__name__}") from error
        where = f"{method} {answer.request.url.path}"
        if answer.status_code >= 400 and answer.status_code not in accept:
            if answer.status_code == 401:
                raise CredentialsExpired(f"{where} answered 401")
            raise TemporaryFailure(f"{where} answered {answer.status_code}")
        return Response(answer.status_code, dict(answer.headers), answer.content, where)

    async def get_json(self, path: str, **more: Any) -> Json:
        return (await self.request("GET", path, **more)).json()

    async def post_json(self, path: str, **more: Any) -> Json:
        return (await self.request("POST", path, **more)).json()

    async def get_bytes(self, path: str, **more: Any) -> bytes:
        return (await self.request("GET", path, **more)).body

    def now(self) -> datetime:
        return self._clock.now()

    async def close(self) -> None:
        await self._http.aclose()
