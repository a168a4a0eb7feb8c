"""Which cards, contacts and companies a question is about: filters and orders.

What was found is kept for as long as nothing changes: the further pages of a list cost little.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from collector.testing.company.calendar import DAY
from connectors.amocrm.simulator import account, card_rows
from connectors.amocrm.simulator.asked import Asked, BadParameter
from connectors.amocrm.simulator.cabinet import Cabinet
from connectors.amocrm.simulator.cards import Card
from connectors.amocrm.simulator.shelf import Shelf, Thing

KEPT = 4
IN_BIN = 30 * DAY
"""For how long a deleted card can still be seen."""

T = TypeVar("T", bound=Thing)
V = TypeVar("V")


class Found:
    """The latest answers, of which pages are cut."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Sequence[object]] = OrderedDict()

    def of(self, key: Hashable, make: Callable[[], Sequence[V]]) -> Sequence[V]:
        """What `make` gives; the same as before for the same key."""
        if key not in self._kept:
            self._kept[key] = make()
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return self._kept[key]  # type: ignore[return-value]


def cards_asked_for(cabinet: Cabinet, asked: Asked) -> Sequence[int]:
    """The ids of the cards that are listed and pass, in the order that is asked for.

    Raises:
        BadParameter: a filter or an order is wrong.
    """
    shelf = cabinet.cards
    tests = _card_tests(cabinet, asked)
    found = _candidates(shelf, asked)
    if tests:
        found = [number for number in found if all(test(shelf.things[number]) for test in tests)]
    return _ordered(shelf, found, asked)


def things_asked_for(shelf: Shelf[T], asked: Asked) -> Sequence[int]:
    """The same of contacts and companies.

    Raises:
        BadParameter: a filter or an order is wrong.
    """
    found = _candidates(shelf, asked)
    if asked.has("filter", "created_at"):
        created = asked.span("filter", "created_at")
        found = [number for number in found if _created(shelf, number) in created]
    return _ordered(shelf, found, asked)


def deleted_asked_for(cabinet: Cabinet, asked: Asked) -> list[int]:
    """The ids of the cards in the bin."""
    at, ids, updated = cabinet.at, set(asked.numbers("filter", "id")), asked.span("filter", "updated_at")
    away = [card for card in cabinet.cards.things.values() if card.away is not None and card.is_away(at)]
    return sorted(
        card.id
        for card in away
        if card.away is not None
        and card.away[0] > at - IN_BIN
        and card.away[0] in updated
        and (not ids or card.id in ids)
    )


def unsorted_asked_for(cabinet: Cabinet, asked: Asked) -> list[int]:
    """The ids of the cards that nobody has taken yet, oldest first."""
    shelf, at = cabinet.cards, cabinet.at
    categories, uids = asked.texts("filter", "category"), asked.texts("filter", "uid")
    pipelines = asked.numbers("filter", "pipeline_id")
    found = [
        number
        for number in shelf.ids
        if _is_unsorted(card := shelf.things[number], at)
        and (not categories or account.SOURCES[card.source].category in categories)
        and (not pipelines or card.pipeline in pipelines)
        and (not uids or f"{number:037x}" in uids)
    ]
    order = asked.order(("created_at", "updated_at")) or ("created_at", False)
    return sorted(found, key=lambda number: (shelf.things[number].created, number), reverse=order[1])


def _is_unsorted(card: Card, at: int) -> bool:
    place = card.place(at)
    return place == 0 and account.stage_key(card, 0) == account.UNSORTED


def _candidates(shelf: Shelf[T], asked: Asked) -> Sequence[int]:
    """Those that may pass: by their last change where that is asked for, else by id or as the ids are named."""
    ids, updated = asked.numbers("filter", "id"), asked.span("filter", "updated_at")
    if _is_by_change(asked):
        found = shelf.changed(updated.first, updated.last)
        return [number for number in found if number in ids] if ids else found
    return [number for number in dict.fromkeys(ids) if shelf.find(number) is not None] if ids else shelf.ids


def _is_by_change(asked: Asked) -> bool:
    updated = asked.span("filter", "updated_at")
    return updated.first is not None or updated.last is not None


def _created(shelf: Shelf[T], number: int) -> int:
    return shelf.things[number].touches()[0]


def _card_tests(cabinet: Cabinet, asked: Asked) -> list[Callable[[Card], bool]]:
    """What a card must be; only what is asked for is looked at."""
    at = cabinet.at
    tests: list[Callable[[Card], bool]] = []
    if statuses := _statuses(asked):
        tests.append(lambda card: (card.pipeline, account.status_id(card, card.place(at))) in statuses)
    if pipelines := asked.numbers("filter", "pipeline_id"):
        tests.append(lambda card: card.pipeline in pipelines)
    if managers := asked.numbers("filter", "responsible_user_id"):
        tests.append(lambda card: card.manager in managers)
    if creators := asked.numbers("filter", "created_by"):
        tests.append(lambda card: card_rows.created_by(card) in creators)
    if editors := asked.numbers("filter", "updated_by"):
        tests.append(lambda card: card_rows.updated_by(card, at) in editors)
    if names := asked.texts("filter", "name"):
        tests.append(lambda card: f"Сделка {card.id}" in names)
    if query := asked.text("query"):
        tests.append(lambda card: query.lower() in f"сделка {card.id}")
    for name, value in _SPANS.items():
        if asked.has("filter", name):
            tests.append(_within(asked.span("filter", name).__contains__, value, at))
    return tests


def _within(
    contains: Callable[[int | None], bool], value: Callable[[Card, int], int | None], at: int
) -> Callable[[Card], bool]:
    return lambda card: contains(value(card, at))


_SPANS: dict[str, Callable[[Card, int], int | None]] = {
    "created_at": lambda card, _: card.created,
    "closed_at": lambda card, at: card.closed(at),
    "closest_task_at": lambda _, __: None,
    "price": lambda card, at: card_rows.price(card.cents(at)),
}


def _statuses(asked: Asked) -> set[tuple[int, int]]:
    """Pairs; a status alone is not understood, for two of them are in all pipelines."""
    found: set[tuple[int, int]] = set()
    for pair in asked.items("filter", "statuses"):
        if not {"pipeline_id", "status_id"} <= pair.keys() or not all(each.isdigit() for each in pair.values()):
            raise BadParameter("filter.statuses", "Both pipeline_id and status_id are required.")
        found.add((int(pair["pipeline_id"]), int(pair["status_id"])))
    return found


def _ordered(shelf: Shelf[T], found: Sequence[int], asked: Asked) -> Sequence[int]:
    name, is_down = asked.order(("id", "updated_at", "created_at")) or ("id", False)
    if name == "updated_at" and _is_by_change(asked):
        return found[::-1] if is_down else found  # a list of very many is asked for again and again
    if name == "updated_at":
        return sorted(found, key=lambda number: (shelf.last_change(number), number), reverse=is_down)
    if name == "created_at":
        return sorted(found, key=lambda number: (_created(shelf, number), number), reverse=is_down)
    return sorted(found, reverse=is_down)
