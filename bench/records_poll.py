"""One poll of an incremental stream to its end, in a process of its own: `python -m bench.records_poll URL FOLDER`."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from collector.plugin import Checkpoint, Connector, ConnectorSettings, Deal, Since, stream
from tests.polling.bench import Bench


class Shop(Connector[ConnectorSettings]):
    """Deals in pages, each a slice."""

    name = "shop"

    @stream(every="1h")
    async def deals(self, since: Since) -> AsyncIterator[Deal | Checkpoint]:
        """All of them, oldest first."""
        after = int(since.cursor or 0)
        while rows := (await self.client.get_json("/deals", params={"after": after}))["deals"]:
            for row in rows:
                yield _deal(row)
            after = rows[-1]["id"] + 1
            yield Checkpoint(str(after))


def _deal(row: dict[str, Any]) -> Deal:
    return Deal(
        id=str(row["id"]),
        created_at=row["at"],
        updated_at=row["at"],
        closed_at=row["at"],
        status="won",
        amount=row["amount"],
        currency="RUB",
        customer_id=f"contact:{row['customer']}",
        manager=str(row["manager"]),
    )


async def main(url: str, folder: str) -> None:
    """Poll until nothing is left."""
    bench = Bench(Path(folder), Shop, base_url=url, timeout="1d")
    finished = await bench.poller.poll(bench.job())
    assert finished is not None
    assert finished.report.ok, finished.report
    assert not finished.more


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
