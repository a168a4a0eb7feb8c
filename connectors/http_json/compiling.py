"""Settings in, compiled streams out; all mistakes on the way are told at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from collector.plugin import Cut, SourceContext
from connectors.http_json.asking import PageSettings, RequestSettings
from connectors.http_json.faults import Faults
from connectors.http_json.mapped import MappingSettings, ValueSettings
from connectors.http_json.mapping import RecordMap, Rows
from connectors.http_json.mistakes import check_date, check_kind, check_names, check_request, placed
from connectors.http_json.names import PLACEHOLDERS
from connectors.http_json.paging import PageRules, Pages, placeholders
from connectors.http_json.settings import HttpJsonSettings, StreamSettings
from connectors.http_json.values import Source, readers, text


@dataclass(frozen=True)
class CompiledStream:
    """A stream that can be read."""

    name: str
    settings: StreamSettings
    pages: Pages
    maps: tuple[RecordMap, ...]
    sweep: Pages | None
    sweep_id: Source | None


class Compiler:
    """Compiles the streams of one source."""

    def __init__(self, settings: HttpJsonSettings, context: SourceContext, zone: ZoneInfo, faults: Faults) -> None:
        self._settings = settings
        self._context = context
        self._faults = faults
        self._readers = readers(zone)

    def stream(self, name: str, settings: StreamSettings) -> CompiledStream:
        """One stream; what is wrong with it is told to the faults."""
        key = f"streams.{name}"
        known = PLACEHOLDERS[settings.kind]
        check_kind(key, settings, self._faults)
        pages = self._pages(key, settings.request, settings.pages, settings, known)
        maps = tuple(self._mapping(f"{key}.{below}", each, known) for below, each in settings.mappings.items())
        sweep = sweep_id = None
        if settings.sweep is not None:
            rows = MappingSettings(record="gone", rows=settings.sweep.rows, rows_optional=settings.sweep.rows_optional)
            below = f"{key}.sweep"
            sweep = self._pages(below, settings.sweep.request, settings.sweep.pages, rows, PLACEHOLDERS["now"])
            sweep_id = self._value(f"{below}.id", "id", ValueSettings(path=settings.sweep.id), known)
        return CompiledStream(name, settings, pages, maps, sweep, sweep_id)

    # ── requests ─────────────────────────────────────────────────────────────────────

    def _pages(
        self,
        key: str,
        request: RequestSettings,
        pages: PageSettings | None,
        rows: MappingSettings,
        known: frozenset[str],
    ) -> Pages:
        known = known | placeholders(pages)
        check_request(f"{key}.request", request, known, self._faults, begins=getattr(rows, "begin", None) is not None)
        found = Rows(self._faults.expression(f"{key}.rows", rows.rows), rows.key_as, rows.rows_optional)
        return Pages(request, self._settings.headers, self._rules(f"{key}.pages", request, pages), found)

    def _rules(self, key: str, request: RequestSettings, pages: PageSettings | None) -> PageRules:
        if pages is None:
            return PageRules(None)
        if pages.by in ("cursor", "url") and pages.next is None:
            self._faults.add(f"{key}.next", f"is needed: where the body has the next {pages.by}")
        if pages.by in ("page", "offset", "cursor") and pages.param is None and pages.by not in placed(request):
            self._faults.add(f"{key}.param", f"is needed, unless {{{pages.by}}} stands in the request")
        if (pages.short_page_ends or pages.size_param) and pages.size is None:
            self._faults.add(f"{key}.size", "is needed: how many rows a page has")
        return PageRules(
            pages,
            next=self._faults.optional(f"{key}.next", pages.next),
            more=self._faults.optional(f"{key}.more", pages.more),
            total_pages=self._faults.optional(f"{key}.total_pages", pages.total_pages),
            total=self._faults.optional(f"{key}.total", pages.total),
        )

    # ── records ──────────────────────────────────────────────────────────────────────

    def _mapping(self, key: str, settings: MappingSettings, known: frozenset[str]) -> RecordMap:
        key = key.removesuffix(".")
        check_names(key, settings, self._context, self._faults)
        dimensions = self._dimensions(settings)
        return RecordMap(
            record=settings.record,
            rows=Rows(self._faults.expression(f"{key}.rows", settings.rows), settings.key_as, settings.rows_optional),
            inner=self._faults.optional(f"{key}.inner", settings.inner),
            skip_if=self._faults.optional(f"{key}.skip_if", settings.skip_if),
            fields=self._values(f"{key}.fields", settings.fields, known),
            measures=[
                self._value(f"{key}.measures.{name}", name, value, known, kind="measure")
                for name, value in settings.measures.items()
            ],
            money=frozenset(name for name, measure in self._context.measures.items() if measure.is_money),
            dimensions=self._values(f"{key}.dimensions", dimensions, known),
            click_ids=self._values(f"{key}.click_ids", settings.click_ids, known),
            cuts=self._cuts(key, settings),
            currency=self._context.currency,
        )

    def _dimensions(self, settings: MappingSettings) -> Mapping[str, ValueSettings]:
        """Those of the mapping; leads and deals have the source's own besides."""
        if settings.record not in ("lead", "deal"):
            return settings.dimensions
        own = {name: ValueSettings(path=path) for name, path in self._settings.dimensions.items()}
        return {**own, **settings.dimensions}

    def _values(self, key: str, settings: Mapping[str, ValueSettings], known: frozenset[str]) -> list[Source]:
        return [self._value(f"{key}.{name}", name, value, known) for name, value in settings.items()]

    def _value(
        self, key: str, name: str, settings: ValueSettings, known: frozenset[str], *, kind: str | None = None
    ) -> Source:
        if (settings.path is None) is (settings.const is None):
            self._faults.add(key, "needs a path or a const, and just one of them")
        if settings.const is not None:
            self._faults.template(f"{key}.const", settings.const, known)
        check_date(f"{key}.date", settings.date, self._faults)
        path = self._faults.optional(f"{key}.path", settings.path)
        return Source(name, settings, path, self._readers.get(kind or name, text))

    def _cuts(self, key: str, settings: MappingSettings) -> tuple[Cut, ...]:
        had = tuple(settings.dimensions)
        if settings.cuts is None:
            return (had,)
        cuts = tuple(tuple(cut) for cut in settings.cuts)
        if settings.record not in ("fact", "reading"):
            self._faults.add(f"{key}.cuts", f"are for facts and readings; a {settings.record} has none")
        for number, cut in enumerate(cuts):
            for name in cut:
                if name not in had:
                    self._faults.add(f"{key}.cuts", f"{name} (in the one numbered {number}) is none of its dimensions")
            if len(set(cut)) < len(cut) or set(cut) in map(set, cuts[:number]):
                self._faults.add(f"{key}.cuts", f"the one numbered {number} is there twice, or names a dimension twice")
        for name in had:
            if not any(name in cut for cut in cuts):
                self._faults.add(f"{key}.cuts", f"none has {name}; a row that has it would belong to no cut")
        return cuts
