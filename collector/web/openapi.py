"""The description of the JSON API, for programs that write clients."""

from typing import Any

from collector import __version__
from collector.kpi.values import UNDEFINED_REASONS

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
SOURCE: dict[str, Any] = {
    "type": "object",
    "description": "One stream of a source",
    "properties": {
        "project": _TEXT,
        "source": _TEXT,
        "connector": _TEXT,
        "up": {"type": ["boolean", "null"], "description": "Whether the last poll of each stream succeeded"},
        "stream": _TEXT,
        "state": {"enum": ["new", "done", "growing", "failed", "crashed"]},
        "freshness": {"enum": ["fresh", "held", "withdrawn"]},
        "last_attempt": _INSTANT,
        "last_success": _INSTANT,
        "data_through": _DAY,
        "history_complete": {"type": "boolean"},
        "interval_seconds": {"type": "number"},
        "reason": _TEXT_OR_NULL,
        "message": _TEXT_OR_NULL,
    },
}


def document() -> dict[str, Any]:
    """The OpenAPI document. Its server is where it was read from, whatever the prefix."""
    formats = [_query("format", "json (default) or csv", several=False)]
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
            "/api/v1/sources": _path(
                "Sources and their streams", "Source", [_query("project", "A project's name"), *formats]
            ),
        },
        "components": {"schemas": {"Value": VALUE, "Source": SOURCE, "Error": _ERROR}},
    }


_ERROR: dict[str, Any] = {"type": "object", "properties": {"error": _TEXT}, "required": ["error"]}


def _query(name: str, text: str, *, several: bool = True) -> dict[str, Any]:
    schema = {"type": "array", "items": _TEXT} if several else {"enum": ["json", "csv"]}
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
                    "description": "What the current snapshot holds",
                    "content": {"application/json": {"schema": rows}, "text/csv": {"schema": _TEXT}},
                },
                "400": {"description": "An unknown format", "content": error},
                "404": {"description": "An unknown project, KPI, window or dimension", "content": error},
                "503": {"description": "No snapshot yet", "content": error},
            },
        }
    }
