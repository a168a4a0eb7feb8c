"""What Grafana calls things: panels, queries, variables as the JSON that it provisions.

`build` says what is on a dashboard; this says how a panel of a kind looks. Datasources are
always the dashboard's variable.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

DATASOURCE: Json = {"type": "prometheus", "uid": "${datasource}"}
_HIDDEN = {"Time": True, "__name__": True, "instance": True, "job": True}


@dataclass(frozen=True)
class Query:
    """One PromQL expression and what its series are called."""

    expr: str
    legend: str = ""


@dataclass(frozen=True)
class Column:
    """One column of a table: its label or value, its heading, and how it is shown."""

    name: str
    heading: str
    unit: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    """What stands there instead of a number."""


def _targets(queries: Sequence[Query], *, table: bool) -> list[Json]:
    shape = {"format": "table", "instant": True, "range": False} if table else {"format": "time_series", "range": True}
    return [
        {"refId": chr(ord("A") + place), "datasource": DATASOURCE, "expr": query.expr, **shape}
        | ({"legendFormat": query.legend} if query.legend else {})
        for place, query in enumerate(queries)
    ]


def _panel(kind: str, title: str, description: str, width: int, height: int, **more: Any) -> Json:
    panel = {"type": kind, "title": title, "gridPos": {"w": width, "h": height, "x": 0, "y": 0}, **more}
    return panel | ({"description": description} if description else {})


def row(title: str) -> Json:
    """A heading over the panels that follow."""
    return {
        "type": "row",
        "title": title,
        "collapsed": False,
        "panels": [],
        "gridPos": {"w": 24, "h": 1, "x": 0, "y": 0},
    }


def stat(title: str, description: str, query: Query, unit: str, *, width: int = 4) -> Json:
    """The present value, with its course in the background."""
    return _panel(
        "stat",
        title,
        description,
        width,
        4,
        datasource=DATASOURCE,
        targets=_targets([query], table=False),
        fieldConfig={"defaults": {"unit": unit, "noValue": "—", "color": {"mode": "fixed"}}, "overrides": []},
        options={"reduceOptions": {"calcs": ["lastNotNull"]}, "graphMode": "area", "colorMode": "none"},
    )


def series(title: str, description: str, queries: Sequence[Query], unit: str, *, width: int = 12) -> Json:
    """Values over time. Where there was none there is a gap: missing is not zero."""
    custom = {"lineWidth": 2, "fillOpacity": 5, "spanNulls": False, "showPoints": "auto"}
    return _panel(
        "timeseries",
        title,
        description,
        width,
        8,
        datasource=DATASOURCE,
        targets=_targets(queries, table=False),
        fieldConfig={"defaults": {"unit": unit, "custom": custom}, "overrides": []},
        options={
            "tooltip": {"mode": "multi", "sort": "desc"},
            "legend": {"displayMode": "list", "placement": "bottom"},
        },
    )


def table(
    title: str, description: str, queries: Sequence[Query], columns: Sequence[Column], *, key: str, width: int
) -> Json:
    """Instant values, a row for each value of the label `key`; columns that are not named are hidden."""
    order = {column.name: place for place, column in enumerate(columns)}
    headings = {column.name: column.heading for column in columns}
    organize: Json = {"includeByName": dict.fromkeys(order, True), "indexByName": order, "renameByName": headings}
    joined = [{"id": "joinByField", "options": {"byField": key, "mode": "outer"}}] if len(queries) > 1 else []
    return _panel(
        "table",
        title,
        description,
        width,
        9,
        datasource=DATASOURCE,
        targets=_targets(queries, table=True),
        transformations=[*joined, {"id": "organize", "options": {"excludeByName": _HIDDEN, **organize}}],
        fieldConfig={"defaults": {"noValue": "—"}, "overrides": [_override(column) for column in columns]},
        options={"showHeader": True, "cellHeight": "sm"},
    )


def _override(column: Column) -> Json:
    properties: list[Json] = [{"id": "unit", "value": column.unit}] if column.unit else []
    if column.texts:
        options = {value: {"text": text} for value, text in column.texts.items()}
        properties.append({"id": "mappings", "value": [{"type": "value", "options": options}]})
    return {"matcher": {"id": "byName", "options": column.heading}, "properties": properties}


def variable(name: str, label: str, query: str, *, first: str | None = None) -> Json:
    """A choice that Prometheus fills; `first` is what is chosen at the beginning."""
    chosen = {"current": {"selected": True, "text": first, "value": first}} if first else {}
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": DATASOURCE,
        "definition": query,
        "query": {"query": query, "refId": name},
        "refresh": 2,  # whenever the time range changes
        "sort": 1,
        "multi": False,
        "includeAll": False,
        "options": [],
        **chosen,
    }


def datasource_variable(label: str) -> Json:
    """Which Prometheus."""
    chosen = {"name": "datasource", "label": label, "type": "datasource", "query": "prometheus", "refresh": 1}
    return {**chosen, "multi": False, "includeAll": False, "options": []}


def placed(panels: Sequence[Json]) -> list[Json]:
    """Panels from left to right and down, each with its number."""
    x = y = height = 0
    done = []
    for number, panel in enumerate(panels, start=1):
        size = panel["gridPos"]
        if x + size["w"] > 24:
            x, y, height = 0, y + height, 0
        done.append(panel | {"id": number, "gridPos": size | {"x": x, "y": y}})
        x, height = x + size["w"], max(height, size["h"])
    return done
