"""The account's log: what happened to cards, and to contacts, newest first.

Each event is told once, when its card is; those of the future are not shown yet.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from connectors.amocrm.simulator import account
from connectors.amocrm.simulator.cards import Card

ROBOT = 0
RESPONSES = ("outgoing_call", "outgoing_chat_message", "outgoing_sms")
TYPES: Mapping[str, str] = {
    "lead_added": "Новая сделка",
    "lead_deleted": "Сделка удалена",
    "lead_restored": "Сделка восстановлена",
    "lead_status_changed": "Изменение этапа продажи",
    "sale_field_changed": "Изменение поля «Бюджет»",
    "entity_merged": "Выполнено объединение",
    "incoming_call": "Входящий звонок",
    "incoming_chat_message": "Входящее сообщение",
    "outgoing_call": "Исходящий звонок",
    "outgoing_chat_message": "Исходящее сообщение",
    "outgoing_sms": "Исходящее SMS",
}
"""Key → what it is called; their order gives each its number."""

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


class Event(NamedTuple):
    """Events are in order of `at`, and of one second in the order in which they happened.

    `talks_to` is the contact of a chat message, whose events are found by the contact alone.
    """

    at: int
    entity: int
    step: int
    type: str
    by: int
    kind: str = "lead"
    before: object = None
    after: object = None
    talks_to: int | None = None

    @property
    def id(self) -> str:
        """26 characters."""
        number = ((self.at << 44 | self.entity) << 12 | self.step) << 4 | (self.kind == "contact")
        return "01" + "".join(_ALPHABET[number >> 5 * place & 31] for place in range(23, -1, -1))


def events_of(card: Card) -> Iterator[Event]:
    """All that ever happens to a card."""
    step = iter(range(1000))
    answers = () if card.answered is None else (_answer(card, card.answered),)
    by = ROBOT if account.stage_key(card, 0) == account.UNSORTED else card.manager
    found = [Event(card.created, card.id, next(step), "lead_added", by)]
    found += _greetings(card)
    found += answers
    for at, cents, was in _prices(card):
        found.append(Event(at, card.id, 0, "sale_field_changed", card.manager, before=was // 100, after=cents // 100))
    if card.away is not None:
        begins, ends = card.away
        if card.merged_into is None:
            found.append(Event(begins, card.id, 0, "lead_deleted", card.manager))
        else:
            found.append(Event(begins, card.merged_into, 900, "entity_merged", card.manager))
        if ends is not None:
            found.append(Event(ends, card.id, 0, "lead_restored", card.manager))
    for place in range(1, len(card.times)):
        moved = ((card.pipeline, account.status_id(card, place - 1)), (card.pipeline, account.status_id(card, place)))
        found.append(
            Event(card.times[place], card.id, 0, "lead_status_changed", card.manager, before=moved[0], after=moved[1])
        )
    for event in sorted(found, key=lambda each: each.at):  # stable: of one second in the order above
        yield event if event.type == "entity_merged" else event._replace(step=next(step))


def _greetings(card: Card) -> Iterator[Event]:
    """What comes in, and what a robot answers to it at once: nothing that a person did."""
    category = account.SOURCES[card.source].category if card.source else None
    if category == "sip":
        yield Event(card.created, card.id, 0, "incoming_call", ROBOT)
    if category == "chats":
        yield Event(card.created, card.id, 0, "incoming_chat_message", ROBOT, talks_to=card.contact)
        yield Event(card.created + 2, card.id, 0, "outgoing_chat_message", ROBOT, talks_to=card.contact)
    if category == "forms" and card.id % 3 == 0:
        yield Event(card.created + 5, card.id, 0, "outgoing_sms", ROBOT)


def _answer(card: Card, at: int) -> Event:
    """By a person: on the card, or on its contact where that has no other card."""
    category = account.SOURCES[card.source].category if card.source else None
    kind = RESPONSES[1] if category == "chats" else RESPONSES[2] if card.id % 7 == 0 else RESPONSES[0]
    if card.is_only and card.contact is not None and (category == "chats" or card.id % 5 == 0):
        return Event(at, card.contact, 0, kind, card.manager, kind="contact", talks_to=card.contact)
    return Event(at, card.id, 0, kind, card.manager, talks_to=card.contact if category == "chats" else None)


def _prices(card: Card) -> Iterator[tuple[int, int, int]]:
    was = 0
    for at, cents in zip(card.amounts[::2], card.amounts[1::2], strict=True):
        yield at, cents, was
        was = cents


class Log:
    """All events, oldest first; by type too, for most questions are about few types."""

    def __init__(self) -> None:
        self._of: dict[str, list[Event]] = defaultdict(list)
        self._all: list[Event] = []

    def add(self, events: Iterable[Event]) -> None:
        """Take in new ones."""
        self._all += events
        self._all.sort(key=_order)
        self._of.clear()
        for event in self._all:
            self._of[event.type].append(event)

    def since(self, types: Collection[str], first: int | None, last: int) -> Sequence[Event]:
        """Those of some types (none named: of all) between two instants, both inside; newest first."""
        lists = [self._of[each] for each in types if each in self._of] if types else [self._all]
        found: list[Event] = []
        for events in lists:
            begin = 0 if first is None else bisect_left(events, first, key=_when)
            found += events[begin : bisect_right(events, last, key=_when)]
        return sorted(found, key=_order, reverse=True)

    def count(self, at: int) -> int:
        """How many there are by an instant."""
        return bisect_right(self._all, at, key=_when)


def _when(event: Event) -> int:
    return event.at


def _order(event: Event) -> tuple[int, int, int]:
    return event.at, event.entity, event.step
