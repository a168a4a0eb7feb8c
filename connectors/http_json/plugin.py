"""The http_json connector: any JSON API, by a description instead of Python.

Read on: `settings`, `asking`, `mapped` (what a user writes), `compiling` (what it comes to,
all mistakes told), `templates` and `expressions` (texts with places, JMESPath), `paging`
(requests and their pages), `mapping` and `values` (bodies to rows to records), `auth`,
`refusals` (what answers mean).
"""

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from collector.plugin import (
    BadResponse,
    Checkpoint,
    Concurrency,
    Connector,
    Cut,
    Grant,
    HttpClient,
    Instant,
    Quota,
    RateLimit,
    Record,
    Request,
    Response,
    Since,
    SourceContext,
    SourceError,
    Stream,
    Token,
    Window,
    hookimpl,
)
from connectors.http_json import auth, refusals
from connectors.http_json.compiling import CompiledStream, Compiler
from connectors.http_json.faults import BadRows, Faults
from connectors.http_json.paging import At, Page
from connectors.http_json.settings import HttpJsonSettings, LimitSettings
from connectors.http_json.templates import Filler, Filling
from connectors.http_json.values import Around


class HttpJson(Connector[HttpJsonSettings]):
    """Facts, entities and readings out of any JSON API that the configuration describes."""

    name = "http_json"
    title = "JSON APIs"
    stability = "beta"
    maps_qualified = True  # a mapping states each lead's status

    def __init__(self, settings: HttpJsonSettings, context: SourceContext, client: HttpClient) -> None:
        """Raises `ValueError` with all that is wrong with the description, a mistake a line, its key first."""
        super().__init__(settings, context, client)
        self._zone = ZoneInfo(settings.zone) if settings.zone else context.zone
        faults = Faults()
        auth.check_auth(settings, faults)
        self._rules = refusals.rules(settings.errors, faults)
        self._quotas = refusals.quota_rules(settings.quotas, faults)
        self.limits = tuple(_limit(number, each, faults) for number, each in enumerate(settings.limits))
        compiler = Compiler(settings, context, self._zone, faults)
        self._streams = {name: compiler.stream(name, each) for name, each in settings.streams.items()}
        faults.raise_if_any()

    def streams(self) -> Sequence[Stream]:
        """What the configuration describes."""
        return [self._stream(each) for each in self._streams.values()]

    def _stream(self, compiled: CompiledStream) -> Stream:
        settings = compiled.settings
        reads: Mapping[str, Callable[..., Any]] = {"window": self._window, "since": self._since, "now": self._now}
        return Stream(
            name=compiled.name,
            kind=settings.kind,
            every=settings.every,
            read=partial(reads[settings.kind], compiled),
            yields=frozenset(each.record for each in compiled.maps),
            restates=settings.restates,
            provides=_provides(compiled),
            repeated=settings.repeated,
            sweep=None if compiled.sweep is None else partial(self._sweep, compiled),
            fields=_fields(compiled),
        )

    async def check(self) -> Sequence[str]:
        """Ask for the first page of each stream, and make its records."""
        now = self.context.now()
        today = now.astimezone(self._zone).date()
        for compiled in self._streams.values():
            fillings = {
                "window": self._days(Window(today, today)),
                "since": self._changes(compiled, Since(after=now - timedelta(days=1), cursor=None, until=now)),
                "now": self._present(now),
            }[compiled.settings.kind]
            bad_rows = self._bad_rows(compiled)
            async for page, filler in self._pages(compiled, fillings):
                list(self._records(compiled, page, filler, bad_rows))
                bad_rows.end(page.where)
                break
        if self._zone.key != self.context.zone.key:
            return [f"its zone, {self._zone.key}, is not the project's, {self.context.zone.key}"]
        return []

    # ── streams ──────────────────────────────────────────────────────────────────────

    async def _window(self, compiled: CompiledStream, window: Window) -> AsyncIterator[Record]:
        bad_rows, where = self._bad_rows(compiled), compiled.name
        days = [Window(day, day) for day in window.days()] if compiled.settings.per_day else [window]
        for each in days:
            async for page, filler in self._pages(compiled, self._days(each)):
                where = page.where
                for record in self._records(compiled, page, filler, bad_rows):
                    yield record
        bad_rows.end(where)

    async def _now(self, compiled: CompiledStream, now: Instant) -> AsyncIterator[Record]:
        bad_rows, where = self._bad_rows(compiled), compiled.name
        async for page, filler in self._pages(compiled, self._present(now)):
            where = page.where
            for record in self._records(compiled, page, filler, bad_rows):
                yield record
        bad_rows.end(where)

    async def _since(self, compiled: CompiledStream, since: Since) -> AsyncIterator[Record | Checkpoint]:
        """All pages, with a checkpoint after each; a place that the vendor does not know any more is left."""
        bad_rows, where = self._bad_rows(compiled), compiled.name
        fillings, resumed = self._changes(compiled, since), self._place(compiled, since.cursor)
        at = resumed
        while True:
            try:
                async for page, filler in self._pages(compiled, fillings, at):
                    resumed, where = None, page.where
                    for record in self._records(compiled, page, filler, bad_rows):
                        yield record
                    if (cursor := self._cursor(compiled, page.after)) is not None:
                        yield Checkpoint(cursor)
                break
            except BadResponse as error:
                if resumed is None:
                    raise
                self.warn(f"{compiled.name}: it begins anew, since it could not go on where it was: {error}")
                at = resumed = None
        bad_rows.end(where)

    async def _sweep(self, compiled: CompiledStream) -> AsyncIterator[str]:
        if compiled.sweep is None or compiled.sweep_id is None:
            return
        filler = Filler(self._zone, self._present(self.context.now()))
        async for page in compiled.sweep.read(self.client, filler, base=self.settings.base_url):
            for number, row in enumerate(page.rows, start=1):
                found = compiled.sweep_id.of(row, Around(page.body, filler))
                if found is None:
                    raise BadResponse(expected="an id", where=f"{page.where}, row {number}", got=row)
                yield str(found)

    async def _pages(
        self, compiled: CompiledStream, fillings: Mapping[str, Filling], at: At | None = None
    ) -> AsyncIterator[tuple[Page, Filler]]:
        filler = Filler(self._zone, fillings)
        async for page in compiled.pages.read(self.client, filler, base=self.settings.base_url, at=at):
            yield page, filler

    @staticmethod
    def _records(compiled: CompiledStream, page: Page, filler: Filler, bad_rows: BadRows) -> Iterator[Record]:
        for each in compiled.maps:
            yield from each.records(page.body, Around(page.body, filler), bad_rows, page.where)

    def _bad_rows(self, compiled: CompiledStream) -> BadRows:
        return BadRows(skip=compiled.settings.on_bad_row == "skip", warn=self.warn)

    # ── what placeholders stand for ──────────────────────────────────────────────────

    def _present(self, now: datetime) -> dict[str, Filling]:
        return {"now": now, "today": now.astimezone(self._zone).date()}

    def _days(self, window: Window) -> dict[str, Filling]:
        days = {"first": window.first, "last": window.last, "after": window.last + timedelta(days=1)}
        return {**self._present(self.context.now()), **days}

    def _changes(self, compiled: CompiledStream, since: Since) -> dict[str, Filling]:
        begin = compiled.settings.begin
        after = since.after
        if after is None and begin is not None:
            after = datetime.combine(begin, time(), tzinfo=self._zone).astimezone(UTC)
        return {**self._present(self.context.now()), "since": after, "until": since.until}

    # ── places to go on from ─────────────────────────────────────────────────────────

    def _cursor(self, compiled: CompiledStream, after: At | None) -> str | None:
        """The next page's place as it is kept; None where a run cannot go on from there."""
        if after is None or not compiled.pages.can_resume:
            return None
        place = auth.without_keys(after, self.settings.auth) if isinstance(after, str) else after
        if auth.holds_secret(str(place), self.settings):
            return None
        return json.dumps({"of": _shape(compiled), "at": place})

    def _place(self, compiled: CompiledStream, cursor: str | None) -> At | None:
        """Where to go on; None: from the beginning, also where the description has changed since."""
        try:
            kept = json.loads(cursor) if cursor is not None else {}
        except ValueError:
            return None
        if not isinstance(kept, dict) or kept.get("of") != _shape(compiled) or not compiled.pages.can_resume:
            return None
        found = kept.get("at")
        return found if isinstance(found, str | int) else None

    # ── what the client asks ─────────────────────────────────────────────────────────

    def grant(self) -> Grant | None:
        """OAuth 2, where the settings say so."""
        return auth.grant(self.settings, self.context.source)

    def authorize(self, request: Request, token: Token | None) -> None:
        """By the settings, or with the grant's token."""
        auth.authorized(request, self.settings.auth)
        super().authorize(request, token)

    def refusal(self, response: Response) -> SourceError | None:
        """By `errors`."""
        return refusals.refusal(response, self._rules, self.context.now())

    def quotas(self, response: Response) -> Iterable[Quota]:
        """By `quotas`."""
        return refusals.quotas(response, self._quotas, self.context.now())

    def limit_key(self, name: str) -> str | None:
        """Who has the same credentials shares limits that are counted by them."""
        if name == "credentials":
            return f"{self.settings.base_url} {auth.identity(self.settings.auth)}"
        return super().limit_key(name)


