"""What the clients of all sources share: limits, counts, the authorities they trust."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from collector.clock import Clock
from collector.plugin.client import Request, Response
from collector.polling.counters import Counters
from collector.polling.throttle import Shared
from collector.store.buckets import Buckets


@dataclass(frozen=True)
class Exchange:
    """A request and its answer as they went over the wire; secrets are covered by `connector try`."""

    request: Request
    response: Response | None
    fault: str | None = None


def open_network(store_path: Path | None, clock: Clock, *, counters: Counters | None = None) -> "Network":
    """The way out of a process that works with this store; without one its limits are its own."""
    return Network(Shared(Buckets(store_path), clock), counters or Counters())


@dataclass
class Network:
    """One process's way out; `observe` is told of every exchange."""

    shared: Shared
    counters: Counters = field(default_factory=Counters)
    observe: Callable[[Exchange], None] | None = None
    _authorities: dict[str | None, ssl.SSLContext] = field(default_factory=dict)

    def tls(self, ca_file: str | None) -> ssl.SSLContext:
        """Trusts the public authorities, and the one in `ca_file` besides.

        Raises:
            OSError, ssl.SSLError: there is no certificate in that file.
        """
        if ca_file not in self._authorities:
            import certifi

            context = ssl.create_default_context(cafile=certifi.where())
            if ca_file is not None:
                context.load_verify_locations(cafile=ca_file)
            self._authorities[ca_file] = context
        return self._authorities[ca_file]
