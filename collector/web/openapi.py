"""The description of the JSON API, for programs that write clients."""

from collections.abc import Mapping
from typing import Any, get_args

from collector import __version__
from collector.kpi.history import STEPS
from collector.kpi.reconciliation.findings import State
from collector.kpi.values import UNDEFINED_REASONS
from collector.vocabulary.reconciliation import LACKS
from collector.vocabulary.texts import LANGUAGES

_TEXT = {"type": "string"}
_TEXT_OR_NULL = {"type": ["string", "null"]}
_DAY = {"type": ["string", "null"], "format": "date"}
_INSTANT = {"type": ["string", "null"], "format": "date-time"}

VALUE: dict[str, Any] = {
    "type": "object",
    "description": "A KPI in a window. A break-down's value also has a key named after the dimension: the title.",
    "properties": {
        "project": _TEXT,
        "kpi": _TEXT,
        "window": _TEXT,
        "from": _DAY,
        "through": _DAY,
        "value": {
            **_TEXT_OR_NULL,
            "description": "A decimal number; durations in seconds, ratios as 0…1; null where undefined",
        },
        "unit": _TEXT,
        "currency": _TEXT_OR_NULL,
        "fresh": {"type": "boolean", "description": "false: held, a source has not answered lately"},
        "undefined": {"enum": [*UNDEFINED_REASONS, None], "description": "Why there is no value"},
        "member": {**_TEXT_OR_NULL, "description": "The member's id; null for the whole"},
    },
    "required": [
        *("project", "kpi", "window", "from", "through", "value", "unit", "currency", "fresh", "undefined", "member")
    ],
    "additionalProperties": _TEXT_OR_NULL,
}
POINT: dict[str, Any] = {
    **VALUE,
    "description": "A value, and the day that it is as of",
    "properties": {**VALUE["properties"], "at": {**_TEXT, "format": "date", "description": "As of this day"}},
    "required": [*VALUE["required"], "at"],
}
SOURCE: dict[str, Any] = {
    "type": "object",
    "description": "One stream of a source",
    "properties": {
        "project": _TEXT,
        "source": _TEXT,
        "connector": _TEXT,
        "up": {"type": ["boolean", "null"], "description": "Whether the last poll of each stream succeeded"},
        "stream": _TEXT,
        "state": {"enum": ["new", "done", "growing", "waiting", "failed", "crashed"]},
        "freshness": {"enum": ["fresh", "held", "withdrawn"]},
        "last_attempt": _INSTANT,
        "last_success": _INSTANT,
        "data_through": _DAY,
        "history_complete": {"type": "boolean"},
        "days_missing": {"type": ["integer", "null"], "description": "Days of history that are still to be read"},
        "waits_until": _INSTANT,
        "interval_seconds": {"type": "number"},
        "reason": _TEXT_OR_NULL,
        "message": _TEXT_OR_NULL,
    },
}
_NUMBER = {"type": ["number", "null"]}
CHECK: dict[str, Any] = {
    "type": "object",
    "description": "Two ways of counting the same, a and b, and how far they disagree",
    "properties": {
        "project": _TEXT,
        "check": _TEXT,
        "state": {"enum": [*get_args(State)], "description": "drift: they have come apart"},
        "from": _DAY,
        "through": _DAY,
        "a": _NUMBER,
        "b": _NUMBER,
        "gap": {**_NUMBER, "description": "(a - b) / the greater, in 28 days"},
        "low": {"type": "number", "description": "Where gaps usually lie, with everybody"},
        "high": {"type": "number"},
        "window": {**_TEXT_OR_NULL, "description": "The last days that are judged: 2d, 7d or 28d"},
        "recent": {**_NUMBER, "description": "The gap in these days"},
        "usual": {**_NUMBER, "description": "What it usually is in as many days"},
        "drift": {**_NUMBER, "description": "The one minus the other"},
        "allowed": {**_NUMBER, "description": "How great a drift is no alarm"},
        "since": _DAY,
        "dimension": {**_TEXT_OR_NULL, "description": "Where one member has come apart: its dimension"},
        "member": _TEXT_OR_NULL,
        "undefined": {"enum": [*LACKS, None], "description": "Why there is no gap"},
        "text": {**_TEXT, "description": "All of it in a sentence, with what to do"},
    },
}


def document() -> dict[str, Any]:
    """The OpenAPI document. Its server is where it was read from, whatever the prefix."""
    formats = [_query("format", "json (default) or csv", schema={"enum": ["json", "csv"]})]
    return {
        "openapi": "3.1.0",
        "info": {"title": "kpi-collector", "version": __version__},
        "servers": [{"url": "../.."}],
        "paths": {
            "/api/v1/kpis": _path(
                "KPI values: wholes, or with `by` the members of a dimension",
                "Value",
                [
                    _query("project", "A project's name"),
                    _query("kpi", "A KPI's name"),
                    _query("window", "Such as 30d or mtd"),
                    _query("by", "A dimension's name"),
                    *formats,
                ],
            ),
            "/api/v1/kpis/{kpi}/history": _path(
                "Values of a KPI as of past days, read from the store: 400 points at most",
                "Point",
                [
                    {"name": "kpi", "in": "path", "required": True, "description": "A KPI's name", "schema": _TEXT},
                    _query("project", "A project's name"),
                    _query("window", "Such as 30d or mtd; default: the KPI's own"),
                    _query("from", "The first day", schema=_A_DAY),
                    _query("to", "The last day; default: the last complete one", schema=_A_DAY),
                    _query("days", "So many days instead of `from`; default 30", schema={"type": "integer"}),
                    _query("step", "From one day to the next", schema={"enum": [*STEPS]}),
                    _query("by", "With `member`: its dimension", schema=_TEXT),
                    _query("member", "Of this member, by its id or title", schema=_TEXT),
                    *formats,
                ],
            ),
            "/api/v1/sources": _path(
                "Sources and their streams", "Source", [_query("project", "A project's name"), *formats]
            ),
            "/api/v1/reconciliation": _path(
                "Whether two ways of counting the same still agree",
                "Check",
                [
                    _query("project", "A project's name"),
                    _query("check", "A check's name"),
                    _query("lang", "The language of `text`; default: the project's", schema={"enum": [*LANGUAGES]}),
                    *formats,
                ],
            ),
        },
        "components": {"schemas": {"Value": VALUE, "Point": POINT, "Source": SOURCE, "Check": CHECK, "Error": _ERROR}},
    }


_ERROR: dict[str, Any] = {"type": "object", "properties": {"error": _TEXT}, "required": ["error"]}


_A_DAY = {"type": "string", "format": "date"}
_SEVERAL = {"type": "array", "items": _TEXT}


def _query(name: str, text: str, *, schema: Mapping[str, Any] = _SEVERAL) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": text, "schema": schema}


def _path(summary: str, schema: str, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    rows = {"type": "array", "items": {"$ref": f"#/components/schemas/{schema}"}}
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {
        "get": {
            "summary": summary,
            "parameters": parameters,
            "responses": {
                "200": {
                    "description": "What was asked for",
                    "content": {"application/json": {"schema": rows}, "text/csv": {"schema": _TEXT}},
                },
                "400": {"description": "An unknown format, or days that make no history", "content": error},
                "404": {"description": "An unknown project, KPI, window or dimension", "content": error},
                "503": {"description": "No snapshot yet, or no time for a history", "content": error},
            },
        }
    }
