"""The portal as it is asked: who may, what limits there are, and what is the same for all methods."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar, NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from collector.testing.company import Company
from collector.testing.company.calendar import seconds
from collector.testing.simulator import LeakyBucket, Refused, Simulator
from connectors.bitrix24.simulator import stages
from connectors.bitrix24.simulator.asked import Asked, asked, fields_of
from connectors.bitrix24.simulator.calls import Calls
from connectors.bitrix24.simulator.coming import next_change
from connectors.bitrix24.simulator.fields import Look
from connectors.bitrix24.simulator.metering import Meter
from connectors.bitrix24.simulator.methods import Methods
from connectors.bitrix24.simulator.oauth import App
from connectors.bitrix24.simulator.portal import Portal
from connectors.bitrix24.simulator.refusals import Refusal, refused
from connectors.bitrix24.simulator.switches import Switches
from connectors.bitrix24.simulator.telling import Telling
from connectors.bitrix24.simulator.terms import terms

TOKEN_PATH, AUTHORIZE_PATH = "/oauth/token/", "/oauth/authorize/"
_REST_SECONDS = 10
"""A portal of size N is made anew at most every (N - 1) times so many seconds: that takes long, and much happens."""

_GROWN_RESTS = 24 * 3600
"""Seconds for which a portal that has grown stands still: it is there to be read once."""


class _Kept(NamedTuple):
    """Tables that were made, the scene and switches that they look so by, and from when until when they are true."""

    looks: tuple[object, ...]
    since: int
    until: int
    portal: Portal


class Bitrix24Simulator(Simulator):
    """The company's CRM in Bitrix24, by a webhook or as an application; `switches` makes things go wrong."""

    connector = "bitrix24"
    exempt: ClassVar = {"last-page": "A page is 50 rows, by the vendor's rule; fewer are the last one"}
    spared = (TOKEN_PATH, TOKEN_PATH.rstrip("/"), AUTHORIZE_PATH, AUTHORIZE_PATH.rstrip("/"))
    page_size = 50

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.switches = Switches()
        self.limits = [LeakyBucket(rate=2, burst=50, whose=_of_address, name="QUERY_LIMIT_EXCEEDED")]
        self.meter = Meter()
        self.app_of_portal = App("local.65f0a1b2c3d4e5.12345678", self.secret("client"))
        self.code = self.secret("webhook").replace("-", "")
        self._company: Company | None = None
        self._kept: _Kept | None = None
        self._copies = 1

    # ── what others need ─────────────────────────────────────────────────────────────

    def settings(self, base_url: str) -> dict[str, Any]:
        """By the webhook, with the terms that the company's books presuppose."""
        return {"base_url": base_url, "webhook_url": f"{base_url}/rest/1/{self.code}/", **terms()}

    def oauth_settings(self, base_url: str) -> dict[str, Any]:
        """As an application; a code or a refresh token comes from `app_of_portal`."""
        return {
            "base_url": base_url,
            "portal": base_url.partition("://")[2],
            "client_id": self.app_of_portal.client_id,
            "client_secret": self.app_of_portal.client_secret,
            "oauth_url": base_url,
            **terms(),
        }

    @property
    def secrets(self) -> Collection[str]:
        """The webhook's code, and all that was given out."""
        return (self.code, *self.app_of_portal.secrets)

    def refuse_access(self, why: Refused) -> Response:
        """A webhook that is not known, or a token that is over."""
        return refused("expired_token" if why == "expired" else "INVALID_CREDENTIALS").response(self.switches.status)

    def forbid(self) -> Response:
        """A scope that is not granted."""
        return refused("insufficient_scope").response(self.switches.status)

    def refuse_limit(self, wait: timedelta | None) -> Response:
        """The vendor never tells how long to wait."""
        del wait
        return refused("QUERY_LIMIT_EXCEEDED").response(self.switches.status)

    def broken(self) -> Response:
        """The vendor's own words."""
        return refused("INTERNAL_SERVER_ERROR").response()

    def grow(self, records: int) -> None:
        """Everything is there so many times that there are so many leads, deals and contacts."""
        self.switches.seconds_a_call = self.switches.seconds_a_row = 0  # the suite's clock stands: all would add up
        self._copies = 1
        portal = self.portal()
        few = min(len(table.rows) for table in (portal.leads, portal.deals, portal.contacts))
        self._copies = -(-records // few)
        grown = self.portal()
        for table in (grown.leads, grown.deals, grown.contacts, grown.lead_steps, grown.deal_steps, grown.activities):
            assert len(table.rows) >= records  # noqa: S101 - made now, not while answering
        for found_by_owner in (grown.lead_steps.owned, grown.deal_steps.owned, grown.activities.owned):
            found_by_owner()
        assert grown.bound  # noqa: S101 - likewise

    # ── the portal as it stands ──────────────────────────────────────────────────────

    @property
    def company(self) -> Company:
        """The company at the present instant."""
        if self._company is None:
            self._company = self.world.company(self.today)
        return self._company.at(self.now())

    def portal(self) -> Portal:
        """The tables; those made last, as long as nothing has happened since."""
        switches, now = self.switches, seconds(self.now())
        looks: tuple[object, ...] = (
            *(self.scene, self._copies, switches.has_leads, frozenset(switches.hidden_managers)),
            *(switches.rebinds, switches.activity_modifies),
        )
        kept = self._kept
        if kept is None or kept.looks != looks or not kept.since <= now < kept.until:
            rest = _GROWN_RESTS if self._copies > 1 else (self.world.size - 1) * _REST_SECONDS
            until = max(next_change(self.company), now + rest)
            self._kept = kept = _Kept(looks, now, until, self._made())
        return kept.portal

    def _made(self) -> Portal:
        switches = self.switches
        return Portal(
            Telling(self.company, rebinds=switches.rebinds, activity_modifies=switches.activity_modifies),
            lambda rows, of: self.shown(rows, of=of),
            copies=self._copies,
            has_leads=switches.has_leads,
            hidden_managers=frozenset(switches.hidden_managers),
        )

    def _methods(self) -> Methods:
        look = Look(self.switches.zone)
        return Methods(
            self.portal,
            self.switches,
            self.page_size,
            lambda: stages.currencies(self._rates(), look.time(seconds(self.now()))),
            lambda: look.time(seconds(self.now())),
            self.shown,
        )

    def _rates(self) -> Mapping[str, Any]:
        company = self.company
        rates = company.rates(company.today - timedelta(days=20), company.today)
        return {rate.currency: (rate.nominal, rate.price) for rate in rates}

    # ── calls ────────────────────────────────────────────────────────────────────────

    def routes(self) -> Sequence[Route]:
        """Calls, the authorization server, and where the browser is sent first."""
        paths = [(TOKEN_PATH, self._token), (AUTHORIZE_PATH, self._authorize)]
        both = [Route(path, call, methods=["GET", "POST"]) for each, call in paths for path in (each, each.rstrip("/"))]
        return [*both, Route("/rest/{path:path}", self._call, methods=["GET", "POST"])]

    async def _call(self, request: Request) -> Response:
        switches = self.switches
        if switches.moved_to is not None:
            return RedirectResponse(f"https://{switches.moved_to}{request.url.path}", status_code=302)
        if switches.is_cut_off:
            return self.page_of_a_proxy(504)
        try:
            told = await asked(request)
            if switches.refusing is not None:
                raise refused(switches.refusing)
            calls = Calls(self._methods(), switches, self.meter, self.clock.now(), self._let_in(told, request))
            body = calls.answered(told.method, told.params)
        except Refusal as refusal:
            return refusal.response(switches.status)
        if pause := switches.delay + switches.delay_a_row * calls.rows:
            await asyncio.sleep(pause)
        return JSONResponse(body)

    def _let_in(self, told: Asked, request: Request) -> str:
        """Who asks."""
        if told.code is not None:
            if self.switches.https_only and request.url.scheme == "http":
                raise refused("INVALID_REQUEST")
            if (told.user, told.code) != ("1", self.code) or self.switches.is_deleted:
                raise refused("INVALID_CREDENTIALS")
            return "webhook"
        if not told.method:
            raise refused("ERROR_METHOD_NOT_FOUND")
        if told.token is None:
            raise refused("NO_AUTH_FOUND")
        self.app_of_portal.check(told.token, self.clock.now())
        return "application"

    # ── the authorization server ─────────────────────────────────────────────────────

    async def _token(self, request: Request) -> Response:
        fields = {name: str(value) for name, value in (await fields_of(request)).items()}
        portal = f"{request.url.scheme}://{request.url.netloc}"
        try:
            return JSONResponse(self.app_of_portal.answer(fields, self.clock.now(), portal, self.switches.scopes))
        except Refusal as refusal:
            return refusal.response()

    async def _authorize(self, request: Request) -> Response:
        app = self.app_of_portal
        if request.query_params.get("client_id") != app.client_id:
            return refused("invalid_client").response()
        state = request.query_params.get("state", "")
        told = app.come_back(state, self.clock.now(), request.url.netloc, self.switches.scopes)
        return RedirectResponse(f"{app.redirect_uri}?{urlencode(told)}", status_code=302)


def _of_address(request: Request) -> str:
    return request.client.host if request.client else ""
