"""The way to vendors for commands that only look: shared limits, and the store's tokens where a source needs some."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from collector.cli.context import Failed
from collector.clock import SystemClock
from collector.polling.credentials import Vault
from collector.polling.network import Network, open_network
from collector.settings.model import Config, Source
from collector.settings.offline import offline
from collector.store.buckets import beside
from collector.store.connect import open_store
from collector.store.errors import StoreError


@contextmanager
def reaching(config: Config, sources: Iterable[Source]) -> Iterator[tuple[Network, Vault | None]]:
    """A network and, where a source has a grant, a vault on the store; a token that is renewed is kept."""
    network = open_network(beside(config.store), SystemClock())
    if all(offline(source).grant() is None for source in sources):
        yield network, None
        return
    try:
        store = open_store(config.store)
        try:
            yield network, Vault(store, SystemClock(), config.vault_keys)
        finally:
            store.close()
    except StoreError as error:
        raise Failed(str(error)) from error
