"""All that the account holds at an instant: cards, contacts, companies, the log.

It is filled from the company's lives, a day at a time, and follows the clock.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from collector.testing.company.calendar import DAY, HOUR, day_of, midnight, moment, seconds
from collector.testing.company.garbage import uncollected
from collector.testing.company.lives import ContactLife, Life
from collector.testing.company.staff import MANAGERS, RETAIL
from collector.testing.company.ways import WAYS
from connectors.amocrm.simulator.cards import Card
from connectors.amocrm.simulator.happened import Event, Log, Place, event, merged_contact
from connectors.amocrm.simulator.making import cards_of
from connectors.amocrm.simulator.shelf import Shelf
from connectors.amocrm.simulator.view import AmocrmCompany


@dataclass(slots=True)
class Contact:
    """A person, whose company may have been told later; `merged` is when they ceased to be one of their own."""

    id: int
    created: int
    manager: int
    company: int | None = None
    company_since: int = 0
    merged: int | None = None
    merged_into: int | None = None
    cards: tuple[int, ...] = ()

    def exists(self, at: int) -> bool:
        """Whether it is listed."""
        return self.created <= at and (self.merged is None or at < self.merged)

    def touches(self) -> list[int]:
        """When it changes."""
        found = [self.created, self.company_since if self.company is not None else None, self.merged]
        return [each for each in found if each is not None]

    def updated(self, at: int) -> int:
        """When it last changed."""
        return max(each for each in self.touches() if each <= at)

    def employer(self, at: int) -> int | None:
        """The company that it is linked to."""
        return self.company if self.company is not None and self.company_since <= at else None


@dataclass(slots=True)
class Firm:
    """A company, since the first contact or card named it."""

    id: int
    created: int
    manager: int
    contacts: tuple[int, ...] = ()

    def exists(self, at: int) -> bool:
        """Whether it is listed."""
        return self.created <= at

    def touches(self) -> list[int]:
        """When it changes."""
        return [self.created]

    def updated(self, at: int) -> int:
        """When it last changed."""
        del at
        return self.created


class Cabinet:
    """The account's data. `follow` the clock before anything is asked."""

    def __init__(self, company: AmocrmCompany) -> None:
        self._company = company
        self._told: set[int] = set()
        self._through = 0
        self.at = 0
        self.cards: Shelf[Card] = Shelf()
        self.contacts: Shelf[Contact] = Shelf()
        self.firms: Shelf[Firm] = Shelf()
        self._log = Log()
        self._unlogged: list[Card] = []
        self._merged: list[tuple[int, int]] = []

    def follow(self, now: datetime) -> None:
        """Stand as it stands at an instant; days that begin are told when they do."""
        at = seconds(now)
        if (today := day_of(at)) > self._through:
            self._through = today
            with uncollected():
                self._tell(list(self._new_lives(midnight(today + 1) - 1)), at)
        for shelf in (self.cards, self.contacts, self.firms):
            shelf.follow(at)
        self.at = at

    def _new_lives(self, through: int) -> Iterator[Life]:
        company = self._company.at(moment(through))
        for life in company.world.crm.lives(self._company.since.toordinal(), through):
            first = 2 * life.leads[0].id if life.leads else 2 * life.deals[0].id + 1
            if first not in self._told:
                self._told.add(first)
                yield life

    def _tell(self, lives: list[Life], at: int) -> None:
        cards: list[Card] = []
        contacts: list[Contact] = []
        firms: list[Firm] = []
        for life in lives:
            own = cards_of(life)
            cards += own
            people = [_contact(each, own) for each in life.contacts]
            contacts += people
            firms += _firms(people, own)
        self._file(cards, contacts, firms, at)

    def _file(self, cards: list[Card], contacts: list[Contact], firms: list[Firm], at: int) -> None:
        self.cards.add(cards, at)
        self.contacts.add(contacts, at)
        self.firms.add(firms, at)
        self._unlogged += cards
        self._merged += [(each.merged_into, each.merged) for each in contacts if each.merged and each.merged_into]

    @property
    def log(self) -> Log:
        """What happened; written down when it is first asked for."""
        if self._unlogged:
            with uncollected():
                self._log.add(self._unlogged, self._merged)
            self._unlogged, self._merged = [], []
        return self._log

    def event(self, place: Place) -> Event:
        """The event at a place of the log."""
        at, number, step = place
        if number < 0:
            return merged_contact(-number, at, self.contacts.things[-number].manager)
        return event(self.cards.things[number], step)

    def cards_of(self, contact: Contact) -> list[int]:
        """The cards that name a contact, those that exist."""
        return [number for number in contact.cards if self.cards.find(number) is not None]

    def grow(self, cards: int, people: int, now: datetime) -> None:
        """Hold so many more contacts, each with a company of their own, and cards of the first of them.

        They asked within the last days, and were answered. Their events are written down now.
        """
        self.follow(now)
        begins, ends = self.at - 9 * DAY, self.at - 2 * HOUR
        contacts, made = [], []
        for number in range(max(cards, people)):
            name, created = 4_000_000_000 + 2 * number, begins + (ends - begins) * number // max(cards, people)
            manager = MANAGERS[number % len(MANAGERS)].id
            contacts.append(Contact(name, created, manager, name, created, cards=(name,) if number < cards else ()))
            if number < cards:
                made.append(_grown(name, created, manager, cents=100 * number))
        firms = [Firm(each.id, each.created, each.manager, (each.id,)) for each in contacts]
        self._file(made, contacts, firms, self.at)
        self.log.count(self.at)

    @property
    def today(self) -> date:
        """The day on which it stands."""
        return date.fromordinal(day_of(self.at))


def _contact(life: ContactLife, cards: list[Card]) -> Contact:
    named = tuple(card.id for card in cards if life.id in (card.contact, card.colleague))
    manager = cards[0].manager
    merged = life.merged_at if life.merged_into is not None else None
    since = life.company_since if life.company is not None else 0
    return Contact(life.id, life.created, manager, life.company, since, merged, life.merged_into, named)


def _firms(people: list[Contact], cards: list[Card]) -> Iterator[Firm]:
    for number in dict.fromkeys(each.company for each in people if each.company is not None):
        staff = [each for each in people if each.company == number]
        yield Firm(
            number, min(each.company_since for each in staff), cards[0].manager, tuple(each.id for each in staff)
        )


def _grown(name: int, created: int, manager: int, *, cents: int) -> Card:
    """A card that was made to be one of many."""
    way = WAYS[0]
    return Card(
        id=name,
        created=created,
        times=(created, created + 120),
        stages=("new", "order"),
        deal_from=1,
        amounts=(created + 120, cents),
        contact=name,
        companies=(name, name),
        manager=manager,
        pipeline=RETAIL,
        tags=way.tags,
        click=way.click,
        source=way.crm_source,
        losses=("", ""),
        answered=created + 60,
    )
