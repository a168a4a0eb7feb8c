"""A process that uses a source's token again and again; it is killed, or stopped for a while, by others.

`python -m tests.polling.spender STORE URL REFRESH LEASE`: prints `ready`, then a line for
each token that it had (`used`), or why there was none (the reason of the error).
"""

import asyncio
import os
import sys
from datetime import timedelta

from collector.clock import SystemClock
from collector.plugin import SourceError
from collector.polling.credentials import Vault
from collector.store.connect import open_store
from tests.polling.plain_client import PlainClient
from tests.polling.test_credentials import make_source
from tests.polling.token_vendor import grant


async def spend(url: str, server: str, refresh: str, lease: float) -> None:
    vault = Vault(open_store(url), SystemClock(), lease=timedelta(seconds=lease))
    client = PlainClient(headers={"X-Spender": str(os.getpid())})
    access = vault.access(make_source(), grant(refresh, url=f"{server}/oauth2/access_token"), client)
    print("ready", flush=True)
    while True:
        try:
            await access.token()
            print("used", flush=True)
        except SourceError as error:
            print(error.reason, flush=True)
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.01)


if __name__ == "__main__":
    asyncio.run(spend(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])))
