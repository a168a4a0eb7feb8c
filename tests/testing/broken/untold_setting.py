"""A setting says nothing of itself."""

from collector.plugin import Connector
from tests.testing.acme.plugin import Acme, Settings


class Untold(Settings):
    """One Acme account."""

    counter: int = 0


class Broken(Acme, Connector[Untold]):
    """As Acme."""
