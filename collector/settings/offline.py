"""The HTTP client of a connector that is only asked what it would read."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

from collector.plugin.client import Response
from collector.plugin.connector import Connector

if TYPE_CHECKING:
    from collector.settings.model import Source


class OfflineClient:
    """Refuses every request: building a connector and asking for its streams does no I/O."""

    async def request(self, method: str, path: str, **_unsent: Any) -> Response:
        """Refused."""
        _refuse(f"{method} {path}")

    async def get_json(self, path: str, **_unsent: Any) -> Any:
        """Refused."""
        _refuse(path)

    async def post_json(self, path: str, **_unsent: Any) -> Any:
        """Refused."""
        _refuse(path)

    async def get_bytes(self, path: str, **_unsent: Any) -> bytes:
        """Refused."""
        _refuse(path)

    def now(self) -> datetime:
        """Refused: what a connector would read does not depend on it."""
        raise RuntimeError("the time is asked for where no request may be made")


def _refuse(what: str) -> NoReturn:
    raise RuntimeError(f"a request to {what} where none may be made")


def offline(source: "Source") -> Connector[Any]:
    """A source's connector for what it tells without I/O: its streams, its grant."""
    return source.connect(OfflineClient())
