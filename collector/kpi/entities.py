"""Figures that only entities of exactly the window give: distinct customers, medians, answers that are due."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from statistics import median

from sqlalchemy import Connection

from collector.kpi.campaigns import Campaigns
from collector.kpi.filters import Filter
from collector.kpi.gathering import Figure, Members
from collector.kpi.supply import VIRTUAL, Supply
from collector.kpi.values import OVERLAP
from collector.kpi.windows import Days
from collector.plugin.measure import Measure
from collector.settings.model import Project
from collector.store import measures as store
from collector.store.buyers import buyers, buyers_by
from collector.store.codec import to_instant
from collector.store.configured import entity_dimensions
from collector.store.pairs import Crossing

PARTITIONS = frozenset({"channel", *VIRTUAL})
"""Dimensions of which a customer belongs to one member only, so that members add up."""


Counted = Mapping[tuple[str, str | None], store.Customers]
"""Customers by system and member."""


@dataclass(frozen=True)
class Sample:
    """A number of one entity, such as its seconds to win: who delivered it, and its member in a dimension."""

    owner: str
    member: str | None
    value: int


class EntityFigures:
    """Of one project in one transaction."""

    def __init__(self, tx: Connection, project: Project, supplied: Mapping[str, Supply], campaigns: Campaigns) -> None:
        self._tx = tx
        self._campaigns = campaigns
        self._project = project
        self._supplied = supplied
        self._counted: dict[tuple[Days, str | None, Filter | None], Counted] = {}
        self._samples_read: dict[tuple[str, Days], list[store.Sampled]] = {}
        self.asked_at = _asked_at(supplied)
        """By system, the start of the last complete poll of its leads: whose answer was due by then is late."""

    def customers(self, days: Days, by: str | None, where: Filter | None = None) -> dict[str, Figure]:
        """Active, returning and repeat customers.

        Where a customer may belong to several members, one more closes the sum: `overlap`,
        zero or less.
        """
        counts = self._counts(days, by, where)
        if by is not None and by not in PARTITIONS:
            whole = sum(self._counts(days, None, where).values(), store.Customers())
            counts[OVERLAP] = whole - sum(counts.values(), store.Customers())
        return {
            f"{name}_customers": Figure(
                {member: Decimal(number) for member, each in counts.items() if (number := getattr(each, name))}
            )
            for name in ("active", "returning", "repeat")
        }

    def _counts(self, days: Days, by: str | None, where: Filter | None) -> dict[str | None, store.Customers]:
        counts: dict[str | None, store.Customers] = {}
        for (_, member), number in self.counted(days, by, where).items():
            counts[member] = counts.get(member, store.Customers()) + number
        return counts

    def counted(self, days: Days, by: str | None, where: Filter | None = None) -> Counted:
        """Different customers by system and member, counted once for all measures and break-downs."""
        key = (days, by, where)
        if key not in self._counted:
            self._counted[key] = self._count(days, by) if where is None else self._count_kept(days, by, where)
        return self._counted[key]

    def _count(self, days: Days, by: str | None) -> Counted:
        stored = None if by in VIRTUAL else by
        return self._owned(
            store.distinct_customers(self._tx, self._project.name, first=days.first, last=days.last, by=stored), by
        )

    def _count_kept(self, days: Days, by: str | None, where: Filter) -> Counted:
        """Those with a purchase in these days that is of a kept member."""
        if where.dimension in VIRTUAL:
            owners = self._supplied["active_customers"].owners
            every = self.counted(days, by)
            return {key: each for key, each in every.items() if where.keeps(owners[key[0]][where.dimension])}
        if by == where.dimension:
            return {key: each for key, each in self.counted(days, by).items() if where.keeps(key[1])}
        asked = Crossing(days.first, days.last, by or "", where.dimension)
        if by is None or by in VIRTUAL:
            whole = buyers(self._tx, self._project.name, asked, where.keeps)
            return self._owned({(system, None): each for system, each in whole.items()}, by)
        systems = self._supplied["active_customers"].owners
        dimensions = {system: entity_dimensions(self._project, system) for system in systems}
        found = buyers_by(self._tx, self._project.name, asked, where.keeps, dimensions=dimensions)
        return self._owned(dict(found.items()), by)

    def _owned(self, found: Mapping[tuple[str, str | None], store.Customers], by: str | None) -> Counted:
        """Those of systems that give the measure; by source the system tells the member."""
        owners = self._supplied["active_customers"].owners
        counted: dict[tuple[str, str | None], store.Customers] = {}
        for (system, member), number in found.items():
            if system in owners:
                key = (system, owners[system][by] if by in VIRTUAL else self._campaigns.joined(by, member))
                counted[key] = counted.get(key, store.Customers()) + number
        return counted

    def median(self, measure: Measure, days: Days, by: str | None, where: Filter | None = None) -> Figure:
        """The median of an entity's number, such as seconds to win."""
        if by is None and where is None:
            owners = self._supplied[measure.name].owners
            whole = store.median(self._tx, self._project.name, measure.name, days.first, days.last, owners=owners)
            return Figure({} if whole is None else {None: whole}, "no_events" if whole is None else None)
        by_member: dict[str | None, list[int]] = {}
        for each in self.samples(measure.name, days, by, where):
            by_member.setdefault(each.member, []).append(each.value)
        medians: Members = {member: Decimal(median(map(Decimal, found))) for member, found in by_member.items()}
        nothing = by is None and not medians
        return Figure(medians, "no_events" if nothing else None, missing=None if by is None else "no_events")

    def with_unanswered(self, due: Figure, days: Days, by: str | None, where: Filter | None = None) -> Figure:
        """Leads that are answered, and those besides whose answer was due when they were last asked for."""
        members = dict(due.by_member)
        for member, number in Counter(each.member for each in self.late(days, by, where)).items():
            members[member] = members.get(member, Decimal(0)) + number
        return replace(due, by_member=members)

    def late(self, days: Days, by: str | None, where: Filter | None = None) -> list[Sample]:
        """The leads without an answer that was due when their system, which could tell one, was last asked for them."""
        found = self._read("leads_unanswered", days)
        telling = self._supplied["leads_response_due"].owners
        asked = {owner: to_instant(at) for owner, at in self.asked_at.items() if owner in telling}
        return self._placed([each for each in found if each.value <= asked.get(each.owner, -1)], by, where)

    def samples(self, name: str, days: Days, by: str | None, where: Filter | None = None) -> list[Sample]:
        """The numbers that a median is of."""
        found = self._read(name, days)
        owners = self._supplied[name].owners
        return self._placed([each for each in found if each.owner in owners], by, where)

    def _read(self, name: str, days: Days) -> list[store.Sampled]:
        """The samples of these days, read once for the whole and all break-downs."""
        key = (name, days)
        if key not in self._samples_read:
            self._samples_read[key] = store.samples(self._tx, self._project.name, name, days.first, days.last)
        return self._samples_read[key]

    def _placed(self, found: list[store.Sampled], by: str | None, where: Filter | None) -> list[Sample]:
        if where is not None:
            others = self._members(found, where.dimension)
            found = [each for each, other in zip(found, others, strict=True) if where.keeps(other)]
        members = self._members(found, by)
        return [Sample(each.owner, member, each.value) for each, member in zip(found, members, strict=True)]

    def _members(self, found: list[store.Sampled], by: str | None) -> list[str | None]:
        """The member of each in a dimension."""
        if by is None:
            return [None] * len(found)
        if by in VIRTUAL:
            return [self._owner_as(by, each.owner) for each in found]
        places = {owner: self._place(owner, by) for owner in {each.owner for each in found}}
        numbers = [each.members[places[each.owner]] for each in found]
        names = store.member_names(self._tx, numbers)
        return [self._campaigns.joined(by, names.get(number)) for number in numbers]

    def _owner_as(self, by: str, system: str) -> str:
        return next(supply.owners[system][by] for supply in self._supplied.values() if system in supply.owners)

    def _place(self, owner: str, by: str) -> int:
        return entity_dimensions(self._project, owner).index(by)


def _asked_at(supplied: Mapping[str, Supply]) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for feed in supplied["leads"].feeds if "leads" in supplied else ():
        at = None if feed.state is None else feed.state.complete_since or feed.state.last_success
        if at is not None:
            found[feed.source.system] = min(found.get(feed.source.system, at), at)
    return found
