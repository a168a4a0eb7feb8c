"""The built-in measures: name, unit, way of aggregation, and what they are rolled up from.

What each means: docs/measures.md. Plugins add theirs by `register_measures`, users under
`measures:` of a configuration.
"""

from collections.abc import Iterable, Mapping

from collector.plugin.measure import Aggregation, EntityKind, Measure


def _facts(unit: str, *names: str, aggregation: Aggregation = "sum") -> list[Measure]:
    return [Measure(name, unit, aggregation) for name in names]


def _entities(of: tuple[EntityKind, ...], unit: str, *names: str, aggregation: Aggregation = "sum") -> list[Measure]:
    return [Measure(name, unit, aggregation, of) for name in names]


WEB = [
    *_facts("session", "sessions", "engaged_sessions", "unbounced_sessions"),
    *_facts("user", "new_users"),
    *_facts("user", "users_1d", "users_7d", "users_28d", aggregation="given"),
    *_facts("view", "page_views"),
    *_facts("event", "key_events"),
    *_facts("order", "purchases"),
    *_facts("money", "web_revenue"),
]
ADS = [
    *_facts("money", "spend", "other_costs", "budget"),
    *_facts("impression", "impressions"),
    *_facts("click", "clicks"),
]
CRM = [
    *_entities(
        ("lead",),
        "lead",
        "leads",
        "web_leads",
        "qualified_leads",
        "leads_converted",
        "leads_response_due",
        "leads_answered_in_time",
    ),
    *_entities(("lead",), "second", "response_seconds", aggregation="median"),
    *_entities(("deal",), "deal", "deals", "deals_won", "deals_lost"),
    *_entities(
        ("deal",),
        "money",
        "revenue",
        "refunds",
        "gross_profit",
        "customer_gross_profit",
        "new_customer_revenue",
        "new_customer_gross_profit",
    ),
    *_entities(("deal",), "customer", "new_customers"),
    *_entities(
        ("deal",), "customer", "active_customers", "returning_customers", "repeat_customers", aggregation="distinct"
    ),
    *_entities(("deal",), "second", "seconds_to_win", aggregation="median"),
    *_entities(("deal",), "money", "pipeline_amount", "pipeline_idle_amount", aggregation="last"),
]
SOCIAL = [
    *_facts("follower", "followers", aggregation="last"),
    *_facts("follower", "followers_gained", "followers_lost"),
    *_facts("user", "reach_1d", "reach_7d", "reach_28d", aggregation="given"),
    *_facts("view", "social_views", "social_view_recounts"),
    *_entities(("post",), "post", "posts"),
    *_facts("engagement", "likes", "comments", "shares", "saves", "social_clicks", "social_recounts"),
    *_entities(("post",), "engagement", "post_engagement", aggregation="distinct"),
    *_entities(("post",), "view", "post_views", aggregation="distinct"),
]
BUILT_IN: tuple[Measure, ...] = (*WEB, *ADS, *CRM, *SOCIAL)

WEB_MEASURES = frozenset(measure.name for measure in WEB)
"""Of two sources that give one of them for the same site, only the primary one counts."""

COSTS = frozenset({"spend", "other_costs", "budget"})
"""The measures that the `lag` of a KPI shifts back."""

MARGIN_MEASURES = frozenset({"gross_profit", "customer_gross_profit", "new_customer_gross_profit"})
"""Undefined (`no_margin`) where no margin is configured."""


def all_measures(registered: Iterable[Measure] = ()) -> Mapping[str, Measure]:
    """The built-in measures and the registered ones, by name; of one name the built-in one counts."""
    return {measure.name: measure for measure in (*registered, *BUILT_IN)}


def conflicting(registered: Iterable[Measure]) -> list[str]:
    """Registered measures that would change a built-in one's meaning; they are left out."""
    built_in = {measure.name: measure for measure in BUILT_IN}
    return [each.name for each in registered if not each.means_as(built_in.get(each.name, each))]
