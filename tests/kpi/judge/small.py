"""Tiny businesses for hypothesis: a handful of leads and deals at telling distances of time.

They shrink to the scene that a rule is about; `invent` makes the big ones.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.kpi.judge.invent import RULES, own_refunds
from tests.kpi.judge.maker import CLICKS, LEAD_SOURCES
from tests.kpi.judge.people import JUNK_REASON, JUNK_STAGE, QUALIFIED_STAGE
from tests.kpi.judge.world import Crm, Deal, Lead, Link, World

HOUR, DAY = 3600, 86400
START = datetime(2024, 3, 1, 20, 30, tzinfo=UTC)  # 23:30 in Moscow
STEPS = (1, 1800, HOUR, DAY - 1, DAY, DAY + 1, 3 * DAY, 30 * DAY, 90 * DAY - 1, 90 * DAY, 90 * DAY + 1)
PEOPLE = ("contact:1", "contact:2", "company:1")
TAGS = (("yandex", "cpc"), ("vk", "target"), ("newsletter", "email"), ("flyer", "qr"), ("", ""), ("", ""))
LINKS: tuple[dict[str, Link], ...] = (
    {},
    {"contact:2": Link(merged="contact:1")},
    {"contact:1": Link(parent="company:1")},
    {"contact:1": Link(parent="company:1"), "contact:2": Link(merged="contact:1")},
)


def _instants(count: int) -> st.SearchStrategy[list[datetime]]:
    """Instants that all differ, the later ones at telling distances from the earlier ones."""
    steps = st.lists(st.tuples(st.sampled_from(STEPS), st.booleans()), min_size=count, max_size=count)

    def placed(drawn: Sequence[tuple[int, bool]]) -> list[datetime]:
        found = [START]
        for step, from_first in drawn:
            instant = (found[0] if from_first else found[-1]) + timedelta(seconds=step)
            while instant in found:
                instant += timedelta(seconds=7)
            found.append(instant)
        return found[:count]

    return steps.map(placed)


def _evidence(channels: bool) -> st.SearchStrategy[dict[str, Any]]:
    if not channels:
        return st.just({})
    tags = st.sampled_from(TAGS).map(lambda tags: {"source": tags[0], "medium": tags[1]})
    click = st.sampled_from(("", "", *CLICKS)).map(lambda name: {"click": name})
    source = st.sampled_from(LEAD_SOURCES).map(lambda name: {"lead_source": name})
    return st.tuples(tags, click, source).map(lambda parts: {**parts[0], **parts[1], **parts[2]})


@st.composite
def _lead(draw: st.DrawFn, number: int, created: datetime, channels: bool) -> Lead:
    status = draw(st.sampled_from(["open", "qualified", "converted", "lost", "junk"]))
    stages = ["", QUALIFIED_STAGE] if status == "converted" else ["", QUALIFIED_STAGE, JUNK_STAGE]
    return Lead(
        id=f"l{number}",
        created=created,
        customer=draw(st.sampled_from(("", *PEOPLE))),
        status=status,
        stage=draw(st.sampled_from(stages)),
        reason=draw(st.sampled_from(["", JUNK_REASON])) if status == "lost" else "",
        manager=draw(st.sampled_from(["ann", "bob"])),
        **draw(_evidence(channels)),
    )


@st.composite
def _deal(draw: st.DrawFn, number: int, created: datetime, leads: Sequence[Lead], channels: bool) -> Deal:
    status = draw(st.sampled_from(["won", "won", "lost", "open"]))
    customer = draw(st.sampled_from(("", *PEOPLE)))
    own = [lead.id for lead in leads if customer and lead.customer == customer]
    took = timedelta(seconds=draw(st.sampled_from([11, HOUR, 40 * DAY])) + number)
    return Deal(
        id=f"d{number}",
        created=created,
        customer=customer,
        status=status,
        closed=None if status == "open" else created + took,
        amount=Decimal(draw(st.sampled_from([100, 0, -20]))),
        currency="EUR",
        updated=created + timedelta(days=60),
        pipeline=draw(st.sampled_from(["Main", "B2B", "Returns"])),
        manager=draw(st.sampled_from(["ann", "bob"])),
        lead=draw(st.sampled_from(["", *own])) if channels else "",
        is_repeat=draw(st.sampled_from([None, None, True, False])) if channels and customer else None,
        **draw(_evidence(channels)),
    )


@st.composite
def worlds(draw: st.DrawFn, channels: bool = False) -> World:
    """Some leads, deals and links; with `channels` also what tells where they came from."""
    instants = draw(st.integers(1, 6).flatmap(_instants))
    leads: list[Lead] = []
    deals: list[Deal] = []
    for number, created in enumerate(draw(st.permutations(instants))):
        if draw(st.booleans()):
            leads.append(draw(_lead(number, created, channels)))
        else:
            deals.append(draw(_deal(number, created, leads, channels)))
    end = date(2026, 1, 31)
    world = World(
        zone=ZoneInfo("Europe/Moscow"),
        start=date(2024, 3, 1),
        length=200,
        features=frozenset({"channels"} if channels else ()),
        crms=[Crm(name="crm", parts={"a": deals}, leads=leads, deals_through=end, leads_through=end)],
    )
    world.crms[0].links = draw(st.sampled_from(LINKS))
    if channels:
        world.attribution = draw(st.sampled_from(["last", "last", "first"]))
        world.rules = draw(st.sampled_from([[], RULES]))
    if world.attribution == "first":  # no text says whether a refund's own tags come before its customer's
        world.crms[0].parts["a"] = [_without_own(deal) for deal in deals]
    own_refunds(world, world.crms[0])
    return world


def _without_own(deal: Deal) -> Deal:
    is_refund = deal.status == "won" and (deal.amount < 0 or deal.pipeline == "Returns")
    return replace(deal, source="", medium="", click="") if is_refund else deal
