"""The HTTP client of a connector that is only asked what it would read."""

from collections.abc import Mapping
from typing import NoReturn

from collector.plugin.client import Json, Query


class OfflineClient:
    """Refuses every request: building a connector and asking for its streams does no I/O."""

    async def get_json(
        self, path: str, *, params: Query | None = None, headers: Mapping[str, str] | None = None
    ) -> Json:
        """Refused."""
        _refuse(path, params, headers)

    async def post_json(
        self, path: str, *, json: Json = None, params: Query | None = None, headers: Mapping[str, str] | None = None
    ) -> Json:
        """Refused."""
        _refuse(path, json, params, headers)

    async def get_bytes(
        self, path: str, *, params: Query | None = None, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """Refused."""
        _refuse(path, params, headers)


def _refuse(path: str, *_unsent: object) -> NoReturn:
    raise RuntimeError(f"a request to {path} where none may be made")
