"""The API as it is asked: tokens, limits, and what there is to answer."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from collector.testing.company import Company
from collector.testing.company.terms import CURRENCY
from collector.testing.simulator import Refused, Simulator
from connectors.vk_ads.simulator.limits import Calendar, headers
from connectors.vk_ads.simulator.plans import Day, Plan, base, days_of, plans_of
from connectors.vk_ads.simulator.tokens import Tokens

TOKEN, DELETE = "/api/v2/oauth2/token.json", "/api/v2/oauth2/token/delete.json"
MOST_IDS, MOST_DAYS, LARGEST_PAGE = 200, 366, 50


@dataclass
class Switches:
    """What can be otherwise than at the company."""

    currency: str | None = CURRENCY
    titles: dict[int, str] = field(default_factory=dict)
    """Plans that were renamed, by id."""
    foreign: set[int] = field(default_factory=set)
    """Plans that went to another cabinet: they are not listed, and known no more."""
    most_ids: int = MOST_IDS
    refusing: tuple[int, str, str] | None = None
    """Status, code and words with which all is refused."""


class VkAdsSimulator(Simulator):
    """The company's ad plans in VK Ads; `switches` makes things go otherwise."""

    connector = "vk_ads"
    spared = (TOKEN, DELETE)
    page_size = LARGEST_PAGE

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.switches = Switches()
        self.tokens = Tokens("sosna-vk-ads", self.secret("client_secret"))
        self.access = self.tokens
        self.calendars = [Calendar("RPS", 10), Calendar("Hourly", 20_000), Calendar("Daily", 200_000)]
        self.limits = self.calendars
        self._company: Company | None = None
        self._grown: tuple[list[Plan], dict[str, list[Day]]] = ([], {})

    # ── what others need ─────────────────────────────────────────────────────────────

    def settings(self, base_url: str) -> dict[str, Any]:
        """By the client's id and secret."""
        return {
            "base_url": base_url,
            "token_url": f"{base_url}{TOKEN}",
            "client_id": self.tokens.client_id,
            "client_secret": self.tokens.client_secret,
        }

    def refuse_access(self, why: Refused) -> Response:
        """A token that is over, or was never given out."""
        words = {"expired": "Access token is expired", "unknown": "Unknown access token"}.get(why, "No access token")
        return self._told(_error(401, "expired_token" if why == "expired" else "invalid_token", words))

    def forbid(self) -> Response:
        """Its own words."""
        return self._told(_error(403, "ERR_ACCESS_DENIED", "Access denied"))

    def refuse_limit(self, wait: timedelta | None) -> Response:
        """The headers tell what is used up."""
        response = self._told(_error(429, "ERR_LIMIT_EXCEEDED", "Too many requests"))
        if wait is not None and wait <= timedelta(seconds=2):
            response.headers["X-RateLimit-RPS-Remaining"] = "0"
        return response

    def broken(self) -> Response:
        """Its own words."""
        return self._told(_error(500, "ERR_INTERNAL", "Internal error"))

    def grow(self, records: int) -> None:
        """So many further plans that the last ten days have so many facts."""
        dates = [str(self.company.today - timedelta(days=back)) for back in range(10)]
        plans = [Plan(900_000 + n, f"plan {n}", "active") for n in range(-(-records // 30) + 1)]
        days = {day: [Day(plan.id, day, 9, 1, 100) for plan in plans] for day in dates}
        self._grown = (plans, days)

    # ── the company ──────────────────────────────────────────────────────────────────

    @property
    def company(self) -> Company:
        """As it stands at the last full hour: figures come by the hour."""
        if self._company is None:
            self._company = Company(self.world.seed, self.today, self.world.days, self.world.size)
        return self._company.at(self.now().replace(minute=0, second=0, microsecond=0))

    @property
    def set_up_anew(self) -> date:
        """The day on which a plan took the place of a former one."""
        return self.company.since + timedelta(days=self.world.days // 2)

    def _plans(self) -> Sequence[Plan]:
        found = [*plans_of(self.company, self.switches.titles), *self._grown[0]]
        return [plan for plan in found if plan.id not in self.switches.foreign]

    def _days(self, first: date, last: date) -> Iterable[Day]:
        rows = list(days_of(self.company, first, last, self.set_up_anew))
        for day, more in self._grown[1].items():
            if str(first) <= day <= str(last):
                rows += more
        return self.shown(rows, of=lambda row: row.date)

    # ── calls ────────────────────────────────────────────────────────────────────────

    def routes(self) -> Sequence[Route]:
        """Tokens, the cabinet, its plans, their statistics, and limits."""
        return [
            Route(TOKEN, self._token, methods=["POST"]),
            Route(DELETE, self._delete, methods=["POST"]),
            *(Route(f"/api/{version}/user.json", self._user) for version in ("v2", "v3")),
            Route("/api/v2/ad_plans.json", self._listed),
            Route("/api/v2/statistics/ad_plans/{kind}.json", self._statistics),
            Route("/api/v3/statistics/ad_plans/day.json", self._totals),
            Route("/api/v2/throttling.json", self._throttling),
        ]

    async def _token(self, request: Request) -> Response:
        return self.tokens.answer(await _form(request), self.clock.now())

    async def _delete(self, request: Request) -> Response:
        return self.tokens.delete(await _form(request))

    async def _user(self, request: Request) -> Response:
        del request
        if (refused := self._refused()) is not None:
            return refused
        return self._told(JSONResponse({"id": 55_555, "username": "sosna@vk", "currency": self.switches.currency}))

    async def _listed(self, request: Request) -> Response:
        """By status; without a filter deleted plans are missing."""
        if (refused := self._refused()) is not None:
            return refused
        query = request.query_params
        try:
            limit, offset = int(query.get("limit", "20")), int(query.get("offset", "0"))
        except ValueError:
            return self._told(_error(400, "ERR_WRONG_PARAMETER", "Wrong limit or offset"))
        if limit > LARGEST_PAGE or limit < 1:
            return self._told(_error(400, "ERR_WRONG_PARAMETER", "Wrong limit"))
        statuses = query.get("_status__in", "active,blocked").split(",")
        found = [plan for plan in self._plans() if plan.status in statuses]
        found = [] if self.scene == "empty" else found
        fields = query.get("fields", "id,name").split(",")
        limit = min(limit, self.page_size)
        items = [
            {name: getattr(plan, name) for name in fields if name in ("id", "name", "status")}
            for plan in found[offset : offset + limit]
        ]
        return self._told(JSONResponse({"count": len(found), "offset": offset, "limit": limit, "items": items}))

    async def _statistics(self, request: Request) -> Response:
        """By day, or (`summary`) of the whole life."""
        if (refused := self._refused()) is not None:
            return refused
        query, today = request.query_params, self.company.today
        if "metrics" not in query:
            return self._told(_error(400, "ERR_WRONG_PARAMETER", "Parameter metrics is required"))
        try:
            ids = [int(each) for each in query.get("id", "").split(",")]
        except ValueError:
            return self._told(_error(400, "ERR_WRONG_PARAMETER", "Wrong id"))
        by_day = request.path_params["kind"] == "day"
        first, last = self.company.since, today
        if by_day:
            try:
                first, last = (date.fromisoformat(query.get(name, "")) for name in ("date_from", "date_to"))
            except ValueError:
                return self._told(_error(400, "ERR_WRONG_DATE", "Wrong date"))
            if last < first:
                return self._told(_error(400, "ERR_WRONG_DATE", "Wrong date"))
            if first < today - timedelta(days=MOST_DAYS - 1):
                return self._told(_error(400, "ERR_LIMIT_EXCEEDED", "The date is too far back"))
        if len(ids) > self.switches.most_ids:
            return self._told(_error(400, "ERR_LIMIT_EXCEEDED", "Too many objects requested"))
        foreign = sorted(set(ids) - {plan.id for plan in self._plans()})
        if foreign:
            return self._told(_error(400, "ERR_WRONG_ADPLANS", f"Wrong ad plans: {', '.join(map(str, foreign))}"))
        return self._told(JSONResponse(self._told_by_plan(ids, first, last, by_day=by_day)))

    def _told_by_plan(self, ids: Sequence[int], first: date, last: date, *, by_day: bool) -> dict[str, Any]:
        found: dict[int, list[Day]] = defaultdict(list)
        wanted = set(ids)
        for row in self._days(first, last):
            if row.plan in wanted:
                found[row.plan].append(row)
        items = []
        for plan in ids:
            rows = found.get(plan, [])
            item: dict[str, Any] = {"id": plan, "total": {"base": _sum(rows)}}
            if by_day:
                item["rows"] = [
                    {"date": row.date, "base": base(row.shows, row.clicks, row.cents)}
                    for row in [*rows, *_idle(plan, rows, first, last)]
                ]
            items.append(item)
        return {"items": items, "total": {"base": _sum([row for rows in found.values() for row in rows])}}

    async def _totals(self, request: Request) -> Response:
        """Version 3: totals of the period, and no days."""
        if (refused := self._refused()) is not None:
            return refused
        query = request.query_params
        limit, offset = int(query.get("limit", "20")), int(query.get("offset", "0"))
        try:
            first = date.fromisoformat(query["date_from"])
            last = date.fromisoformat(query.get("date_to", str(self.company.today)))
        except (KeyError, ValueError):
            return self._told(_error(400, "ERR_WRONG_DATE", "Wrong date"))
        plans = self._plans()
        body = self._told_by_plan([each.id for each in plans[offset : offset + limit]], first, last, by_day=False)
        for item in body["items"]:
            item["user_id"] = 55_555
        return self._told(JSONResponse({**body, "limit": limit, "offset": offset, "count": len(plans)}))

    async def _throttling(self, request: Request) -> Response:
        del request
        hourly = next(each for each in self.calendars if each.name == "Hourly")
        read = {"READ": {"remaining": {"3600": hourly.left(self.clock.now())}, "limits": {"3600": hourly.calls}}}
        return self._told(JSONResponse({"ADPLANS": {"v2": read, "all": read}}))

    def _refused(self) -> Response | None:
        return None if self.switches.refusing is None else self._told(_error(*self.switches.refusing))

    def _told(self, response: Response) -> Response:
        """With what is left of the limits."""
        left: Mapping[str, str] = headers(self.calendars, self.clock.now())
        response.headers.update(left)
        return response


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode()))


def _error(status: int, code: str, words: str) -> Response:
    return JSONResponse({"error": {"message": words, "code": code}}, status_code=status)


def _sum(rows: Sequence[Day]) -> dict[str, Any]:
    return base(sum(row.shows for row in rows), sum(row.clicks for row in rows), sum(row.cents for row in rows))


def _idle(plan: int, rows: Sequence[Day], first: date, last: date) -> Sequence[Day]:
    """Rows of zeros for some of the days on which nothing came of a plan that is alive; of others there is none."""
    if not rows:
        return ()
    delivered = {row.date for row in rows}
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [Day(plan, str(day), 0, 0, 0) for day in days if str(day) not in delivered and day.toordinal() % 2]
