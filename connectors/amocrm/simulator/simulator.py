"""The server: an account, its refusals and limits, and the switches that tests turn.

What can be asked is told by `lists`, `reference` and `sign_in`.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from collector.testing.company.config import lead_terms, refund_pipelines
from collector.testing.simulator import Refused, Simulator, SlidingWindow
from collector.testing.simulator.limits import of_bearer
from connectors.amocrm.simulator import account, answers
from connectors.amocrm.simulator.asked import BadParameter
from connectors.amocrm.simulator.cabinet import Cabinet
from connectors.amocrm.simulator.lists import Lists
from connectors.amocrm.simulator.paging import MOST
from connectors.amocrm.simulator.reference import Reference
from connectors.amocrm.simulator.sign_in import ANYWHERE, REDIRECT_URI, SUBDOMAIN_PATHS, TOKEN_PATH, SignIn
from connectors.amocrm.simulator.tokens import Tokens
from connectors.amocrm.simulator.view import AmocrmCompany

API = "/api/v4/"

A_CARD = 5
"""Records of a grown card."""

Handler = Callable[[Request], Awaitable[Response]]


class AmocrmSimulator(Simulator):
    """An account of amoCRM.

    Switches: `refuse` and `relent` for refusals at paths, `move` to another host, `tokens` to be
    revoked or to run out; `is_admin`, `has_filters`, `language`, `patience`, `unblock`.
    """

    connector = "amocrm"
    view = AmocrmCompany
    spared = (TOKEN_PATH, *ANYWHERE)
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
        self.moved_to: str | None = None
        self.more_users = 0
        self._overruns: deque[float] = deque()
        self._refusing: dict[str, int] = {}
        self._cabinet: Cabinet | None = None
        self._born = AmocrmCompany(self.world.seed, self.today, self.world.days, self.world.size)

    # ── what it tells of ─────────────────────────────────────────────────────────────

    @property
    def company(self) -> AmocrmCompany:
        """The company at the present instant."""
        return self._born.at(self.now())

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
            "refund_pipelines": refund_pipelines(),
            **lead_terms(),
        }

    def grow(self, records: int) -> None:
        """So many contacts, companies and users; and cards, of each of which come five: Lead, Deal, their steps."""
        self.cabinet.grow(-(-records // A_CARD), records, self.company.now)
        self.more_users = records

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
        self.moved_to = host

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
        """The API and the token endpoint; a large account is told before it is asked."""
        self.cabinet.log.count(0)
        lists, reference, sign_in = Lists(self), Reference(self), SignIn(self)
        api = [*reference.handlers(), *lists.handlers()]
        return [
            *(Route(API + path, self._guarded(handler)) for path, handler in api),
            Route(TOKEN_PATH, self._guarded(sign_in.token), methods=["POST"]),
            Route(ANYWHERE[0], sign_in.consent),
            *(Route(path, self._guarded(sign_in.subdomain, by_any_host=True)) for path in SUBDOMAIN_PATHS),
            Route("/{path:path}", self._guarded(self._nothing)),
        ]

    def _guarded(self, handler: Handler, *, by_any_host: bool = False) -> Handler:
        """What stands before every route."""

        async def answer(request: Request) -> Response:
            if self.is_blocked:
                return answers.page(403)
            if not by_any_host and (elsewhere := self._elsewhere(request)) is not None:
                return elsewhere
            for path, status in self._refusing.items():
                if request.url.path.startswith(path):
                    return self._refusal(status)
            try:
                return await handler(request)
            except BadParameter as error:
                return answers.invalid(error.path, error.detail)

        return answer

    def _elsewhere(self, request: Request) -> Response | None:
        host = self.moved_to
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
