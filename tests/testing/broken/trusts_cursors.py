"""It takes for granted that what a cursor names is still there."""

from collections.abc import AsyncIterator

from collector.plugin import Checkpoint, Deal, Since, stream
from tests.testing.acme.plugin import Acme, deal


class Broken(Acme):
    """As Acme."""

    @stream(every="15m")
    async def orders(self, since: Since) -> AsyncIterator[Deal | Checkpoint]:
        last = 0
        if since.cursor is not None:
            known = [row async for row in self.pages("/v1/order-ids")]
            last = known[known.index(int(since.cursor))]
        async for row in self.pages("/v1/orders", rows="orders", changed=since.after, above=last):
            yield deal(row)
            if row["number"] % 10 == 0:
                yield Checkpoint(str(row["number"]))
