"""It keeps what it was answered once."""

from collections.abc import AsyncIterator

from collector.plugin import Fact, Window, stream
from tests.testing.acme.plugin import Acme, fact


class Broken(Acme):
    """As Acme."""

    @stream(every="1h", restates="3d", provides={"sessions": [(), ("channel",)]})
    async def visits(self, window: Window) -> AsyncIterator[Fact]:
        kept = self.__dict__.setdefault("kept", {})
        if window not in kept:
            asked = self.pages("/v1/visits", rows="visits", since=window.first, until=window.last)
            kept[window] = [row async for row in asked]
        for row in kept[window]:
            yield fact(row)
