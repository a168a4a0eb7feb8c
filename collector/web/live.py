"""The figures of the process itself, read at each scrape: memory, CPU, open files, Python."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client import generate_latest as as_text
from prometheus_client.openmetrics.exposition import generate_latest as as_openmetrics
from prometheus_client.registry import Collector

from collector.snapshot.render import EOF, Format


class Live:
    """`process_*` and `python_info`, rendered anew for each scrape."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry(auto_describe=True)
        PlatformCollector(registry=self._registry)
        ProcessCollector(registry=self._registry)

    def everything(self, form: Format) -> bytes:
        """All of it, and the format's end."""
        return _rendered(self._registry, form)

    def only(self, names: Iterable[str], form: Format) -> bytes:
        """The named families, and the format's end."""
        return _rendered(self._registry.restricted_registry(list(names)), form)

    @staticmethod
    def nothing(form: Format) -> bytes:
        """The format's end alone."""
        return EOF[form]


def _rendered(registry: Collector, form: Format) -> bytes:
    rendered: bytes = (as_openmetrics if form == "openmetrics" else as_text)(registry)
    return rendered
