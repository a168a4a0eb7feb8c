"""Which channel a lead or a deal came by: the order of evidence (method, section 3).

Between `people` (whose touches there are), `channels` (what a touch means) and `entries`. The
first evidence that a rule matches decides; evidence that none matches does not stop the search.
"""

from collections import defaultdict
from datetime import datetime, timedelta

from tests.kpi.judge.channels import CLICKS, by_lead_source, by_tags
from tests.kpi.judge.people import People
from tests.kpi.judge.world import Deal, Entity, World

MEMORY = timedelta(days=90)


class Evidence:
    """The channels of one system's leads and deals."""

    def __init__(self, world: World, people: People) -> None:
        self.world, self.people = world, people
        self.named = {lead.id: lead for lead in people.leads}
        self.touches: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
        touching = [*people.leads, *(deal for deal in people.deals if not people.is_refund(deal))]
        for entity in sorted(touching, key=lambda each: each.created):
            customer, channel = people.customer(entity), self._own(entity)
            if customer and channel:
                self.touches[customer].append((entity.created, channel))

    def channel(self, entity: Entity) -> str:
        return (
            (self.world.attribution == "first" and self._earliest_touch(entity))
            or self._own(entity)
            or self._of_named_lead(entity)
            or self._last_touch(entity)
            or self._existing(entity)
            or by_lead_source(self.world.rules, entity.lead_source)
            or "Unassigned"
        )

    def _own(self, entity: Entity) -> str | None:
        tagged = by_tags(self.world.rules, entity.source, entity.medium, entity.campaign)
        return tagged or CLICKS.get(entity.click)

    def _of_named_lead(self, entity: Entity) -> str | None:
        lead = self.named.get(entity.lead) if isinstance(entity, Deal) else None
        return self._own(lead) if lead else None

    def _earliest_touch(self, entity: Entity) -> str | None:
        touches = self.touches.get(self.people.customer(entity), [])
        return next((channel for at, channel in touches if at <= entity.created), None)

    def _last_touch(self, entity: Entity) -> str | None:
        touches = self.touches.get(self.people.customer(entity), [])
        before = [channel for at, channel in touches if entity.created - MEMORY <= at < entity.created]
        return before[-1] if before else None

    def _existing(self, entity: Entity) -> str | None:
        bought = entity.is_repeat if isinstance(entity, Deal) else None
        if bought is None:
            wins = self.people.wins.get(self.people.customer(entity), [])
            bought = any(closed < entity.created for closed, _ in wins)
        return "Existing customers" if bought else None
