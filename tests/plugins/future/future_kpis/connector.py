"""One connector that says so for itself."""

from typing import Any

from collector.plugin import Connector, hookimpl


class Later(Connector[Any]):
    name = "later"
    api_version = "2.1"


@hookimpl
def register_connectors() -> list[type[Connector[Any]]]:
    return [Later]
