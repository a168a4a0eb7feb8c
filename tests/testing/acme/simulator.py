"""Acme's API: numbered pages, a key in the query, five calls in any second."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from collector.testing.simulator import QueryKey, Simulator, SlidingWindow, by_number


class AcmeSimulator(Simulator):
    """Two channels of 10 and 30 visits a day; an order a day; two networks."""

    connector = "acme"
    page_size = 20
    orders_of_a_day = 1
    channels = 2

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.access = QueryKey("key", self.secret("token"))
        self.limits = [SlidingWindow(5, per=1.0)]

    def settings(self, base_url: str) -> dict[str, Any]:
        return {"base_url": base_url, "token": self.secret("token")}

    def grow(self, records: int) -> None:
        self.page_size = 500
        self.channels = records // 10
        self.orders_of_a_day = records // len(self.days()) + 1
        self.orders = self._orders()

    def routes(self) -> Sequence[Route]:
        return [
            Route("/v1/visits", self._visits),
            Route("/v1/orders", self._changed),
            Route("/v1/order-ids", self._ids),
            Route("/v1/followers", self._followers),
        ]

    @cached_property
    def orders(self) -> list[dict[str, Any]]:
        return self._orders()

    def _orders(self) -> list[dict[str, Any]]:
        each = [day for day in self.days()[:-1] for _ in range(self.orders_of_a_day)]
        return [_order(number, day) for number, day in enumerate(each, start=1)]

    async def _visits(self, request: Request) -> Response:
        asked = request.query_params
        first = max(date.fromisoformat(asked["since"]), self.days()[0])
        last = min(date.fromisoformat(asked["until"]), self.today)
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        many = self.channels + 1
        if many > 10:  # grown: to make them all for each page would take long
            begin = (int(asked["page"]) - 1) * self.page_size
            numbers = range(begin, min(begin + self.page_size, len(days) * many))
            return JSONResponse({"visits": [self._visit(days[n // many], n % many) for n in numbers]})
        rows = self.shown([self._visit(day, n) for day in days for n in range(many)], of=lambda row: row["date"])
        return JSONResponse({"visits": by_number(rows, request, size=self.page_size)})

    def _visit(self, day: date, channel: int) -> dict[str, Any]:
        if channel == self.channels:
            return {"date": day.isoformat(), "channel": None, "visits": 40}
        return {"date": day.isoformat(), "channel": f"c{channel}", "visits": 10 + 20 * (channel % 2)}

    async def _changed(self, request: Request) -> Response:
        above, changed = int(request.query_params["above"]), request.query_params.get("changed", "")
        rows = self.orders[bisect_left(self.orders, changed, key=lambda row: row["changed"]) :]
        rows = rows[bisect_right(rows, above, key=lambda row: row["number"]) :]
        return JSONResponse({"orders": by_number(self.shown(rows), request, size=self.page_size)})

    async def _ids(self, request: Request) -> Response:
        rows = [row["number"] for row in self.shown(self.orders)]
        return JSONResponse(by_number(rows, request, size=self.page_size))

    async def _followers(self, _: Request) -> Response:
        rows = [{"network": "acme", "members": 1200}, {"network": "other", "members": 7}]
        return JSONResponse(self.shown(rows))


def _order(number: int, day: date) -> dict[str, Any]:
    at = datetime.combine(day, time(9), tzinfo=UTC).isoformat()
    buyer = f"contact:{number % 9}"
    return {
        "number": number, "created": at, "changed": at, "paid": at, "total": "140.00", "currency": "EUR", "buyer": buyer
    }  # fmt: skip
