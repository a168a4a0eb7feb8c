"""Broadsheet's API on this machine: keys, pages, five calls in any second."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from collector.testing.simulator import Bearer, Simulator, SlidingWindow, by_cursor
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


class BroadsheetSimulator(Simulator):
    """Broadsheet with the same rows for each day."""

    connector = "broadsheet"

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.access = Bearer(self.secret("token"))
        self.limits = [SlidingWindow(5, per=1.0)]
        self._rows = [_placement(day, campaign) for day in self.days() for campaign in ("autumn", "winter")]

    def settings(self, base_url: str) -> dict[str, Any]:
        """Those with which the connector reads it."""
        return {"base_url": base_url, "token": self.secret("token")}

    def routes(self) -> Sequence[Route]:
        """What can be asked."""
        return [Route("/v2/placements", self._answer)]

    def grow(self, records: int) -> None:
        """Ten days of many campaigns."""
        self.page_size = 1000
        self._rows = [_placement(day, f"c{number}") for day in self.days()[-10:] for number in range(records // 30 + 1)]

    async def _answer(self, request: Request) -> Response:
        asked = request.query_params
        rows = [row for row in self._rows if asked["sent_from"] <= row["sent_at"] < asked["sent_before"]]
        shown = self.shown(rows, of=lambda row: row["sent_at"])
        page, after = by_cursor(shown, request, size=self.page_size, name="after")
        return JSONResponse({"placements": page, "paging": {"after": after}})


def _placement(day: date, campaign: str) -> dict[str, Any]:
    cost = {"amount": "12.50", "currency": "EUR"}
    return {"campaign": campaign, "sent_at": f"{day}T22:30:00Z", "opens": 400, "clicks": 25, "cost": cost}
