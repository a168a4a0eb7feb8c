"""A VK with many posts, in a process of its own: `python -m bench.vk_vendor POSTS`. Prints its address.

`/asked` tells how many requests there were.
"""

import sys
import time

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from collector.testing.simulator import running
from connectors.vk.simulator import VkSimulator


class Counted(VkSimulator):
    """Also says how often it was asked."""

    spared = ("/asked",)

    def routes(self) -> list[Route]:
        """And how often."""
        return [*super().routes(), Route("/asked", self._asked)]

    async def _asked(self, request: Request) -> Response:
        del request
        return PlainTextResponse(str(len(self.journal) - 1))


def main(posts: int) -> None:
    """Serve until killed."""
    simulator = Counted()
    simulator.grow(posts)
    with running(simulator) as found:
        print(found.url, flush=True)
        while True:
            time.sleep(60)


if __name__ == "__main__":
    main(int(sys.argv[1]))
