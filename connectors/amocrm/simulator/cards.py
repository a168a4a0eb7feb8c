"""Cards: what amoCRM calls a lead, from its creation to its end.

Between the company's lives, where a request and the deal that it becomes are two things, and the
view, in which they are one. The rules are told in `view`.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from collector.testing.company.calendar import DAY
from collector.testing.company.entities import Deal, Lead
from collector.testing.company.lives import ContactLife, DealLife, LeadLife, Life
from collector.testing.company.story import IDS
from collector.testing.company.terms import CURRENCY
from collector.testing.company.ways import Tags
from connectors.amocrm.simulator import account

RUBLES_A_DOLLAR = 80
"""At which amounts of foreign deals are entered: an account has one currency."""

MISTAKES = 80
"""The cards of one life in so many are deleted by mistake."""

_LIFE_IDS = 2 * IDS

_STATUSES: Mapping[str, str] = {"qualified": "qualified", "lost": "lost", "junk": "junk"}
"""Stage of a card that is no deal → status of its Lead; all others are open."""

Away = tuple[int, int | None]
"""Since when a card is in the bin, and until when; None: for ever."""


@dataclass(slots=True)
class Card:
    """One of the vendor's leads with all that will ever happen to it; `amounts` as in `DealLife`.

    `deal_from` is the first of its stages that is a deal's. `relinked`: when the contact was
    merged into another, and which. `absorbed`: when other cards were merged into this one.
    """

    id: int
    created: int
    times: tuple[int, ...]
    stages: tuple[str, ...]
    deal_from: int | None
    amounts: tuple[int, ...]
    contact: int | None
    companies: tuple[int | None, int | None]
    manager: int
    pipeline: int
    tags: Tags
    click: str
    source: str
    losses: tuple[str, str]
    answered: int | None
    away: Away | None = None
    merged_into: int | None = None
    relinked: tuple[int, int] | None = None
    absorbed: tuple[int, ...] = ()
    colleague: int | None = None
    is_only: bool = False

    # ── as it stands ─────────────────────────────────────────────────────────────────

    def exists(self, at: int) -> bool:
        """Whether it is listed."""
        return self.created <= at and not self.is_away(at)

    def is_away(self, at: int) -> bool:
        """Whether it was deleted, and not restored."""
        return self.away is not None and self.away[0] <= at and (self.away[1] is None or at < self.away[1])

    def place(self, at: int) -> int:
        """The last of its steps."""
        return max(0, bisect_right(self.times, at) - 1)

    def is_deal(self, place: int) -> bool:
        """Whether a deal stands in this step."""
        return self.deal_from is not None and place >= self.deal_from

    def cents(self, at: int) -> int:
        """What it is worth; nothing before it is a deal."""
        for place in range(len(self.amounts) - 2, -1, -2):
            if self.amounts[place] <= at:
                return self.amounts[place + 1]
        return 0

    def touches(self) -> list[int]:
        """The instants at which `updated_at` rises."""
        found = [*self.times, *self.amounts[::2], *self.absorbed]
        if self.answered is not None:
            found.append(self.answered)
        if self.away is not None:
            found += [each for each in self.away if each is not None]
        if self.relinked is not None:
            found.append(self.relinked[0])
        return found

    def updated(self, at: int) -> int:
        """When it was last touched."""
        return max((each for each in self.touches() if each <= at), default=self.created)

    def closed(self, at: int) -> int | None:
        """When it came into the final status that it is in."""
        place = self.place(at)
        return self.times[place] if self.stages[place] in account.FINAL else None

    def loss(self, place: int) -> str:
        """Why it is lost, in this step."""
        if self.stages[place] == "junk":
            return account.SPAM
        return self.losses[self.is_deal(place)] if self.stages[place] == "lost" else ""

    def company(self, at: int) -> int | None:
        """The company that it names."""
        return self.companies[self.is_deal(self.place(at))]

    def person(self, at: int) -> int | None:
        """The contact that it names."""
        return self.relinked[1] if self.relinked is not None and self.relinked[0] <= at else self.contact

    # ── what the project makes of it ─────────────────────────────────────────────────

    def status(self, place: int) -> str:
        """That of its Lead."""
        return "converted" if self.is_deal(place) else _STATUSES.get(self.stages[place], "open")

    def lead(self, at: int) -> Lead:
        """The Lead that it is."""
        place = self.place(at)
        is_deal = self.is_deal(place)
        return Lead(
            id=self.id,
            created=self.created,
            updated=self.updated(at),
            stage=str(account.status_id(self, place)),
            status=self.status(place),
            loss_reason=account.LOSS_REASONS.get(self.loss(place), ("", 0))[0],
            ever_qualified=is_deal or "qualified" in self.stages[: place + 1],
            ever_converted=is_deal,
            contact=self.person(at),
            company=self.company(at),
            manager=self.manager,
            pipeline=self.pipeline,
            tags=self.tags,
            click=self.click,
            crm_source=account.source_id(self.source),
            answered=self.answered if self.answered is not None and self.answered <= at else None,
        )

    def deal(self, at: int) -> Deal | None:
        """The Deal that it is, if it is one."""
        place = self.place(at)
        if not self.is_deal(place):
            return None
        stage = self.stages[place]
        return Deal(
            id=self.id,
            created=self.created,
            updated=self.updated(at),
            closed=self.closed(at),
            stage=str(account.status_id(self, place)),
            status=stage if stage in ("won", "lost") else "open",
            loss_reason=account.LOSS_REASONS.get(self.loss(place), ("", 0))[0],
            cents=self.cents(at),
            currency=CURRENCY,
            contact=self.person(at),
            company=self.company(at),
            lead=self.id,
            is_repeat=False,
            manager=self.manager,
            pipeline=self.pipeline,
            tags=self.tags,
            click=self.click,
            crm_source=account.source_id(self.source),
        )


def cards_of(life: Life) -> list[Card]:
    """The cards of a life."""
    deals = {deal.lead: deal for deal in life.deals if deal.lead is not None}
    cards = [_asked(lead, deals.get(lead.id)) for lead in life.leads]
    cards += [_sold(deal) for deal in life.deals if deal.lead is None]
    people = {contact.id: contact for contact in life.contacts}
    cards = [_linked(card, people, life.contacts) for card in cards]
    cards[0].is_only = len(cards) == 1
    for card in cards:
        _merge(card, cards)
    return [_mistaken(card) if card.id // _LIFE_IDS % MISTAKES == 0 else card for card in cards]


def _asked(lead: LeadLife, deal: DealLife | None) -> Card:
    """A request, and the deal that it became."""
    card = Card(
        id=2 * lead.id,
        created=lead.created,
        times=lead.times,
        stages=lead.stages,
        deal_from=None,
        amounts=(),
        contact=lead.contact,
        companies=(lead.company, lead.company),
        manager=lead.manager,
        pipeline=lead.pipeline,
        tags=lead.tags,
        click=lead.click,
        source=lead.crm_source,
        losses=(lead.loss_reason, ""),
        answered=lead.answered,
    )
    if deal is None:
        return card if lead.deleted is None else _put_away(card, (lead.deleted, None))
    card.deal_from = len(lead.times) - 1
    card.times, card.stages = lead.times[:-1] + deal.times, lead.stages[:-1] + _stages(deal)
    card.amounts, card.companies = _amounts(deal), (lead.company, deal.company)
    card.losses = (lead.loss_reason, deal.loss_reason)
    if deal.deleted is not None:
        return _put_away(card, (deal.deleted, None))
    if lead.deleted is not None and lead.deleted < deal.created:
        return _put_away(card, (lead.deleted, deal.created))
    return card


def _sold(deal: DealLife) -> Card:
    """A deal that nobody had asked for: of a customer whom a manager called, in the shop, a refund."""
    was_called = deal.is_repeat and len(deal.times) > 1
    card = Card(
        id=2 * deal.id + 1,
        created=deal.created,
        times=deal.times,
        stages=_stages(deal),
        deal_from=0,
        amounts=_amounts(deal),
        contact=deal.contact,
        companies=(deal.company, deal.company),
        manager=deal.manager,
        pipeline=deal.pipeline,
        tags=deal.tags,
        click=deal.click,
        source=deal.crm_source,
        losses=("", deal.loss_reason),
        answered=deal.created if was_called else None,
    )
    return card if deal.deleted is None else _put_away(card, (deal.deleted, None))


def _stages(deal: DealLife) -> tuple[str, ...]:
    return ("order", *deal.stages[1:]) if deal.stages[0] == "new" else deal.stages


def _amounts(deal: DealLife) -> tuple[int, ...]:
    """In the account's currency."""
    if deal.currency == CURRENCY:
        return deal.amounts
    return tuple(each * RUBLES_A_DOLLAR if place % 2 else each for place, each in enumerate(deal.amounts))


