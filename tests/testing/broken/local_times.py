"""It takes the clock of the machine for the vendor's."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

from collector.plugin import Checkpoint, Deal, Since, stream
from tests.testing.acme.plugin import Acme, deal


class Broken(Acme):
    """As Acme."""

    @stream(every="15m")
    async def orders(self, since: Since) -> AsyncIterator[Deal | Checkpoint]:
        last = since.cursor or "0"
        async for row in self.pages("/v1/orders", rows="orders", changed=since.after, above=last):
            created = datetime.fromisoformat(row["created"]).replace(tzinfo=None).astimezone()
            yield replace(deal(row), created_at=created)
            if row["number"] % 10 == 0:
                yield Checkpoint(str(row["number"]))
