"""The routes of the Data API and of Google's token endpoint, over two properties."""

import json
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from collector.testing.company import Company
from collector.testing.simulator import Refused, Simulator
from connectors.google_analytics.simulator import fields
from connectors.google_analytics.simulator.asked import asked
from connectors.google_analytics.simulator.buckets import Buckets
from connectors.google_analytics.simulator.property import Property, moment_of
from connectors.google_analytics.simulator.refusals import Refusal
from connectors.google_analytics.simulator.report import Report, headers, rendered, totals
from connectors.google_analytics.simulator.switches import Switches
from connectors.google_analytics.simulator.tokens import GoogleTokens

TOKEN_PATH = "/token"  # noqa: S105 - a path
_KEPT_REPORTS = 4
_MOST_AT_ONCE = 5
_ROWS_WHEN_GROWN = 5_000

Rows = list[tuple[tuple[str, ...], tuple[str, ...]]]


class GoogleAnalyticsSimulator(Simulator):
    """The company's property, and another company's; `switches` makes answers doubtful, `buckets` run out."""

    connector = "google_analytics"
    spared = (TOKEN_PATH,)
    page_size = 250_000

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.switches = Switches()
        seed = self.world.seed
        self.tokens = GoogleTokens(client_secret=self.secret("client"), refresh_token=self.secret("refresh"))
        self.access = self.tokens
        self.property_id, self.other_id = str(300_000_000 + seed), str(400_000_000 + seed)
        self.properties = {
            self.property_id: Property(self.property_id, self.world.company(self.today)),
            self.other_id: Property(
                self.other_id, replace(self.world, seed=seed + 1_000).company(self.today), "Europe/Berlin", "EUR"
            ),
        }
        self.buckets = {each: Buckets() for each in self.properties}
        self._reports: OrderedDict[object, Rows] = OrderedDict()

    # ── what others need ─────────────────────────────────────────────────────────────

    def settings(self, base_url: str) -> dict[str, Any]:
        """By the service account, of the company's property; there is nothing before its first day."""
        token_url = f"{base_url}{TOKEN_PATH}"
        return {
            "base_url": base_url,
            "token_url": token_url,
            "property_id": self.property_id,
            "credentials": json.dumps(self.tokens.key_file(token_url)),
            "backfill": f"{self.world.days}d",
        }

    @property
    def company(self) -> Company:
        """The company as the property tells it now."""
        return self._property(self.property_id).company

    def grow(self, records: int) -> None:
        """So many facts in the last ten days, of campaigns that come in addition."""
        self._property(self.property_id).grow(records // (10 * 7) + 1)
        self.page_size = min(self.page_size, _ROWS_WHEN_GROWN)

    def routes(self) -> Sequence[Route]:
        """Google's paths."""
        path = "/v1beta/properties/{id}"
        return [
            Route(TOKEN_PATH, self._token, methods=["POST"]),
            Route(f"{path}:runReport", self._run_report, methods=["POST"]),
            Route(f"{path}:batchRunReports", self._batch, methods=["POST"]),
            Route(f"{path}:checkCompatibility", self._compatibility, methods=["POST"]),
            Route(f"{path}:runRealtimeReport", self._realtime, methods=["POST"]),
            Route(f"{path}/metadata", self._metadata),
        ]

    # ── refusals ─────────────────────────────────────────────────────────────────────

    def refuse_access(self, why: Refused) -> Response:
        """Google does not say why."""
        del why
        return Refusal.unauthenticated().told.answer()

    def forbid(self) -> Response:
        """The property is not ours."""
        return Refusal.no_rights().told.answer()

    def refuse_limit(self, wait: timedelta | None) -> Response:
        """Too many at once; Google names no time."""
        del wait
        return Refusal.exhausted("concurrentRequests").told.answer()

    def broken(self) -> Response:
        """It counts, too."""
        for each in self.buckets.values():
            each.erred(self.clock.now())
        return Refusal.broken().told.answer()

    # ── routes ───────────────────────────────────────────────────────────────────────

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        status, body = self.tokens.answer(form, self.clock.now())
        return JSONResponse(body, status)

    async def _run_report(self, request: Request) -> Response:
        return await self._answered(request, self._report)

    async def _batch(self, request: Request) -> Response:
        return await self._answered(request, self._reports_of)

    async def _compatibility(self, request: Request) -> Response:
        return await self._answered(request, self._compatible)

    async def _metadata(self, request: Request) -> Response:
        return await self._answered(request, self._fields)

    async def _realtime(self, request: Request) -> Response:
        return await self._answered(request, self._now)

    async def _answered(self, request: Request, make: Any) -> Response:
        try:
            here = self._allowed(request.path_params["id"])
            body = await _body(request)
            as_numbers = "enum-encoding=int" in request.query_params.get("$alt", "")
            return Response(make(here, body, as_numbers), media_type="application/json; charset=UTF-8")
        except Refusal as refusal:
            return refusal.told.answer()

    def _allowed(self, property_id: str) -> Property:
        if self.switches.disabled:
            raise Refusal.disabled()
        if property_id not in self.properties or property_id in self.switches.no_access:
            raise Refusal.no_rights()
        buckets, now = self.buckets[property_id], self.clock.now()
        if self.switches.exhausts is not None and len(self.switches.asked) + 1 == self.switches.exhausts[1]:
            buckets.spend(self.switches.exhausts[0], now)
            self.switches.exhausts = None
        buckets.check(now)
        return self._property(property_id)

    def _property(self, property_id: str) -> Property:
        found = self.properties[property_id]
        found.at(moment_of(self.now()))
        return found

    # ── answers ──────────────────────────────────────────────────────────────────────

    def _report(self, here: Property, body: Any, as_numbers: bool) -> str:
        zone = self.switches.zone or here.zone
        today = self.now().astimezone(ZoneInfo(zone)).date()
        question = asked(body, today)
        fields.check(question.dimensions, question.metrics)
        report = Report(here, question, self.switches, self._shown)
        rows = self._rows(report, here)
        page = rows[question.offset : question.offset + min(question.limit, self.page_size)]
        days = sum((each.last - each.first).days + 1 for each in question.ranges)
        tokens = 2 + days // 15 + len(page) // 2_000
        self.buckets[here.id].charge(tokens, self.clock.now())
        self._note(question.ranges[0].first, question.ranges[-1].last, question.dimensions)
        ending: dict[str, Any] = totals(report, rows)
        count = len(rows) + (len(self.journal) % 7 if self.switches.rows_move else 0)
        if count:
            ending["rowCount"] = count
        ending["metadata"] = report.metadata(question.currency or here.currency, zone)
        if question.wants_quota:
            ending["propertyQuota"] = self.buckets[here.id].told(tokens, self.clock.now())
        ending["kind"] = "analyticsData#runReport"
        begins = json.dumps(headers(report, as_numbers=as_numbers), ensure_ascii=False)[:-1]
        shown = f',"rows":[{",".join([rendered(*row) for row in page])}]' if page else ""
        return f"{begins}{shown},{json.dumps(ending, ensure_ascii=False)[1:]}"

    def _reports_of(self, here: Property, body: Any, as_numbers: bool) -> str:
        questions = body.get("requests") or []
        if len(questions) > _MOST_AT_ONCE:
            raise Refusal.invalid(f"Requests are limited to {_MOST_AT_ONCE} reports.")
        for each in questions:
            if each.get("property") not in (None, "", f"properties/{here.id}"):
                raise Refusal.invalid("The property of a report must be that of the batch.")
        found = ",".join(self._report(here, each, as_numbers) for each in questions)
        return f'{{"reports":[{found}],"kind":"analyticsData#batchRunReports"}}'

    def _compatible(self, here: Property, body: Any, as_numbers: bool) -> str:
        del here
        names = {kind: [each["name"] for each in body.get(kind) or []] for kind in ("dimensions", "metrics")}
        for kind, known in (("dimension", fields.DIMENSIONS), ("metric", fields.METRICS)):
            for name in names[f"{kind}s"]:
                if name not in known:
                    raise Refusal.field(name, kind)
        wanted = {1: "COMPATIBLE", 2: "INCOMPATIBLE"}.get(
            body.get("compatibilityFilter"), body.get("compatibilityFilter")
        )
        found: dict[str, Any] = {}
        for kind, known in (("dimension", fields.DIMENSIONS), ("metric", fields.METRICS)):
            rows = []
            for name in known:
                goes = fields.goes_with(name, names["dimensions"], names["metrics"])
                told = "COMPATIBLE" if goes else "INCOMPATIBLE"
                if wanted in (None, told):
                    is_number = {"COMPATIBLE": 1, "INCOMPATIBLE": 2}[told]
                    about = _about(name, kind, as_numbers=as_numbers)
                    rows.append({f"{kind}Metadata": about, "compatibility": is_number if as_numbers else told})
            found[f"{kind}Compatibilities"] = rows
        return json.dumps(found)

    def _fields(self, here: Property, body: Any, as_numbers: bool) -> str:
        del body
        found = {
            "dimensions": [_about(name, "dimension", as_numbers=as_numbers) for name in fields.DIMENSIONS],
            "metrics": [_about(name, "metric", as_numbers=as_numbers) for name in fields.METRICS],
            "name": f"properties/{here.id}/metadata",
        }
        return json.dumps(found)

    def _now(self, here: Property, body: Any, as_numbers: bool) -> str:
        del body
        kind = fields.TYPES["TYPE_INTEGER"] if as_numbers else "TYPE_INTEGER"
        users = here.users(here.company.today).get("active1DayUsers", 0) // 48
        found: dict[str, Any] = {"metricHeaders": [{"name": "activeUsers", "type": kind}]}
        if users:
            found |= {"rows": [{"metricValues": [{"value": str(users)}]}], "rowCount": 1}
        return json.dumps(found | {"kind": "analyticsData#runRealtimeReport"})

    # ── inside ───────────────────────────────────────────────────────────────────────

    def _rows(self, report: Report, here: Property) -> Rows:
        """All rows of a report; the next page of the same one finds them made."""
        key = (here.id, here.company.now, here.more_a_day, self.scene, repr(self._looks()), _without_page(report))
        if key not in self._reports:
            self._reports[key] = report.rows()
            while len(self._reports) > _KEPT_REPORTS:
                self._reports.popitem(last=False)
        return self._reports[key]

    def _looks(self) -> Mapping[str, Any]:
        return {name: value for name, value in vars(self.switches).items() if name != "asked"}

    def _shown(self, days: Sequence[date]) -> Sequence[date]:
        return self.shown(days, of=str)

    def _note(self, first: date, last: date, dimensions: Collection[str]) -> None:
        self.switches.asked.append(f"{first} {last} {','.join(dimensions)}")


async def _body(request: Request) -> Any:
    if request.method == "GET":
        return {}
    told = await request.body()
    try:
        return json.loads(told or b"{}")
    except ValueError as error:
        raise Refusal.invalid("Invalid JSON payload received. Unexpected end of string.") from error


def _about(name: str, kind: str, *, as_numbers: bool) -> dict[str, Any]:
    told: dict[str, Any] = {"apiName": name, "uiName": name, "description": name, "category": "Other"}
    if ":" in name:
        told["customDefinition"] = True
    if kind == "metric":
        of = fields.METRICS[name]
        told["type"] = fields.TYPES[of] if as_numbers else of
    return told


def _without_page(report: Report) -> str:
    told = report.asked
    return repr((told.ranges, told.dimensions, told.metrics, told.orders, told.dimension_filter, told.metric_filter))
