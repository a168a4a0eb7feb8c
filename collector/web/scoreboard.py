"""The landing page: KPIs with their windows, sources with their state, in plain words."""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from collector.kpi.reconciliation.findings import drifting
from collector.kpi.values import ProjectValues, Value
from collector.snapshot.inputs import ProjectFacts, SourceHealth, StreamHealth
from collector.snapshot.snapshot import Snapshot
from collector.vocabulary.texts import FAILURES, LANGUAGES, STATES, WINDOWS, Language, text, word
from collector.web import words
from collector.web.cells import Cell, cells, doubts_of
from collector.web.members import BreakDown, break_downs, dimensions_of, label_of
from collector.web.negotiation import language as spoken
from collector.web.reconciliation import sentence
from collector.web.state import WebState, waiting_for

if TYPE_CHECKING:
    from jinja2 import Environment


_ASKED = ("project", "by", "lang")
"""What the page can be asked for."""


@dataclass(frozen=True)
class Line:
    """A KPI's row."""

    title: str
    description: str
    pilot: bool
    through: str | None
    cells: tuple[Cell, ...]
    members: BreakDown | None = None


@dataclass(frozen=True)
class StreamLine:
    """A stream's row; `tone` is good, late or bad."""

    source: str
    connector: str
    stream: str
    tone: str
    state: str
    last_success: str
    through: str | None
    message: str | None
    access: str | None = None
    """Until when the source lets us in."""


@dataclass(frozen=True)
class Section:
    """One project."""

    name: str
    zone: str
    trust: str
    trusted: bool
    apart: tuple[str, ...]
    """What reconciliation has found to have come apart, a sentence each."""
    windows: tuple[str, ...]
    by: str | None
    """The dimension of the break-downs."""
    choices: tuple[tuple[str, str], ...]
    """The dimensions that there are, with their labels."""
    lines: tuple[Line, ...]
    doubts: tuple[str, ...]
    streams: tuple[StreamLine, ...]
    as_of: str


