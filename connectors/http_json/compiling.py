"""Settings in, compiled streams out; all mistakes on the way are told at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo

from collector.plugin import Cut, SourceContext
from connectors.http_json.asking import PageSettings, RequestSettings
from connectors.http_json.faults import Faults
from connectors.http_json.mapped import MappingSettings, ValueSettings
from connectors.http_json.mapping import RecordMap, Rows
from connectors.http_json.names import CLICK_IDS, PLACEHOLDERS, RECORDS_OF, STATUSES, fields_of, is_statable, needed_of
from connectors.http_json.paging import PageRules, Pages, placeholders
from connectors.http_json.settings import HttpJsonSettings, StreamSettings
from connectors.http_json.templates import names
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
        self._of_kind(key, settings)
        pages = self._pages(key, settings.request, settings.pages, settings, known)
        maps = tuple(self._mapping(f"{key}.{below}", each, known) for below, each in settings.mappings.items())
        sweep = sweep_id = None
        if settings.sweep is not None:
            rows = MappingSettings(record="gone", rows=settings.sweep.rows, rows_optional=settings.sweep.rows_optional)
            below = f"{key}.sweep"
            sweep = self._pages(below, settings.sweep.request, settings.sweep.pages, rows, PLACEHOLDERS["now"])
            sweep_id = self._value(f"{below}.id", "id", ValueSettings(path=settings.sweep.id), known)
        return CompiledStream(name, settings, pages, maps, sweep, sweep_id)

    def _of_kind(self, key: str, settings: StreamSettings) -> None:
        """Tell what a stream of its kind cannot have."""
        for below, each in settings.mappings.items():
            if each.record not in RECORDS_OF[settings.kind]:
                fit = ", ".join(sorted(RECORDS_OF[settings.kind]))
                self._faults.add(f"{key}.{below}record", f"a stream of kind {settings.kind} yields {fit}")
        if settings.kind != "window":
            for name in ("restates", "per_day"):
                if getattr(settings, name):
                    self._faults.add(f"{key}.{name}", f"is for streams of kind window, this one is {settings.kind}")
        if settings.kind != "since":
            for name in ("begin", "sweep"):
                if getattr(settings, name):
                    self._faults.add(f"{key}.{name}", f"is for streams of kind since, this one is {settings.kind}")

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
        self._request(f"{key}.request", request, known, begins=getattr(rows, "begin", None) is not None)
        found = Rows(self._faults.expression(f"{key}.rows", rows.rows), rows.key_as, rows.rows_optional)
        return Pages(request, self._settings.headers, self._rules(f"{key}.pages", request, pages), found)

    def _request(self, key: str, request: RequestSettings, known: frozenset[str], *, begins: bool) -> None:
        for below, value in _texts(request):
            self._faults.template(f"{key}.{below}", value, known)
        lacking = {"cursor"} if begins else {"cursor", "since"}
        for name in sorted(names(request.path) & lacking):
            hint = "; set `begin`" if name == "since" else ""
            self._faults.add(
                f"{key}.path", f"{{{name}}} has no value at first, and no part of a path can be left out{hint}"
            )
        if "?" in request.path:
            self._faults.add(f"{key}.path", "holds a query; write it under params")
        if request.json_body is not None and request.form is not None:
            self._faults.add(f"{key}.form", "a body is JSON or a form, not both")
        if request.method == "GET" and (request.json_body is not None or request.form is not None):
            self._faults.add(f"{key}.method", "a request with a body is a POST")

    def _rules(self, key: str, request: RequestSettings, pages: PageSettings | None) -> PageRules:
        if pages is None:
            return PageRules(None)
        if pages.by in ("cursor", "url") and pages.next is None:
            self._faults.add(f"{key}.next", f"is needed: where the body has the next {pages.by}")
        if pages.by in ("page", "offset", "cursor") and pages.param is None and pages.by not in _placed(request):
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
        self._names(key, settings)
        dimensions = self._dimensions(settings)
        return RecordMap(
            record=settings.record,
            rows=Rows(self._faults.expression(f"{key}.rows", settings.rows), settings.key_as, settings.rows_optional),
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
        path = self._faults.optional(f"{key}.path", settings.path)
        return Source(name, settings, path, self._readers.get(kind or name, text))

    def _names(self, key: str, settings: MappingSettings) -> None:
        """Tell of names that the record, or the project, does not have; and of fields that are needed."""
        record, figures = settings.record, settings.record in ("fact", "reading")
        self._unknown(f"{key}.fields", settings.fields, fields_of(record), f"no field of a {record}")
        for name in needed_of(record):
            if name not in settings.fields and not (name == "created_at" and "closed_at" in settings.fields):
                self._faults.add(f"{key}.fields", f"a {record} needs {name}")
        if record in ("lead", "deal"):
            if not {"created_at", "closed_at"} & set(settings.fields):
                self._faults.add(f"{key}.fields", f"a {record} needs created_at")
            self._unknown(f"{key}.click_ids", settings.click_ids, CLICK_IDS, "no click id")
            self._unknown(
                f"{key}.dimensions", settings.dimensions, self._context.dimensions, "no dimension of the project"
            )
        elif settings.click_ids:
            self._faults.add(f"{key}.click_ids", f"are for leads and deals; a {record} has none")
        if figures:
            self._measures(key, settings)
        elif settings.measures:
            self._faults.add(f"{key}.measures", f"are for facts and readings; a {record} has fields")
        if not figures and record not in ("lead", "deal") and settings.dimensions:
            self._faults.add(f"{key}.dimensions", f"a {record} has none")
        self._statuses(key, settings)

    def _measures(self, key: str, settings: MappingSettings) -> None:
        if not settings.measures:
            self._faults.add(f"{key}.measures", f"a {settings.record} needs a measure, such as {{sessions: visits}}")
        self._unknown(f"{key}.measures", settings.measures, self._context.measures, "no measure")
        for name in settings.measures:
            measure = self._context.measures.get(name)
            if measure is not None and not is_statable(measure):
                self._faults.add(f"{key}.measures.{name}", "is counted from entities; no vendor can state it by day")

    def _statuses(self, key: str, settings: MappingSettings) -> None:
        allowed = STATUSES.get(settings.record)
        value = settings.fields.get("status")
        if allowed is None or value is None:
            return
        told = [
            ("const", value.const),
            ("default", value.default),
            *(("map", each) for each in (value.map or {}).values()),
        ]
        for where, status in told:
            if status is not None and status not in allowed and "{" not in status:
                self._faults.add(f"{key}.fields.status.{where}", f"{status!r} is none of {', '.join(sorted(allowed))}")

    def _unknown(self, key: str, given: Iterable[str], known: Iterable[str], what: str) -> None:
        names_known = sorted(known)
        for name in given:
            if name not in names_known:
                near = get_close_matches(name, names_known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(names_known) or 'none'}"
                self._faults.add(f"{key}.{name}", f"{what}; {hint}")

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


def _texts(request: RequestSettings) -> Iterable[tuple[str, str]]:
    """The texts of a request that may have placeholders, each with its key."""
    yield "path", request.path
    for group, given in (("params", request.params), ("headers", request.headers), ("form", request.form or {})):
        for name, value in given.items():
            for each in value if isinstance(value, list) else [value]:
                yield f"{group}.{name}", each
    for each in _json_texts(request.json_body):
        yield "json", each


def _json_texts(value: Any) -> Iterable[str]:
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from _json_texts(each)
        case list():
            for each in value:
                yield from _json_texts(each)


def _placed(request: RequestSettings) -> frozenset[str]:
    """The placeholders that stand anywhere in a request."""
    return frozenset().union(*(names(value) for _, value in _texts(request)))
