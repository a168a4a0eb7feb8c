"""Which simulator belongs to a connector: that of the module `simulator` beside the connector's own."""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from collector.plugin.connector import Connector
from collector.testing.simulator.simulator import Simulator


def simulator_of(connector: type[Connector[Any]]) -> type[Simulator] | None:
    """The class in it whose `connector` is the connector's name; None where there is no such module.

    Raises:
        LookupError: the module has none.
    """
    module = beside(connector, "simulator")
    if module is None:
        return None
    for found in vars(module).values():
        if (
            isinstance(found, type)
            and issubclass(found, Simulator)
            and found.__dict__.get("connector") == connector.name
        ):
            return found
    raise LookupError(f"{module.__name__} has no Simulator with connector = {connector.name!r}")


def beside(connector: type[Connector[Any]], name: str) -> ModuleType | None:
    """The module of this name in the connector's package, if there is one."""
    package = connector.__module__.rpartition(".")[0]
    if not package or find_spec(f"{package}.{name}") is None:
        return None
    return import_module(f"{package}.{name}")
