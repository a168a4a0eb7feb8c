"""The company as files for the csv connector, and a collector.yml that reads them all.

A program that is fed by them has the same company, and must find what the books say. Files are
written anew as of an instant, and claim to have been closed early on that day.
"""

import csv
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

from collector.testing.company.calendar import HOUR, midnight
from collector.testing.company.campaigns import CURRENCIES
from collector.testing.company.company import Company
from collector.testing.company.config import COLUMNS, collector_yml
from collector.testing.company.entities import Deal, Lead
from collector.testing.company.terms import CURRENCY, FOREIGN

Row = Mapping[str, object]
FINISHED_AT = 5 * HOUR
_CLICKS = ("yclid", "gclid", "rb_clickid")
_UTM = ("source", "medium", "campaign", "content", "term")


def write_csv(company: Company, folder: Path) -> Path:
    """Write all of the company into a folder; the path of the configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in _rows(company).items():
        _write(
            folder / f"{name}.csv", COLUMNS[name], rows, written_at=midnight(company.today.toordinal()) + FINISHED_AT
        )
    config = folder / "collector.yml"
    config.write_text(collector_yml(), encoding="utf-8")
    return config


def _rows(company: Company) -> Mapping[str, Iterable[Row]]:
    return {
        "visits": _visits(company),
        "users": _users(company),
        **{system: _spend(company, system) for system in CURRENCIES},
        "costs": ({"day": month.first, "other_costs": _money(month.fees)} for month in company.costs()),
        "plan": ({"day": month.first, "budget": _money(month.budget)} for month in company.costs()),
        "leads": map(_lead, company.leads()),
        "deals": map(_deal, company.deals()),
        "customers": _customers(company),
        "pages": _pages(company),
        "posts": _posts(company),
        "rates": _rates(company),
    }


def _write(path: Path, columns: tuple[str, ...], rows: Iterable[Row], *, written_at: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    os.utime(path, (written_at, written_at))


def _day(day: int) -> date:
    return date.fromordinal(day)


def _money(cents: int) -> str:
    sign, whole = "-" if cents < 0 else "", abs(cents)
    return f"{sign}{whole // 100}.{whole % 100:02}"


# ── facts ────────────────────────────────────────────────────────────────────────────


def _visits(company: Company) -> Iterator[Row]:
    for each in company.visits(last=company.yesterday):
        yield {
            "day": _day(each.day),
            "source_medium": each.tags.source_medium,
            "campaign": each.tags.campaign,
            "sessions": each.sessions,
            "engaged_sessions": each.engaged,
            "unbounced_sessions": each.sessions - each.bounced,
            "new_users": each.new_users,
            "page_views": each.page_views,
            "key_events": each.key_events,
            "purchases": each.purchases,
            "web_revenue": _money(each.revenue),
            "currency": FOREIGN,
        }


def _users(company: Company) -> Iterator[Row]:
    for each in company.users(last=company.yesterday):
        counts = {"users_1d": each.users_1d, "users_7d": each.users_7d, "users_28d": each.users_28d}
        yield {"day": _day(each.day), **counts}


def _spend(company: Company, system: str) -> Iterator[Row]:
    for each in company.spend(last=company.yesterday):
        if each.campaign.system == system:
            yield {
                "day": _day(each.day),
                "channel": each.campaign.channel,
                "campaign": each.campaign.title,
                "spend": _money(each.amount),
                "currency": each.campaign.currency,
                "impressions": each.impressions,
                "clicks": each.clicks,
            }


def _pages(company: Company) -> Iterator[Row]:
    for each in company.followers():
        yield {
            "day": _day(each.day),
            "network": each.network,
            "followers": each.followers,
            "followers_gained": each.gained,
            "followers_lost": each.lost,
            "social_views": each.views,
            "likes": each.likes,
            "comments": each.comments,
            "shares": each.shares,
            "saves": each.saves,
            "social_clicks": each.clicks,
            "reach_1d": each.reach_1d,
            "reach_7d": each.reach_7d,
            "reach_28d": each.reach_28d,
        }


# ── entities ─────────────────────────────────────────────────────────────────────────


def _entity(entity: Lead | Deal) -> Row:
    by_company = entity.company is not None
    contact = "" if entity.contact is None else f"contact:{entity.contact}"
    tags = entity.tags
    return {
        "id": entity.id,
        "created_at": entity.created_at.isoformat(),
        "updated_at": entity.updated_at.isoformat(),
        "status": entity.status,
        "stage": entity.stage,
        "loss_reason": entity.loss_reason,
        "customer_id": f"company:{entity.company}" if by_company else contact,
        "manager": entity.manager,
        "lead_source": entity.crm_source,
        **{f"utm_{name}": getattr(tags, name) for name in _UTM},
        **{kind: f"{kind}-{entity.id}" if entity.click == kind else "" for kind in _CLICKS},
    }


def _lead(lead: Lead) -> Row:
    return {
        **_entity(lead),
        "ever_qualified": "yes" if lead.ever_qualified else "no",
        "ever_converted": "yes" if lead.ever_converted else "no",
        "first_response_at": lead.answered_at.isoformat() if lead.answered_at else "",
    }


def _deal(deal: Deal) -> Row:
    """Only half of the deals say whether they are repeats; of the others their customers' wins do."""
    repeat = "yes" if deal.is_repeat else "no"
    return {
        **_entity(deal),
        "pipeline": deal.pipeline,
        "closed_at": deal.closed_at.isoformat() if deal.closed_at else "",
        "amount": _money(deal.cents),
        "currency": deal.currency,
        "lead_id": deal.lead,
        "is_repeat": repeat if deal.id % 2 else "",
        "last_activity_at": deal.updated_at.isoformat(),
    }


def _customers(company: Company) -> Iterator[Row]:
    for each in company.customers():
        yield {
            "id": f"contact:{each.id}",
            "parent_id": "" if each.company is None else f"company:{each.company}",
            "merged_into": "" if each.merged_into is None else f"contact:{each.merged_into}",
        }


def _posts(company: Company) -> Iterator[Row]:
    for each in company.posts():
        yield {
            "id": f"{each.network}-{each.id}",
            "network": each.network,
            "kind": each.kind,
            "published_at": each.published_at.isoformat(),
            "likes": each.likes,
            "comments": each.comments,
            "shares": each.shares,
            "saves": each.saves,
            "views": each.views,
            "reach": each.reach,
            "clicks": each.clicks,
            "deleted": "no" if each.deleted is None else "yes",
        }


def _rates(company: Company) -> Iterator[Row]:
    for each in company.rates(last=company.yesterday):
        yield {"day": _day(each.day), "currency": each.currency, "value": each.value, "per": CURRENCY}
