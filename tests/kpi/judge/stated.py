"""What sources of facts would have stated of a business at random; posts with it.

Called by `invent` once the features are known.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from tests.kpi.judge.tags import CAMPAIGNS, DIRECT, KNOWN, UNKNOWN
from tests.kpi.judge.world import NOT_SET, Facts, Post, Row, World

AD_CHANNELS = ("Paid Search", "Paid Social", "Display", "Cross-network", "Messengers")
VISITS = ("source_medium", "campaign")


def fill(world: World, random: Random) -> None:
    """All sources of facts that the features ask for."""
    world.facts += _ads(world, random)
    if "costs" in world.features:
        world.facts += [_fees(world, random), _plan(world, random)]
    if "web" in world.features:
        world.facts += [_site(world, random, "shop_site", "shop"), _users(world, random, "shop")]
        if "sites" in world.features:
            world.facts += [_site(world, random, "blog_site", "blog"), _users(world, random, "blog")]
    if "social" in world.features:
        world.facts += [_network(world, random, name) for name in ("vk", "telegram")]
    if "calls" in world.features:
        rows = [Row(day, {"calls": Decimal(random.randrange(5))}) for day in _days(world, 10, world.length - 5)]
        world.facts.append(Facts(name="telephony", measures=("calls",), rows=rows))
    if "posts" in world.features:
        world.posts = [_post(world, random, number) for number in range(80)]
        world.posts_through = _day(world, world.length)


def _day(world: World, number: int) -> date:
    return world.start + timedelta(days=number)


def _days(world: World, first: int, last: int) -> list[date]:
    return [_day(world, number) for number in range(first, last)]


def _amount(random: Random, below: int) -> Decimal:
    return Decimal(random.randrange(1, below)).scaleb(-2)


# ── ads and costs ────────────────────────────────────────────────────────────────────


def _ads(world: World, random: Random) -> list[Facts]:
    """Two ad systems, the second one with a life of its own, or late and not waited for."""
    end = world.length - 15
    first = Facts(name="ads", measures=("spend", "clicks", "impressions"), rows=_spend(world, random, 30, end))
    first.cuts = (first.rows[0].cut,)
    first.split = _split(first.rows)
    sources = [first]
    if "life" in world.features:
        second = Facts(name="more_ads", measures=first.measures, rows=_spend(world, random, 60, end), cuts=first.cuts)
        if random.random() < 0.5:
            _all_of_one_channel(second)
        kind = random.choice(["ended", "born", "both", "late"])
        begin, finish = _day(world, random.choice([55, 60, 90])), _day(world, world.length - 100)
        second.life = {"ended": (None, finish), "born": (begin, None), "both": (begin, finish)}.get(kind, (None, None))
        if kind == "late":
            second.required = False
            second.rows = [row for row in second.rows if row.day < finish]
        trial = Facts(name="trial_ads", measures=first.measures, rows=first.rows[9:99], cuts=first.cuts, pilot=True)
        sources += [second, trial]
    for source in sources:
        source.vat = random.choice(["gross", "net"]) if world.vat else ""
    return sources


def _spend(world: World, random: Random, first: int, last: int) -> list[Row]:
    """A few campaigns a day, on some days none; no two files part within such a gap."""
    rows = []
    for day in _days(world, first, last):
        count = random.choice([0, 1, 2, 3]) if day.day % 3 else 2
        pairs = [(channel, campaign) for channel in AD_CHANNELS for campaign in (*CAMPAIGNS[:2], "")]
        for channel, campaign in random.sample(pairs, count):
            spend = random.choice([Decimal(0), *[_amount(random, 10_000)] * 4])
            currency = random.choice(["", world.currency, world.foreign]) if spend else ""
            values = {
                "spend": spend,
                "clicks": Decimal(random.randrange(9)),
                "impressions": Decimal(random.randrange(99)),
            }
            told = {"channel": channel, "campaign": campaign}
            if "regional" in world.features:
                told["region"] = random.choice(["Москва", "Tver", ""])
            rows.append(Row(day, values, currency, tuple(told), told))
    return rows


def _all_of_one_channel(source: Facts) -> None:
    """Its channel stands in the configuration, not in the file."""
    source.constants = {"channel": "Paid Social"}
    told = [{name: row.dimensions[name] for name in row.cut if name != "channel"} for row in source.rows]
    source.rows = [replace(row, cut=tuple(own), dimensions=own) for row, own in zip(source.rows, told, strict=True)]
    source.cuts = (source.rows[0].cut,)


def _split(rows: list[Row]) -> date:
    """Some day in the midst that has rows, as the day before it has: files part without a gap."""
    days = {row.day for row in rows}
    return next(day for day in sorted(days)[50:] if day - timedelta(days=1) in days)


def _fees(world: World, random: Random) -> Facts:
    rows = [
        Row(day, {"other_costs": _amount(random, 9_000)}, random.choice([world.currency, world.foreign]))
        for day in _days(world, 20, world.length - 10)
        if day.day % 2 or random.random() < 0.5
    ]
    through = random.choice([None, _day(world, world.length - 6)])
    return Facts(name="fees", measures=("other_costs",), rows=rows, vat=_delivered(world, random), through=through)


def _plan(world: World, random: Random) -> Facts:
    """A budget for each month, told on some day of it; it divides by the days of any month."""
    months = sorted({day.replace(day=1) for day in _days(world, 25, world.length)})
    rows = [
        Row(
            month + timedelta(days=random.randrange(28)),
            {"budget": Decimal(28 * 29 * 30 * 31 * random.randrange(1, 9)) / 100},
        )
        for month in months
    ]
    return Facts(name="plan", measures=("budget",), rows=rows, spread=True, vat=_delivered(world, random))


def _delivered(world: World, random: Random) -> str:
    return random.choice(["gross", "net"]) if world.vat else ""


# ── the web ──────────────────────────────────────────────────────────────────────────


def _site(world: World, random: Random, name: str, site: str) -> Facts:
    """Visits as a whole, and by tags: the vendor leaves out a few of the latter."""
    measures = ("sessions", "engaged_sessions", "key_events")
    rows = []
    for day in _days(world, 15, world.length - random.choice([3, 8])):
        tagged = [_visits(random, day, cases="cases" in world.features) for _ in range(random.choice([1, 2, 3]))]
        whole = {measure: sum((row.values[measure] for row in tagged), Decimal(0)) for measure in measures}
        left_out = {measure: int(count * Decimal("0.15")) for measure, count in whole.items()}
        rows += [Row(day, {measure: whole[measure] + left_out[measure] for measure in measures}), *tagged]
    return Facts(name=name, measures=measures, rows=rows, cuts=((), VISITS), site=site)


def _visits(random: Random, day: date, *, cases: bool) -> Row:
    tags = random.choice([*KNOWN, *UNKNOWN, DIRECT])
    campaign = random.choice(CAMPAIGNS) if tags.campaign is None else tags.campaign.lower()
    sessions = random.randrange(1, 60)
    values = {
        "sessions": sessions,
        "engaged_sessions": random.randrange(sessions + 1),
        "key_events": random.randrange(3),
    }
    pair = NOT_SET if tags.source == NOT_SET else f"{tags.source} / {tags.medium or NOT_SET}"
    told = {"source_medium": pair if cases else pair.lower(), "campaign": campaign}
    return Row(day, {name: Decimal(value) for name, value in values.items()}, "", VISITS, told)


def _users(world: World, random: Random, site: str) -> Facts:
    rows = [
        Row(day, {"users_7d": Decimal(random.randrange(50, 90)), "users_28d": Decimal(random.randrange(90, 200))})
        for day in _days(world, 15, world.length - 4)
    ]
    return Facts(name=f"{site}_users", measures=("users_7d", "users_28d"), rows=rows, site=site)


# ── networks ─────────────────────────────────────────────────────────────────────────


def _network(world: World, random: Random, name: str) -> Facts:
    """Followers, reach and reactions as one network states them."""
    reactions = ("likes", "comments", "shares")
    reach = ("reach_1d", "reach_7d", "reach_28d")
    rows, followers = [], random.randrange(500, 900)
    for day in _days(world, 12, world.length - random.choice([2, 5])):
        followers += random.randrange(-3, 6)
        counts = {each: random.randrange(9) for each in (*reactions, "followers_gained")}
        people = {each: random.randrange(10, 20) * factor for each, factor in zip(reach, (1, 5, 15), strict=True)}
        values = {**counts, **people, "followers": followers}
        rows.append(
            Row(day, {key: Decimal(value) for key, value in values.items()}, "", ("network",), {"network": name})
        )
    measures = ("followers", "followers_gained", *reactions, *reach)
    return Facts(name=f"{name}_page", measures=measures, rows=rows, cuts=(("network",),))


def _post(world: World, random: Random, number: int) -> Post:
    day = _day(world, random.randrange(world.length))
    published = datetime.combine(day, time(), UTC) + timedelta(seconds=random.randrange(86400))
    likes, comments, shares, saves = (random.choice([None, 0, random.randrange(30)]) for _ in range(4))
    views = random.choice([None, 0, *[random.randrange(400)] * 5])
    return Post(
        id=f"p{number}",
        network=random.choice(["vk", "telegram"]),
        published=published,
        likes=likes,
        comments=comments,
        shares=shares,
        saves=saves,
        views=views,
        deleted=random.random() < 0.1,
    )