def _put_away(card: Card, away: Away) -> Card:
    """In the bin nothing happens to a card."""
    begins, ends = away

    def happens(at: int) -> bool:
        return at < begins or (ends is not None and at >= ends)

    kept = [place for place, at in enumerate(card.times) if place == 0 or happens(at)]
    deal_from = card.deal_from
    if deal_from is not None:
        is_reached = any(place >= deal_from for place in kept)
        deal_from = sum(place < deal_from for place in kept) if is_reached else None
    kept_amounts = [place for place in range(0, len(card.amounts), 2) if place == 0 or happens(card.amounts[place])]
    return replace(
        card,
        times=tuple(card.times[place] for place in kept),
        stages=tuple(card.stages[place] for place in kept),
        deal_from=deal_from,
        amounts=tuple(each for place in kept_amounts for each in card.amounts[place : place + 2]),
        answered=card.answered if card.answered is not None and happens(card.answered) else None,
        away=away,
    )


def _linked(card: Card, people: Mapping[int, ContactLife], all_of_them: tuple[ContactLife, ...]) -> Card:
    """With what becomes of its contact, and a colleague who is named beside."""
    own = people.get(card.contact) if card.contact is not None else None
    if own is None:
        return card
    if own.merged_into is not None and not card.is_away(own.merged_at):
        card.relinked = (own.merged_at, own.merged_into)
    elif own.merged_into is None and own is not all_of_them[0]:
        card.colleague = all_of_them[0].id
    return card


def _mistaken(card: Card) -> Card:
    """A card that was put into the bin by mistake, a day after all else, and restored a day later."""
    if card.away is None:
        last = max(card.touches())
        card.away = (last + DAY, last + 2 * DAY)
    return card


def _merge(card: Card, cards: list[Card]) -> None:
    """A card that is deleted while the same contact has another one was merged into that."""
    if card.away is None or card.away[1] is not None or card.contact is None or card.deal_from is not None:
        return
    for other in cards:
        if other is not card and other.contact == card.contact and other.away is None and other.created < card.away[0]:
            card.merged_into = other.id
            other.absorbed = (*other.absorbed, card.away[0])
            return


def steps_of(card: Card, at: int) -> Iterator[tuple[int, int]]:
    """Instant and place of each step by an instant."""
    for place, when in enumerate(card.times):
        if when <= at:
            yield when, place
