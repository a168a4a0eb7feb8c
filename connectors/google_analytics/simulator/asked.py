"""A RunReportRequest, read as strictly as Google does: unknown keys are refused; enums are names or numbers."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from connectors.google_analytics.simulator.fields import MOST_DIMENSIONS, MOST_METRICS, MOST_RANGES
from connectors.google_analytics.simulator.refusals import Refusal

MOST_ROWS = 250_000
DEFAULT_ROWS = 10_000

_KEYS = frozenset(
    {
        *("property", "dateRanges", "dimensions", "metrics", "dimensionFilter", "metricFilter", "offset", "limit"),
        *("metricAggregations", "orderBys", "currencyCode", "keepEmptyRows", "returnPropertyQuota", "cohortSpec"),
        *("comparisons", "conversionSpec"),
    }
)
_AGGREGATIONS = {1: "TOTAL", 4: "COUNT", 5: "MINIMUM", 6: "MAXIMUM"}
_MATCHES = {1: "EXACT", 2: "BEGINS_WITH", 3: "ENDS_WITH", 4: "CONTAINS", 5: "FULL_REGEXP", 6: "PARTIAL_REGEXP"}
_OPERATIONS = {1: "EQUAL", 2: "LESS_THAN", 3: "LESS_THAN_OR_EQUAL", 4: "GREATER_THAN", 5: "GREATER_THAN_OR_EQUAL"}
_DAYS_AGO = re.compile(r"([0-9]+)daysAgo")

Test = Callable[[Mapping[str, str]], bool]


@dataclass(frozen=True)
class Range:
    """Days, both inside."""

    name: str
    first: date
    last: date


@dataclass(frozen=True)
class Asked:
    """A request that can be answered."""

    ranges: tuple[Range, ...]
    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    offset: int
    limit: int
    orders: tuple[tuple[str, bool], ...]
    """Field, whether the greatest comes first."""
    aggregations: tuple[str, ...]
    wants_quota: bool
    dimension_filter: Any
    metric_filter: Any
    currency: str | None


def asked(body: Any, today: date) -> Asked:
    """The request in a body; `today` is the property's.

    Raises:
        Refusal: it means nothing.
    """
    if not isinstance(body, dict):
        raise Refusal.invalid("Invalid JSON payload received. Unexpected token.")
    for key in body:
        if key not in _KEYS:
            raise Refusal.unknown(key)
    dimensions, metrics = _names(body.get("dimensions")), _names(body.get("metrics"))
    ranges = body.get("dateRanges") or []
    if len(ranges) > MOST_RANGES:
        raise Refusal.invalid(f"Requests are limited to {MOST_RANGES} dateRanges.")
    if not ranges:
        raise Refusal.invalid("A dateRange or cohortSpec is required.")
    if len(dimensions) > MOST_DIMENSIONS:
        raise Refusal.invalid(f"Requests are limited to {MOST_DIMENSIONS} dimensions.")
    if len(metrics) > MOST_METRICS:
        raise Refusal.invalid(f"Requests are limited to {MOST_METRICS} metrics.")
    limit = _whole(body.get("limit"), "limit") or DEFAULT_ROWS
    return Asked(
        ranges=tuple(_range(number, each, today) for number, each in enumerate(ranges)),
        dimensions=dimensions,
        metrics=metrics,
        offset=_whole(body.get("offset"), "offset"),
        limit=min(limit, MOST_ROWS),
        orders=tuple(_orders(body.get("orderBys") or [])),
        aggregations=tuple(_enum(each, _AGGREGATIONS) for each in body.get("metricAggregations") or []),
        wants_quota=body.get("returnPropertyQuota") is True,
        dimension_filter=body.get("dimensionFilter"),
        metric_filter=body.get("metricFilter"),
        currency=body.get("currencyCode") or None,
    )


def test_of(told: Any) -> Test:
    """Whether members (or values) pass a filter expression."""
    if not told:
        return lambda _: True
    match next(iter(told)):
        case "andGroup":
            tests = [test_of(each) for each in told["andGroup"].get("expressions", ())]
            return lambda row: all(test(row) for test in tests)
        case "orGroup":
            tests = [test_of(each) for each in told["orGroup"].get("expressions", ())]
            return lambda row: any(test(row) for test in tests)
        case "notExpression":
            inner = test_of(told["notExpression"])
            return lambda row: not inner(row)
        case "filter":
            return _filter(told["filter"])
    raise Refusal.unknown(next(iter(told)))


def _filter(told: Mapping[str, Any]) -> Test:
    name = told.get("fieldName", "")
    if "inListFilter" in told:
        values = set(told["inListFilter"].get("values", ()))
        return lambda row: row.get(name, "") in values
    if "numericFilter" in told:
        operation = _enum(told["numericFilter"].get("operation"), _OPERATIONS)
        bound = told["numericFilter"].get("value", {})
        number = float(bound.get("int64Value", bound.get("doubleValue", 0)))
        return lambda row: _compared(float(row.get(name) or 0), operation, number)
    text = told.get("stringFilter", {})
    kind = _enum(text.get("matchType", "EXACT"), _MATCHES)
    is_exact = bool(text.get("caseSensitive"))
    value = str(text.get("value", ""))

    def passes(row: Mapping[str, str]) -> bool:
        here = row.get(name, "")
        return _matches(kind, *((here, value) if is_exact else (here.lower(), value.lower())))

    return passes


def _matches(kind: str, here: str, value: str) -> bool:
    match kind:
        case "BEGINS_WITH":
            return here.startswith(value)
        case "ENDS_WITH":
            return here.endswith(value)
        case "CONTAINS":
            return value in here
        case "FULL_REGEXP":
            return re.fullmatch(value, here) is not None
        case "PARTIAL_REGEXP":
            return re.search(value, here) is not None
    return here == value


def _compared(here: float, operation: str, bound: float) -> bool:
    return {
        "LESS_THAN": here < bound,
        "LESS_THAN_OR_EQUAL": here <= bound,
        "GREATER_THAN": here > bound,
        "GREATER_THAN_OR_EQUAL": here >= bound,
    }.get(operation, here == bound)


def _orders(told: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, bool]]:
    for each in told:
        of = each.get("dimension") or each.get("metric") or {}
        yield str(of.get("dimensionName") or of.get("metricName") or ""), bool(each.get("desc"))


def _names(told: Any) -> tuple[str, ...]:
    return tuple(str(each.get("name", "")) for each in told or ())


def _range(number: int, told: Mapping[str, Any], today: date) -> Range:
    first, last = _day(told.get("startDate"), today), _day(told.get("endDate"), today)
    if last < first:
        raise Refusal.invalid("startDate must be before or equal to endDate.")
    return Range(told.get("name") or f"date_range_{number}", first, last)


def _day(told: Any, today: date) -> date:
    if told in ("today", "yesterday"):
        return today - timedelta(days=told == "yesterday")
    if found := _DAYS_AGO.fullmatch(str(told)):
        return today - timedelta(days=int(found[1]))
    try:
        return date.fromisoformat(str(told))
    except ValueError as error:
        raise Refusal.invalid(f"Invalid date {told!r}. Use YYYY-MM-DD, today, yesterday or NdaysAgo.") from error


def _whole(told: Any, name: str) -> int:
    try:
        return int(told or 0)
    except (TypeError, ValueError) as error:
        raise Refusal.invalid(f"Invalid value at '{name}' (TYPE_INT64), \"{told}\"") from error


def _enum(told: Any, names: Mapping[int, str]) -> str:
    return names.get(told, "") if isinstance(told, int) else str(told or "")
