"""The base of simulators: subclass it with a vendor's routes, settings and refusals."""

import hashlib
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar, Literal, TypeVar
from zlib import crc32

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from collector.clock import Clock, SystemClock
from collector.log import mask, spellings
from collector.testing.company.calendar import as_of
from collector.testing.company.company import Company
from collector.testing.simulator.access import Access, Refused
from collector.testing.simulator.faults import Faults
from collector.testing.simulator.journal import Journal
from collector.testing.simulator.limits import Limit
from collector.testing.simulator.world import World

T = TypeVar("T")
Scene = Literal["full", "empty", "shrunk"]


class Simulator:
    """One vendor, as a connector sees it.

    A subclass says what is the vendor's own: `routes`, `settings`, how it refuses. All rows
    that it answers pass through `shown`, and are cut into pages of `page_size`; thus the
    conformance suite can empty and shrink it, and look at its last pages.
    """

    connector: ClassVar[str]
    """The connector that reads it."""
    exempt: ClassVar[Mapping[str, str]] = {}
    """Checks of the conformance suite that make no sense here: name → why."""
    view: ClassVar[type[Company]] = Company
    """The company as this vendor sees it, of which its books are."""
    spared: ClassVar[Collection[str]] = ()
    """Paths that need no credentials and meet no fault: those that give out tokens."""

    page_size: int = 100
    access: Access | None = None
    limits: Sequence[Limit] = ()

    def __init__(self, world: World | None = None, *, clock: Clock | None = None, faults: Faults | None = None) -> None:
        self.world = world or World()
        self.clock = clock or SystemClock()
        self.faults = faults or Faults(seed=self.world.seed)
        self.journal = Journal(self.cover)
        self.scene: Scene = "full"
        self._ahead = timedelta(days=(self.today - self.clock.now().date()).days)

    # ── what a vendor is ─────────────────────────────────────────────────────────────

    def routes(self) -> Sequence[Route]:
        """What can be asked."""
        raise NotImplementedError

    def settings(self, base_url: str) -> dict[str, Any]:
        """Those with which the connector reads it, credentials included."""
        return {"base_url": base_url}

    def refuse_access(self, why: Refused) -> Response:
        """The vendor's answer to credentials that it does not accept."""
        return JSONResponse({"error": f"credentials {why}"}, status_code=401)

    def forbid(self) -> Response:
        """The vendor's answer to credentials that lack a right."""
        return JSONResponse({"error": "forbidden"}, status_code=403)

    def refuse_limit(self, wait: timedelta | None) -> Response:
        """The vendor's answer to a call too many; `wait` None: it does not say how long to wait."""
        headers = {} if wait is None else {"Retry-After": str(max(1, math.ceil(wait.total_seconds())))}
        return JSONResponse({"error": "too many requests"}, status_code=429, headers=headers)

    def broken(self) -> Response:
        """The vendor's answer when it is broken itself."""
        return JSONResponse({"error": "internal error"}, status_code=500)

    def page_of_a_proxy(self, status: int) -> Response:
        """What stands before the vendor answers in its place."""
        return HTMLResponse("<html><body><h1>Bad gateway</h1></body></html>", status_code=status)

    # ── what its routes use ──────────────────────────────────────────────────────────

    @property
    def today(self) -> date:
        """The last day of its world."""
        return self.world.today or self.clock.now().date()

    def now(self) -> datetime:
        """The present instant. A world whose day is set begins on it, and moves on with the clock.

        Real time stands still at its noon, so that what is served is what the books of that day say,
        at whatever hour they are asked for; before that noon it is the clock's, for no vendor is ahead of it.
        """
        if self.world.today is not None and isinstance(self.clock, SystemClock):
            return as_of(self.world.today, self.clock.now())
        return self.clock.now() + self._ahead

    def days(self) -> list[date]:
        """The days of its world, oldest first, today included."""
        return [self.today - timedelta(days=back) for back in range(self.world.days, -1, -1)]

    def secret(self, name: str) -> str:
        """A secret of its world, such as a key: the same for the same seed."""
        told = hashlib.sha256(f"{self.connector}/{name}/{self.world.seed}".encode()).hexdigest()
        return f"{name}-{told[:24]}"

    def shown(self, rows: Sequence[T], *, of: Callable[[T], object] = repr) -> Sequence[T]:
        """The rows that there are in the present scene; those that have the same `of` (such as a day) go together."""
        if self.scene == "empty":
            return rows[:0]
        if self.scene == "shrunk":
            return [row for row in rows if crc32(str(of(row)).encode()) % 3]
        return rows

    # ── what others do to it ─────────────────────────────────────────────────────────

    def fill(self) -> None:
        """All rows are there (again)."""
        self.scene = "full"

    def empty(self) -> None:
        """There are no rows any more."""
        self.scene = "empty"

    def shrink(self) -> None:
        """About a third of the rows is gone, those of a day together."""
        self.scene = "shrunk"

    def grow(self, records: int) -> None:
        """Be a vendor with at least so many records in each stream; make them now, not while answering."""
        raise NotImplementedError

    @property
    def secrets(self) -> Collection[str]:
        """What must be shown to nobody."""
        return () if self.access is None else self.access.secrets

    def cover(self, text: str) -> str:
        """The text without its secrets."""
        return mask(text, [spelt for secret in self.secrets for spelt in spellings(secret)])

    @cached_property
    def app(self) -> Any:
        """The ASGI application."""
        from collector.testing.simulator.front import Front

        return Front(self, Starlette(routes=list(self.routes())))

    def overrun(self, request: Request) -> tuple[str, float] | None:
        """The limit that this request breaks, and by how many seconds."""
        for limit in self.limits:
            if request.url.path.startswith(limit.paths) and (early := limit.early(request, self.clock.now())) > 0:
                return limit.name, early
        return None
