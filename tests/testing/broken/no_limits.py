"""It declares no limits."""

from tests.testing.acme.plugin import Acme


class Broken(Acme):
    """As Acme."""

    limits = ()  # type: ignore[assignment]
