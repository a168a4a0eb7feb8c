"""A whole plugin that says which API it was made for."""

from typing import Any

from collector.plugin import Connector, hookimpl

api_version = "2"


class Future(Connector[Any]):
    name = "future"


@hookimpl
def register_connectors() -> list[type[Connector[Any]]]:
    return [Future]
