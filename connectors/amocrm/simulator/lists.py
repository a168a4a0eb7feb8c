"""The long lists: cards, incoming ones, contacts, companies, events."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from connectors.amocrm.simulator import answers, asking_events, card_rows, listing, other_rows
from connectors.amocrm.simulator.answers import Row
from connectors.amocrm.simulator.asked import Asked
from connectors.amocrm.simulator.paging import MOST, MOST_EVENTS, Handlers, page_of
from connectors.amocrm.simulator.shelf import Shelf

if TYPE_CHECKING:
    from connectors.amocrm.simulator.simulator import AmocrmSimulator


class Lists:
    """What grows with the account."""

    def __init__(self, simulator: "AmocrmSimulator") -> None:
        self._simulator = simulator
        self._found = listing.Found()

    def handlers(self) -> Handlers:
        """Paths, and who answers them."""
        return [
            ("leads", self._leads),
            ("leads/unsorted", self._unsorted),
            ("leads/{id:int}", self._lead),
            ("contacts", self._contacts),
            ("contacts/{id:int}", self._contact),
            ("companies", self._companies),
            ("companies/{id:int}", self._company),
            ("events", self._events),
        ]

    def _asked(self, request: Request) -> Asked:
        return Asked(request, has_filters=self._simulator.has_filters)

    def _ids(
        self, name: str, asked: Asked, shelf: Shelf[listing.T], find: Callable[[], Sequence[int]]
    ) -> Sequence[int]:
        """What is found, as long as nothing changes."""
        simulator = self._simulator
        key = (name, asked.key(), shelf.version, simulator.scene)
        return self._found.of(key, lambda: simulator.shown(find()))

    def _page(
        self, request: Request, key: str, asked: Asked, ids: Sequence[int], row: Callable[[int], Row]
    ) -> Response:
        shown, page, size = page_of(ids, asked, most=MOST, shown=self._simulator.page_size)
        return answers.listed(request, key, [row(each) for each in shown], page=page, size=size, total=len(ids))

    # ── cards ────────────────────────────────────────────────────────────────────────

    async def _leads(self, request: Request) -> Response:
        asked, cabinet = self._asked(request), self._simulator.cabinet
        shown, base, cards = asked.texts("with"), answers.base_of(request), cabinet.cards
        if "only_deleted" in shown:
            ids = self._ids("bin", asked, cards, lambda: listing.deleted_asked_for(cabinet, asked))
            return self._page(request, "leads", asked, ids, lambda each: card_rows.deleted(base, cards.things[each]))
        ids = self._ids("leads", asked, cards, lambda: listing.cards_asked_for(cabinet, asked))
        at = cabinet.at
        return self._page(
            request, "leads", asked, ids, lambda each: card_rows.lead(base, cards.things[each], at, shown)
        )

    async def _lead(self, request: Request) -> Response:
        cabinet = self._simulator.cabinet
        card = self._one(cabinet.cards, request)
        if card is None:
            return answers.none()
        shown = self._asked(request).texts("with")
        return answers.hal(card_rows.lead(answers.base_of(request), card, cabinet.at, shown))

    def _one(self, shelf: Shelf[listing.T], request: Request) -> listing.T | None:
        number = request.path_params["id"]
        return shelf.find(number) if self._simulator.shown([number]) else None

    async def _unsorted(self, request: Request) -> Response:
        asked, cabinet = self._asked(request), self._simulator.cabinet
        base, cards = answers.base_of(request), cabinet.cards
        ids = self._ids("unsorted", asked, cards, lambda: listing.unsorted_asked_for(cabinet, asked))
        return self._page(request, "unsorted", asked, ids, lambda each: card_rows.unsorted(base, cards.things[each]))

    # ── people ───────────────────────────────────────────────────────────────────────

    async def _contacts(self, request: Request) -> Response:
        asked, cabinet = self._asked(request), self._simulator.cabinet
        ids = self._ids("contacts", asked, cabinet.contacts, lambda: listing.things_asked_for(cabinet.contacts, asked))
        base, shown = answers.base_of(request), asked.texts("with")
        return self._page(request, "contacts", asked, ids, lambda each: self._contact_row(base, shown, each))

    async def _contact(self, request: Request) -> Response:
        found = self._one(self._simulator.cabinet.contacts, request)
        base, shown = answers.base_of(request), self._asked(request).texts("with")
        return answers.none() if found is None else answers.hal(self._contact_row(base, shown, found.id))

    def _contact_row(self, base: str, shown: Sequence[str], number: int) -> Row:
        cabinet = self._simulator.cabinet
        one = cabinet.contacts.things[number]
        cards = cabinet.cards_of(one) if "leads" in shown else ()
        return other_rows.contact(base, one, cabinet.at, cards, shown)

    async def _companies(self, request: Request) -> Response:
        asked, cabinet = self._asked(request), self._simulator.cabinet
        ids = self._ids("companies", asked, cabinet.firms, lambda: listing.things_asked_for(cabinet.firms, asked))
        base, shown = answers.base_of(request), asked.texts("with")
        return self._page(request, "companies", asked, ids, lambda each: self._company_row(base, shown, each))

    async def _company(self, request: Request) -> Response:
        found = self._one(self._simulator.cabinet.firms, request)
        base, shown = answers.base_of(request), self._asked(request).texts("with")
        return answers.none() if found is None else answers.hal(self._company_row(base, shown, found.id))

    def _company_row(self, base: str, shown: Sequence[str], number: int) -> Row:
        cabinet = self._simulator.cabinet
        return other_rows.company(base, cabinet.firms.things[number], cabinet.at, shown)

    # ── the log ──────────────────────────────────────────────────────────────────────

    async def _events(self, request: Request) -> Response:
        asked, cabinet, simulator = self._asked(request), self._simulator.cabinet, self._simulator
        key = ("events", asked.key(), cabinet.log.count(cabinet.at), simulator.scene)
        found = self._found.of(
            key, lambda: simulator.shown(asking_events.events_asked_for(cabinet, asked), of=lambda place: place[1])
        )
        shown, page, size = page_of(found, asked, most=MOST_EVENTS, shown=simulator.page_size)
        base = answers.base_of(request)
        made = [other_rows.event(base, cabinet.event(place)) for place in shown]
        return answers.listed(request, "events", made, page=page, size=size, total=len(found))
