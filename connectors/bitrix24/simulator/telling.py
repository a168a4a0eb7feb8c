"""What the portal holds at an instant, made of the company: leads, deals, their steps, calls, people.

Merged contacts are gone, and what was theirs belongs to who is left; deleted entities are gone
without a word. `portal` makes tables of it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property

from collector.testing.company import Company
from collector.testing.company.calendar import midnight
from collector.testing.company.entities import Customer, Deal, Lead, StageChange
from collector.testing.company.ways import NO_TAGS
from connectors.bitrix24.simulator.rows import (
    CONTACT,
    DEAL,
    LEAD,
    ActivityRow,
    CompanyRow,
    ContactRow,
    DealRow,
    HistoryRow,
    LeadRow,
)
from connectors.bitrix24.simulator.stages import OWNER, deal_step, lead_step, stage_code
from connectors.bitrix24.simulator.talks import WAYS, talks

_STEPS = 16
"""Ids of steps and activities are their owner's, so many times."""
TEMPLATES = 3


class Telling:
    """All rows as of an instant, each kind made when it is first asked for."""

    def __init__(self, company: Company, *, rebinds: bool = False, activity_modifies: bool = False) -> None:
        self._company = company
        self._rebinds, self._activity_modifies = rebinds, activity_modifies

    # ── people ───────────────────────────────────────────────────────────────────────

    @cached_property
    def _known(self) -> Mapping[int, Customer]:
        return {each.id: each for each in self._company.customers()}

    def contacts(self) -> Iterator[ContactRow]:
        """Those that were merged into no other."""
        for each in self._known.values():
            if each.merged_into is None:
                yield ContactRow(each.id, each.created, each.updated, each.company)

    def companies(self) -> Iterator[CompanyRow]:
        """The contacts' firms, each made with the first of its contacts."""
        made: dict[int, int] = {}
        for each in self._known.values():
            if each.company is not None:
                made[each.company] = min(each.created, made.get(each.company, each.created))
        for number, created in made.items():
            yield CompanyRow(number, created, created)

    def _who(self, entity: Lead | Deal) -> tuple[int | None, int]:
        """Its contact now, and when that last changed."""
        contact, changed = entity.contact, 0
        while contact is not None and (link := self._known.get(contact)) and link.merged_into is not None:
            contact, changed = link.merged_into, max(changed, link.updated)
        return contact, changed

    # ── leads and deals ──────────────────────────────────────────────────────────────

    @cached_property
    def _changes(self) -> Mapping[tuple[str, int], list[StageChange]]:
        found: dict[tuple[str, int], list[StageChange]] = defaultdict(list)
        for change in self._company.stage_changes():
            found[change.entity, change.id].append(change)
        return found

    def leads(self) -> Iterator[LeadRow]:
        """As they stand."""
        for lead in self._company.leads():
            moved = self._changes["lead", lead.id][-1].at
            contact, changed = self._who(lead)
            stage, _, semantic = lead_step(lead.stage, lead.loss_reason)
            yield LeadRow(
                id=lead.id,
                created=lead.created,
                modified=max(lead.updated if self._activity_modifies else moved, changed),
                moved=moved,
                touched=lead.updated,
                stage=stage,
                semantic=semantic,
                contact=contact,
                company=lead.company,
                manager=lead.manager,
                source=lead.crm_source,
                tags=lead.tags,
                click=lead.click,
            )

    def deals(self) -> Iterator[DealRow]:
        """As they stand, and the templates of deals that repeat."""
        yield from self._templates()
        for deal in self._company.deals():
            contact, changed = self._who(deal)
            stage, _, semantic = deal_step(deal.stage, deal.loss_reason, deal.pipeline)
            yield DealRow(
                id=deal.id,
                created=deal.created,
                modified=max(deal.updated, changed),
                moved=self._changes["deal", deal.id][-1].at,
                touched=deal.updated,
                stage=stage,
                semantic=semantic,
                category=deal.pipeline,
                cents=deal.cents,
                currency=deal.currency,
                contact=contact,
                company=deal.company,
                lead=deal.lead,
                is_return=deal.is_repeat,
                is_template=False,
                manager=deal.manager,
                source=deal.crm_source,
                tags=deal.tags,
                click=deal.click,
            )

    def _templates(self) -> Iterator[DealRow]:
        made = midnight(self._company.since.toordinal())
        for number in range(1, TEMPLATES + 1):
            yield DealRow(
                number, made, made, made, made, stage_code("NEW", 0), "P", 0, 1_000_000 * number, "RUB",
                None, None, None, is_return=False, is_template=True, manager=OWNER, source="", tags=NO_TAGS, click="",
            )  # fmt: skip

    # ── their steps ──────────────────────────────────────────────────────────────────

    def lead_steps(self) -> Iterator[HistoryRow]:
        """The history of the leads that exist."""
        for lead in self._company.leads():
            for number, change in enumerate(self._changes["lead", lead.id]):
                stage, _, semantic = lead_step(change.stage, lead.loss_reason)
                yield _step(number, change, 0, stage, semantic)

    def deal_steps(self) -> Iterator[HistoryRow]:
        """The history of the deals that exist; of a loss that did not last the reason is not known any more."""
        for deal in self._company.deals():
            for number, change in enumerate(self._changes["deal", deal.id]):
                stage, _, semantic = deal_step(change.stage, deal.loss_reason, deal.pipeline)
                yield _step(number, change, deal.pipeline, stage, semantic)

    # ── what was done about them ─────────────────────────────────────────────────────

    def activities(self) -> Iterator[ActivityRow]:
        """Calls, letters and messages of the leads and deals that exist."""
        born = {deal.lead: deal.id for deal in self._company.deals() if deal.lead is not None}
        for lead in self._company.leads():
            yield from self._of_lead(lead, born.get(lead.id))
        for deal in self._company.deals():
            kind, provider = WAYS[deal.id % 3]
            yield ActivityRow(
                deal.id * _STEPS + _STEPS // 2, DEAL, deal.id, ((DEAL, deal.id),), kind, provider, 2,
                is_done=True, started=deal.created + 1, manager=deal.manager,
            )  # fmt: skip

    def _of_lead(self, lead: Lead, deal: int | None) -> Iterator[ActivityRow]:
        """What is no answer (a call that came in, a task, an attempt, a talk before), the answer, talks after it."""
        bindings = [(LEAD, lead.id)]
        if self._rebinds and lead.status == "converted":
            bindings += [(DEAL, deal)] if deal is not None else []
            bindings += [(CONTACT, lead.contact)] if lead.contact is not None else []
        owner_type, owner = bindings[1] if len(bindings) > 1 else bindings[0]
        steps = [change.at for change in self._changes["lead", lead.id]]
        for number, (kind, provider, direction, is_done, at) in talks(lead, steps):
            yield ActivityRow(
                lead.id * _STEPS + number, owner_type, owner, tuple(bindings), kind, provider, direction,
                is_done=is_done, started=at, manager=lead.manager,
            )  # fmt: skip


def _step(number: int, change: StageChange, category: int, stage: str, semantic: str) -> HistoryRow:
    kind = 1 if number == 0 else 2 if semantic == "P" else 3
    return HistoryRow(change.id * _STEPS + number, kind, change.id, change.at, category, semantic, stage)
