"""The cards of a life: its requests with the deals that they became, and the deals without one.

Between the company's lives and `cards`; by the rules that `view` tells.
"""

from collections.abc import Mapping
from dataclasses import replace

from collector.testing.company.calendar import DAY
from collector.testing.company.lives import ContactLife, DealLife, LeadLife, Life
from collector.testing.company.story import IDS
from collector.testing.company.terms import CURRENCY
from connectors.amocrm.simulator.cards import Away, Card

RUBLES_A_DOLLAR = 80
"""At which amounts of foreign deals are entered: an account has one currency."""

MISTAKES = 80
"""The cards of one life in so many are deleted by mistake."""

_LIFE_IDS = 2 * IDS


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
