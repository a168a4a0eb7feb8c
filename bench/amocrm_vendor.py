"""An amoCRM that makes its answers up as it is asked: so many leads fit nowhere."""

from collections.abc import Mapping
from typing import Any

HOUR = 3600
OF_EACH = 3
"""Events of a lead: two steps and an answer, in the seconds after it came in."""


class Endless:
    """An account with so many leads, an hour apart, each with a contact, two steps and an answer."""

    def __init__(self, leads: int) -> None:
        self._leads = leads

    async def get_json(self, path: str, *, params: Mapping[str, Any] | None = None) -> Any:
        """Made up as it is asked."""
        asked = params or {}
        if path.endswith("/account"):
            return {"currency": "RUB"}
        if path.endswith("/pipelines"):
            return {"_embedded": {"pipelines": []}}
        if path.endswith("/events"):
            return self._events(asked)
        first = max(1, -(-int(asked["filter[updated_at][from]"]) // HOUR))
        last = min(self._leads, first + int(asked["limit"]) - 1)
        return _page("leads", [_lead(number) for number in range(first, last + 1)], more=last < self._leads)

    def _events(self, asked: Mapping[str, Any]) -> Any:
        if asked.get("filter[entity][]") == "contact":
            return None
        if "filter[entity_id][]" in asked:
            numbers = range(1, OF_EACH + 1)
            told = [_event(int(each), place) for each in asked["filter[entity_id][]"] for place in numbers]
            return _page("events", told, more=False)
        begin = self._count(int(asked["filter[created_at][from]"]) - 1)
        end = self._count(int(asked["filter[created_at][to]"]))
        last = end - int(asked["limit"]) * (int(asked["page"]) - 1)
        first = max(begin, last - int(asked["limit"]))
        found = [_event(each // OF_EACH + 1, each % OF_EACH + 1) for each in range(last - 1, first - 1, -1)]
        return _page("events", found, more=first > begin)

    def _count(self, at: int) -> int:
        """How many events there were by a second."""
        leads, seconds = divmod(at, HOUR)
        if leads > self._leads:
            return OF_EACH * self._leads
        return 0 if leads < 1 else OF_EACH * (leads - 1) + min(OF_EACH, seconds)


def _page(key: str, rows: list[Any], *, more: bool) -> Any:
    return {"_links": {"next": {"href": ""}} if more else {}, "_embedded": {key: rows}}


def _lead(number: int) -> dict[str, Any]:
    hung = {"contacts": [{"id": number, "is_main": True}], "companies": [], "tags": [], "loss_reason": []}
    times = {"created_at": number * HOUR, "updated_at": number * HOUR, "closed_at": None}
    return {"id": number, "pipeline_id": 1, "status_id": 3, "price": 1, **times, "_embedded": hung}


def _event(number: int, place: int) -> dict[str, Any]:
    common = {"id": f"{number}-{place}", "entity_type": "lead", "entity_id": number, "created_by": 1}
    common["created_at"] = number * HOUR + place
    if place == OF_EACH:
        return {**common, "type": "outgoing_call"}
    before, after = ([{"lead_status": {"pipeline_id": 1, "id": each}}] for each in (place, place + 1))
    return {**common, "type": "lead_status_changed", "value_before": before, "value_after": after}
