"""A shop's API whose answers go wrong where a test says so.

The data stand still, so that what a store holds in the end can be compared.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.polling.vendor import Answer, Asked

SHOP = """
token_url: /token
auth: {kind: oauth2, client_id: c1, client_secret: s3cret}
backfill: 90d
streams:
  visits:
    kind: window
    restates: 3d
    request: {path: /visits, params: {from: "{first}", to: "{last}"}}
    pages: {by: link}
    record: fact
    rows: days
    fields: {day: day}
    measures: {sessions: sessions, spend: cost}
    dimensions: {campaign: campaign}
  orders:
    kind: since
    request: {path: /orders, params: {since: "{since:unix}"}}
    pages: {by: cursor, param: after, next: next}
    record: deal
    rows: orders
    fields:
      id: id
      closed_at: {path: at, date: unix}
      status: {const: won}
      amount: total
      customer_id: customer
    sweep: {request: {path: /ids}, pages: {by: page, param: page}, rows: ids, id: id}
  stars:
    kind: now
    request: {path: /stars}
    pages: {by: offset, param: skip, total: total}
    record: reading
    rows: networks
    measures: {followers: count}
    dimensions: {network: name}
"""
STREAMS = ("visits", "orders", "stars")
DELETED = 3
"""The order that the sweep finds gone."""


@dataclass
class Fault:
    """What goes wrong with one answer."""

    name: str
    spoil: Callable[[Answer], Answer]


def _cut(answer: Answer) -> Answer:
    def write(send: Callable[[bytes], Any]) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(answer.content)}\r\n\r\n".encode()
        send(head + answer.content[: len(answer.content) // 2])

    return Answer(raw=write)


FAULTS = (
    Fault("500", lambda _: Answer(500, b"<html>oops</html>")),
    Fault("429", lambda _: Answer(429)),
    Fault("429 with Retry-After", lambda _: Answer(429, headers={"Retry-After": "7"})),
    Fault("cut off", _cut),
    Fault("malformed", lambda answer: Answer(200, answer.content[:-3], answer.headers)),
    Fault("closed", lambda _: Answer(raw=lambda _: None)),
    Fault("401", lambda _: Answer(401)),
)


@dataclass
class Shop:
    """Answers like a shop; `strike` says which fault, if any, the nth request meets."""

    strike: Callable[[int], Fault | None] = lambda _: None
    asked: int = 0
    tokens: int = 0
    struck: list[str] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Answer:
        if asked.path == "/token":
            self.tokens += 1
            return Answer(body={"access_token": f"token-{self.tokens}", "expires_in": 864000})
        fault = self.strike(self.asked)
        self.asked += 1
        answer = _ANSWERS[asked.path](asked)
        if fault is None:
            return answer
        self.struck.append(fault.name)
        return fault.spoil(answer)


def at(number: int) -> Callable[[Fault], Callable[[int], Fault | None]]:
    """The fault strikes the nth request only."""
    return lambda fault: lambda asked: fault if asked == number else None


def at_random(rate: float, seed: int) -> Callable[[int], Fault | None]:
    """Any of the faults, at this rate."""
    dice = random.Random(seed)
    return lambda _: dice.choice(FAULTS) if dice.random() < rate else None


def _visits(asked: Asked) -> Answer:
    first, last = date.fromisoformat(asked.one("from") or ""), date.fromisoformat(asked.one("to") or "")
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    rows = [
        {"day": str(day), "campaign": name, "sessions": day.day + number, "cost": f"{day.day}.5{number}"}
        for day in days
        for number, name in enumerate(("a", "b"))
    ]
    skip = int(asked.one("skip") or 0)
    page = rows[skip : skip + 25]
    after = skip + 25
    link = f'</visits?from={first}&to={last}&skip={after}>; rel="next"' if after < len(rows) else ""
    return Answer(body={"days": page}, headers={"Link": link} if link else {})


_START = datetime(2026, 11, 1, tzinfo=UTC)
_ORDERS = [
    {
        "id": number,
        "at": int((_START + timedelta(hours=number)).timestamp()),
        "total": f"{number}.25",
        "customer": f"c{number % 7}",
    }
    for number in range(45)
]


def _orders(asked: Asked) -> Answer:
    since, after = int(asked.one("since") or 0), int(asked.one("after") or -1)
    rows = [row for row in _ORDERS if int(str(row["at"])) >= since and int(str(row["id"])) > after]
    page = rows[:10]
    more = len(rows) > len(page)
    return Answer(body={"orders": page, "next": page[-1]["id"] if more else None})


def _ids(asked: Asked) -> Answer:
    page = int(asked.one("page") or 1)
    rows = [{"id": row["id"]} for row in _ORDERS if row["id"] != DELETED]
    return Answer(body={"ids": rows[(page - 1) * 20 : page * 20]})


def _stars(asked: Asked) -> Answer:
    skip = int(asked.one("skip") or 0)
    rows = [{"name": name, "count": number * 100} for number, name in enumerate(("github", "vk", "telegram"), 1)]
    return Answer(body={"networks": rows[skip : skip + 2], "total": len(rows)})


_ANSWERS: dict[str, Callable[[Asked], Answer]] = {
    "/visits": _visits,
    "/orders": _orders,
    "/ids": _ids,
    "/stars": _stars,
}
