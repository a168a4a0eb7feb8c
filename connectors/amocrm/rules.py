"""What a stage means: the vendor's lead is a marketing lead, a deal, or both.

By the settings and the account's pipelines. A lead is `converted` just where there is a deal.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from collector.plugin import Json
from connectors.amocrm.bodies import embedded, name_of, whole
from connectors.amocrm.settings import AmoSettings

WON, LOST = "142", "143"
"""The final statuses, with these ids in every pipeline."""

_INCOMING = 1
"""The type of the status in which unsorted requests wait."""


class Stage(NamedTuple):
    """A status of a pipeline; ids of final statuses are the same everywhere, so neither stands alone."""

    pipeline: str
    status: str


class Step(NamedTuple):
    """A lead's way into a stage."""

    at: int
    before: Stage
    after: Stage


class Verdict(NamedTuple):
    """What a vendor's lead is: the lead's status, and the deal's where there is one."""

    lead: str
    deal: str | None = None


_DEALS = {WON: Verdict("converted", "won"), LOST: Verdict("converted", "lost")}
_JUNK = Verdict("junk")


@dataclass(frozen=True)
class Rules:
    """How stages are read; `deals` None: all but the incoming ones are stages of a deal."""

    incoming: frozenset[Stage]
    known: frozenset[Stage]
    qualified: frozenset[Stage]
    deals: frozenset[Stage] | None
    junk: frozenset[Stage]
    junk_reasons: frozenset[str]

    def verdict(self, stage: Stage, *, reasons: Collection[str] = (), lost_from: Stage | None = None) -> Verdict:
        """What a lead in this stage is; `reasons`: of its loss, by id and name; `lost_from`: where it was before."""
        if stage in self.junk or (stage.status == LOST and not self.junk_reasons.isdisjoint(reasons)):
            return _JUNK
        if stage in self.incoming:
            return Verdict("open")
        if stage.status == LOST and lost_from is not None and not self._was_deal(lost_from):
            return Verdict("lost")
        if stage.status in _DEALS:
            return _DEALS[stage.status]
        if self.deals is None or stage in self.deals:
            return Verdict("converted", "open")
        return Verdict("qualified" if stage in self.qualified else "open")

    def _was_deal(self, before: Stage) -> bool:
        return self.deals is None or before.status == WON or before in self.deals


def lost_from(steps: Iterable[Step]) -> Stage | None:
    """Where a lead was before it was lost the last time; None: nobody tells. Steps come oldest first.

    A lost one that is moved to another pipeline was lost before.
    """
    ways = [step.before for step in steps if step.after.status == LOST and step.before.status != LOST]
    return ways[-1] if ways else None


def rules_of(settings: AmoSettings, pipelines: Iterable[Mapping[str, Json]]) -> Rules:
    """The settings' lists, and what the account's pipelines say."""
    types: dict[Stage, int | None] = {}
    for pipeline in pipelines:
        for status in embedded(pipeline, "statuses"):
            types[Stage(str(pipeline["id"]), str(status.get("id")))] = whole(status.get("type"))
    return Rules(
        incoming=frozenset(stage for stage, kind in types.items() if kind == _INCOMING),
        known=frozenset(types),
        qualified=_stages(settings.qualified_stages),
        deals=None if settings.deal_stages is None else _stages(settings.deal_stages),
        junk=_stages(settings.junk_stages),
        junk_reasons=frozenset(settings.junk_loss_reasons),
    )


def stage_of(row: Mapping[str, Json]) -> Stage:
    """The stage that a lead's row names; one without any is in none."""
    return Stage(name_of(row.get("pipeline_id")) or "", name_of(row.get("status_id")) or "")


def _stages(written: Iterable[str] | None) -> frozenset[Stage]:
    return frozenset(Stage(*each.split(":")) for each in written or ())
