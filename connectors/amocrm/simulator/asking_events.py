"""Which events a question is about."""

from collections.abc import Callable, Collection, Iterable

from connectors.amocrm.simulator.asked import Asked, BadParameter
from connectors.amocrm.simulator.cabinet import Cabinet
from connectors.amocrm.simulator.happened import Event, Place

MOST_IDS = 10


def events_asked_for(cabinet: Cabinet, asked: Asked) -> list[Place]:
    """Those that pass, newest first.

    Raises:
        BadParameter: a filter is wrong.
    """
    first, last = _period(asked)
    tests = _tests(asked)
    types = asked.texts("filter", "type")
    last = cabinet.at if last is None else min(last, cabinet.at)
    numbers = asked.numbers("filter", "entity_id")
    if numbers:
        found = cabinet.log.about(_told_of(cabinet, numbers, asked.texts("filter", "entity")), types, first, last)
    else:
        found = cabinet.log.places(types, first, last)
    if not tests:
        return found
    return [place for place in found if all(test(event) for event in (cabinet.event(place),) for test in tests)]


def _told_of(cabinet: Cabinet, numbers: Iterable[int], entities: Collection[str]) -> list[int]:
    """The cards (contacts: negative) whose events may be those of an entity."""
    if "contact" not in entities:
        return list(numbers)
    known = [number for number in numbers if number in cabinet.contacts.things]
    return [-number for number in known] + [card for number in known for card in cabinet.contacts.things[number].cards]


def _period(asked: Asked) -> tuple[int | None, int | None]:
    """Bounds; a plain value is the first one, two with a comma are both."""
    told = asked.text("filter", "created_at")
    if told is None:
        span = asked.span("filter", "created_at")
        return span.first, span.last
    bounds = told.split(",")
    if len(bounds) > 2 or not all(each.strip().isdigit() for each in bounds):
        raise BadParameter("filter.created_at", "This value should be of type integer.")
    return int(bounds[0]), int(bounds[1]) if len(bounds) == 2 else None


def _tests(asked: Asked) -> list[Callable[[Event], bool]]:
    """What an event must be."""
    tests: list[Callable[[Event], bool]] = []
    entities, numbers = asked.texts("filter", "entity"), asked.numbers("filter", "entity_id")
    if numbers and (len(numbers) > MOST_IDS or len(entities) != 1):
        raise BadParameter("filter.entity_id", "At most 10 ids of exactly one entity are allowed.")
    if entities:
        tests.append(lambda event: _found_by(event)[0] in entities)
    if numbers:
        tests.append(lambda event: _found_by(event)[1] in numbers)
    if makers := asked.numbers("filter", "created_by"):
        if len(makers) > MOST_IDS:
            raise BadParameter("filter.created_by", "At most 10 ids are allowed.")
        tests.append(lambda event: event.by in makers)
    if statuses := _statuses(asked):
        tests.append(lambda event: event.type == "lead_status_changed" and event.after in statuses)
    return tests


def _found_by(event: Event) -> tuple[str, int]:
    """The entity; of a chat message the contact, whatever the row shows."""
    return (event.kind, event.entity) if event.talks_to is None else ("contact", event.talks_to)


def _statuses(asked: Asked) -> set[tuple[int, int]]:
    found: set[tuple[int, int]] = set()
    for pair in asked.items("filter", "value_after", "leads_statuses"):
        if not all(pair.get(name, "").isdigit() for name in ("pipeline_id", "status_id")):
            raise BadParameter("filter.value_after", "Both pipeline_id and status_id are required.")
        found.add((int(pair["pipeline_id"]), int(pair["status_id"])))
    return found
