"""The life of a lead: it comes in, is answered or not, is found good or not, ends or lies about.

One step of `story`; what becomes of the lead is decided there.
"""

from random import Random

from collector.testing.company.calendar import DAY, HOUR, MINUTE, after_work
from collector.testing.company.dice import one_of
from collector.testing.company.lives import LeadLife, Moves
from collector.testing.company.staff import LEAD_LOSSES, Manager
from collector.testing.company.ways import MACRO, NO_TAGS, WITHOUT_CAMPAIGN, Tags, Way

NEVER, LATE, EXACT, AT_ONCE = 0.10, 0.04, 0.02, 0.03
"""How often nobody answers, somebody does days later, just in time, at once at any hour."""
TARGET = 15 * MINUTE
_GOOD, _BAD = ("new", "in_work", "qualified"), ("new", "in_work", "lost")


def evidence(random: Random, way: Way) -> tuple[Tags, str]:
    """What a request shows of its way: tags and click id, either of them, none of them, a broken tag."""
    tags, throw = way.tags, random.random()
    if way.click:
        if throw < 0.12:
            return NO_TAGS, way.click
        if throw < 0.30:
            return tags, ""
        if throw < 0.34 and (tags.source, tags.medium) in WITHOUT_CAMPAIGN:
            return Tags(tags.source, tags.medium, MACRO), ""
        return tags, way.click
    return (NO_TAGS, "") if throw < 0.25 else (tags, "")


def answer(random: Random, created: int, manager: Manager) -> int | None:
    """When a person first answered."""
    throw = random.random()
    if throw < NEVER:
        return None
    if throw < NEVER + LATE:
        return after_work(created, int(HOUR * (10 + 20 * random.random())))
    if throw < NEVER + LATE + EXACT:
        return after_work(created, TARGET)
    if throw < NEVER + LATE + EXACT + AT_ONCE:
        return created + int(120 * random.random())
    return after_work(created, int(MINUTE * manager.haste * random.lognormvariate(0, 1)))


def tell_lead(
    random: Random,
    name: int,
    created: int,
    way: Way,
    *,
    fate: str,
    contact: int | None,
    company: int | None,
    manager: Manager,
    pipeline: int,
    may_vanish: bool = True,
) -> LeadLife:
    """A lead with this fate: converted, lost, open or junk."""
    tags, click = evidence(random, way)
    answered = answer(random, created, manager)
    times, stages = _moves(random, created, answered or created + HOUR, fate)
    lead = LeadLife(
        id=name,
        created=created,
        times=times,
        stages=stages,
        contact=contact,
        company=company,
        manager=manager.id,
        pipeline=pipeline,
        tags=tags,
        click=click,
        crm_source=way.crm_source,
        loss_reason=one_of(random, LEAD_LOSSES) if fate == "lost" else "",
        answered=answered if fate != "junk" or random.random() < 0.3 else None,
    )
    if may_vanish and random.random() < 0.01:
        lead.deleted = created + int(random.random() * 12 * DAY)
    return lead


def _moves(random: Random, created: int, worked: int, fate: str) -> Moves:
    begun = worked + int(random.random() * HOUR)
    if fate == "junk":
        return (created, created + 1 + int(random.random() * 6 * HOUR)), ("new", "junk")
    judged = begun + 1 + int(min(6, random.expovariate(2)) * DAY)
    if fate == "converted":
        return (created, begun, judged, judged + HOUR + int(random.random() * 4 * DAY)), (*_GOOD, "converted")
    ended, is_good = judged + HOUR + int(random.random() * 8 * DAY), random.random() < 0.45
    if fate == "lost":
        return ((created, begun, judged, ended), (*_GOOD, "lost")) if is_good else ((created, begun, ended), _BAD)
    return ((created, begun, judged), _GOOD) if is_good else ((created, begun), _GOOD[:2])
