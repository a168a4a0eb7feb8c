"""What the files and the configuration of a world said some time before.

A program that has read this first must come to the same figures as one that has not.
"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import TypeVar

from tests.kpi.judge.facts import STOCKS
from tests.kpi.judge.invent import own_refunds
from tests.kpi.judge.world import Crm, Deal, Facts, Lead, World

T = TypeVar("T")
AGE = timedelta(days=2)


def earlier(world: World, random: Random) -> World:
    """The same business with rows that lack, or that say something else; and other settings."""
    before = replace(
        world,
        crms=[_crm(crm, random) for crm in world.crms],
        facts=[_facts(source, random) for source in world.facts],
        posts=world.posts and [replace(post, views=random.randrange(9)) for post in world.posts],
        rates={day: rate * 2 for day, rate in world.rates.items() if random.random() < 0.8},
        dedup_hours=48,
        margins={"Main": Decimal("0.1")} if world.margins else {},
        margin_by="pipeline",
        rules=[],
        attribution="last",
    )
    for crm in before.crms:
        own_refunds(before, crm)
    return before


def _crm(crm: Crm, random: Random) -> Crm:
    return replace(
        crm,
        parts={part: [_deal(deal, random) for deal in _some(deals, random)] for part, deals in crm.parts.items()},
        leads=crm.leads and [_lead(lead, random) for lead in _some(crm.leads, random)],
        deals_through=crm.deals_through - AGE,
        leads_through=crm.leads_through - AGE,
        links={name: link for name, link in crm.links.items() if random.random() < 0.5} or crm.links,
    )


def _some(told: list[T], random: Random) -> list[T]:
    return [each for each in told if random.random() < 0.7] or told


def _deal(deal: Deal, random: Random) -> Deal:
    """A deal was open, was worth less, or was the same."""
    match random.randrange(3):
        case 0:
            return replace(deal, status="open", closed=None, manager="zed")
        case 1:
            return replace(deal, amount=abs(deal.amount) + 1, customer="", is_repeat=None)
        case _:
            return deal


def _lead(lead: Lead, random: Random) -> Lead:
    if random.random() < 0.5:
        return lead
    return replace(
        lead, status="open", stage="", reason="", answered=None, created=lead.created - timedelta(days=1, seconds=13)
    )


def _facts(source: Facts, random: Random) -> Facts:
    """Some rows lacked; of cuts that must hold together, and of a stock, the last days did."""
    source = replace(source, through=source.through and source.through - AGE)
    if len(source.cuts) > 1 or STOCKS & set(source.measures):
        until = max(row.day for row in source.rows) - timedelta(days=random.randrange(3, 30))
        return replace(source, rows=[row for row in source.rows if row.day <= until])
    rows = [row for row in source.rows if random.random() < 0.7]
    return replace(
        source,
        rows=[
            replace(row, values={name: value * 3 for name, value in row.values.items()})
            if random.random() < 0.5
            else row
            for row in rows or source.rows
        ],
    )
