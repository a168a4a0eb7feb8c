"""Leads, deals and links between customers at random.

Used by `invent`, once for each world; what its features bring stands there.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from random import Random

from tests.kpi.judge.people import JUNK_REASON, JUNK_STAGE, QUALIFIED_STAGE
from tests.kpi.judge.tags import CAMPAIGNS, KNOWN, UNKNOWN
from tests.kpi.judge.world import Deal, Lead, Link, World

LEAD_SOURCES = ("", "", "CALL", "EMAIL", "PARTNER", "RC_GENERATOR", "STORE", "WEB", "OZON", "whatever")
CLICKS = ("yclid", "gclid", "rb_clickid", "fbclid")
MANAGERS = ("ann", "Юля", "")


class Maker:
    """Leads, deals and links at random."""

    def __init__(self, world: World, random: Random) -> None:
        self.world, self.random = world, random
        self.people = [f"contact:{number}" for number in range(24)] + [f"company:{number}" for number in range(6)]
        self.used: set[datetime] = set()
        self.touched: dict[str, list[datetime]] = {}

    def alone(self, instant: datetime) -> datetime:
        """The instant, or the next one at which nothing else happens."""
        while instant in self.used:
            instant += timedelta(seconds=1)
        self.used.add(instant)
        return instant

    def when(self, customer: str) -> datetime:
        """Some instant, or one at the end of how long a touch of the customer is remembered."""
        known = self.touched.setdefault(customer, [])
        if customer and known and self.random.random() < 0.15:
            edge = self.random.choice(known) + timedelta(days=90)
            known.append(self.alone(edge + timedelta(seconds=self.random.choice([-1, 0, 1]))))
        else:
            known.append(self.instant())
        return known[-1]

    def instant(self) -> datetime:
        """Some instant; half of them lie within an hour of midnight, some are noon, as a bare day is."""
        day = self.world.start + timedelta(days=self.random.randrange(self.world.length))
        if self.random.random() < 0.5:
            if self.random.random() < 0.1:
                return self.alone(datetime.combine(day, time(12), self.world.zone).astimezone(UTC))
            return self.alone(datetime.combine(day, time(), UTC) + timedelta(seconds=self.random.randrange(86400)))
        midnight = datetime.combine(day, time(), self.world.zone).astimezone(UTC)
        return self.alone(midnight + timedelta(minutes=self.random.choice([-61, -31, -1, 0, 1, 29, 61])))

    def someone(self) -> str:
        return self.random.choice(["", "", *self.people])

    def links(self) -> dict[str, Link]:
        """Contacts of companies, and customers merged into earlier ones of their kind."""
        found = {}
        for number, name in enumerate(self.people):
            kind, own = name.split(":")
            if number and self.random.random() < 0.2 and int(own):
                found[name] = Link(merged=f"{kind}:{self.random.randrange(int(own))}")
            elif kind == "contact" and self.random.random() < 0.3:
                found[name] = Link(parent=f"company:{self.random.randrange(6)}")
        return found

    # ── leads ────────────────────────────────────────────────────────────────────────

    def leads(self, count: int) -> list[Lead]:
        made: list[Lead] = []
        for number in range(count):
            near = self.random.choice(made) if made and self.random.random() < 0.3 else None
            if near:
                edge = self.world.dedup_hours * 3600
                gap = timedelta(seconds=self.random.choice([60, 600, 7200, edge - 1, edge, edge + 1]))
                created, customer = self.alone(near.created + gap), near.customer
            else:
                customer = self.someone()
                created = self.when(customer)
            made.append(self._lead(f"l{number}", created, customer))
        return made

    def remembered(self, number: int) -> list[Lead]:
        """Somebody's lead with tags, and one without just before or after the former is forgotten."""
        customer, first = f"contact:{100 + number}", self.instant()
        again = self.alone(first + timedelta(days=90, seconds=number % 3 - 1))
        before = self._lead(f"r{number}", first, customer)
        after = Lead(
            id=f"s{number}", created=again, customer=customer, status="open", manager="ann", lead_source="CALL"
        )
        return [replace(before, source="vk", medium="target", campaign="spring"), after]

    def _lead(self, id_: str, created: datetime, customer: str) -> Lead:
        choose = self.random.choice
        status = choose(["open", "open", "qualified", "converted", "lost", "junk"])
        stage = (
            choose(["", "NEW", QUALIFIED_STAGE]) if status == "converted" else choose(["", JUNK_STAGE, QUALIFIED_STAGE])
        )
        took = timedelta(seconds=choose([0, 30, 899, 900, 901, 5000, 90_000, 400_000]))
        return Lead(
            id=id_,
            created=created,
            customer=customer,
            status=status,
            stage=stage,
            reason=choose(["", "price", JUNK_REASON]) if status == "lost" else "",
            answered=created + took if self._is_answered(created) else None,
            ever_qualified=status == "lost" and stage != JUNK_STAGE and choose([True, False]),
            ever_converted=status == "open" and stage != JUNK_STAGE and choose([True, False, False]),
            manager=choose(MANAGERS),
            pipeline=choose(["Main", "B2B", ""]),
            region=choose(["Москва", "Tver", ""]),
            deleted=choose([True, *[False] * 19]),
            **self._evidence(),
        )

    def _is_answered(self, created: datetime) -> bool:
        """With working hours the last ones all are: when else they were due, no text says."""
        wanted = self.world.features
        late = created.date() > self.world.start + timedelta(days=self.world.length - 14)
        return "answers" in wanted and (("hours" in wanted and late) or self.random.choice([True, True, False]))

    def _evidence(self) -> dict[str, str]:
        if "channels" not in self.world.features or self.random.random() < 0.35:
            return {"lead_source": self.random.choice(LEAD_SOURCES)} if "channels" in self.world.features else {}
        found = {"lead_source": self.random.choice(LEAD_SOURCES)}
        if self.random.random() < 0.75:
            tags = self.random.choice([*KNOWN, *UNKNOWN[:1]])
            campaign = (
                self.random.choice([*CAMPAIGNS, *(["{campaign_id}"] if "macros" in self.world.features else [])])
                if tags.campaign is None
                else tags.campaign
            )
            found |= {"source": tags.source, "medium": tags.medium, "campaign": campaign.lower()}
        if self.random.random() < 0.3:
            found["click"] = self.random.choice(CLICKS)
        return found

    # ── deals ────────────────────────────────────────────────────────────────────────

    def deals(self, prefix: str, count: int) -> dict[str, list[Deal]]:
        """Two files; a later state of a deal may be in the other one."""
        parts: dict[str, list[Deal]] = {"a": [], "b": []}
        for number in range(count):
            versions = self._versions(f"{prefix}{number}")
            for deal, part in zip(versions, self.random.sample(["a", "b"], 2), strict=False):
                parts[part].append(deal)
        return parts

    def _versions(self, id_: str) -> Sequence[Deal]:
        customer = self.someone()
        created = self.when(customer)
        first = self._deal(id_, created, customer)
        if self.random.random() < 0.6:
            return [first]
        later = self._deal(id_, created, self.random.choice([customer, customer, self.someone()]))
        told = [first, replace(later, updated=first.updated + timedelta(days=self.random.choice([0, 5])))]
        return self.random.sample(told, 2)

    def _deal(self, id_: str, created: datetime, customer: str) -> Deal:
        choose, world = self.random.choice, self.world
        status = choose(["won"] * 6 + ["lost", "lost", "open"])
        took = timedelta(seconds=choose([0, 3600, 86400 * 3, 86400 * 40]))
        amount = Decimal(choose([10, 99, -20, 250])) + Decimal(self.random.randrange(100)).scaleb(-2)
        amount = choose([amount, amount, amount, Decimal(0)])
        pipeline = choose(["Main", "B2B", "Returns", ""])
        is_refund = status == "won" and (amount < 0 or pipeline == "Returns")
        evidence = {} if is_refund and "first" in world.features else self._evidence()
        return Deal(
            id=id_,
            created=created,
            customer=customer,
            status=status,
            closed=None if status == "open" else self.alone(created + took),
            amount=amount,
            currency=choose([world.currency, world.currency, world.foreign]) if amount else world.currency,
            updated=created + timedelta(days=10),
            pipeline=pipeline,
            manager=choose(MANAGERS),
            region=choose(["Москва", "Tver", ""]),
            is_repeat=choose([None, None, None, True, False]) if "channels" in world.features and customer else None,
            deleted=choose([True, *[False] * 24]),
            **evidence,
        )
