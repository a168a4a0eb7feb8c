"""It says of a page that it is whole before it has yielded its rows."""

from collections.abc import AsyncIterator

from collector.plugin import Checkpoint, Deal, Since, stream, sweep
from tests.testing.acme.plugin import Acme, deal


class Broken(Acme):
    """As Acme."""

    @stream(every="15m")
    async def orders(self, since: Since) -> AsyncIterator[Deal | Checkpoint]:
        last = since.cursor or "0"
        async for row in self.pages("/v1/orders", rows="orders", changed=since.after, above=last):
            if row["number"] % 10 == 1:
                yield Checkpoint(str(row["number"] + 9))
            yield deal(row)

    @sweep(of="orders")
    async def order_ids(self) -> AsyncIterator[str]:
        async for row in self.pages("/v1/order-ids"):
            yield str(row)
