"""The account's log: what happened to cards, and to contacts.

A card tells its own events, in the order in which they happened; the log holds only when, of whom
and which, for there are very many. Those of the future are not shown yet.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
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
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_IS_CONTACT = 3

Happening = tuple[int, str, str, int]
"""When, of which type, how it is meant (see `event`), and at which place of the card's steps or prices."""


class Event(NamedTuple):
    """One row of the log. `talks_to` is the contact of a chat message, whose events are found by that alone."""

    id: str
    at: int
    type: str
    kind: str
    entity: int
    by: int
    before: object = None
    after: object = None
    talks_to: int | None = None


def happenings(card: Card) -> list[Happening]:
    """All that ever happens to a card, oldest first."""
    found: list[Happening] = [(card.created, "lead_added", "", 0), *_greetings(card)]
    if card.answered is not None:
        found.append((card.answered, _answer(card), "person", 0))
    found += [(card.amounts[place], "sale_field_changed", "", place) for place in range(0, len(card.amounts), 2)]
    if card.away is not None:
        begins, ends = card.away
        found.append((begins, "lead_deleted" if card.merged_into is None else "entity_merged", "", 0))
        if ends is not None:
            found.append((ends, "lead_restored", "", 0))
    found += [(card.times[place], "lead_status_changed", "", place) for place in range(1, len(card.times))]
    found.sort(key=_when)  # stable: of one second in the order above
    return found


def _greetings(card: Card) -> list[Happening]:
    """What comes in, and what a robot answers to it at once: nothing that a person did."""
    category = account.SOURCES[card.source].category if card.source else None
    if category == "sip":
        return [(card.created, "incoming_call", "", 0)]
    if category == "chats":
        return [
            (card.created, "incoming_chat_message", "", 0),
            (card.created + 2, "outgoing_chat_message", "robot", 0),
        ]
    return [(card.created + 5, "outgoing_sms", "robot", 0)] if category == "forms" and card.id % 3 == 0 else []


def _answer(card: Card) -> str:
    """How a person answered."""
    if card.source and account.SOURCES[card.source].category == "chats":
        return RESPONSES[1]
    return RESPONSES[2] if card.id % 7 == 0 else RESPONSES[0]


def event(card: Card, step: int) -> Event:
    """A happening as a row."""
    at, kind, how, place = happenings(card)[step]
    made = Event(_id(at, card.id, step), at, kind, "lead", card.id, _by(card, kind, how))
    if kind == "lead_status_changed":
        before, after = account.status_id(card, place - 1), account.status_id(card, place)
        return made._replace(before=(card.pipeline, before), after=(card.pipeline, after))
    if kind == "sale_field_changed":
        was = card.amounts[place - 1] if place else 0
        return made._replace(before=was // 100, after=card.amounts[place + 1] // 100)
    if kind == "entity_merged" and card.merged_into is not None:
        return made._replace(entity=card.merged_into)
    if kind.endswith("chat_message"):
        made = made._replace(talks_to=card.contact)
    if how != "person" or card.contact is None or not card.is_only:  # it would answer all cards of a contact
        return made
    is_on_contact = card.id % 5 == 0 or made.talks_to is not None
    return made._replace(kind="contact", entity=card.contact) if is_on_contact else made


def _by(card: Card, kind: str, how: str) -> int:
    is_robots = how == "robot" or kind.startswith("incoming")
    if is_robots or (kind == "lead_added" and account.stage_key(card, 0) == account.UNSORTED):
        return ROBOT
    return card.manager


def merged_contact(contact: int, at: int, by: int) -> Event:
    """A contact into which another one was merged."""
    return Event(_id(at, contact, 0, _IS_CONTACT), at, "entity_merged", "contact", contact, by)


def _id(at: int, entity: int, step: int, kind: int = 0) -> str:
    """26 characters."""
    number = ((at << 40 | entity) << 8 | step) << 2 | kind
    return "01" + "".join([_PAIRS[number >> 10 * place & 1023] for place in range(11, -1, -1)])


def _when(happening: Happening) -> int:
    return happening[0]


Place = tuple[int, int, int]
"""When, of which card (a contact: negative), and its step."""


class Log:
    """Where all events are, by type, and by the card (a contact: negative) that they are told of."""

    def __init__(self) -> None:
        self._of: dict[str, list[Place]] = defaultdict(list)
        self._about: dict[int, list[tuple[str, Place]]] = defaultdict(list)
        self._into: dict[int, list[int]] = defaultdict(list)

    def add(self, cards: Iterable[Card], merged: Iterable[tuple[int, int]]) -> None:
        """Take in those of new cards, and when contacts took others in."""
        for card in cards:
            for step, (at, kind, _, _) in enumerate(happenings(card)):
                self._of[kind].append((at, card.id, step))
                self._about[card.id].append((kind, (at, card.id, step)))
            if card.merged_into is not None:
                self._into[card.merged_into].append(card.id)
        for contact, at in merged:
            self._of["entity_merged"].append((at, -contact, 0))
            self._about[-contact].append(("entity_merged", (at, -contact, 0)))
        for places in self._of.values():
            places.sort()

    def places(self, types: Collection[str], first: int | None, last: int) -> list[Place]:
        """Those of some types (none named: of all) between two instants, both inside; newest first."""
        found: list[Place] = []
        for kind, places in self._of.items():
            if not types or kind in types:
                begin = 0 if first is None else bisect_left(places, (first, _LEAST, 0))
                found += places[begin : bisect_left(places, (last + 1, _LEAST, 0))]
        found.sort(reverse=True)
        return found

    def about(self, numbers: Iterable[int], types: Collection[str], first: int | None, last: int) -> list[Place]:
        """The same of these cards (contacts: negative) alone, and of cards that were merged into them."""
        wanted = {each for number in numbers for each in (number, *self._into.get(number, ()))}
        told = (each for number in wanted for each in self._about.get(number, ()))
        begin = _LEAST if first is None else first
        return sorted(
            (place for kind, place in told if begin <= place[0] <= last and (not types or kind in types)), reverse=True
        )

    def count(self, at: int) -> int:
        """How many there are by an instant."""
        return sum(bisect_left(places, (at + 1, _LEAST, 0)) for places in self._of.values())


_LEAST = -(1 << 62)
