"""It asks again by itself, and gives up silently."""

from collections.abc import AsyncIterator

from collector.plugin import Instant, Reading, TemporaryFailure, stream
from tests.testing.acme.plugin import Acme


class Broken(Acme):
    """As Acme."""

    @stream(every="1h", provides={"followers": [("network",)]})
    async def followers(self, now: Instant) -> AsyncIterator[Reading]:
        del now
        try:
            rows = await self.client.get_json("/v1/followers")
        except TemporaryFailure:
            rows = []
        for row in rows:
            yield Reading("followers", row["members"], {"network": row["network"]})
