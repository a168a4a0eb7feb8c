"""The collector.yml beside the company's files: its terms, and a source for each file.

Written as text, for people read it too; `files` puts it beside what it names.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from collector.testing.company.calendar import HOURS, ZONE
from collector.testing.company.terms import (
    CURRENCY,
    LEAD_DEDUP,
    MARGIN,
    MARGINS,
    NAME,
    REFUND_PIPELINES,
    RESPONSE_TARGET,
    SITE,
    SPEND_WITH_VAT,
    VAT,
)
from collector.testing.company.visits import MEASURES as VISITS

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EVIDENCE = (
    *("lead_source", "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term"),
    *("yclid", "gclid", "rb_clickid"),
)
_ENTITY = (
    *("id", "created_at", "updated_at", "status", "stage", "loss_reason", "customer_id", "manager"),
    *_EVIDENCE,
)
_SPEND = ("day", "channel", "campaign", "spend", "currency", "impressions", "clicks")
_COUNTERS = ("likes", "comments", "shares", "saves")

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "visits": ("day", "source_medium", "campaign", *VISITS, "currency"),
    "users": ("day", "users_1d", "users_7d", "users_28d"),
    "yandex_direct": _SPEND,
    "vk_ads": _SPEND,
    "google_ads": _SPEND,
    "costs": ("day", "other_costs"),
    "plan": ("day", "budget"),
    "rates": ("day", "currency", "value", "per"),
    "leads": (*_ENTITY, "ever_qualified", "ever_converted", "first_response_at"),
    "deals": (*_ENTITY, "pipeline", "closed_at", "amount", "currency", "lead_id", "is_repeat", "last_activity_at"),
    "customers": ("id", "parent_id", "merged_into"),
    "pages": (
        *("day", "network", "followers", "followers_gained", "followers_lost", "social_views"),
        *(*_COUNTERS, "social_clicks", "reach_1d", "reach_7d", "reach_28d"),
    ),
    "posts": ("id", "network", "kind", "published_at", *_COUNTERS, "views", "reach", "clicks", "deleted"),
}
"""Each source, which is also a file of its name, and the columns of it, named after what they hold."""

_RECORDS = {"leads": "lead", "deals": "deal", "customers": "customer", "posts": "post", "rates": "rate"}


def collector_yml(*, instead: Mapping[str, str] | None = None, renamed: Mapping[str, str] | None = None) -> str:
    """The whole configuration; relative paths begin at its own folder.

    `instead`: sources in other words; `renamed`: who tells the costs of a source instead.
    """
    return "\n".join((*_terms(renamed or {}), sources_yml(COLUMNS, instead=instead)))


def sources_yml(names: Iterable[str], *, instead: Mapping[str, str] | None = None) -> str:
    """The sources of these files, or what stands instead of them."""
    other = instead or {}
    lines = (line for name in names for line in (other[name].splitlines() if name in other else _source(name)))
    return "\n".join(("sources:", *lines, ""))


def _terms(renamed: Mapping[str, str]) -> list[str]:
    rates = ", ".join(f"{day}: {rate}" for day, rate in VAT.items())
    spend = ", ".join(
        f"{renamed.get(source, source)}: {'gross' if with_vat else 'net'}"
        for source, with_vat in SPEND_WITH_VAT.items()
    )
    margins = ", ".join(f'"{pipeline}": {share}' for pipeline, share in MARGINS.items())
    return [
        f"# {NAME}, a company that does not exist: all that it sells, spends and says, as files.",
        f"timezone: {ZONE}",
        f"currency: {CURRENCY}",
        "store: sqlite:///store.db",
        "vat:",
        "  payer: yes",
        f"  rates: {{{rates}}}",
        "  revenue: gross",
        f"  spend: {{{spend}}}",
        f"margin: {{default: {MARGIN}, by: {{pipeline: {{{margins}}}}}}}",
    ]


def _source(name: str) -> list[str]:
    columns = ", ".join(f"{column}: {column}" for column in COLUMNS[name])
    return [
        f"  {name}:",
        "    connector: csv",
        f"    record: {_RECORDS.get(name, 'fact')}",
        f"    path: {name}.csv",
        f"    columns: {{{columns}}}",
        *(f"    {line}" for line in _settings(name)),
    ]


def _settings(name: str) -> list[str]:
    """What a source has besides its columns."""
    if name in ("visits", "users"):
        return [f"site: {SITE}"]
    if name in ("costs", "plan"):
        return ["spread: month"]
    if name not in ("leads", "deals", "customers"):
        return []
    if name == "deals":
        return ["system: crm", f"refund_pipelines: {refund_pipelines()}"]
    return ["system: crm", *(_of_leads() if name == "leads" else ())]


def _of_leads() -> list[str]:
    terms = lead_terms()
    hours = ", ".join(f"{day}: '{span}'" for day, span in terms["working_hours"].items())
    return [
        f"lead_dedup: {terms['lead_dedup']}",
        f"response_target: {terms['response_target']}",
        f"working_hours: {{{hours}}}",
    ]


def lead_terms() -> dict[str, Any]:
    """How the company counts leads and their answers, in the words of a source that has them."""
    return {
        "lead_dedup": f"{int(LEAD_DEDUP.total_seconds() // 3600)}h",
        "response_target": f"{int(RESPONSE_TARGET.total_seconds() // 60)}m",
        "working_hours": {_DAYS[day]: f"{opens:02}:00-{closes:02}:00" for day, (opens, closes) in HOURS.items()},
    }


def refund_pipelines() -> list[str]:
    """The pipelines in which money is given back, by their numbers."""
    return sorted(map(str, REFUND_PIPELINES))
