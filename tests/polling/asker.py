"""A process that asks as fast as it may: twenty sources on three accounts, on one store.

`python -m tests.polling.asker URL STORE`
"""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from collector.clock import SystemClock
from collector.plugin import (
    Connector,
    ConnectorSettings,
    Fact,
    QuotaExhausted,
    RateLimit,
    Request,
    SourceContext,
    Token,
    Window,
    stream,
)
from collector.plugin.discovery import ConnectorInfo
from collector.polling.connections import connect_source
from collector.polling.network import Network, open_network
from collector.settings.model import Source

SOURCES = 20
ACCOUNTS = 3
CALLS_A_SECOND = 20


class Settings(ConnectorSettings):
    """One account."""

    token: SecretStr


class Limited(Connector[Settings]):
    """A vendor that counts by account and second."""

    name = "limited"
    limits = (RateLimit(CALLS_A_SECOND, per="1s", key="token"),)

    @stream(every="1h", provides={"sessions": [()]})
    def visits(self, window: Window) -> Iterator[Fact]:
        """Not polled here."""
        yield from ()

    def authorize(self, request: Request, token: Token | None) -> None:
        """By a parameter, so that the vendor of the test can count."""
        request.params["key"] = self.settings.token.get_secret_value()


async def main(url: str, store: str) -> None:
    """Ask for ever."""
    network = open_network(Path(store), SystemClock())
    async with asyncio.TaskGroup() as group:
        for number in range(SOURCES):
            group.create_task(_ask(network, url, number))


async def _ask(network: Network, url: str, number: int) -> None:
    settings = Settings.model_validate({"base_url": url, "token": f"account-{number % ACCOUNTS}"})
    name = f"source{number}"
    context = SourceContext("default", name, ZoneInfo("UTC"), "RUB", SystemClock().now)
    source = Source(name, "default", ConnectorInfo(Limited, "test", "1"), settings, context, ())
    client = connect_source(source, network).client
    while True:
        try:
            await client.get_json("/v1/rows")
        except QuotaExhausted:
            await asyncio.sleep(0.1)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