def _limit(number: int, settings: LimitSettings, faults: Faults) -> RateLimit | Concurrency:
    if (settings.calls is None) is (settings.concurrency is None):
        faults.add(f"limits.{number}", "needs calls or concurrency, and just one of them")
    if settings.concurrency is not None:
        return Concurrency(settings.concurrency, key=settings.key)
    return RateLimit(
        settings.calls or 1, per=settings.per, key=settings.key, burst=settings.burst, paths=settings.paths
    )


def _provides(compiled: CompiledStream) -> dict[str, tuple[Cut, ...]]:
    """Each measure with the cuts of all mappings that give it."""
    found: dict[str, tuple[Cut, ...]] = {}
    for each in compiled.maps:
        for source in each.measures:
            found[source.name] = tuple(dict.fromkeys((*found.get(source.name, ()), *each.cuts)))
    return found


def _fields(compiled: CompiledStream) -> frozenset[str] | None:
    """What its leads or deals can have."""
    entities = [each for each in compiled.maps if each.record in ("lead", "deal")]
    groups = (group for each in entities for group in (each.fields, each.dimensions, each.click_ids))
    return frozenset(source.name for group in groups for source in group) if entities else None


def _shape(compiled: CompiledStream) -> str:
    """A hash of what decides where pages are: places of another request mean nothing."""
    said = compiled.settings.model_dump(mode="json", include={"request", "pages", "begin", "rows", "key_as"})
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:12]


@hookimpl
def register_connectors() -> list[type[Connector[Any]]]:
    """The connector that this folder holds."""
    return [HttpJson]
