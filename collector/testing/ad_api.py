"""The company's VK ads as a small API of its own, for the demo: days of campaigns, in pages, behind a token."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from math import ceil
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from collector.testing.company.company import Company

SYSTEM = "vk_ads"
TOKEN = "demo-token"  # noqa: S105 - opens nothing but the made-up company
PAGE = 100


@contextmanager
def serving(company: Company) -> Iterator[str]:
    """The API on a free port of this machine, in a thread, until the end of the block; gives its address."""
    config = uvicorn.Config(
        _app(company), host="127.0.0.1", port=0, log_config=None, lifespan="off", log_level="warning"
    )
    server = uvicorn.Server(config)
    sock = config.bind_socket()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, name="ad api", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=5)
        sock.close()


def _app(company: Company) -> Starlette:
    rows = list(_rows(company))

    async def statistics(request: Request) -> JSONResponse:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return JSONResponse({"error": "unknown token"}, status_code=401)
        try:
            first, last = (date.fromisoformat(request.query_params[name]).isoformat() for name in ("from", "to"))
            page = int(request.query_params.get("page", "1"))
        except (KeyError, ValueError):
            return JSONResponse({"error": "from and to are days, page a number"}, status_code=400)
        found = [row for row in rows if first <= row["date"] <= last]
        return JSONResponse({"rows": found[(page - 1) * PAGE : page * PAGE], "pages": ceil(len(found) / PAGE)})

    return Starlette(routes=[Route("/v1/statistics", statistics)])


def _rows(company: Company) -> Iterator[dict[str, Any]]:
    for each in company.spend(last=company.yesterday):
        if each.campaign.system == SYSTEM:
            yield {
                "date": date.fromordinal(each.day).isoformat(),
                "campaign": each.campaign.title,
                "channel": each.campaign.channel,
                "spent": f"{each.amount // 100}.{each.amount % 100:02}",
                "currency": each.campaign.currency,
                "shows": each.impressions,
                "clicks": each.clicks,
            }
