"""It decodes a body without a look at it."""

import json
from collections.abc import AsyncIterator

from collector.plugin import Instant, Reading, stream
from tests.testing.acme.plugin import Acme


class Broken(Acme):
    """As Acme."""

    @stream(every="1h", provides={"followers": [("network",)]})
    async def followers(self, now: Instant) -> AsyncIterator[Reading]:
        del now
        for row in json.loads(await self.client.get_bytes("/v1/followers")):
            yield Reading("followers", row["members"], {"network": row["network"]})
