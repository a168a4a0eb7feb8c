"""A small business at random, from a seed: what each feature brings into the world.

The features: `channels` (tags, click ids, named leads, lead sources), `macros` (left in tags),
`rules` (the user's own), `first` (attribution), `all_customers` (of ROMI and ROAS), `dedup` (a
short one), `answers`, `hours`, `shops` (a second CRM), `nomargin`, `gaps` (in rates), `vat` (a
payer), `novat`, `costs` (with `spread`), `life` (sources that end, are late, pilots),
`regional` (spend by region), `calls` (a measure of the user's own), `web`, `cases` (of letters
in the tags of visits), `sites` (two), `social`, `posts`. `where`, `lag` and `constants` are
about KPIs alone. All instants differ, since no text says which of two entities of one instant
comes first.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from tests.kpi.judge import stated
from tests.kpi.judge.maker import Maker
from tests.kpi.judge.people import People
from tests.kpi.judge.world import Crm, Hours, Rule, Vat, World

RULES = [
    Rule("Marketplaces", lead_source="oz*"),
    Rule("Partners", source="HABR*"),
    Rule("Influencers", medium="blogger", campaign="spr*"),
    Rule("Offline", source="flyer"),
]
HOLIDAYS = {*((1, day) for day in range(1, 9)), (2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4)}


def invent(seed: int, zone: str, features: Iterable[str] = ()) -> World:
    """The world of a seed, the same for ever."""
    random, wanted = Random(seed), frozenset(features)
    if "hours" in wanted:  # a stretch of days in which Russia moved none of its holidays
        world = World(zone=ZoneInfo(zone), start=date(2023, 11, 20), length=150, features=wanted)
    else:
        start = date(2024, random.choice([1, 2, 10]), random.choice([1, 15, 28]))
        world = World(zone=ZoneInfo(zone), start=start, length=420, features=wanted)
    _configure(world, random)
    _fill(world, random)
    stated.fill(world, random)
    return world


def _configure(world: World, random: Random) -> None:
    wanted = world.features
    if "hours" in wanted:
        days = (date(2023, 11, 1) + timedelta(days=number) for number in range(365))
        world.hours = Hours(9, 18, "RU", frozenset(day for day in days if (day.month, day.day) in HOLIDAYS))
    if wanted & {"vat", "novat"}:
        rates = {date(2023, 1, 1): Decimal("0.2"), world.start + timedelta(days=200): Decimal("0.22")}
        world.vat = Vat("vat" in wanted, rates, random.choice(["gross", "net"]))
    if random.random() < 0.3:
        world.margin_by, world.margins = "region", {"Tver": Decimal("0.15"), "Москва": Decimal("0.5")}
    if "nomargin" in wanted:
        world.margin, world.margins = None, {}
    if "rules" in wanted:
        world.rules, world.paid_channels = RULES, ("Influencers",)
    world.roi_customers = "all" if "all_customers" in wanted else "new"
    world.attribution = "first" if "first" in wanted else "last"
    world.dedup_hours = 2 if "dedup" in wanted else random.choice([24, 24, 72])
    world.measures = {"calls": "call"} if "calls" in wanted else {}


def _fill(world: World, random: Random) -> None:
    days = timedelta(days=world.length)
    through, leads_through = world.start + days + timedelta(days=20), world.start + days - timedelta(days=7)
    maker = Maker(world, random)
    crm = Crm(name="crm", parts=maker.deals("d", 180), deals_through=through, leads_through=leads_through)
    crm.leads, crm.links = maker.leads(200), maker.links()
    if "channels" in world.features:
        crm.leads += [lead for number in range(6) for lead in maker.remembered(number)]
    world.crms = [crm]
    if "shops" in world.features:  # the same ids mean other deals and other people there
        world.crms.append(Crm(name="shop", parts=maker.deals("d", 40), deals_through=through, leads_through=through))
    for each in world.crms:
        _name_leads(world, each, random)
        own_refunds(world, each)
    world.rates = _rates(world, random)


def _rates(world: World, random: Random) -> dict[date, Decimal]:
    """A rate each few days; with `gaps` once after more days than one may stand in for."""
    found, day = {}, world.start - timedelta(days=20)
    gaps = [random.choice([1, 1, 2, 3, 10]) for _ in range(world.length)]
    if "gaps" in world.features:
        gaps[random.randrange(20, world.length // 4)] = random.choice([11, 12])
    for gap in gaps:
        if day < world.start + timedelta(days=world.length + 60):
            found[day] = Decimal(random.randrange(800_000, 1_200_000)).scaleb(-6)
            day += timedelta(days=gap)
    return found


def _name_leads(world: World, crm: Crm, random: Random) -> None:
    """Some deals name a lead of their customer."""
    people = People(world, crm)
    if "channels" not in world.features or not people.leads:
        return
    for part, deals in crm.parts.items():
        named = []
        for deal in deals:
            own = [lead for lead in people.leads if deal.customer and people.customer(lead) == people.customer(deal)]
            names = own and random.random() < 0.4
            named.append(replace(deal, lead=random.choice(own).id) if names else deal)
        crm.parts[part] = named


def own_refunds(world: World, crm: Crm) -> None:
    """Refunds are given to customers who have bought: no text says whose member another's is."""
    people = People(world, crm)
    strange = {deal.id for _, deal in people.refunds if people.customer(deal) not in people.wins}
    for part, deals in crm.parts.items():
        crm.parts[part] = [replace(deal, customer="", is_repeat=None) if deal.id in strange else deal for deal in deals]
