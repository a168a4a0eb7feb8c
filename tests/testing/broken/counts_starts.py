"""What it yields depends on how often it was started."""

from collections.abc import AsyncIterator
from itertools import count
from typing import Any

from collector.plugin import Instant, Reading, stream
from tests.testing.acme.plugin import Acme

_starts = count()


class Broken(Acme):
    """As Acme."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._start = next(_starts)

    @stream(every="1h", provides={"followers": [("network",)]})
    async def followers(self, now: Instant) -> AsyncIterator[Reading]:
        del now
        for row in await self.client.get_json("/v1/followers"):
            yield Reading("followers", row["members"] + self._start, {"network": row["network"]})
