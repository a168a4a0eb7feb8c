"""The connector broadsheet: what is read, how often, and how it is authorized.

Read on: `settings` (what a user writes), `mapping` (JSON to records), `simulator` (the
vendor, as far as we ask it).
"""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from collector.plugin import Connector, Fact, RateLimit, Request, Token, Window, hookimpl, stream

from broadsheet_kpis import mapping
from broadsheet_kpis.settings import Settings


class Broadsheet(Connector[Settings]):
    """What places in newsletters cost, and what they brought, by campaign."""

    name = "broadsheet"
    title = "Broadsheet"
    stability = "experimental"
    limits = (RateLimit(5, per="1s", key="token"),)  # where the vendor's docs say so

    def authorize(self, request: Request, token: Token | None) -> None:
        """Add what the vendor knows us by."""
        del token
        request.headers["Authorization"] = f"Bearer {self.settings.token.get_secret_value()}"

    async def check(self) -> Sequence[str]:
        """Try the access, on today's rows."""
        today = self.context.now().astimezone(self.context.zone).date()
        async for _ in self.placements(Window(today, today)):
            pass  # what is refused is raised
        return ()

    # opens and clicks are counted for three days
    @stream(every="1h", restates="3d", repeated="sum", provides={name: [("campaign",)] for name in mapping.MEASURES})
    async def placements(self, window: Window) -> AsyncIterator[Fact]:
        """Newsletters, on the days on which they were sent."""
        begin, end = window.instants(self.context.zone)
        async for row in self.cursor_pages(
            "/v2/placements", rows="placements", next="paging.after", cursor="after", sent_from=begin, sent_before=end
        ):
            for fact in mapping.placement(row, self.context.zone):
                yield fact


@hookimpl
def register_connectors() -> list[type[Connector[Any]]]:
    """The connector of this package."""
    return [Broadsheet]
