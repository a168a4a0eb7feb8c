"""What events tell of leads: their steps from stage to stage, and who answered when. Pure functions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from collector.plugin import Json
from connectors.amocrm.bodies import whole
from connectors.amocrm.rules import Stage, Step, stage_of

STATUS = "lead_status_changed"
EXISTENCE = ("lead_deleted", "lead_restored", "entity_merged")
"""Whether a lead is there may have changed."""

RESPONSES = ("outgoing_call", "outgoing_chat_message", "outgoing_sms")
"""A person's word to somebody who asked."""


@dataclass
class Told:
    """What the events say of one lead: its steps, oldest first, and the first answer, in seconds."""

    steps: list[Step] = field(default_factory=list)
    answered: int | None = None

    def answer(self, at: int, *, created: int) -> None:
        """Somebody answered; what was said before the lead came in is no answer to it."""
        if at >= created and (self.answered is None or at < self.answered):
            self.answered = at


def step(event: Mapping[str, Json]) -> Step | None:
    """The step in a `lead_status_changed`; None where the vendor keeps it to itself."""
    at, before, after = (
        whole(event.get("created_at")),
        _stage(event.get("value_before")),
        _stage(event.get("value_after")),
    )
    return None if at is None or before is None or after is None else Step(at, before, after)


def in_order(events: Iterable[Mapping[str, Json]]) -> list[Mapping[str, Json]]:
    """Oldest first, each once; ids grow with time."""
    once = {str(event["id"]): event for event in events}
    return sorted(once.values(), key=lambda event: (whole(event.get("created_at")) or 0, str(event["id"])))


def is_of_person(event: Mapping[str, Json]) -> bool:
    """Robots sign with 0."""
    return bool(whole(event.get("created_by")))


def subject(event: Mapping[str, Json]) -> tuple[str, int | None]:
    """Of what it speaks: `lead` or `contact`, and which."""
    return str(event.get("entity_type")), whole(event.get("entity_id"))


def _stage(value: Json) -> Stage | None:
    """`[{"lead_status": {"id", "pipeline_id"}}]`, or an empty list."""
    first = value[0] if isinstance(value, list) and value else None
    status = first.get("lead_status") if isinstance(first, Mapping) else None
    if not isinstance(status, Mapping):
        return None
    stage = stage_of({"pipeline_id": status.get("pipeline_id"), "status_id": status.get("id")})
    return _shared(stage) if stage.status else None


@lru_cache(maxsize=1000)
def _shared(stage: Stage) -> Stage:
    """One object for all events of a stage: very many are remembered in an import."""
    return stage
