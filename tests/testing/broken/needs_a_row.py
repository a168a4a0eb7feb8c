"""It takes the first row of an answer for granted."""

from collections.abc import AsyncIterator

from collector.plugin import Instant, Reading, stream
from tests.testing.acme.plugin import Acme


class Broken(Acme):
    """As Acme."""

    @stream(every="1h", provides={"followers": [("network",)]})
    async def followers(self, now: Instant) -> AsyncIterator[Reading]:
        del now
        rows = await self.client.get_json("/v1/followers")
        yield Reading("followers", rows[0]["members"], {"network": rows[0]["network"]})
