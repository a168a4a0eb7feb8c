"""It takes a page with fewer rows than usual for the last one."""

from collections.abc import AsyncIterator

from collector.plugin import Fact, Window, stream
from tests.testing.acme.plugin import Acme, fact

USUAL = 20


class Broken(Acme):
    """As Acme."""

    @stream(every="1h", restates="3d", provides={"sessions": [(), ("channel",)]})
    async def visits(self, window: Window) -> AsyncIterator[Fact]:
        number, rows = 0, [None] * USUAL
        since, until = str(window.first), str(window.last)
        while len(rows) >= USUAL:
            number += 1
            body = await self.client.get_json("/v1/visits", params={"since": since, "until": until, "page": number})
            rows = body["visits"]
            for row in rows:
                yield fact(row)
