"""The HTTP client as a connector sees it; the engine brings the real one."""

from collections.abc import Mapping
from typing import Any, Protocol

Json = Any
"""A decoded JSON body: the border where a vendor's word enters."""

Query = Mapping[str, str | int | float | bool | None]


class HttpClient(Protocol):
    """Requests to the source's own host and the connector's declared `hosts`, within its limits.

    Paths are joined to the source's `base_url`. Refusals arrive as the errors of
    `collector.plugin.errors`.
    """

    async def get_json(
        self, path: str, *, params: Query | None = None, headers: Mapping[str, str] | None = None
    ) -> Json:
        """GET, and the JSON body."""

    async def post_json(
        self, path: str, *, json: Json = None, params: Query | None = None, headers: Mapping[str, str] | None = None
    ) -> Json:
        """POST a JSON body, and the JSON body of the answer."""

    async def get_bytes(
        self, path: str, *, params: Query | None = None, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """GET, and the body as it came (decompressed)."""
