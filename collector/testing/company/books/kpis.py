"""The catalogue's formulas in plain code (method, section 5).

`terms` are the measures that a formula takes, in its order. Forecasts of lifetime value are not in
these books: they are estimates, and no book knows the future.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

Formula = Callable[..., Decimal]
WINDOWS = ("7d", "30d", "90d", "mtd")


@dataclass(frozen=True)
class Kpi:
    """A formula over measures; of paid channels alone if `paid`."""

    terms: tuple[str, ...]
    formula: Formula
    unit: str
    windows: tuple[str, ...] = WINDOWS
    optional: frozenset[str] = frozenset()
    paid: bool = False

    @property
    def is_cost(self) -> bool:
        """A cost per something, which exists only where there was spend."""
        return self.unit.startswith("money/") and self.terms[0] == "spend"

    @property
    def is_money(self) -> bool:
        """Whether its value has a currency."""
        return self.unit.startswith("money")


def _same(measure: str, unit: str, *windows: str) -> Kpi:
    return Kpi((measure,), lambda figure: figure, unit, windows or WINDOWS)


def _ratio(above: str, below: str, unit: str = "ratio", *windows: str, paid: bool = False) -> Kpi:
    return Kpi((above, below), lambda a, b: a / b, unit, windows or WINDOWS, paid=paid)


REACTIONS = ("likes", "comments", "shares", "saves")
_SOME = frozenset(REACTIONS[1:])
_OTHER = frozenset({"other_costs"})

KPIS: Mapping[str, Kpi] = {
    "traffic": _same("sessions", "session"),
    "visitors": _same("users_28d", "user", "28d"),
    "engagement_rate": _ratio("engaged_sessions", "sessions"),
    "leads": _same("leads", "lead"),
    "qualified_leads": _same("qualified_leads", "lead"),
    "cost_per_lead": _ratio("spend", "leads", "money/lead"),
    "visit_to_lead": _ratio("web_leads", "sessions"),
    "lead_to_deal": _ratio("leads_converted", "leads"),
    "deal_to_win": Kpi(("deals_won", "deals_lost"), lambda won, lost: won / (won + lost), "ratio"),
    "visit_to_customer": _ratio("new_customers", "sessions"),
    "key_event": _ratio("key_events", "sessions"),
    "cac": Kpi(
        ("spend", "other_costs", "new_customers"),
        lambda spend, other, new: (spend + other) / new,
        "money/customer",
        optional=_OTHER,
    ),
    "cac_paid": _ratio("spend", "new_customers", "money/customer", paid=True),
    "sales": _same("deals_won", "deal"),
    "revenue": Kpi(("revenue", "refunds"), lambda revenue, refunds: revenue - refunds, "money"),
    "gross_profit": _same("gross_profit", "money"),
    "average_order_value": _ratio("revenue", "deals_won", "money/deal"),
    "cltv_historical": _ratio("customer_gross_profit", "new_customers", "money/customer", "all"),
    "repeat_purchase_rate": _ratio("repeat_customers", "new_customers", "ratio", "all"),
    "returning_share": _ratio("returning_customers", "active_customers"),
    "romi": Kpi(
        ("new_customer_gross_profit", "spend"), lambda profit, spend: (profit - spend) / spend, "ratio", paid=True
    ),
    "roas": _ratio("new_customer_revenue", "spend", paid=True),
    "ctr": _ratio("clicks", "impressions"),
    "cpc": _ratio("spend", "clicks", "money/click"),
    "budget_use": _ratio("spend", "budget"),
    "sales_cycle": _same("seconds_to_win", "second"),
    "response_time": _same("response_seconds", "second"),
    "response_sla": _ratio("leads_answered_in_time", "leads_response_due"),
    "pipeline_value": _same("pipeline_amount", "money"),
    "social_engagement": Kpi(REACTIONS, lambda *told: sum(told, Decimal(0)), "engagement", optional=_SOME),
    "social_engagement_rate": _ratio("post_engagement", "post_views"),
    "engagement_reach": Kpi(
        (*REACTIONS, "reach_28d"),
        lambda *told: sum(told[:-1], Decimal(0)) / told[-1],
        "ratio",
        ("28d",),
        optional=_SOME,
    ),
    "engagement_followers": Kpi(
        (*REACTIONS, "followers"), lambda *told: sum(told[:-1], Decimal(0)) / told[-1], "ratio", optional=_SOME
    ),
    "audience": _same("followers", "follower"),
    "new_customers": _same("new_customers", "customer"),
    "active_customers": _same("active_customers", "customer"),
    "returning_customers": _same("returning_customers", "customer"),
    "spend": _same("spend", "money"),
    "marketing_profit": Kpi(
        ("gross_profit", "spend", "other_costs"),
        lambda profit, spend, other: profit - spend - other,
        "money",
        optional=_OTHER,
    ),
    "reach_1d": _same("reach_1d", "user", "1d"),
    "reach_7d": _same("reach_7d", "user", "7d"),
    "reach_28d": _same("reach_28d", "user", "28d"),
    "social_views": _same("social_views", "view"),
    "posts": _same("posts", "post"),
    "followers_gained": _same("followers_gained", "follower"),
}