class Scoreboard:
    """The page's endpoint."""

    def __init__(self, state: WebState) -> None:
        self._state = state

    @cached_property
    def _templates(self) -> "Environment":
        """Read when the first reader comes: the first scrape need not wait for it."""
        from jinja2 import Environment, PackageLoader, StrictUndefined

        return Environment(
            loader=PackageLoader("collector.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    @cached_property
    def _style(self) -> str:
        return self._templates.get_template("scoreboard.css").render()

    @cached_property
    def _policy(self) -> str:
        digest = b64encode(sha256(self._style.encode()).digest()).decode()
        return (
            f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'none'"
        )

    def page(self, request: Request) -> Response:
        """The page in the reader's language; made in a thread, so that no scrape waits for it."""
        snapshot = self._state.snapshot
        shown = _chosen(snapshot, request.query_params.getlist("project"))
        language = _language(request, shown)
        by = request.query_params.get("by")
        sections = [section(snapshot, project, language, by) for project in shown] if snapshot else []
        page = self._templates.get_template("scoreboard.html").render(
            language=language,
            other=next(other for other in LANGUAGES if other != language),
            style=Markup(self._style),  # noqa: S704 - our own file, nothing of a vendor's in it
            sections=sections,
            waiting=waiting_for(self._state),
            several=snapshot is not None and len(snapshot.projects) > 1,
            to_language=lambda name: _link(request, lang=name),
            to_break_down=lambda name: _link(request, by=name),
            t=lambda key, **values: text(key, language, **values),
            window=lambda name: word(WINDOWS, name, language),
        )
        headers = {"Content-Security-Policy": self._policy, "Content-Language": language, "Vary": "Accept-Language"}
        return HTMLResponse(page, headers=headers, status_code=200 if snapshot is not None else 503)


def _chosen(snapshot: Snapshot | None, wished: list[str]) -> list[ProjectFacts]:
    projects = snapshot.projects if snapshot is not None else ()
    known = {project.name for project in projects}
    for name in wished:
        if snapshot is not None and name not in known:
            raise HTTPException(404, f"There is no project {name!r}; there are: {', '.join(sorted(known))}.")
    return [project for project in projects if not wished or project.name in wished]


def _link(request: Request, **other: str) -> str:
    """This page's query, with another language or break-down."""
    kept = [(key, value) for key, value in request.query_params.multi_items() if key in _ASKED and key not in other]
    return urlencode([*other.items(), *kept])


def _language(request: Request, shown: list[ProjectFacts]) -> Language:
    """As the link says; else as the reader's browser says; else the first project's."""
    for ours in LANGUAGES:
        if request.query_params.get("lang") == ours:
            return ours
    return spoken(request.headers.get("accept-language", ""), shown[0].language if shown else "en")


def section(snapshot: Snapshot, project: ProjectFacts, language: Language, by: str | None = None) -> Section:
    """What the page shows of one project, its KPIs `by` a dimension; without that, by the one that most have."""
    sources = [source for source in snapshot.sources if source.project == project.name]
    found = next((found for found in snapshot.values if found.project == project.name), None)
    wholes = [value for value in found.values if value.dimension is None] if found else []
    used = {value.window for value in wholes}
    windows = tuple(window for window in WINDOWS if window in used) + tuple(sorted(used - WINDOWS.keys()))
    trust, trusted = _trust(sources, language)
    apart = tuple(sentence(each, language) for each in drifting(found.findings)) if found else ()
    choices = dimensions_of(found) if found else ()
    chosen = by if by in choices else next(iter(choices), None)
    return Section(
        name=project.name,
        zone=project.zone.key,
        trust=text("trust_apart", language, n=len(apart)) if apart and trusted else trust,
        trusted=trusted and not apart,
        apart=apart,
        windows=windows,
        by=chosen,
        choices=tuple((name, label_of(name, language)) for name in choices),
        lines=tuple(_lines(found, wholes, windows, chosen, language)) if found else (),
        doubts=doubts_of(wholes, language),
        streams=tuple(
            _stream_line(snapshot.at, project, source, stream, language)
            for source in sources
            for stream in source.streams
        ),
        as_of=words.moment(snapshot.at, project.zone, language),
    )


def _trust(sources: list[SourceHealth], language: Language) -> tuple[str, bool]:
    """Whether the figures can be trusted, in a sentence."""
    if not sources:
        return text("no_sources", language), False
    late = [
        source.source
        for source in sources
        if source.up is False or any(stream.freshness != "fresh" for stream in source.streams)
    ]
    if late:
        return text("trust_late", language, sources=", ".join(late)), False
    new = [s.source for s in sources if any(stream.state.last_success is None for stream in s.streams)]
    if new:
        return text("trust_waiting", language, sources=", ".join(new)), False
    return text("trust_good", language), True


def _lines(
    found: ProjectValues,
    wholes: Iterable[Value],
    windows: tuple[str, ...],
    by: str | None,
    language: Language,
) -> Iterable[Line]:
    by_kpi: dict[str, dict[str, Value]] = {}
    for value in wholes:
        by_kpi.setdefault(value.kpi, {}).setdefault(value.window, value)
    days = {name: words.day(through, language) for name, through in found.data_through.items()}
    members = {} if by is None else break_downs(found, by, windows, days, language)
    for kpi in found.kpis:
        values = by_kpi.get(kpi.name)
        if values is None:
            continue
        day = days.get(kpi.name)
        yield Line(
            title=_in_language(kpi.title, language) or kpi.name,
            description=_in_language(kpi.description, language),
            pilot=kpi.mode == "pilot",
            through=day,
            cells=tuple(cells(kpi, values, windows, day, language)),
            members=members.get(kpi.name),
        )


def _in_language(texts: Any, language: Language) -> str:
    return str(texts.get(language) or texts.get("en") or "")


def _stream_line(
    now: datetime, project: ProjectFacts, source: SourceHealth, stream: StreamHealth, language: Language
) -> StreamLine:
    state = stream.state
    signed_out = source.access is not None and source.access.needs_reauth
    failed = state.state in ("failed", "crashed") or signed_out
    tone = "bad" if failed or stream.freshness == "withdrawn" else "late"
    doubted = state.state == "waiting" or state.reason is not None
    if not failed and not doubted and stream.freshness == "fresh" and state.last_success is not None:
        tone = "good"
    return StreamLine(
        source=source.source,
        connector=source.connector,
        stream=state.stream,
        tone=tone,
        state=_state_words(now, project.zone, stream, language, signed_out=signed_out),
        last_success=_ago(now, state.last_success, language),
        through=_day(state.data_through, language),
        message=state.message,
        access=_access_words(source, project, language),
    )


_WAITS: Mapping[str | None, str] = {"quota": "waits_quota", "not_ready": "waits_not_ready"}
"""Why a stream waits → the words for it."""


def _access_words(source: SourceHealth, project: ProjectFacts, language: Language) -> str | None:
    ends = None if source.access is None else source.access.expires_at
    return None if ends is None else text("access_until", language, at=words.moment(ends, project.zone, language))


def _state_words(now: datetime, zone: ZoneInfo, stream: StreamHealth, language: Language, *, signed_out: bool) -> str:
    state = stream.state
    said = word(STATES, state.state, language)
    if state.state == "waiting" and state.waits_until is not None:
        said = text(
            _WAITS.get(state.reason, "waits_rate_limited"),
            language,
            at=words.hour(state.waits_until, now, zone, language),
        )
    elif state.reason is not None:
        said = word(FAILURES, state.reason, language)
    if stream.days_missing:
        said = f"{said}; {text('days_missing', language, n=stream.days_missing)}"
    if signed_out:
        said = f"{text('sign_in_again', language)}; {said}"
    if stream.freshness != "fresh":
        said = f"{said}; {word(STATES, stream.freshness, language)}"
    return said


def _ago(now: datetime, at: datetime | None, language: Language) -> str:
    return text("never", language) if at is None else text("ago", language, age=words.age(now - at, language))


def _day(of: date | None, language: Language) -> str | None:
    return None if of is None else words.day(of, language)
