"""A portal with many deals, as quick as Python can be: rows are written once, and found by their places.

`python -m bench.bitrix24_vendor DEALS DELAY DELAY_AN_ITEM BUCKET`: BUCKET is `off`, or how full
the leaky bucket of 50 is at first: `empty` takes 50 requests at once, `full` none. Prints its port.
"""

import asyncio
import json
import re
import socket
import sys
import time
from bisect import bisect_right
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

BURST, LEAK, PAGE = 50, 2.0, 50


class Vendor:
    """Its state."""

    def __init__(self, deals: int, delay: float, delay_an_item: float, bucket: str) -> None:
        self.asked = 0
        self.rows = [json.dumps(_row(number)).encode() for number in range(1, deals + 1)]
        self.ids = list(range(1, deals + 1))
        self.delay, self.delay_an_item, self.limited = delay, delay_an_item, bucket != "off"
        self.water, self.at = (float(BURST) if bucket == "full" else 0.0), 0.0

    async def answer(self, request: Request) -> Response:
        """A call; a GET of `/asked` tells how many were taken so far."""
        if request.url.path == "/asked":
            return Response(str(self.asked), media_type="text/plain")
        if self.limited and self._spills():
            body = b'{"error": "QUERY_LIMIT_EXCEEDED", "error_description": "Too many requests"}'
            return Response(body, 503, media_type="application/json")
        self.asked += 1
        told = await request.json() if request.method == "POST" else {}
        method = request.url.path.rstrip("/").rsplit("/", 1)[-1].removesuffix(".json").lower()
        if method == "batch":
            body, items = self._batch(told["cmd"])
        else:
            flat = {**{f"filter[{name}]": str(value) for name, value in (told.get("filter") or {}).items()}}
            order = (told.get("order") or {}).get("ID", "ASC")
            result, items, beside = self._deals({**flat, "order[ID]": order, "start": str(told.get("start", 0))})
            body = b'{"result": %s%s, %s}' % (result[0], beside, _TIME)
        await asyncio.sleep(self.delay + self.delay_an_item * items)
        return Response(body, media_type="application/json")

    def _spills(self) -> bool:
        now = time.monotonic()
        self.at = self.at or now  # nothing leaks before the first call: whoever asks may be slow to start
        self.water = max(0.0, self.water - (now - self.at) * LEAK)
        self.at = now
        if self.water + 1 > BURST:
            return True
        self.water += 1
        return False

    def _batch(self, commands: dict[str, str]) -> tuple[bytes, int]:
        found: dict[str, tuple[bytes, int | None]] = {}
        items = 0
        for key, command in commands.items():
            asked = dict(parse_qsl(command.partition("?")[2], keep_blank_values=True))
            above = asked.get("filter[>ID]", "")
            if above.startswith("$result"):
                last = found[re.findall(r"\[(\w+)]", above)[0]][1]
                asked["filter[>ID]"] = "" if last is None else str(last)
            found[key], count, _ = self._deals(asked)
            items += count
        results = b", ".join(b'"%s": %s' % (key.encode(), rows) for key, (rows, _) in found.items())
        empty = b'"result_error": [], "result_total": [], "result_next": [], "result_time": []'
        return b'{"result": {"result": {%s}, %s}, %s}' % (results, empty, _TIME), items

    def _deals(self, asked: dict[str, str]) -> tuple[tuple[bytes, int | None], int, bytes]:
        """The page, with the id of its fiftieth row; how many rows; what stands beside them."""
        first = bisect_right(self.ids, int(asked.get("filter[>ID]") or 0))
        last = bisect_right(self.ids, int(asked.get("filter[<=ID]") or len(self.ids)))
        start = int(asked.get("start") or 0)
        if asked.get("order[ID]") == "DESC":
            places = list(range(last - 1, max(first, last - PAGE) - 1, -1))
        else:
            begin = first + max(0, start)
            places = list(range(begin, min(last, begin + PAGE)))
        beside = b"" if start < 0 else b', "total": %d' % (last - first)
        if start >= 0 and first + start + PAGE < last:
            beside += b', "next": %d' % (start + PAGE)
        rows = b"[" + b", ".join(self.rows[place] for place in places) + b"]"
        return (rows, self.ids[places[-1]] if len(places) == PAGE else None), len(places), beside


_TIME = (
    b'"time": {"start": 1.5, "finish": 1.6, "duration": 0.1, "processing": 0.1, "operating": 0.1, '
    b'"operating_reset_at": 1}'
)


def _row(number: int) -> dict[str, Any]:
    """A deal with the fields that are asked for; every second one is won."""
    stage, semantic = (("WON", "S"), ("EXECUTING", "P"))[number % 2]
    at = f"2026-{number % 9 + 1:02}-{number % 28 + 1:02}T{number % 24:02}:00:00+03:00"
    return {
        "ID": str(number), "DATE_CREATE": at, "DATE_MODIFY": at, "MOVED_TIME": at, "SOURCE_ID": "WEB",
        "UTM_SOURCE": "yandex", "UTM_MEDIUM": "cpc", "UTM_CAMPAIGN": f"campaign {number % 40}", "UTM_CONTENT": None,
        "UTM_TERM": None, "ASSIGNED_BY_ID": str(number % 9 + 1), "COMPANY_ID": "0", "CONTACT_ID": str(number // 2 + 1),
        "STAGE_ID": stage, "STAGE_SEMANTIC_ID": semantic, "CATEGORY_ID": "0", "OPPORTUNITY": f"{number % 9000}.00",
        "CURRENCY_ID": "RUB", "LEAD_ID": str(number), "IS_RETURN_CUSTOMER": "N", "IS_RECURRING": "N",
        "LAST_ACTIVITY_TIME": at,
    }  # fmt: skip


def main(arguments: list[str]) -> None:
    """Serve until killed."""
    vendor = Vendor(int(arguments[0]), float(arguments[1]), float(arguments[2]), arguments[3])
    app = Starlette(routes=[Route("/{path:path}", vendor.answer, methods=["GET", "POST"])])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))

    async def serve() -> None:
        listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        print(listening.getsockname()[1], flush=True)
        await server.serve(sockets=[listening])

    asyncio.run(serve())


if __name__ == "__main__":
    main(sys.argv[1:])
