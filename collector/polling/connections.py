"""Sources with the connectors and clients that read them, for as long as their settings last.

A reload makes anew only those whose settings changed: a poll that is under way for
another keeps its connector, and its client stays open.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from collector.plugin.connector import Connector
from collector.polling.client import Client
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


def connect(config: Config, former: Connections, network: Network) -> Connections:
    """A connection for each source; the former one where nothing that it was made of has changed."""
    found = {}
    for source in config.sources:
        key = (source.project, source.name)
        before = former.get(key)
        unchanged = before is not None and before.made_of == _made_of(config, source)
        found[key] = before if before is not None and unchanged else _connected(config, source, network)
    return found


def _made_of(config: Config, source: Source) -> tuple[object, ...]:
    project = config.projects[source.project]
    measures = sorted(config.measures.items())
    return (source.connector, source.settings, project.zone, project.currency, dict(project.dimensions), measures)


def _connected(config: Config, source: Source, network: Network) -> Connection:
    client, connector = connect_source(source, network)
    return Connection(_made_of(config, source), connector, client)


def connect_source(source: Source, network: Network) -> tuple[Client, Connector[Any]]:
    """A client and a connector that speak through each other."""
    client = Client(source, network)
    connector = source.connect(client)
    client.speak_for(connector)
    return client, connector
