"""A web shop's API as many are, and its description: what this connector is tried on.

Tokens that run out, amounts in cents, instants as seconds; days with a next page in the
`Link` header, orders by change with a cursor, a list of ids for what was deleted, and the
present. `kpi-collector simulate http_json` serves it, and prints the whole description.
"""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qsl

import yaml
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from collector.testing.simulator import Simulator, SlidingWindow, Tokens, by_cursor, by_link, by_number

DESCRIPTION = """
auth: {kind: oauth2, client_id: kpis}
limits: [{calls: 10, per: 1s}]
streams:
  visits:
    kind: window
    restates: 3d
    request: {path: /v1/traffic, params: {from: "{first}", to: "{last}"}}
    pages: {by: link}
    record: fact
    rows: days
    inner: campaigns
    fields: {day: {path: date, of: outer}, currency: {const: EUR}}
    measures: {sessions: visits, spend: {path: cost_cents, factor: 0.01}}
    dimensions: {campaign: name}
  orders:
    kind: since
    every: 15m
    request: {path: /v1/orders, params: {updated_since: "{since:unix}"}}
    pages: {by: cursor, param: after, next: paging.after}
    record: deal
    rows: orders
    fields:
      id: id
      created_at: {path: created, date: unix}
      updated_at: {path: updated, date: unix}
      closed_at: {path: paid, date: unix}
      status: {path: state, map: {paid: won, cancelled: lost}, default: open}
      amount: {path: total_cents, factor: 0.01}
      currency: currency
      customer_id: buyer.id
    also:
      - record: customer
        rows: orders[].buyer
        fields: {id: id}
    sweep:
      request: {path: /v1/order-ids}
      pages: {by: page, param: page}
      rows: ids
      id: "@"
  followers:
    kind: now
    request: {path: /v1/profile}
    record: reading
    rows: networks
    measures: {followers: members}
    dimensions: {network: name}
"""

Row = dict[str, Any]


class ShopSimulator(Simulator):
    """Two campaigns a day, and an order a day, of which each fifth is cancelled and each seventh still open."""

    connector = "http_json"
    spared = ("/oauth/token",)
    tokens: Tokens

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.access = self.tokens = Tokens("kpis", self.secret("client"))
        self.limits = [SlidingWindow(10, per=1.0)]
        self._days = [_day(day, campaigns=2) for day in self.days()]
        self._orders = [_order(number, day) for number, day in enumerate(self.days()[:-1], start=1)]

    def settings(self, base_url: str) -> dict[str, Any]:
        """The description, with what one account has of its own."""
        described: dict[str, Any] = yaml.safe_load(DESCRIPTION)
        auth = described["auth"] | {"client_secret": self.secret("client")}
        return {"base_url": base_url, "token_url": f"{base_url}/oauth/token", **described, "auth": auth}

    def routes(self) -> Sequence[Route]:
        """What can be asked."""
        return [
            Route("/oauth/token", self._token, methods=["POST"]),
            Route("/v1/traffic", self._traffic),
            Route("/v1/orders", self._changed),
            Route("/v1/order-ids", self._ids),
            Route("/v1/profile", self._profile),
        ]

    def grow(self, records: int) -> None:
        """Days of many campaigns each, and many orders."""
        self.page_size = 1000
        of_a_day, last = 50, self.days()[-10:]
        days = [last[number % 10] for number in range(records // of_a_day // 2 + 1)]
        self._days = [_day(day, campaigns=of_a_day, first=number * of_a_day) for number, day in enumerate(sorted(days))]
        self._orders = [_order(number, last[0]) for number in range(1, records + 1)]

    def refuse_limit(self, wait: timedelta | None) -> Response:
        """In the shop's own words."""
        answer = super().refuse_limit(wait)
        told = {"error": {"code": "too_many_requests", "message": "Slow down."}}
        return JSONResponse(
            told, status_code=429, headers={k: v for k, v in answer.headers.items() if k == "retry-after"}
        )

    async def _token(self, request: Request) -> Response:
        asked = dict(parse_qsl((await request.body()).decode()))
        status, body = self.tokens.answer(asked, self.clock.now())
        return JSONResponse(body, status_code=status)

    async def _traffic(self, request: Request) -> Response:
        asked = request.query_params
        rows = self.shown([row for row in self._days if asked["from"] <= row["date"] <= asked["to"]])
        page, headers = by_link(rows, request, size=max(1, self.page_size // 10))
        return JSONResponse({"days": page}, headers=headers)

    async def _changed(self, request: Request) -> Response:
        since = int(request.query_params.get("updated_since", "0"))
        rows = self._orders[bisect_left(self._orders, since, key=lambda row: row["updated"]) :]
        page, after = by_cursor(self.shown(rows), request, size=self.page_size, name="after")
        return JSONResponse({"orders": page, "paging": {"after": after}})

    async def _ids(self, request: Request) -> Response:
        ids = [row["id"] for row in self.shown(self._orders)]
        return JSONResponse({"ids": by_number(ids, request, size=self.page_size)})

    async def _profile(self, _: Request) -> Response:
        return JSONResponse(
            {"networks": self.shown([{"name": "shop", "members": 1200}, {"name": "app", "members": 7}])}
        )


def _day(day: date, *, campaigns: int, first: int = 0) -> Row:
    rows = [
        {"name": f"campaign {number}", "visits": 30 + number % 7, "cost_cents": 1250 + number % 90}
        for number in range(first, first + campaigns)
    ]
    return {"date": day.isoformat(), "campaigns": rows}


def _order(number: int, day: date) -> Row:
    at = int(datetime.combine(day, time(9), tzinfo=UTC).timestamp())
    state = "cancelled" if number % 5 == 0 else "new" if number % 7 == 0 else "paid"
    return {
        "id": number,
        "created": at,
        "updated": at + 3600,
        "paid": None if state == "new" else at + 3600,
        "state": state,
        "total_cents": 14000 + number % 100,
        "currency": "EUR",
        "buyer": {"id": f"contact:{number % 9}"},
    }
