"""It gathers all rows before it yields the first record."""

from collections.abc import AsyncIterator

from collector.plugin import Checkpoint, Deal, Since, stream
from tests.testing.acme.plugin import Acme, deal


class Broken(Acme):
    """As Acme."""

    @stream(every="15m")
    async def orders(self, since: Since) -> AsyncIterator[Deal | Checkpoint]:
        rows = [row async for row in self.pages("/v1/orders", rows="orders", changed=since.after, above=0)]
        for row in rows:
            yield deal(row)
