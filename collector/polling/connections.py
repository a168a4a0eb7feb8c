"""Sources with the connectors and clients that read them, for as long as their settings last.

A reload makes anew only those whose settings changed: a poll that is under way for
another keeps its connector, and its client stays open.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from collector.plugin.connector import Connector
from collector.polling.access import SourceAccess
from collector.polling.client import Client
from collector.polling.credentials import Vault
from collector.polling.network import Network
from collector.settings.model import Config, Source

Connections = Mapping[tuple[str, str], "Connection"]
"""By project and source."""


@dataclass(frozen=True)
class Connection:
    """A source's connector and the client that it was given."""

    made_of: tuple[object, ...]
    connector: Connector[Any]
    client: Client
    access: SourceAccess | None = None

    async def close(self) -> None:
        """Let go of it; a renewal that is under way is finished first."""
        if self.access is not None:
            await self.access.close()
        await self.client.close()


def connect(config: Config, former: Connections, network: Network, vault: Vault | None = None) -> Connections:
    """A connection for each source; the former one where nothing that it was made of has changed."""
    found = {}
    for source in config.sources:
        key = (source.project, source.name)
        before = former.get(key)
        unchanged = before is not None and before.made_of == _made_of(config, source)
        found[key] = before if before is not None and unchanged else _connected(config, source, network, vault)
    return found


def _made_of(config: Config, source: Source) -> tuple[object, ...]:
    project = config.projects[source.project]
    measures = sorted(config.measures.items())
    return (source.connector, source.settings, project.zone, project.currency, dict(project.dimensions), measures)


def _connected(config: Config, source: Source, network: Network, vault: Vault | None) -> Connection:
    return connect_source(source, network, vault, made_of=_made_of(config, source))


def connect_source(
    source: Source, network: Network, vault: Vault | None = None, *, made_of: tuple[object, ...] = ()
) -> Connection:
    """A client and a connector that speak through each other, with tokens out of the vault where it has a grant."""
    client = Client(source, network)
    connector = source.connect(client)
    client.speak_for(connector)
    grant = connector.grant()
    if grant is None or vault is None:
        return Connection(made_of, connector, client)
    access = vault.access(source, grant, client.for_tokens())
    client.use(access)
    return Connection(made_of, connector, client, access)
