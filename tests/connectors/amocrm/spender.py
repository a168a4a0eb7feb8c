"""A process that asks an account again and again by tokens of the store's; it is killed, or stopped, by others.

`python -m tests.connectors.amocrm.spender STORE LEASE SETTINGS`: prints `ready`, then a line for each
answer (`used`), or why there was none (the reason of the error). Its requests for tokens say whose they are.
"""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from collector.clock import SystemClock
from collector.plugin import Response, SourceContext, SourceError
from collector.plugin.discovery import ConnectorInfo
from collector.polling.access import SourceAccess
from collector.polling.client import Client, TokenClient
from collector.polling.credentials import Vault
from collector.polling.network import open_network
from collector.settings.model import Source
from collector.store.connect import open_store
from connectors.amocrm.plugin import AmoCrm


class Marked:
    """The client for tokens, with the process's number."""

    def __init__(self, client: TokenClient) -> None:
        self._client = client
        self.now = client.now

    async def request(self, method: str, path: str, **more: Any) -> Response:
        return await self._client.request(method, path, **{**more, "headers": {"X-Spender": str(os.getpid())}})


def source_of(settings: Mapping[str, Any]) -> Source:
    values = AmoCrm.settings_type.model_validate(dict(settings))
    now = SystemClock().now
    context = SourceContext(project="default", source="crm", zone=ZoneInfo("UTC"), currency="RUB", now=now)
    return Source("crm", "default", ConnectorInfo(AmoCrm, "test", "1"), values, context, ())


def connected(store: str, settings: Mapping[str, Any], lease: float) -> tuple[Client, SourceAccess]:
    """A client of the real connector, whose tokens are in the store."""
    source = source_of(settings)
    client = Client(source, open_network(None, SystemClock()))
    connector = source.connect(client)
    client.speak_for(connector)
    vault = Vault(open_store(store), SystemClock(), lease=timedelta(seconds=lease))
    grant, marked = connector.grant(), Marked(client.for_tokens())
    assert grant is not None
    access = vault.access(source, grant, marked)  # type: ignore[arg-type]
    client.use(access)
    return client, access


async def spend(store: str, lease: float, settings: Mapping[str, Any]) -> None:
    client, _ = connected(store, settings, lease)
    print("ready", flush=True)
    while True:
        try:
            await client.get_json("/api/v4/account")
            print("used", flush=True)
        except SourceError as error:
            print(error.reason, flush=True)
            await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(spend(sys.argv[1], float(sys.argv[2]), json.loads(sys.argv[3])))
