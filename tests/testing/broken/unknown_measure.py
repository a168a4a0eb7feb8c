"""It provides a measure that nobody registered."""

from collections.abc import AsyncIterator

from collector.plugin import Fact, Window, stream
from tests.testing.acme.plugin import Acme


class Broken(Acme):
    """As Acme."""

    @stream(every="1h", restates="3d", provides={"visitations": [()]})
    async def visits(self, window: Window) -> AsyncIterator[Fact]:
        yield Fact(window.first, "visitations", 1)
