"""It logs the address that it asks, key and all."""

import logging
from collections.abc import AsyncIterator

from collector.plugin import Instant, Reading, stream
from tests.testing.acme.plugin import Acme

log = logging.getLogger(__name__)


class Broken(Acme):
    """As Acme."""

    @stream(every="1h", provides={"followers": [("network",)]})
    async def followers(self, now: Instant) -> AsyncIterator[Reading]:
        del now
        log.debug("asking /v1/followers?key=%s", self.settings.token.get_secret_value())
        for row in await self.client.get_json("/v1/followers"):
            yield Reading("followers", row["members"], {"network": row["network"]})
