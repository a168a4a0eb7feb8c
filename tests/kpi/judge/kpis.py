"""Each KPI's formula in plain Python, as method.md's catalogue states it (section 5).

Between `measures` (what goes in) and `truth` (which evaluates them). `terms` are the names that
the formula takes, in its order; `deals_won.7d` is a name at a window of its own. `needs` are
the features of a world in which the KPI is judged.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from tests.kpi.judge.world import World

Formula = Callable[..., Decimal]
PAID = ("channel", ("paid",))
DEFAULT_WINDOWS = ("7d", "30d", "90d", "mtd")
SPENDING = {"spend", "other_costs", "budget"}  # what `lag` shifts back


@dataclass(frozen=True)
class Kpi:
    unit: str
    terms: tuple[str, ...]
    formula: Formula = lambda n: n
    optional: frozenset[str] = frozenset()
    where: tuple[str, tuple[str, ...]] | None = None
    windows: tuple[str, ...] = DEFAULT_WINDOWS
    lag: int = 0
    needs: frozenset[str] = frozenset()
    said: Mapping[str, Any] = field(default_factory=dict)  # as config defines it; empty: the catalogue does

    @property
    def measures(self) -> dict[str, str]:
        """Term → its measure."""
        return {term: term.partition(".")[0] for term in self.terms}

    @property
    def is_plain(self) -> bool:
        """One measure and nothing else."""
        return len(self.terms) == 1 and not self.said.get("constants")

    @property
    def is_cost_per(self) -> bool:
        """By member it exists only where there was spend."""
        return self.unit.startswith("money/") and self.terms[0] == "spend"

    def window(self, term: str, asked: str) -> str:
        return term.partition(".")[2] or asked


def _features(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _divided(above: Decimal, below: Decimal) -> Decimal:
    return above / below


ENGAGEMENT = ("likes", "comments", "shares", "saves")
SOME = frozenset(ENGAGEMENT[1:])
CATALOGUE: dict[str, Kpi] = {
    "traffic": Kpi("session", ("sessions",)),
    "visitors": Kpi("user", ("users_28d",), windows=("28d",)),
    "engagement_rate": Kpi("ratio", ("engaged_sessions", "sessions"), _divided),
    "leads": Kpi("lead", ("leads",)),
    "qualified_leads": Kpi("lead", ("qualified_leads",)),
    "cost_per_lead": Kpi("money/lead", ("spend", "leads"), _divided),
    "visit_to_lead": Kpi("ratio", ("web_leads", "sessions"), _divided, needs=_features("channels")),
    "lead_to_deal": Kpi("ratio", ("leads_converted", "leads"), _divided),
    "deal_to_win": Kpi("ratio", ("deals_won", "deals_lost"), lambda won, lost: won / (won + lost)),
    "visit_to_customer": Kpi("ratio", ("new_customers", "sessions"), _divided),
    "key_event": Kpi("ratio", ("key_events", "sessions"), _divided),
    "cac": Kpi(
        "money/customer",
        ("spend", "other_costs", "new_customers"),
        lambda spend, other, new: (spend + other) / new,
        frozenset({"other_costs"}),
    ),
    "cac_paid": Kpi("money/customer", ("spend", "new_customers"), _divided, where=PAID, needs=_features("channels")),
    "sales": Kpi("deal", ("deals_won",)),
    "revenue": Kpi("money", ("revenue", "refunds"), lambda revenue, refunds: revenue - refunds),
    "gross_profit": Kpi("money", ("gross_profit",)),
    "average_order_value": Kpi("money/deal", ("revenue", "deals_won"), _divided),
    "cltv_historical": Kpi("money/customer", ("customer_gross_profit", "new_customers"), _divided, windows=("all",)),
    "repeat_purchase_rate": Kpi("ratio", ("repeat_customers", "new_customers"), _divided, windows=("all",)),
    "returning_share": Kpi("ratio", ("returning_customers", "active_customers"), _divided),
    "romi": Kpi(
        "ratio",
        ("new_customer_gross_profit", "spend"),
        lambda profit, spend: (profit - spend) / spend,
        where=PAID,
        needs=_features("channels"),
    ),
    "roas": Kpi("ratio", ("new_customer_revenue", "spend"), _divided, where=PAID, needs=_features("channels")),
    "ctr": Kpi("ratio", ("clicks", "impressions"), _divided),
    "cpc": Kpi("money/click", ("spend", "clicks"), _divided),
    "budget_use": Kpi("ratio", ("spend", "budget"), _divided),
    "sales_cycle": Kpi("second", ("seconds_to_win",)),
    "response_time": Kpi("second", ("response_seconds",), needs=_features("answers")),
    "response_sla": Kpi(
        "ratio", ("leads_answered_in_time", "leads_response_due"), _divided, needs=_features("answers")
    ),
    "pipeline_value": Kpi("money", ("pipeline_amount",)),
    "social_engagement": Kpi("engagement", ENGAGEMENT, lambda *told: sum(told), SOME, needs=_features("social")),
    "social_engagement_rate": Kpi("ratio", ("post_engagement", "post_views"), _divided),
    "engagement_reach": Kpi(
        "ratio",
        (*ENGAGEMENT, "reach_28d"),
        lambda *told: sum(told[:-1]) / told[-1],
        SOME,
        windows=("28d",),
        needs=_features("social"),
    ),
    "engagement_followers": Kpi(
        "ratio",
        (*ENGAGEMENT, "followers"),
        lambda *told: sum(told[:-1]) / told[-1],
        SOME,
        needs=_features("social"),
    ),
    "audience": Kpi("follower", ("followers",)),
    "new_customers": Kpi("customer", ("new_customers",)),
    "active_customers": Kpi("customer", ("active_customers",)),
    "returning_customers": Kpi("customer", ("returning_customers",)),
    "spend": Kpi("money", ("spend",)),
    "marketing_profit": Kpi(
        "money",
        ("gross_profit", "spend", "other_costs"),
        lambda profit, spend, other: profit - spend - other,
        frozenset({"other_costs"}),
    ),
    "reach_1d": Kpi("user", ("reach_1d",), windows=("1d",)),
    "reach_7d": Kpi("user", ("reach_7d",), windows=("7d",)),
    "reach_28d": Kpi("user", ("reach_28d",), windows=("28d",)),
    "posts": Kpi("post", ("posts",)),
    "followers_gained": Kpi("follower", ("followers_gained",)),
}


def _own(unit: str, terms: str, formula: Formula, said: str, needs: str, **keys: Any) -> Kpi:
    """A KPI that the config defines; `where`, `lag`, `constants`, `optional` as it writes them."""
    where, lag = keys.get("where"), keys.get("lag")
    return Kpi(
        unit,
        tuple(terms.split()),
        formula,
        optional=frozenset(keys.get("optional", ())),
        where=_where(**where) if where else None,
        windows=tuple(keys.get("windows", DEFAULT_WINDOWS)),
        lag=int(lag.removesuffix("d")) if lag else 0,
        needs=_features(needs),
        said={"formula": said, "unit": unit, "better": "up", **keys},
    )


def _where(**filters: str | list[str]) -> tuple[str, tuple[str, ...]]:
    ((dimension, members),) = filters.items()
    return dimension, (members,) if isinstance(members, str) else tuple(members)


def _same(figure: Decimal) -> Decimal:
    return figure


OWN: dict[str, Kpi] = {
    "deals_made": _own("deal", "deals", _same, "deals", ""),
    "quick_share": _own("ratio", "deals_won.7d deals_won.28d", _divided, "deals_won.7d / deals_won.28d", ""),
    "refunded": _own("ratio", "refunds revenue", _divided, "refunds / revenue", ""),
    "b2b_revenue": _own(
        "money", "revenue refunds", lambda a, b: a - b, "revenue - refunds", "where", where={"pipeline": "B2B"}
    ),
    "leads_of_ann": _own("lead", "leads", _same, "leads", "where", where={"manager": "ann"}),
    "customers_of_ann": _own(
        "customer", "active_customers", _same, "active_customers", "where", where={"manager": "ann"}
    ),
    "search_spend": _own("money", "spend", _same, "spend", "where", where={"channel": "Paid Search"}),
    "ad_sales": _own(
        "deal", "deals_won", _same, "deals_won", "where channels", where={"channel": ["Paid Social", "Paid Search"]}
    ),
    "web_requests": _own("lead", "web_leads", _same, "web_leads", "channels"),
    "search_customers": _own(
        "customer", "new_customers", _same, "new_customers", "where channels", where={"channel": "Paid Search"}
    ),
    "delayed_cost": _own("money/lead", "spend leads", _divided, "spend / leads", "lag", lag="7d"),
    "delayed_cac": _own(
        "money/customer",
        "spend other_costs new_customers",
        lambda spend, other, new: (spend + other) / new,
        "(spend + other_costs) / new_customers",
        "lag",
        lag="7d",
        optional=["other_costs"],
    ),
    "weighted_leads": _own(
        "lead", "leads", lambda leads: leads * Decimal("0.3"), "leads * weight", "constants", constants={"weight": 0.3}
    ),
    "calls": _own("call", "calls", _same, "calls", "calls"),
    "calls_per_lead": _own("ratio", "calls leads", _divided, "calls / leads", "calls"),
    "weekly_visitors": _own("user", "users_7d", _same, "users_7d", "", windows=["7d"]),
}
ROI_OF_ALL: dict[str, Kpi] = {
    "romi": replace(CATALOGUE["romi"], terms=("customer_gross_profit", "spend")),
    "roas": replace(CATALOGUE["roas"], terms=("revenue", "spend")),
}


def judged(world: World) -> dict[str, Kpi]:
    """The KPIs that are judged in a world, by its features."""
    found = {**CATALOGUE, **OWN, **(ROI_OF_ALL if world.roi_customers == "all" else {})}
    return {name: kpi for name, kpi in found.items() if kpi.needs <= world.features}
