"""The life of a deal: offered, agreed upon, won or lost; opened again, changed, given back.

One step of `story`; whether it is won is decided there.
"""

from random import Random

from collector.testing.company.calendar import DAY, HOUR
from collector.testing.company.dice import one_of
from collector.testing.company.lives import DealLife, Moves
from collector.testing.company.staff import CLEARED, DEAL_LOSSES, PROJECTS, RETURNS
from collector.testing.company.terms import CURRENCY, FOREIGN
from collector.testing.company.ways import NO_TAGS, Tags

LONGEST = 26 * DAY
_WON, _LOST = ("new", "offer", "contract", "won"), ("new", "offer", "lost")
FORGOTTEN = 0.12
"""The share of the lost deals that nobody touches for two months and more before they are closed."""


def tell_deal(
    random: Random,
    name: int,
    created: int,
    *,
    won: bool,
    contact: int | None,
    company: int | None,
    manager: int,
    pipeline: int,
    tags: Tags,
    click: str,
    crm_source: str,
    lead: int | None = None,
    is_repeat: bool = False,
    is_steady: bool = False,
) -> DealLife:
    """A deal; a steady one is neither opened again nor deleted."""
    (times, stages), reason = _moves(random, created, won=won, pipeline=pipeline)
    if not is_steady and random.random() < 0.02:
        times, stages = _again(random, times, stages)
        reason = reason or one_of(random, DEAL_LOSSES)
    deal = DealLife(
        id=name,
        created=created,
        times=times,
        stages=stages,
        amounts=_amounts(random, created, times[-1], pipeline),
        currency=FOREIGN if pipeline == PROJECTS and random.random() < 0.25 else CURRENCY,
        contact=contact,
        company=company,
        manager=manager,
        pipeline=pipeline,
        tags=tags,
        click=click,
        crm_source=crm_source,
        lead=lead,
        is_repeat=is_repeat,
        loss_reason=reason,
    )
    if deal.currency == FOREIGN:
        deal.amounts = tuple(each // 80 if place % 2 else each for place, each in enumerate(deal.amounts))
    if not is_steady and random.random() < 0.01:
        deal.deleted = created + int(random.random() * 20 * DAY)
    return deal


def _moves(random: Random, created: int, *, won: bool, pipeline: int) -> tuple[Moves, str]:
    took = HOUR + min(LONGEST, int(random.expovariate(1 / (11 if pipeline == PROJECTS else 4)) * DAY))
    if won:
        return ((created, created + took // 4, created + took // 2, created + took), _WON), ""
    if random.random() < FORGOTTEN:
        return ((created, created + took // 4, created + int((45 + 35 * random.random()) * DAY)), _LOST), CLEARED
    return ((created, created + took // 4, created + took), _LOST), one_of(random, DEAL_LOSSES)


def _again(random: Random, times: tuple[int, ...], stages: tuple[str, ...]) -> Moves:
    """Opened again days after it had been closed, and closed anew, not always as before."""
    opened = times[-1] + HOUR + int(random.random() * 9 * DAY)
    closed = opened + HOUR + int(random.random() * 9 * DAY)
    return (*times, opened, closed), (*stages, "contract", "won" if random.random() < 0.5 else "lost")


def _amounts(random: Random, created: int, closed: int, pipeline: int) -> tuple[int, ...]:
    """At first, and sometimes another one before it is closed, or a little after."""
    if random.random() < 0.006:
        return created, 0
    mean = 12.6 if pipeline == PROJECTS else 10.9
    cents = 100 * int(random.lognormvariate(mean, 0.6))
    if random.random() > 0.1:
        return created, cents
    later = created + 60 + int(random.random() * (closed - created + 2 * DAY))
    return created, cents, later, int(cents * (0.8 + 0.5 * random.random()))


def give_back(random: Random, name: int, sold: DealLife) -> DealLife:
    """The refund of a deal that was won: a negative one beside it, or one in the pipeline of returns."""
    at = sold.times[-1] + HOUR + int(random.random() * 20 * DAY)
    cents = sold.amounts[-1] if random.random() < 0.5 else sold.amounts[-1] // 3
    is_negative = random.random() < 0.5
    return DealLife(
        id=name,
        created=at,
        times=(at,),
        stages=("won",),
        amounts=(at, -cents if is_negative else cents),
        currency=sold.currency,
        contact=sold.contact,
        company=sold.company,
        manager=sold.manager,
        pipeline=sold.pipeline if is_negative else RETURNS,
        tags=NO_TAGS,
        click="",
        crm_source="",
        is_repeat=sold.contact is not None,  # of a stranger no CRM knows that they had bought
    )
