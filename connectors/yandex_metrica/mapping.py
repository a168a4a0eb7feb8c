"""Rows of a report → facts. Pure functions; the ids are those of the report's dimensions.

Several of Metrica's rows may be one of ours (`direct`, `saved` and `internal` are all
`(direct) / (none)`): what has equal members is added up.
"""

from collections import Counter as Counts
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from collector.plugin import NOT_SET, Dimensions, Fact
from connectors.yandex_metrica import traffic
from connectors.yandex_metrica.reports import Day, Key, Metrics, Report

CUT = ("source_medium", "campaign", "vendor_channel", "untagged_channel")
_DIMENSIONS = ("TrafficSource", "SourceEngine", "UTMSource", "UTMMedium", "UTMCampaign")

MEASURES: Mapping[str, str] = {
    "sessions": "ym:s:visits",
    "unbounced_sessions": "ym:s:bounceRate",
    "new_users": "ym:s:newUsers",
    "page_views": "ym:s:pageviews",
    "key_events": "ym:s:sumGoalReachesAny",
    "purchases": "ym:s:ecommercePurchases",
    "web_revenue": "ym:s:ecommerce{currency}ConvertedRevenue",
}
"""Measure → what it is made of; the bounce rate with the visits."""

USERS = Report(("ym:s:users",))
ZERO = Decimal(0)


def traffic_report(attribution: str, currency: str) -> Report:
    """Visits by day, traffic source and tags."""
    return Report(
        tuple(name.format(currency=currency) for name in MEASURES.values()), _dimensions(attribution), currency
    )


def goals_report(attribution: str, metrics: tuple[str, ...]) -> Report:
    """Reaches of chosen goals, by the same."""
    return Report(metrics, _dimensions(attribution))


def goal_metric(goal: str) -> str:
    """How often a goal was reached."""
    return f"ym:s:goal{goal}reaches"


def _dimensions(attribution: str) -> tuple[str, ...]:
    return tuple(f"ym:s:{attribution}{name}" for name in _DIMENSIONS)


def members(key: Key) -> Dimensions:
    """Traffic source, engine and tags → our dimensions."""
    source, engine, *tags, campaign = key
    utm_source, utm_medium = map(traffic.tag, tags)
    name = traffic.engine_name(source, engine)
    if utm_source is None and utm_medium is None:
        source_medium = traffic.source_medium(source, name)
        channel = traffic.channel(source, name)
    else:
        source_medium = f"{utm_source or NOT_SET} / {utm_medium or NOT_SET}"
        by_engine = source == traffic.AD and utm_medium is None
        channel = traffic.channel(source, name) if by_engine else NOT_SET
    values = (source_medium, campaign, source, channel)
    return Dimensions(dict(zip(CUT, values, strict=True)))


def visits(day: Day, currency: str, flags: frozenset[str], *, all_goals: bool) -> Iterator[Fact]:
    """A day's facts of the traffic report. Without `all_goals` its key events are another report's."""
    sums: dict[Dimensions, list[Decimal]] = {}
    for key, metrics in day.rows.items():
        found = sums.setdefault(members(key), [ZERO] * len(MEASURES))
        for at, amount in enumerate(_amounts(metrics)):
            found[at] += amount
    for dimensions, amounts in sums.items():
        for measure, amount in zip(MEASURES, amounts, strict=True):
            if amount and (all_goals or measure != "key_events"):
                money = currency if measure == "web_revenue" else None
                yield Fact(day.day, measure, _plain(amount), money, dimensions, flags)


def _amounts(metrics: Metrics) -> list[Decimal]:
    amounts = [metric or ZERO for metric in metrics]  # no value: there is nothing that it could be of
    amounts[1] = amounts[0] - round(amounts[0] * amounts[1] / 100)
    return amounts


def reaches(day: Day, flags: frozenset[str]) -> Iterator[Fact]:
    """A day's key events of chosen goals."""
    sums: dict[Dimensions, Decimal] = {}
    for key, metrics in day.rows.items():
        found = members(key)
        sums[found] = sums.get(found, ZERO) + sum((metric or ZERO for metric in metrics), ZERO)
    for dimensions, amount in sums.items():
        if amount:
            yield Fact(day.day, "key_events", _plain(amount), None, dimensions, flags)


def users(day: date, measure: str, amount: Decimal, flags: frozenset[str]) -> Iterator[Fact]:
    """Different visitors; none is told by no fact."""
    if amount:
        yield Fact(day, measure, _plain(amount), flags=flags)


def _plain(amount: Decimal) -> Decimal:
    """Counts come as 12.0, and are 12."""
    whole = amount.to_integral_value()
    return whole if whole == amount else amount


def unknown_sources(day: Day) -> "Counts[str]":
    """Visits by traffic sources that nobody has told us of."""
    found: Counts[str] = Counts()
    for key, metrics in day.rows.items():
        if key[0] is not None and not traffic.is_known(key[0]):
            found[key[0]] += int(metrics[0] or 0)
    return found
