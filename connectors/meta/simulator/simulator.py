"""The Graph API as it is asked: objects, their edges, insights, batches, and what a token is."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from collector.testing.company import Company
from collector.testing.company.posts import Post
from collector.testing.simulator import Refused, Simulator, SlidingWindow
from connectors.meta import days
from connectors.meta.simulator import feed, figures, refusals
from connectors.meta.simulator.access import GraphToken, sent
from connectors.meta.simulator.asked import names
from connectors.meta.simulator.feed import Item
from connectors.meta.simulator.insights import account_insights, page_insights, post_answer
from connectors.meta.simulator.switches import Switches

VERSION = "v26.0"
APP = "200000000000001"
PERSON = "300000000000001"
ALONE = ("debug_token", "oauth/access_token", "me/accounts")
BATCH_MOST = 50
CALLS_AN_HOUR = 10_000
"""Of an app with fifty users a day."""

Query = Mapping[str, str]


class MetaSimulator(Simulator):
    """The company's account and page; `switches` makes things go otherwise."""

    connector = "meta"
    spared = tuple(f"{version}/{name}" for name in ALONE for version in ("", f"/{VERSION}"))
    exempt: ClassVar = {"memory-flat": "Meta tells one figure of a day, and posts are read in the present alone"}

    counted_every = timedelta(minutes=10)

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.switches = Switches()
        self.instagram_id = f"1784{self.world.seed:013}"
        self.page_id = f"1000{self.world.seed:011}"
        self.token, self.page_token = self.secret("access_token"), self.secret("page_token")
        self.tokens = GraphToken({self.token, self.page_token}, frozenset({self.secret("app_secret")}))
        self.access = self.tokens
        self.limits = [SlidingWindow(CALLS_AN_HOUR, per=3600)]
        self.figures = {name: figures.Figures(name) for name in ("instagram", "facebook")}
        self._company: Company | None = None
        self._listed: dict[str, tuple[datetime, list[Item], dict[str, Item]]] = {}
        self._grown: list[Post] = []

    # ── what others need ─────────────────────────────────────────────────────────────

    def settings(self, base_url: str) -> dict[str, Any]:
        """Both, by the page's token."""
        ids = {"instagram_id": self.instagram_id, "page_id": self.page_id}
        return {"base_url": base_url, "access_token": self.token, **ids}

    def refuse_access(self, why: Refused) -> Response:
        """With a session that is over, or a token that never was one."""
        return self._told(refusals.bad_token(463 if why == "expired" else None))

    def forbid(self) -> Response:
        """A right is lacking."""
        return self._told(refusals.refused(403, 10, "(#10) Application does not have permission for this action"))

    def refuse_limit(self, wait: timedelta | None) -> Response:
        """Of the account, with the minutes until access returns; or of the app, which tells none."""
        minutes = None if wait is None else max(1, -(-int(wait.total_seconds()) // 60))
        return self._told(refusals.too_many(minutes))

    def broken(self) -> Response:
        """Its own words."""
        return self._told(refusals.refused(500, 2, "Service temporarily unavailable", is_transient=True))

    def grow(self, records: int) -> None:
        """So many more posts of each network, of the last ten days."""
        now = int(self.now().timestamp())
        step = max(1, 9 * 86_400 // records)
        self._grown = [
            Post(
                id=50_000_000 + n, network=network, kind=kind, published=now - 60 - n * step, updated=now, deleted=None,
                views=9, likes=3, comments=1, shares=1, saves=1, clicks=1, reach=8,
            )
            for network, kind in (("instagram", "image"), ("facebook", "photo"))
            for n in range(records)
        ]  # fmt: skip
        self._listed.clear()

    # ── the company ──────────────────────────────────────────────────────────────────

    def now(self) -> datetime:
        """The instant as of which figures are told: they are counted every few minutes."""
        seconds = self.counted_every.total_seconds()
        return datetime.fromtimestamp(super().now().timestamp() // seconds * seconds, UTC)

    @property
    def company(self) -> Company:
        """As it stands now."""
        if self._company is None:
            self._company = Company(self.world.seed, self.today, self.world.days, self.world.size)
        return self._company.at(self.now())

    def items(self, network: str) -> tuple[list[Item], dict[str, Item]]:
        """The posts that exist, newest first; and by id."""
        company = self.company
        known = self._listed.get(network)
        if known is None or known[0] != company.now:
            for each in ("instagram", "facebook"):
                self._listed[each] = (company.now, [], {})
            posts = [each for each in [*company.posts(), *self._grown] if each.network in self._listed]
            for post in posts:
                if post.deleted is None:
                    item = Item(self.post_id(post), post)
                    self._listed[post.network][1].append(item)
                    self._listed[post.network][2][item.id] = item
            for _, listed, _ in self._listed.values():
                listed.sort(key=lambda item: item.place)
            known = self._listed[network]
        if self.scene != "full":
            shown = list(self.shown(known[1], of=lambda item: item.post.id))
            return shown, {item.id: item for item in shown}
        return known[1], known[2]

    def post_id(self, post: Post) -> str:
        """The number that Meta gives it."""
        return str(feed.FIRST_MEDIA + post.id) if post.network == "instagram" else f"{self.page_id}_{post.id}"

    def figure_of(self, network: str, day: date) -> Any:
        """A day of a network; None: nothing is told of it."""
        now = self.now()
        late = self.switches.late_days
        last = days.today(now) - timedelta(days=late + 1 if late else 0)
        begins = self.switches.since
        if self.scene == "empty" or day > last or (begins is not None and days.begins(day) < begins.timestamp()):
            return None
        found = self.figures[network].of(self.company, day, now)
        return found if self.shown([day], of=str) else figures.nothing(found)

    # ── calls ────────────────────────────────────────────────────────────────────────

    def routes(self) -> Sequence[Route]:
        """With a version and without one."""
        found = []
        for version in (f"/{VERSION}", ""):
            found += [
                Route(f"{version}/debug_token", self._debug_token),
                Route(f"{version}/oauth/access_token", self._exchange),
                Route(f"{version}/me/accounts", self._accounts),
                Route(f"{version}/", self._batch, methods=["POST"]),
                Route(f"{version}/{{number}}", self._object),
                Route(f"{version}/{{number}}/", self._object),  # so the SDK asks
                Route(f"{version}/{{number}}/{{edge}}", self._edge),
            ]
        return found

    async def _object(self, request: Request) -> Response:
        number, query = request.path_params["number"], request.query_params
        return self._refused() or self._told(self._read(number, query))

    async def _edge(self, request: Request) -> Response:
        number, edge = request.path_params["number"], request.path_params["edge"]
        refused = self._refused(number)
        return refused or self._told(self._read_edge(number, edge, request.query_params, str(request.url)))

    async def _batch(self, request: Request) -> Response:
        """Each answer with a status of its own, and its body as a text."""
        if (refused := self._refused()) is not None:
            return refused
        form = dict(parse_qsl((await request.body()).decode()))
        try:
            asked = json.loads(form.get("batch", ""))
        except ValueError:
            return self._told(refusals.refused(400, 100, "(#100) batch parameter must be a JSON array"))
        if len(asked) > BATCH_MOST:
            return self._told(refusals.refused(400, 3, "Too many requests in batch message. Maximum batch size is 50"))
        return self._told(JSONResponse([self._one(each, str(request.base_url)) for each in asked]))

    def _one(self, call: Mapping[str, str], base: str) -> dict[str, Any] | None:
        parts = urlsplit(call.get("relative_url", ""))
        path = [each for each in parts.path.split("/") if each and each != VERSION]
        if path and path[0] in self.switches.dropped:
            return None
        query = dict(parse_qsl(parts.query))
        if len(path) == 1:
            answer = self._read(path[0], query)
        else:
            url = f"{base}{VERSION}/{'/'.join(path)}?{parts.query}"
            answer = self._read_edge(path[0], path[1], query, url) if len(path) == 2 else refusals.gone("/".join(path))
        headers = [{"name": "Content-Type", "value": "application/json"}]
        return {"code": answer.status_code, "headers": headers, "body": bytes(answer.body).decode()}

    # ── objects ──────────────────────────────────────────────────────────────────────

    def _read(self, number: str, query: Query) -> Response:
        fields = names(query.get("fields")) or ["id"]
        if not self.switches.is_visible:
            return refusals.gone(number)
        if number == self.instagram_id:
            return self._account(fields)
        if number == self.page_id:
            followers = self.figure_of("facebook", days.today(self.now()))
            count = {} if followers is None else {"followers_count": followers.followers}
            likes = {} if followers is None else {"fan_count": followers.followers * 98 // 100}
            return _selected({"id": number, "name": "Sosna", **count, **likes}, fields)
        for network in ("instagram", "facebook"):
            item = self.items(network)[1].get(number)
            if item is not None and number not in self.switches.vanishing:
                return _selected(self._row(network, item), fields)
        return refusals.gone(number)

    def _account(self, fields: Sequence[str]) -> Response:
        if not self.switches.is_business and {"followers_count", "media_count"} & set(fields):
            field = next(each for each in fields if each not in ("id", "username"))
            words = f"(#100) Tried accessing nonexisting field ({field}) on node type (ShadowIGUser)"
            return refusals.refused(400, 100, words)
        row = self.figures["instagram"].of(self.company, days.today(self.now()), self.now())
        told: dict[str, Any] = {"id": self.instagram_id, "username": "sosna_mebel", "follows_count": 120}
        told["media_count"] = len(self.items("instagram")[0])
        if self.scene != "empty":
            told["followers_count"] = row.followers
        return _selected(told, fields)

    def _row(self, network: str, item: Item) -> dict[str, Any]:
        if network == "instagram":
            return feed.media(item, hides_likes=self.switches.hides_likes)
        return feed.page_post(item)

    # ── edges ────────────────────────────────────────────────────────────────────────

    def _read_edge(self, number: str, edge: str, query: Query, url: str) -> Response:
        if not self.switches.is_visible:
            return refusals.gone(number)
        if edge == "insights":
            return self._insights(number, query, url)
        if (number, edge) == (self.instagram_id, "media"):
            return self._listing("instagram", query, url)
        if (number, edge) == (self.instagram_id, "stories"):
            return JSONResponse({"data": []})
        if number == self.page_id and edge in ("published_posts", "posts", "feed"):
            return self._listing("facebook", query, url)
        return refusals.gone(number)

    def _insights(self, number: str, query: Query, url: str) -> Response:
        wanted = names(query.get("metric"))
        if not wanted:
            return refusals.no_metric()
        if number == self.instagram_id:
            return account_insights(self, wanted, query, url)
        if number == self.page_id:
            return page_insights(self, wanted, query, url)
        for network in ("instagram", "facebook"):
            item = self.items(network)[1].get(number)
            if item is not None and number not in self.switches.vanishing:
                return post_answer(self, network, item, wanted)
        return refusals.gone(number)

    def _listing(self, network: str, query: Query, url: str) -> Response:
        told = query.get("limit", "25")
        limit = int(told) if told.isdigit() and int(told) else 25
        if limit > self.switches.most_at_once:
            words = "Please reduce the amount of data you're asking for, then retry your request"
            return refusals.refused(500, 1, words)
        items = self.items(network)[0]
        if (since := query.get("since", "")).isdigit():
            items = [item for item in items if item.post.published >= int(since)]
        size = min(limit, self.page_size, 100)
        page = feed.page_of(items, size, query.get("after"), query.get("before"))
        fields = names(query.get("fields")) or ["id"]
        rows = [_fields(self._row(network, item), fields) for item in page.items]
        if network == "facebook" and self.switches.drafts and not query.get("after"):
            rows.insert(0, {**rows[0], "id": f"{self.page_id}_1", "is_published": False})
        if not page.items:
            return JSONResponse({"data": []})
        paging: dict[str, Any] = {"cursors": {"before": page.before, "after": page.after}}
        if page.more:
            paging["next"] = _moved(url, query, after=page.after)
        return JSONResponse({"data": rows, "paging": paging})

    # ── tokens ───────────────────────────────────────────────────────────────────────

    async def _debug_token(self, request: Request) -> Response:
        asked, switches = request.query_params.get("input_token", ""), self.switches
        if sent(request) not in self.tokens.tokens:
            return self._told(refusals.bad_token(None))
        ends = switches.token_ends
        lapses = switches.data_access_ends or self.now() + timedelta(days=60)
        is_valid = asked in self.tokens.tokens and switches.token_error is None
        is_valid = is_valid and (ends is None or ends > self.now())
        data: dict[str, Any] = {
            "app_id": APP,
            "type": switches.token_type,
            "application": "Sample app",
            "data_access_expires_at": int(lapses.timestamp()),
            "expires_at": 0 if ends is None else int(ends.timestamp()),
            "is_valid": is_valid,
            "profile_id": self.page_id,
            "scopes": [
                *("pages_read_engagement", "read_insights", "pages_show_list"),
                *("instagram_basic", "instagram_manage_insights"),
            ],
            "user_id": PERSON,
        }
        if not is_valid:
            words = "Error validating access token: Session has expired"
            data["error"] = {"code": 190, "message": words, "subcode": switches.token_error or 463}
        return self._told(JSONResponse({"data": data}))

    async def _exchange(self, request: Request) -> Response:
        """A person's token for one that lives sixty days."""
        query = request.query_params
        if query.get("client_secret") != self.secret("app_secret"):
            return self._told(refusals.refused(400, 1, "Error validating client secret."))
        if query.get("fb_exchange_token") not in self.tokens.tokens:
            return self._told(refusals.bad_token(None))
        made = self.secret("long_token")
        self.tokens.tokens.add(made)
        self.switches.token_ends = self.now() + timedelta(seconds=5_183_944)
        return self._told(JSONResponse({"access_token": made, "token_type": "bearer", "expires_in": 5_183_944}))

    async def _accounts(self, request: Request) -> Response:
        if sent(request) not in self.tokens.tokens:
            return self._told(refusals.bad_token(None))
        mine: dict[str, Any] = {"id": self.page_id, "name": "Sosna", "access_token": self.page_token}
        mine["instagram_business_account"] = {"id": self.instagram_id}
        other = {"id": "100000000000002", "name": "Page without Instagram", "access_token": "PAGE-TOKEN-SAMPLE-2"}
        cursors = {"cursors": {"before": "QVFI1", "after": "QVFI2"}}
        return self._told(JSONResponse({"data": [mine, other], "paging": cursors}))

    # ── what all answers have ────────────────────────────────────────────────────────

    def _refused(self, number: str = "") -> Response | None:
        switches = self.switches
        if switches.token_error is not None:
            return self._told(refusals.bad_token(switches.token_error))
        if switches.token_ends is not None and switches.token_ends <= self.now():
            return self._told(refusals.bad_token(463))
        if switches.busy_minutes is not None:
            kind = "pages" if number.startswith(self.page_id) else "instagram"
            return self._told(refusals.too_many(switches.busy_minutes, kind=kind))
        if switches.blocked:
            words = "The action attempted has been deemed abusive or is otherwise disallowed"
            return self._told(refusals.refused(400, 368, words))
        if switches.lacks is not None:
            words = f"(#200) Requires {switches.lacks} permission to manage the object"
            return self._told(refusals.refused(403, 200, words))
        return None

    def _told(self, response: Response) -> Response:
        """With the version, and how much is used up where that is worth telling."""
        response.headers["facebook-api-version"] = self.switches.version
        if self.switches.usage is not None:
            response.headers["X-App-Usage"] = json.dumps(self.switches.usage, separators=(",", ":"))
        return response


def _fields(row: Mapping[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    """Those that are asked for; the id always comes."""
    return {"id": row["id"], **{name: row[name] for name in fields if name in row}}


def _selected(row: Mapping[str, Any], fields: Sequence[str]) -> Response:
    return JSONResponse(_fields(row, fields))


def _moved(url: str, query: Query, **instead: str) -> str:
    """The same request, of the next page: its whole address, with the token that it was asked by."""
    return f"{url.partition('?')[0]}?{urlencode({**query, **instead})}"
