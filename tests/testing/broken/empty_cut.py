"""It declares a break-down that never comes: all of it would be zero."""

from collections.abc import AsyncIterator

from collector.plugin import Fact, Window, stream
from tests.testing.acme.plugin import Acme, fact


class Broken(Acme):
    """As Acme."""

    @stream(every="1h", restates="3d", provides={"sessions": [(), ("channel",), ("channel", "campaign")]})
    async def visits(self, window: Window) -> AsyncIterator[Fact]:
        async for row in self.pages("/v1/visits", rows="visits", since=window.first, until=window.last):
            yield fact(row)
