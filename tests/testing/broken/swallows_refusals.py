"""It takes a refusal for too many calls for an answer without rows."""

from collections.abc import AsyncIterator

from collector.plugin import Fact, RateLimited, Window, stream
from tests.testing.acme.plugin import Acme, fact


class Broken(Acme):
    """As Acme."""

    @stream(every="1h", restates="3d", provides={"sessions": [(), ("channel",)]})
    async def visits(self, window: Window) -> AsyncIterator[Fact]:
        try:
            async for row in self.pages("/v1/visits", rows="visits", since=window.first, until=window.last):
                yield fact(row)
        except RateLimited:
            return
