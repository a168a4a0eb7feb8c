"""All deals, fetched by fast_bitrix24 and let go of: `python -m bench.bitrix24_fetch URL`. Prints JSON."""

import asyncio
import json
import sys
import time

from fast_bitrix24 import BitrixAsync

from connectors.bitrix24.mapping import DEAL_FIELDS


async def fetched(url: str) -> int:
    """How many deals `get_all` gives."""
    portal = BitrixAsync(url, verbose=False)
    return len(await portal.get_all("crm.deal.list", {"select": list(DEAL_FIELDS)}))


def main(url: str) -> None:
    """Without the time that it takes to import the client."""
    began, cpu = time.perf_counter(), time.process_time()
    records = asyncio.run(fetched(url))
    print(json.dumps({"records": records, "seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu}))


if __name__ == "__main__":
    main(sys.argv[1])
