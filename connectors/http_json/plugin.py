"""The http_json connector: any JSON API, by a description instead of Python.

Read on: `settings`, `asking`, `mapped` (what a user writes), `compiling` (what it comes to,
all mistakes told), `mistakes` (names that there are not), `templates` and `expressions`
(texts with places, JMESPath), `reading` and `paging` (what is asked, page by page),
`mapping` and `values` (bodies to rows to records), `auth`, `refusals` (what answers mean),
`simulator` (a shop that it is tried on).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from collector.plugin import (
    Concurrency,
    Connector,
    Cut,
    Grant,
    HttpClient,
    Quota,
    RateLimit,
    Request,
    Response,
    SourceContext,
    SourceError,
    Stream,
    Token,
    hookimpl,
)
from connectors.http_json import auth, refusals
from connectors.http_json.compiling import CompiledStream, Compiler
from connectors.http_json.faults import Faults
from connectors.http_json.mapped import MappingSettings, ValueSettings
from connectors.http_json.reading import Reader
from connectors.http_json.settings import HttpJsonSettings, LimitSettings


class HttpJson(Connector[HttpJsonSettings]):
    """Facts, leads, deals, readings and more from any API that answers in JSON, by a description."""

    name = "http_json"
    title = "JSON APIs"
    stability = "beta"

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
        self._reader = Reader(settings, self._zone, context.now, lambda: self.client, self.warn)

    def streams(self) -> Sequence[Stream]:
        """What the configuration describes."""
        return [self._stream(each) for each in self._streams.values()]

    def _stream(self, compiled: CompiledStream) -> Stream:
        settings = compiled.settings
        reader = self._reader
        reads: Mapping[str, Callable[..., Any]] = {"window": reader.window, "since": reader.since, "now": reader.now}
        return Stream(
            name=compiled.name,
            kind=settings.kind,
            every=settings.every,
            read=partial(reads[settings.kind], compiled),
            yields=frozenset(each.record for each in compiled.maps),
            restates=settings.restates,
            provides=_provides(compiled),
            repeated=settings.repeated,
            sweep=None if compiled.sweep is None else partial(reader.sweep, compiled),
            fields=_fields(compiled),
            maps_qualified=any(map(_tells_qualified, settings.mappings.values())),
        )

    async def check(self) -> Sequence[str]:
        """Ask for the first page of each stream, and make its records."""
        for compiled in self._streams.values():
            await self._reader.first_page(compiled)
        if self._zone.key != self.context.zone.key:
            return [f"its zone, {self._zone.key}, is not the project's, {self.context.zone.key}"]
        return []

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


def _tells_qualified(settings: MappingSettings) -> bool:
    """Whether its leads can be seen to be qualified: by their status, or by a field of their own."""
    if settings.record != "lead":
        return False
    status = settings.fields.get("status", ValueSettings())
    as_they_come = status.path is not None and status.map is None
    told = {status.const, status.default, *(status.map or {}).values()}
    return as_they_come or "qualified" in told or "ever_qualified" in settings.fields


@hookimpl
def register_connectors() -> list[type[Connector[Any]]]:
    """The connector that this folder holds."""
    return [HttpJson]
