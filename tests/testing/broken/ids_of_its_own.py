"""It makes ids up."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

from collector.plugin import Checkpoint, Deal, Since, stream
from tests.testing.acme.plugin import Acme, deal


class Broken(Acme):
    """As Acme."""

    @stream(every="15m")
    async def orders(self, since: Since) -> AsyncIterator[Deal | Checkpoint]:
        async for row in self.pages("/v1/orders", rows="orders", changed=since.after, above=0):
            yield replace(deal(row), id=uuid4().hex)

    order_ids = None  # type: ignore[assignment]
