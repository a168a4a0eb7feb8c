"""VK as it is asked: tokens of three kinds, their limits, and the methods of one community."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from collector.testing.company import Company
from collector.testing.simulator import Refused, Simulator, SlidingWindow
from connectors.vk.simulator.asked import Reading, present
from connectors.vk.simulator.community import Community
from connectors.vk.simulator.methods import Kind, Methods
from connectors.vk.simulator.refusals import EXPIRED, MISSING, Refusal
from connectors.vk.simulator.switches import Switches

GROUP_IDS = 1_000_000
"""The community of seed 1 is 1000001."""

A_SECOND: Mapping[Kind, int] = {"user": 3, "community": 20, "service": 5}
WALL, WALL_A_DAY = "wall.get", 5000


class _Tokens:
    """Which tokens there are, and of which kind."""

    def __init__(self, tokens: Mapping[str, Kind]) -> None:
        self.kinds = tokens

    def refusal(self, request: Request, now: datetime) -> Refused | None:
        """Whether one is there, and known."""
        del request, now
        token = present.get().token
        return "missing" if not token else None if token in self.kinds else "unknown"

    @property
    def secrets(self) -> Collection[str]:
        return tuple(self.kinds)


class _ByKind:
    """So many requests a second as a token of its kind may make."""

    name = "requests"
    paths = "/method/"

    def __init__(self, tokens: Mapping[str, Kind]) -> None:
        self._tokens = tokens
        self._windows = {kind: SlidingWindow(calls, per=1.0, whose=_token) for kind, calls in A_SECOND.items()}

    def early(self, request: Request, now: datetime) -> float:
        """Seconds until this request may be made."""
        return self._windows[self._tokens.get(present.get().token, "user")].early(request, now)


def _token(_: Request) -> str:
    return present.get().token


class VkSimulator(Simulator):
    """The company's community in VK; `switches` make things go wrong."""

    connector = "vk"
    exempt: ClassVar = {"memory-flat": "Its days are six figures each; a test of its own reads 100,000 posts"}

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.switches = Switches()
        self.tokens: Mapping[Kind, str] = {
            "user": self.secret("token"),
            "service": self.secret("service_token"),
            "community": self.secret("community_token"),
        }
        kinds = {token: kind for kind, token in self.tokens.items()}
        self.access = _Tokens(kinds)
        self.limits = [_ByKind(kinds)]
        self.asked: Counter[str] = Counter()
        """How often each method was called, in scripts too."""
        self._kinds = kinds
        self._pages: Counter[tuple[str, str]] = Counter()

    # ── what others need ─────────────────────────────────────────────────────────────

    @property
    def group(self) -> int:
        """The community's number."""
        return GROUP_IDS + self.world.seed

    def settings(self, base_url: str) -> dict[str, Any]:
        """With an administrator's token."""
        return {"base_url": base_url, "group_id": self.group, "access_token": self.tokens["user"]}

    def refuse_access(self, why: Refused) -> Response:
        """Error 5, in three wordings."""
        return self._refused(Refusal(5, {"missing": MISSING, "expired": EXPIRED}.get(why, "")))

    def forbid(self) -> Response:
        """A right that the token lacks."""
        return self._refused(Refusal(7))

    def refuse_limit(self, wait: timedelta | None) -> Response:
        """VK never says how long to wait."""
        del wait
        return self._refused(Refusal(6))

    def broken(self) -> Response:
        """As VK says it itself."""
        return self._refused(Refusal(10))

    def grow(self, records: int) -> None:
        """So many posts more."""
        self.community.grow(records)

    @cached_property
    def community(self) -> Community:
        """The page that its methods tell of."""
        company = Company(self.world.seed, self.today, self.world.days, self.world.size)
        return Community(self.group, company.at(self.now()), self.switches)

    @property
    def company(self) -> Company:
        """The company as it stands now."""
        return Company(self.world.seed, self.today, self.world.days, self.world.size).at(self.now())

    @cached_property
    def app(self) -> Any:
        """With bodies read first."""
        return Reading(super().app)

    # ── calls ────────────────────────────────────────────────────────────────────────

    def routes(self) -> Sequence[Route]:
        """All methods have one kind of address."""
        return [Route("/method/{method}", self._method, methods=["GET", "POST"])]

    async def _method(self, request: Request) -> Response:
        del request
        asked, now = present.get(), self.now()
        self.community.move(now)
        kind = self._kinds[asked.token]
        methods = Methods(self.community, asked, kind, now, self._shown, self.page_size, self._count(asked.token))
        try:
            return _answered(methods.answer())
        except Refusal as refusal:
            return self._refused(refusal)

    def _shown(self, rows: Sequence[Any], of: Callable[[Any], object]) -> Sequence[Any]:
        return self.shown(rows, of=of)

    def _count(self, token: str) -> Callable[[str], bool]:
        """Counts a call; whether it is a page of the wall more than may be asked for in a day."""
        key = (token, self.clock.now().date().isoformat())

        def count(method: str) -> bool:
            self.asked[method] += 1
            if method != WALL:
                return False
            self._pages[key] += 1
            if self.switches.before_page is not None:
                self.switches.before_page(self._pages[key])
            return self._pages[key] > WALL_A_DAY

        return count

    def _refused(self, refusal: Refusal) -> Response:
        return _answered(refusal.body(present.get()))


def _answered(body: Mapping[str, Any]) -> Response:
    """Halves of characters can be told only by their numbers, so all but ASCII is."""
    return Response(json.dumps(body), media_type="application/json; charset=utf-8")
