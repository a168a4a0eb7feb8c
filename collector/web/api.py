"""The JSON API: the snapshot's values, sources and checks, and values of past days, as JSON or CSV.

Endpoints that read the snapshot are plain functions, which Starlette runs in threads: a long
table must not keep a scrape waiting. For the past the daemon has threads of its own.
"""

import json
from collections.abc import Iterable, Sequence

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from collector.kpi.values import Value
from collector.snapshot.snapshot import Snapshot
from collector.vocabulary.texts import LANGUAGES
from collector.web.figures import Row, all_rows, as_csv, value_row
from collector.web.history import history_rows
from collector.web.negotiation import wants_csv
from collector.web.openapi import document
from collector.web.reconciliation import row
from collector.web.state import WebState, waiting_for


def routes(state: WebState) -> list[Route]:
    """Everything under /api/v1."""

    def kpis(request: Request) -> Response:
        return _table(request, _kpis(request, current(state)))

    def sources(request: Request) -> Response:
        return _table(request, _sources(request, current(state)))

    def reconciliation(request: Request) -> Response:
        return _table(request, _reconciliation(request, current(state)))

    async def history(request: Request) -> Response:
        current(state)
        _format(request)  # before the work
        return _table(request, await history_rows(request, state))

    def openapi(_: Request) -> Response:
        return JSONResponse(document())

    return [
        Route("/api/v1/kpis", kpis),
        Route("/api/v1/kpis/{kpi}/history", history),
        Route("/api/v1/sources", sources),
        Route("/api/v1/reconciliation", reconciliation),
        Route("/api/v1/openapi.json", openapi),
    ]


def current(state: WebState) -> Snapshot:
    """The snapshot, or 503 before there is one."""
    snapshot = state.snapshot
    if snapshot is None:
        raise HTTPException(503, f"Not ready: {waiting_for(state)}.")
    return snapshot


def _kpis(request: Request, snapshot: Snapshot) -> list[Row]:
    values = [value for found in snapshot.values for value in found.values]
    defined = {kpi.name for found in snapshot.values for kpi in found.kpis}
    projects = _wished(request, "project", {project.name for project in snapshot.projects})
    kpis = _wished(request, "kpi", defined)
    windows = _wished(request, "window", {value.window for value in values})
    by = _wished(request, "by", {value.dimension for value in values if value.dimension is not None})
    return [
        value_row(value)
        for value in values
        if _in(projects, value.project) and _in(kpis, value.kpi) and _in(windows, value.window) and _is_of(by, value)
    ]


def _is_of(dimensions: set[str] | None, value: Value) -> bool:
    """Wholes where no dimension is asked for; else only members of those that are, never both."""
    if dimensions is None:
        return value.dimension is None
    return value.dimension in dimensions


def _sources(request: Request, snapshot: Snapshot) -> list[Row]:
    projects = _wished(request, "project", {project.name for project in snapshot.projects})
    return [*all_rows(source for source in snapshot.sources if _in(projects, source.project))]


def _reconciliation(request: Request, snapshot: Snapshot) -> list[Row]:
    found = {values.project: values.findings for values in snapshot.values}
    projects = _wished(request, "project", {project.name for project in snapshot.projects})
    checks = _wished(request, "check", {each.check for findings in found.values() for each in findings})
    asked = _wished(request, "lang", LANGUAGES) or set()
    return [
        row(project.name, each, next((ours for ours in LANGUAGES if ours in asked), project.language))
        for project in snapshot.projects
        for each in found.get(project.name, ())
        if _in(projects, project.name) and _in(checks, each.check)
    ]


def _wished(request: Request, key: str, known: Iterable[str]) -> set[str] | None:
    """The values of a query parameter, which may be given several times; None where it is not."""
    wished = request.query_params.getlist(key)
    unknown = sorted(set(wished) - set(known))
    if unknown:
        raise HTTPException(404, f"There is no {key} {unknown[0]!r}; there are: {', '.join(sorted(known)) or 'none'}.")
    return set(wished) or None


def _in(wished: set[str] | None, found: str) -> bool:
    return wished is None or found in wished


def _format(request: Request) -> str | None:
    form = request.query_params.get("format")
    if form not in (None, "json", "csv"):
        raise HTTPException(400, f"There is no format {form!r}; there are: csv, json.")
    return form


def _table(request: Request, rows: Sequence[Row]) -> Response:
    form = _format(request)
    csv = form == "csv" or (form is None and wants_csv(request.headers.get("accept", "")))
    if csv:
        return Response(as_csv(rows), media_type="text/csv")
    # row by row: one call for them all would keep the interpreter to itself
    told = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    return Response(f"[{told}]\n", media_type="application/json")
