"""The server: routes, refusals, limits, and the switches that tests turn."""

from collections import deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from collector.testing.company.calendar import HOURS, noon
from collector.testing.company.staff import PIPELINES
from collector.testing.company.terms import LEAD_DEDUP, REFUND_PIPELINES, RESPONSE_TARGET
from collector.testing.simulator import Refused, Simulator, SlidingWindow
from collector.testing.simulator.limits import of_bearer
from connectors.amocrm.simulator import account, answers, asking_events, dictionaries, listing, rows
from connectors.amocrm.simulator.asked import Asked, BadParameter
from connectors.amocrm.simulator.cabinet import Cabinet
from connectors.amocrm.simulator.tokens import Tokens
from connectors.amocrm.simulator.view import AmocrmCompany

MOST, MOST_EVENTS, USUAL = 250, 100, 50
API, TOKEN_PATH = "/api/v4/", "/oauth2/access_token"
REDIRECT_URI = "https://collector.example/oauth"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Handler = Callable[[Request], Awaitable[Response]]


class AmocrmSimulator(Simulator):
    """An account of amoCRM.

    Switches: `refuse` and `relent` for refusals at paths, `move` to another host, `tokens` to be
    revoked or to run out; `is_admin`, `has_filters`, `language`, `patience`, `unblock`.
    """

    connector = "amocrm"
    view = AmocrmCompany
    spared = (TOKEN_PATH, "/oauth", "/oauth2/account/current/subdomain")
    page_size = MOST
    refusals: ClassVar[Collection[int]] = (401, 402, 403, 404, 422, 429, 500, 502, 504)

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.access = self.tokens = Tokens(
            client_id="b3a3a1c2-7d1e-4c59-9a44-5f3f6b0e7a10",
            client_secret=self.secret("client"),
            redirect_uri=REDIRECT_URI,
            began=self.clock.now(),
        )
        self.limits = [
            SlidingWindow(7, per=1.0, whose=of_bearer, name="token", paths=API),
            SlidingWindow(50, per=1.0, name="account", paths=API),
        ]
        self.language = "ru"
        self.is_admin = True
        """Whether the token's owner administers the account."""
        self.has_filters = True
        """Whether the account may filter: else filters do nothing."""
        self.patience = 5
        """How many refusals in a minute are borne before all is refused."""
        self.is_blocked = False
        self._overruns: deque[float] = deque()
        self._refusing: dict[str, int] = {}
        self._moved_to: str | None = None
        self._more_users = 0
        self._cabinet: Cabinet | None = None
        self._found = listing.Found()
        self._born = AmocrmCompany(self.world.seed, self.today, self.world.days, self.world.size)

    # ── what it tells of ─────────────────────────────────────────────────────────────

    @property
    def company(self) -> AmocrmCompany:
        """The company as it stands: at the clock's instant, or at noon of the world's day."""
        at = noon(self.world.today) if self.world.today else self.clock.now()
        return self._born.at(at)

    @property
    def cabinet(self) -> Cabinet:
        """The account's data as they stand."""
        company = self.company
        if self._cabinet is None:
            self._cabinet = Cabinet(company)
        self._cabinet.follow(company.now)
        return self._cabinet

    def settings(self, base_url: str) -> dict[str, Any]:
        """With the long-lived token, and all that the books presuppose."""
        secret = {"access_token": self.tokens.long_lived}
        return {"base_url": base_url, "account": account.HOST, **secret, **self.terms()}

    def oauth_settings(self, base_url: str) -> dict[str, Any]:
        """The same for an integration whose tokens run out; `code` gives what a person's consent does."""
        told = {"client_id": self.tokens.client_id, "client_secret": self.tokens.client_secret}
        return {"base_url": base_url, "account": account.HOST, **told, "redirect_uri": REDIRECT_URI, **self.terms()}

    def terms(self) -> dict[str, Any]:
        """What the stages and pipelines mean, and how the company counts."""
        return {
            "qualified_stages": account.own_stages("qualified"),
            "deal_stages": account.own_stages(*account.DEAL_STAGES),
            "junk_loss_reasons": [account.LOSS_REASONS[account.SPAM][0]],
            "refund_pipelines": sorted(map(str, REFUND_PIPELINES)),
            "lead_dedup": f"{int(LEAD_DEDUP.total_seconds() // 3600)}h",
            "response_target": f"{int(RESPONSE_TARGET.total_seconds() // 60)}m",
            "working_hours": {_DAYS[day]: f"{opens:02}:00-{closes:02}:00" for day, (opens, closes) in HOURS.items()},
        }

    def grow(self, records: int) -> None:
        """So many cards, contacts, companies, users, and more events."""
        self.cabinet.grow(records, self.company.now)
        self._more_users = records

    # ── switches ─────────────────────────────────────────────────────────────────────

    def refuse(self, status: int, at: str = "") -> None:
        """Answer all paths that begin so with a refusal, until `relent`."""
        if status not in self.refusals:
            raise ValueError(f"{status} is no refusal of it; there are {', '.join(map(str, self.refusals))}")
        self._refusing[at] = status

    def relent(self) -> None:
        """Refuse nothing any more."""
        self._refusing.clear()

    def move(self, host: str) -> None:
        """The account lives at another host name from now on, on the same port."""
        self._moved_to = host

    def unblock(self) -> None:
        """What only support can do."""
        self.is_blocked = False
        self._overruns.clear()

    def code(self) -> str:
        """What consent gives: an authorization code."""
        return self.tokens.code(self.clock.now())

    # ── refusals ─────────────────────────────────────────────────────────────────────

    def refuse_access(self, why: Refused) -> Response:
        """One answer for all of them."""
        del why
        return answers.page(403) if self.is_blocked else answers.unauthorized(self.language)

    def forbid(self) -> Response:
        """A right is lacking."""
        return answers.problem(403)

    def refuse_limit(self, wait: timedelta | None) -> Response:
        """Too fast; whoever goes on is shut out."""
        if self.is_blocked:
            return answers.page(403)
        refusal = answers.problem(429)
        if wait is not None:
            refusal.headers["Retry-After"] = str(max(1, -int(-wait.total_seconds() // 1)))
        return refusal

    def broken(self) -> Response:
        """The vendor's own fault."""
        return answers.problem(500)

    def page_of_a_proxy(self, status: int) -> Response:
        """nginx."""
        return answers.page(status)

    def overrun(self, request: Request) -> tuple[str, float] | None:
        """Counted: after so many in a minute everything is refused."""
        broken = None if self.is_blocked else super().overrun(request)
        if broken is not None:
            now = self.clock.now().timestamp()
            self._overruns.append(now)
            while self._overruns[0] <= now - 60:
                self._overruns.popleft()
            self.is_blocked = len(self._overruns) > self.patience
        return broken

    # ── routes ───────────────────────────────────────────────────────────────────────

    def routes(self) -> Sequence[Route]:
        """The token endpoint and the API; a large account is told before it is asked."""
        self.cabinet  # noqa: B018 - told at first use
        found: list[tuple[str, Handler]] = [
            ("account", self._account),
            ("leads", self._leads),
            ("leads/unsorted", self._unsorted),
            ("leads/pipelines", self._pipelines),
            ("leads/pipelines/{pipeline:int}", self._pipeline),
            ("leads/pipelines/{pipeline:int}/statuses", self._statuses),
            ("leads/loss_reasons", self._loss_reasons),
            ("{of:str}/custom_fields", self._fields),
            ("leads/{id:int}", self._lead),
            ("contacts", self._contacts),
            ("contacts/{id:int}", self._contact),
            ("companies", self._companies),
            ("companies/{id:int}", self._company),
            ("users", self._users),
            ("users/{id:int}", self._user),
            ("events", self._events),
            ("events/types", self._event_types),
            ("sources", self._sources),
        ]
        api = [Route(API + path, self._guarded(handler)) for path, handler in found]
        oauth = [
            Route(TOKEN_PATH, self._guarded(self._token), methods=["POST"]),
            Route("/oauth", self._consent),
            Route("/oauth2/account/current/subdomain", self._guarded(self._moved, by_any_host=True)),
            Route("/oauth2/account/subdomain", self._guarded(self._subdomain, by_any_host=True)),
        ]
        return [*api, *oauth, Route("/{path:path}", self._guarded(self._nothing))]

    def _guarded(self, handler: Handler, *, by_any_host: bool = False) -> Handler:
        """What stands before every route."""

        async def answer(request: Request) -> Response:
            if self.is_blocked:
                return answers.page(403)
            if not by_any_host and (moved := self._elsewhere(request)) is not None:
                return moved
            for path, status in self._refusing.items():
                if request.url.path.startswith(path):
                    return self._refusal(status)
            try:
                return await handler(request)
            except BadParameter as error:
                return answers.invalid(error.path, error.detail)

        return answer

    def _elsewhere(self, request: Request) -> Response | None:
        host = self._moved_to
        if host is None or request.url.hostname == host:
            return None
        if request.url.path == TOKEN_PATH:
            return answers.problem(404, f"Cannot POST {TOKEN_PATH}")
        return RedirectResponse(str(request.url.replace(hostname=host)), status_code=301)

    def _refusal(self, status: int) -> Response:
        if status in (502, 504):
            return answers.page(status)
        return answers.unauthorized(self.language) if status == 401 else answers.problem(status)

    async def _nothing(self, request: Request) -> Response:
        return answers.problem(404, f"Cannot {request.method} {request.url.path}")

    # ── oauth ────────────────────────────────────────────────────────────────────────

    async def _token(self, request: Request) -> Response:
        body = await request.body()
        is_json = "json" in request.headers.get("content-type", "")
        asked = await request.json() if is_json else dict(parse_qsl(body.decode()))
        return self.tokens.answer(asked if isinstance(asked, dict) else {}, self.clock.now())

    async def _consent(self, request: Request) -> Response:
        """A person agrees at once; the browser goes back with a code."""
        query = request.query_params
        told = {
            "code": self.code(),
            "state": query.get("state", ""),
            "referer": urlsplit(answers.base_of(request)).netloc,
        }
        told |= {"client_id": self.tokens.client_id, "platform": "1"}
        return RedirectResponse(f"{REDIRECT_URI}?{urlencode(told)}", status_code=302)

    async def _moved(self, request: Request) -> Response:
        """Where the account is now, for whoever has a refresh token."""
        if not self.tokens.knows_refresh(request.headers.get("x-refresh-token")):
            return answers.oauth_hint(401, "Token has been revoked")
        return JSONResponse(self._domain(request))

    async def _subdomain(self, request: Request) -> Response:
        return JSONResponse(self._domain(request))

    def _domain(self, request: Request) -> dict[str, Any]:
        host = self._moved_to or request.url.hostname or ""
        domain = host if request.url.port is None else f"{host}:{request.url.port}"
        return {"id": account.ID, "subdomain": host.partition(".")[0], "domain": domain}

    # ── lists ────────────────────────────────────────────────────────────────────────

    def _asked(self, request: Request) -> Asked:
        return Asked(request, has_filters=self.has_filters)

    def _page(self, rows: Sequence[Any], asked: Asked, *, usual: int, most: int) -> tuple[Sequence[Any], int, int]:
        """A page's rows, its number, and its size: never more than is shown on one."""
        page, size = asked.page(default=usual, most=most)
        size = min(size, self.page_size)
        return rows[(page - 1) * size : page * size], page, size

    async def _leads(self, request: Request) -> Response:
        asked, cabinet = self._asked(request), self.cabinet
        shown, base = asked.texts("with"), answers.base_of(request)
        is_bin = "only_deleted" in shown
        find = listing.deleted_asked_for if is_bin else listing.cards_asked_for
        ids = self._kept(("leads", asked.key(), cabinet.cards.version), lambda: find(cabinet, asked))
        numbers, page, size = self._page(ids, asked, usual=USUAL, most=MOST)
        cards = [cabinet.cards.things[number] for number in numbers]
        made = [rows.deleted(base, card) if is_bin else rows.lead(base, card, cabinet.at, shown) for card in cards]
        return answers.listed(request, "leads", made, page=page, size=size, total=len(ids))

    def _kept(self, key: tuple[object, ...], find: Callable[[], Sequence[int]]) -> Sequence[int]:
        return self._found.of((*key, self.scene), lambda: self.shown(find()))

    async def _lead(self, request: Request) -> Response:
        cabinet, shown = self.cabinet, self._asked(request).texts("with")
        card = cabinet.cards.find(request.path_params["id"])
        if card is None or not self.shown([card.id]):
            return answers.none()
        return answers.hal(rows.lead(answers.base_of(request), card, cabinet.at, shown))

    async def _unsorted(self, request: Request) -> Response:
        asked, cabinet = self._asked(request), self.cabinet
        key = ("unsorted", asked.key(), cabinet.cards.version)
        ids = self._kept(key, lambda: listing.unsorted_asked_for(cabinet, asked))
        numbers, page, size = self._page(ids, asked, usual=USUAL, most=MOST)
        made = [rows.unsorted(answers.base_of(request), cabinet.cards.things[number]) for number in numbers]
        return answers.listed(request, "unsorted", made, page=page, size=size, total=len(ids))

    async def _contacts(self, request: Request) -> Response:
        asked, cabinet = self._asked(request), self.cabinet
        shown, base, shelf = asked.texts("with"), answers.base_of(request), cabinet.contacts
        key = ("contacts", asked.key(), shelf.version)
        ids = self._kept(key, lambda: listing.things_asked_for(shelf, asked))
        numbers, page, size = self._page(ids, asked, usual=USUAL, most=MOST)
        made = [
            rows.contact(base, each := shelf.things[number], cabinet.at, cabinet.cards_of(each), shown)
            for number in numbers
        ]
        return answers.listed(request, "contacts", made, page=page, size=size, total=len(ids))

    async def _contact(self, request: Request) -> Response:
        cabinet, shown = self.cabinet, self._asked(request).texts("with")
        found = cabinet.contacts.find(request.path_params["id"])
        if found is None or not self.shown([found.id]):
            return answers.none()
        cards = cabinet.cards_of(found)
        return answers.hal(rows.contact(answers.base_of(request), found, cabinet.at, cards, shown))

    async def _companies(self, request: Request) -> Response:
        asked, cabinet = self._asked(request), self.cabinet
        shown, base, shelf = asked.texts("with"), answers.base_of(request), cabinet.firms
        key = ("companies", asked.key(), shelf.version)
        ids = self._kept(key, lambda: listing.things_asked_for(shelf, asked))
        numbers, page, size = self._page(ids, asked, usual=USUAL, most=MOST)
        made = [rows.company(base, shelf.things[number], cabinet.at, shown) for number in numbers]
        return answers.listed(request, "companies", made, page=page, size=size, total=len(ids))

    async def _company(self, request: Request) -> Response:
        cabinet, shown = self.cabinet, self._asked(request).texts("with")
        found = cabinet.firms.find(request.path_params["id"])
        if found is None or not self.shown([found.id]):
            return answers.none()
        return answers.hal(rows.company(answers.base_of(request), found, cabinet.at, shown))

    async def _events(self, request: Request) -> Response:
        asked, cabinet = self._asked(request), self.cabinet
        key = ("events", asked.key(), cabinet.log.count(cabinet.at), self.scene)
        found = self._found.of(
            key, lambda: self.shown(asking_events.events_asked_for(cabinet, asked), of=lambda place: place[1])
        )
        places, page, size = self._page(found, asked, usual=USUAL, most=MOST_EVENTS)
        made = [rows.event(answers.base_of(request), cabinet.event(place)) for place in places]
        return answers.listed(request, "events", made, page=page, size=size, total=len(found))

    # ── dictionaries ─────────────────────────────────────────────────────────────────

    async def _account(self, request: Request) -> Response:
        shown, base = self._asked(request).texts("with"), answers.base_of(request)
        subdomain = (self._moved_to or account.HOST).partition(".")[0]
        return answers.hal(dictionaries.the_account(base, shown, subdomain=subdomain, has_filters=self.has_filters))

    async def _pipelines(self, request: Request) -> Response:
        base = answers.base_of(request)
        made = [dictionaries.pipeline(base, each) for each in self.shown(PIPELINES)]
        return answers.whole(request, "pipelines", made) if made else answers.none()

    async def _pipeline(self, request: Request) -> Response:
        found = [each for each in PIPELINES if each.id == request.path_params["pipeline"]]
        if not found:
            return answers.problem(404, "Pipeline not found")
        return answers.hal(dictionaries.pipeline(answers.base_of(request), found[0]))

    async def _statuses(self, request: Request) -> Response:
        found = [each for each in PIPELINES if each.id == request.path_params["pipeline"]]
        if not found:
            return answers.problem(404, "Pipeline not found")
        base = answers.base_of(request)
        return answers.whole(
            request, "statuses", [dictionaries.status(base, found[0], each) for each in account.STATUSES]
        )

    async def _loss_reasons(self, request: Request) -> Response:
        asked, base = self._asked(request), answers.base_of(request)
        reasons = self.shown(list(account.LOSS_REASONS.values()))
        shown, page, size = self._page(reasons, asked, usual=USUAL, most=MOST)
        made = [rows.loss_reason(base, *each) for each in shown]
        return answers.listed(request, "loss_reasons", made, page=page, size=size, total=len(reasons))

    async def _fields(self, request: Request) -> Response:
        of, asked, base = request.path_params["of"], self._asked(request), answers.base_of(request)
        fields = {"leads": account.FIELDS, "contacts": account.CONTACT_FIELDS, "companies": ()}.get(of)
        if fields is None:
            return await self._nothing(request)
        shown, page, size = self._page(self.shown(fields), asked, usual=USUAL, most=MOST)
        made = [dictionaries.field(base, each, of) for each in shown]
        total = len(self.shown(fields))
        return answers.listed(request, "custom_fields", made, page=page, size=size, total=total, counted=True)

    async def _users(self, request: Request) -> Response:
        if not self.is_admin:
            return answers.problem(403)
        asked, base = self._asked(request), answers.base_of(request)
        users = self.shown(dictionaries.users(self._more_users))
        shown, page, size = self._page(users, asked, usual=USUAL, most=MOST)
        made = [dictionaries.user(base, each) for each in shown]
        return answers.listed(request, "users", made, page=page, size=size, total=len(users), counted=True)

    async def _user(self, request: Request) -> Response:
        if not self.is_admin:
            return answers.problem(403)
        found = [each for each in dictionaries.users(0) if each.id == request.path_params["id"]]
        if not found:
            return answers.problem(404, "User not found")
        return answers.hal(dictionaries.user(answers.base_of(request), found[0]))

    async def _event_types(self, request: Request) -> Response:
        return answers.whole(request, "events_types", dictionaries.event_types())

    async def _sources(self, request: Request) -> Response:
        own = self.shown([account.SOURCES[account.OWN_SOURCE]])
        made = [dictionaries.source(answers.base_of(request), each) for each in own]
        return answers.whole(request, "sources", made) if made else answers.none()
