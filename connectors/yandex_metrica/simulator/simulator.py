"""The vendor as it is asked: who may, what limits there are, reports and the counter itself."""

import asyncio
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from collector.testing.company import Company
from collector.testing.company.terms import FOREIGN, SITE
from collector.testing.company.visits import COUNTED
from collector.testing.simulator import DailyQuota, HeaderKey, Refused, Simulator, SlidingWindow
from connectors.yandex_metrica.simulator.asked import Asked, asked
from connectors.yandex_metrica.simulator.refusals import Refusal
from connectors.yandex_metrica.simulator.switches import Switches
from connectors.yandex_metrica.simulator.table import GOALS, Table, table, written
from connectors.yandex_metrica.simulator.telling import Seen, seen

COUNTER_ID, OTHERS_COUNTER_ID = 44_147_844, 44_147_845
"""The token's own, and one that it may not see; there are no others."""

PARALLEL = 3
_OLDEST = date(2018, 1, 1)


class YandexMetricaSimulator(Simulator):
    """A counter on the company's site; `switches` make things go wrong."""

    connector = "yandex_metrica"
    exempt: ClassVar = {"memory-flat": "Users are three figures a day; a test of its own looks at the visits"}
    page_size = 100_000

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.switches = Switches()
        self.access = HeaderKey("authorization", self.secret("token"), scheme="OAuth")
        self.limits = [
            SlidingWindow(30, per=1.0, name="quota_requests_by_ip"),
            SlidingWindow(200, per=300.0, whose=_of_token, name="quota_requests_by_report", paths="/stat/v1/data"),
            DailyQuota(5000, whose=_of_token, name="quota_requests_by_uid"),
        ]
        self._broken_limit: str | None = None
        self._company: Company | None = None
        self._settled: dict[int, list[Seen]] = {}
        self._copies = 1
        self._busy = 0
        self._failed: Counter[str] = Counter()

    # ── what others need ─────────────────────────────────────────────────────────────

    def settings(self, base_url: str) -> dict[str, Any]:
        """With the site that the company's books are about."""
        return {
            "base_url": base_url,
            "counter_id": str(COUNTER_ID),
            "access_token": self.secret("token"),
            "site": SITE,
        }

    def refuse_access(self, why: Refused) -> Response:
        """No token, or one that is not known."""
        return Refusal("unauthorized" if why == "missing" else "invalid_token").response()

    def forbid(self) -> Response:
        """A counter of somebody else's."""
        return Refusal("access_denied").response()

    def refuse_limit(self, wait: timedelta | None) -> Response:
        """By the limit that was broken; a refusal on purpose is that of the address, with Retry-After."""
        kind, self._broken_limit = self._broken_limit or "quota_requests_by_ip", None
        if wait is None or (kind != "quota_requests_by_ip" and not self.switches.tells_wait):
            return Refusal(kind).response(status=self.switches.throttle_status)
        headers = {"Retry-After": str(max(1, math.ceil(wait.total_seconds())))}
        return Refusal(kind).response(status=self.switches.throttle_status, headers=headers)

    def broken(self) -> Response:
        """The vendor's own words."""
        return Refusal("backend_error").response()

    def overrun(self, request: Request) -> tuple[str, float] | None:
        """The limit that this request breaks, to be named in the refusal."""
        found = super().overrun(request)
        if found is not None:
            self._broken_limit = found[0]
        return found

    def grow(self, records: int) -> None:
        """Every campaign so many times that ten days have so many rows."""
        few = sum(len(self._of_day(self.today - timedelta(days=back))) for back in range(10))
        self._copies = -(-records // few)

    # ── the counter ──────────────────────────────────────────────────────────────────

    @property
    def company(self) -> Company:
        """The company as it stood at the last full hour: so far the visits are counted."""
        if self._company is None:
            self._company = self.world.company(self.today)
        return self._company.at(self.now().replace(minute=0, second=0, microsecond=0))

    def _visits(self, first: date, last: date) -> Iterator[tuple[date, Seen]]:
        company = self.company
        since, until = max(first, company.since), min(last, company.today)
        days = [since + timedelta(days=number) for number in range((until - since).days + 1)]
        for day in self.shown(days):
            for each in self._of_day(day):
                for copy in range(self._copies):
                    campaign = f"{each.key[-1] or ''}-{copy}" if copy else each.key[-1]
                    yield day, each._replace(key=(*each.key[:-1], campaign))

    def _of_day(self, day: date) -> list[Seen]:
        """A day's visits; those that are all counted are told once."""
        number = day.toordinal()
        if number in self._settled:
            return self._settled[number]
        found = [kind for each in self.company.visits(day, day) for kind in seen(each)]
        if self.switches.new_source:
            found = [
                each._replace(key=("telepathy", *each.key[1:])) if each.key[0] == "organic" else each for each in found
            ]
        elif (self.company.today - day).days > len(COUNTED) + 1:
            self._settled[number] = found
        return found

    def _users(self, first: date, last: date) -> int:
        """Different people: the company knows of 1, 7 and 28 days, and of others what lies between."""
        company = self.company
        if last < company.since or not self.shown([min(last, company.today)]):
            return 0
        told = next(iter(company.users(min(last, company.today), min(last, company.today))))
        days = (last - first).days + 1
        known = {1: told.users_1d, 7: told.users_7d, 28: told.users_28d}
        if days in known:
            return known[days]
        lower = max((length for length in known if length < days), default=1)
        return int(known[lower] * (days / lower) ** 0.9)

    def _rate(self, currency: str) -> float:
        """What one of a currency is in the counter's; of the last days, as Metrica's own rates are."""
        if currency == FOREIGN:
            return 1.0
        company = self.company
        rates = {each.currency: each.value for each in company.rates(company.today - timedelta(days=12), company.today)}
        rubles = 1.0 if currency == "RUB" else float(rates[currency])
        return rubles / float(rates[FOREIGN])

    # ── requests ─────────────────────────────────────────────────────────────────────

    def routes(self) -> Sequence[Route]:
        """Reports, and what is told of counters."""
        place = "/management/v1/counter/{id}"
        return [
            Route("/stat/v1/data", self._report),
            Route("/management/v1/counters", self._counters),
            Route(place, self._one),
            Route(f"{place}/goals", self._goals),
        ]

    async def _report(self, request: Request) -> Response:
        self._busy += 1
        try:
            if self._busy > PARALLEL:
                raise Refusal("quota_parallel_requests")
            await asyncio.sleep(self.switches.delay)
            told = asked(dict(request.query_params), self.company.today)
            for number in told.ids:
                self._let_in(number)
            self._burden(told, request)
            return JSONResponse(self._answer(told))
        except Refusal as refusal:
            throttled = refusal.kind == "quota_parallel_requests"
            return refusal.response(status=self.switches.throttle_status if throttled else None)
        finally:
            self._busy -= 1

    def _burden(self, told: Asked, request: Request) -> None:
        """Whether the report is too much, for now or at all."""
        switches = self.switches
        query = str(request.url.query)
        if self._failed[query] < switches.complicated:
            self._failed[query] += 1
            raise Refusal("query_error")
        if switches.most_days is not None and (told.last - told.first).days >= switches.most_days:
            raise Refusal(switches.refusing)
        if switches.needs_sample and request.query_params.get("accuracy") == "full":
            raise Refusal("query_error")

    def _answer(self, told: Asked) -> dict[str, Any]:
        switches = self.switches
        made = table(told, self._visits(told.first, told.last), switches, users=self._users, rate=self._rate)
        limit = min(told.limit, self.page_size)
        page = made.rows[told.offset - 1 : told.offset - 1 + limit]
        size = int(made.totals[0] or 0) if told.metrics[0] == "visits" else len(made.rows)
        return {
            "query": self._echo(told, limit),
            "data": written(told, page),
            "total_rows": len(made.rows) if not switches.rounds_total else 1_000_000,
            "total_rows_rounded": switches.rounds_total,
            "sampled": switches.sample_share < 1,
            "contains_sensitive_data": made.withheld,
            "sample_share": switches.sample_share,
            "sample_size": int(size * switches.sample_share),
            "sample_space": size,
            "data_lag": (self.now() - self.company.now).seconds,
            "totals": made.totals,
            **_bounds(told, made),
        }

    def _echo(self, told: Asked, limit: int) -> dict[str, Any]:
        dimensions, metrics = told.names
        model = self.switches.model or "".join(part.capitalize() for part in told.attribution.split("_"))
        return {
            "ids": [int(each) for each in told.ids],
            "dimensions": list(dimensions),
            "metrics": list(metrics),
            "sort": list(told.sort),
            "date1": str(told.first),
            "date2": str(told.last),
            "limit": limit,
            "offset": told.offset,
            "group": "Day",
            "auto_group_size": "1",
            "attr_name": "",
            "quantile": "50",
            "offline_window": "21",
            "attribution": "LastSign" if model == "Lastsign" else model,
            "currency": told.currency,
            "adfox_event_id": "0",
        }

    def _let_in(self, number: str) -> None:
        if number == str(OTHERS_COUNTER_ID) or (number == str(COUNTER_ID) and not self.switches.has_access):
            raise Refusal("access_denied")
        if number != str(COUNTER_ID) or self.switches.is_deleted:
            raise Refusal("not_found")

    async def _counters(self, request: Request) -> Response:
        del request
        return JSONResponse({"rows": 1, "counters": [self._described()]})

    async def _one(self, request: Request) -> Response:
        return self._managed(request, {"counter": self._described()})

    async def _goals(self, request: Request) -> Response:
        goals = [
            {"id": int(number), "name": name, "type": kind, "is_retargeting": 0, "flag": "", "conditions": []}
            for number, (name, kind) in GOALS.items()
        ]
        return self._managed(request, {"goals": goals})

    def _managed(self, request: Request, body: Mapping[str, Any]) -> Response:
        try:
            self._let_in(request.path_params["id"])
        except Refusal as refusal:
            return refusal.response()
        return JSONResponse(body)

    def _described(self) -> dict[str, Any]:
        zone = self.switches.zone
        offset = datetime.combine(self.today, datetime.min.time(), ZoneInfo(zone)).utcoffset() or timedelta(0)
        return {
            "id": COUNTER_ID,
            "status": "Active",
            "owner_login": "sosna-site",
            "code_status": "CS_OK",
            "name": "Sosna",
            "type": "simple",
            "permission": "view",
            "create_time": "2017-04-13T11:07:42+03:00",
            "time_zone_name": self.switches.zone_name or zone,
            "time_zone_offset": int(offset.total_seconds() // 60),
            "site2": {"site": SITE},
            "currency": self.switches.currency,
        }


def _of_token(request: Request) -> str:
    return request.headers.get("authorization", "")


def _bounds(told: Asked, made: Table) -> dict[str, list[float]]:
    """The least and greatest of each metric in the rows."""
    columns = [[row[1][at] or 0.0 for row in made.rows] for at in range(len(told.metrics))]
    return {"min": [min(each, default=0.0) for each in columns], "max": [max(each, default=0.0) for each in columns]}
