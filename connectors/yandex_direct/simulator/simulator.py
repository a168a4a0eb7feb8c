"""The API as it is asked: who may, for which client, and what there is to answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from collector.testing.company import Company
from collector.testing.company.books.money import vat_rate
from collector.testing.company.terms import CURRENCY
from collector.testing.simulator import Bearer, Refused, Simulator, SlidingWindow
from connectors.yandex_direct.simulator.answers import Refusal
from connectors.yandex_direct.simulator.asked import Asked, asked
from connectors.yandex_direct.simulator.queue import Queue
from connectors.yandex_direct.simulator.table import Day, networks, text

SYSTEM = "yandex_direct"
LOGIN = "sosna-direct"
REPORTS = "/json/v5/reports"
POINTS = 64_000
ROWS_OF_TEN_DAYS = 30
"""Rows that the company's three campaigns have in ten days."""


@dataclass
class Switches:
    """What can be otherwise than at the company."""

    currency: str = CURRENCY
    agency: bool = False
    """The token is an agency's: whose campaigns are meant must be said."""
    titles: dict[int, str] = field(default_factory=dict)
    """Campaigns that were renamed, by id."""
    refusing: int | None = None
    """The code with which all is refused."""
    points: int = POINTS
    online_days: int = 14
    """A report of more days is made in the queue, unless it must be made at once."""
    longest_online_days: int = 90
    slow_online: bool = False
    """What is made at once takes too long: 502."""


class YandexDirectSimulator(Simulator):
    """The company's campaigns in Yandex Direct; `switches` makes things go otherwise, `queue` makes reports."""

    connector = SYSTEM

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.switches = Switches()
        self.queue = Queue()
        self.access = Bearer(self.secret("token"))
        self.limits = [SlidingWindow(20, per=10.0, paths=REPORTS)]
        self._company: Company | None = None
        self._copies: dict[str, list[Day]] = {}
        self._numbers = count(8_695_244_274_068_608_439)

    # ── what others need ─────────────────────────────────────────────────────────────

    def settings(self, base_url: str) -> dict[str, Any]:
        """With VAT, as the company's books presuppose."""
        client = {"client_login": LOGIN} if self.switches.agency else {}
        return {"base_url": base_url, "access_token": self.secret("token"), "include_vat": True, **client}

    def refuse_access(self, why: Refused) -> Response:
        """A token that is missing, or not known."""
        return Refusal(53, "OAuth token is missing" if why == "missing" else "Invalid OAuth token").response()

    def forbid(self) -> Response:
        """A login that the token may not read."""
        return Refusal(54, "The specified login is not a client of the agency").response()

    def refuse_limit(self, wait: timedelta | None) -> Response:
        """Direct never tells how long to wait."""
        del wait
        return Refusal(56).response()

    def broken(self) -> Response:
        """Its own words."""
        return Refusal(1000).response(500)

    def grow(self, records: int) -> None:
        """The campaigns are there so many times that the last ten days have so many facts."""
        last = [self.today - timedelta(days=back) for back in range(10)]
        copies = -(-records // (3 * ROWS_OF_TEN_DAYS)) + 1
        for day in last:
            rows = list(self._days(day, day))
            self._copies[str(day)] = [
                Day(each.day, each.date, each.id + 1000 * n, each.title, each.network, 9, 1, 100)
                for n in range(1, copies)
                for each in rows
            ]

    # ── the company ──────────────────────────────────────────────────────────────────

    @property
    def company(self) -> Company:
        """As it stands at the last full hour: figures come by the hour."""
        if self._company is None:
            self._company = Company(self.world.seed, self.today, self.world.days, self.world.size)
        return self._company.at(self.now().replace(minute=0, second=0, microsecond=0))

    def _days(self, first: date, last: date) -> Iterator[Day]:
        company = self.company
        first, last = max(first, company.since), min(last, company.today)
        for each in company.spend(first, last) if first <= last else ():
            campaign = each.campaign
            if campaign.system != SYSTEM or not each.impressions:
                continue
            for network in networks(campaign.placement):
                yield Day(
                    each.day,
                    str(date.fromordinal(each.day)),
                    campaign.id,
                    self.switches.titles.get(campaign.id, campaign.title),
                    network,
                    each.impressions,
                    each.clicks,
                    each.amount,
                )

    def _rows(self, report: Asked) -> Sequence[Day]:
        rows = list(self._days(report.first, report.last))
        for day, more in self._copies.items():
            if str(report.first) <= day <= str(report.last):
                rows += more
        return self.shown(rows, of=lambda row: row.date)

    # ── calls ────────────────────────────────────────────────────────────────────────

    def routes(self) -> Sequence[Route]:
        """Reports, and who the client is."""
        return [
            Route(REPORTS, self._report, methods=["POST"]),
            Route("/json/v501/reports", self._report, methods=["POST"]),
            Route("/json/v5/clients", self._clients, methods=["POST"]),
        ]

    async def _report(self, request: Request) -> Response:
        try:
            self._let_in(request)
            response = await self._made(request)
        except Refusal as refusal:
            response = refusal.response()
        return self._with_units(response, spent=0)

    async def _made(self, request: Request) -> Response:
        report = asked(await _json(request), self.today, self.company.since)
        mode = request.headers.get("processingmode", "auto").lower()
        now = self.clock.now()
        made = self.queue.known(report, now)
        if made is None:
            if mode != "offline" and self.switches.slow_online:
                return self.page_of_a_proxy(502)
            if mode == "online" and report.days > self.switches.longest_online_days:
                return self.page_of_a_proxy(502)
            written = text(self._rows(report), report, request.headers)
            if mode == "online" or (mode == "auto" and report.days <= self.switches.online_days):
                return _tsv(written)
            made = self.queue.add(report, written, now)
        return _tsv(made.text) if made.is_ready(now) else self.queue.later(made, now)

    async def _clients(self, request: Request) -> Response:
        """Refusals here come with 200."""
        try:
            self._let_in(request)
            if self.switches.points < 10:
                raise Refusal(152)
            body = await _json(request)
            fields = body.get("params", {}).get("FieldNames") if isinstance(body, dict) else None
            if not isinstance(fields, list) or not isinstance(body, dict) or body.get("method") != "get":
                raise Refusal(8000, "Required field is omitted: FieldNames")
            self.switches.points -= 10
        except Refusal as refusal:
            return self._with_units(refusal.response(200), spent=0)
        known = {
            "Login": LOGIN,
            "Currency": self.switches.currency,
            "VatRate": int(100 * vat_rate(self.today.toordinal())),
        }
        client = {name: value for name, value in known.items() if name in fields}
        return self._with_units(JSONResponse({"result": {"Clients": [client]}}), spent=10)

    def _let_in(self, request: Request) -> None:
        if self.switches.refusing is not None:
            raise Refusal(self.switches.refusing)
        login = request.headers.get("client-login")
        if login is None and self.switches.agency:
            raise Refusal(54, "Client-Login is not specified")
        if login not in (None, LOGIN):
            raise Refusal(54, "The specified login is not a client of the agency")

    def _with_units(self, response: Response, *, spent: int) -> Response:
        response.headers["Units"] = f"{spent}/{max(0, self.switches.points)}/{POINTS}"
        response.headers["RequestId"] = str(next(self._numbers))
        return response


async def _json(request: Request) -> Any:
    try:
        return await request.json()
    except ValueError as error:
        raise Refusal(8000, "The request is no JSON") from error


def _tsv(written: str) -> Response:
    return Response(written, media_type="text/tab-separated-values; charset=utf-8")
