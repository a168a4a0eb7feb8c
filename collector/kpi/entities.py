"""Figures that only entities of exactly the window give: distinct customers, medians, answers that are due."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from statistics import median

from sqlalchemy import Connection

from collector.kpi.gathering import Figure, Members
from collector.kpi.supply import VIRTUAL, Supply
from collector.kpi.values import OVERLAP
from collector.kpi.windows import Days
from collector.plugin.measure import Measure
from collector.settings.model import Project
from collector.store import measures as store
from collector.store.codec import to_instant
from collector.store.configured import entity_dimensions

PARTITIONS = frozenset({"channel", *VIRTUAL})
"""Dimensions of which a customer belongs to one member only, so that members add up."""


@dataclass(frozen=True)
class Sample:
    """A number of one entity, such as its seconds to win: who delivered it, and its member in a dimension."""

    owner: str
    member: str | None
    value: int


class EntityFigures:
    """Of one project in one transaction."""

    def __init__(self, tx: Connection, project: Project, supplied: Mapping[str, Supply]) -> None:
        self._tx = tx
        self._project = project
        self._supplied = supplied
        self._counted: dict[tuple[Days, str | None], dict[tuple[str, str | None], store.Customers]] = {}
        self._samples_read: dict[tuple[str, Days], list[store.Sampled]] = {}
        self.asked_at = _asked_at(supplied)
        """By system, the start of the last complete poll of its leads: whose answer was due by then is late."""

    def customers(self, days: Days, by: str | None) -> dict[str, Figure]:
        """Active, returning and repeat customers.

        Where a customer may belong to several members, one more closes the sum: `overlap`,
        zero or less.
        """
        counts = self._counts(days, by)
        if by is not None and by not in PARTITIONS:
            whole = sum(self._counts(days, None).values(), store.Customers())
            counts[OVERLAP] = whole - sum(counts.values(), store.Customers())
        return {
            f"{name}_customers": Figure(
                {member: Decimal(number) for member, each in counts.items() if (number := getattr(each, name))}
            )
            for name in ("active", "returning", "repeat")
        }

    def _counts(self, days: Days, by: str | None) -> dict[str | None, store.Customers]:
        counts: dict[str | None, store.Customers] = {}
        for (_, member), number in self.counted(days, by).items():
            counts[member] = counts.get(member, store.Customers()) + number
        return counts

    def counted(self, days: Days, by: str | None) -> dict[tuple[str, str | None], store.Customers]:
        """Different customers by system and member, counted once for all measures and break-downs."""
        key = (days, by)
        if key not in self._counted:
            self._counted[key] = self._count(days, by)
        return self._counted[key]

    def _count(self, days: Days, by: str | None) -> dict[tuple[str, str | None], store.Customers]:
        stored = None if by in VIRTUAL else by
        found = store.distinct_customers(self._tx, self._project.name, first=days.first, last=days.last, by=stored)
        owners = self._supplied["active_customers"].owners
        return {
            (system, owners[system][by] if by in VIRTUAL else member): number
            for (system, member), number in found.items()
            if system in owners
        }

    def median(self, measure: Measure, days: Days, by: str | None) -> Figure:
        """The median of an entity's number, such as seconds to win."""
        if by is None:
            owners = self._supplied[measure.name].owners
            whole = store.median(self._tx, self._project.name, measure.name, days.first, days.last, owners=owners)
            return Figure({} if whole is None else {None: whole}, "no_events" if whole is None else None)
        by_member: dict[str | None, list[int]] = {}
        for each in self.samples(measure.name, days, by):
            by_member.setdefault(each.member, []).append(each.value)
        medians: Members = {member: Decimal(median(map(Decimal, found))) for member, found in by_member.items()}
        return Figure(medians, missing="no_events")

    def with_unanswered(self, due: Figure, days: Days, by: str | None) -> Figure:
        """Leads that are answered, and those besides whose answer was due when they were last asked for."""
        members = dict(due.by_member)
        for member, number in self._unanswered(days, by).items():
            members[member] = members.get(member, Decimal(0)) + number
        return replace(due, by_member=members)

    def _unanswered(self, days: Days, by: str | None) -> dict[str | None, int]:
        return Counter(each.member for each in self.late(days, by))

    def late(self, days: Days, by: str | None) -> list[Sample]:
        """The leads without an answer that was due when their system, which could tell one, was last asked for them."""
        found = self._read("leads_unanswered", days)
        telling = self._supplied["leads_response_due"].owners
        asked = {owner: to_instant(at) for owner, at in self.asked_at.items() if owner in telling}
        return self._placed([each for each in found if each.value <= asked.get(each.owner, -1)], by)

    def samples(self, name: str, days: Days, by: str | None) -> list[Sample]:
        """The numbers that a median is of."""
        found = self._read(name, days)
        owners = self._supplied[name].owners
        return self._placed([each for each in found if each.owner in owners], by)

    def _read(self, name: str, days: Days) -> list[store.Sampled]:
        """The samples of these days, read once for the whole and all break-downs."""
        key = (name, days)
        if key not in self._samples_read:
            self._samples_read[key] = store.samples(self._tx, self._project.name, name, days.first, days.last)
        return self._samples_read[key]

    def _placed(self, found: list[store.Sampled], by: str | None) -> list[Sample]:
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
        return [names.get(number) for number in numbers]

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
