"""A request for a report, understood and found to be within the vendor's limits."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from connectors.yandex_metrica.simulator.refusals import Refusal, wrong

MODELS = (
    *("cross_device_last_significant", "cross_device_first", "automatic", "last", "first", "lastsign"),
    *("last_yandex_direct_click", "cross_device_last_yandex_direct_click"),
)
KINDS = ("date", "TrafficSource", "SourceEngine", "UTMSource", "UTMMedium", "UTMCampaign")
"""Dimensions that there are; all but the date by a model of attribution."""

ACCURACIES = ("low", "medium", "high", "full")
CURRENCIES = ("RUB", "USD", "EUR", "KZT", "UZS")
MOST_METRICS, MOST_DIMENSIONS, MOST_LIMIT, MOST_CONDITIONS = 20, 10, 100_000, 20
_GOAL = re.compile(r"ym:s:goal(\d+)(reaches|visits)")
_REVENUE = re.compile(r"ym:s:ecommerce([A-Z]{3})ConvertedRevenue")
_AGO = re.compile(r"(\d{1,4})daysAgo")
_PLAIN = ("visits", "users", "newUsers", "bounceRate", "pageviews", "sumGoalReachesAny", "ecommercePurchases")


@dataclass(frozen=True)
class Asked:
    """What is to be told. `dimensions` are kinds, `metrics` plain names; both are also as they were written."""

    ids: tuple[str, ...]
    metrics: tuple[str, ...]
    dimensions: tuple[str, ...]
    names: tuple[tuple[str, ...], tuple[str, ...]]
    sort: tuple[str, ...]
    first: date
    last: date
    limit: int
    offset: int
    attribution: str
    currency: str
    lang: str
    include_undefined: bool


def asked(params: Mapping[str, str], today: date) -> Asked:
    """The parameters of /stat/v1/data.

    Raises:
        Refusal: there is one that the vendor does not take.
    """
    model, currency = params.get("attribution", "lastsign").lower(), params.get("currency", "RUB")
    if model not in MODELS:
        raise wrong("attribution", model, 4006, "attribution")
    if currency not in CURRENCIES:
        raise wrong("currency", currency, 4009, "currency")
    filled = {"attribution": model, "currency": currency, "goal_id": params.get("goal_id", "")}
    metrics, dimensions = _names(params, "metrics", filled), _names(params, "dimensions", filled)
    ids = tuple(filter(None, params.get("ids", params.get("id", "")).split(",")))
    for name, told in (("ids", ids), ("metrics", metrics)):
        if not told:
            raise Refusal("missing_parameter", f"Missing parameter, name: {name}, code: 4001", location=name)
    _bounded("metrics", len(metrics), MOST_METRICS)
    _bounded("dimensions", len(dimensions), MOST_DIMENSIONS)
    if params.get("filters"):
        _bounded("filters", len(re.split(r" AND | OR ", params["filters"])), MOST_CONDITIONS)
        raise wrong("filter", params["filters"], 4012, "filters")  # this one's counters are small enough without
    if params.get("accuracy", "medium") not in ACCURACIES and not params["accuracy"].replace(".", "").isdigit():
        raise wrong("accuracy", params["accuracy"], 4013, "accuracy")
    first, last = (_day(params.get(name, default), today, name) for name, default in _DATES)
    if last < first:
        raise wrong("date interval", f"{first} - {last}", 4014, "date1")
    return Asked(
        ids=ids,
        metrics=tuple(map(_metric, metrics)),
        dimensions=tuple(_dimension(name) for name in dimensions),
        names=(dimensions, metrics),
        sort=_sort(params, filled, dimensions, metrics),
        first=first,
        last=last,
        limit=_whole(params, "limit", 100, MOST_LIMIT),
        offset=_whole(params, "offset", 1, None),
        attribution=model,
        currency=currency,
        lang=params.get("lang", "ru"),
        include_undefined=params.get("include_undefined", "") in ("true", "1"),
    )


_DATES = (("date1", "6daysAgo"), ("date2", "today"))


def _names(params: Mapping[str, str], name: str, filled: Mapping[str, str]) -> tuple[str, ...]:
    """Names with their parameters filled in."""
    text = params.get(name, "")
    for inner, value in filled.items():
        text = text.replace(f"<{inner}>", value)
    return tuple(filter(None, text.split(",")))


def _metric(name: str) -> str:
    plain = name.removeprefix("ym:s:")
    if name.startswith("ym:s:") and plain in _PLAIN:
        return plain
    if found := _GOAL.fullmatch(name):
        return f"goal:{found[1]}:{found[2]}"
    if (found := _REVENUE.fullmatch(name)) and found[1] in CURRENCIES:
        return f"revenue:{found[1]}"
    raise wrong("metric", name, 4002, "metrics")


def _dimension(name: str) -> str:
    plain = name.removeprefix("ym:s:")
    if plain == "date" and name.startswith("ym:s:"):
        return plain
    for kind in KINDS[1:]:
        model = plain.removesuffix(kind)
        if name.startswith("ym:s:") and plain.endswith(kind) and model.lower() in MODELS:
            return kind
    raise wrong("attribute", name, 4003, "dimensions")


def _sort(
    params: Mapping[str, str], filled: Mapping[str, str], dimensions: tuple[str, ...], metrics: tuple[str, ...]
) -> tuple[str, ...]:
    found = _names(params, "sort", filled)
    for name in found:
        if name.lstrip("-") not in (*dimensions, *metrics):
            raise wrong("sort", name, 4004, "sort")
    return found or (f"-{metrics[0]}",)


def _day(text: str, today: date, name: str) -> date:
    if text in ("today", "yesterday"):
        return today - timedelta(days=text == "yesterday")
    if found := _AGO.fullmatch(text):
        return today - timedelta(days=int(found[1]))
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise wrong("date", text, 4005, name) from None


def _bounded(name: str, count: int, most: int) -> None:
    if count > most:
        kind = "filter_limits" if name == "filters" else "invalid_parameter"
        raise Refusal(kind, f"Too many {name}, value: {count}, limit: {most}, code: 4021", location=name)


def _whole(params: Mapping[str, str], name: str, default: int, most: int | None) -> int:
    text = params.get(name, str(default))
    value = int(text) if text.isascii() and text.isdigit() else 0
    if value < 1:
        raise wrong(name, text, 4007, name)
    if most is not None:
        _bounded(name, value, most)
    return value
