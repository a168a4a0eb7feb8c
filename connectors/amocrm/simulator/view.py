"""The company as amoCRM sees it: one card for a request and the deal that comes of it.

The books of this view say what the project must make of an amoCRM account. It differs from the
company's own view in what a vendor's lead (a card) is:

- A request and its deal are one card, with the request's creation, contact, tags, click id and
  source. Its Lead is `converted` exactly when there is a Deal, which has the card's id, names it
  as its lead, and was created when the card was: so a deal counts on the day of the request, and
  the time to win runs from there.
- A deal without a request (a customer whom a manager called, the shop, a refund) is a card too,
  which is a deal from the first second: there is a converted Lead of it. Where a manager called,
  that is the first answer.
- A deleted request whose deal was made later had been put into the bin and was restored by then;
  what happened in between did not. A deal that was deleted takes the card away. A deleted
  request beside another card of the same contact was merged into that. The cards of one life in
  eighty lie in the bin by mistake for a day, when all else is over.
- All amounts are in the account's currency; foreign ones were entered at 80 for one.
- No card says that its customer has bought before (`is_repeat`); the source is the id of the
  vendor's source, which leads to a channel only where a rule of the user's says so.
- A contact that was merged into another one is gone, and its cards name the other; that, and the
  merging of cards, counts as a change of the card.
"""

from collections.abc import Iterator

from collector.testing.company.calendar import seconds
from collector.testing.company.company import Company
from collector.testing.company.entities import Customer, Deal, Gone, Lead, StageChange
from connectors.amocrm.simulator import account
from connectors.amocrm.simulator.cards import Card, steps_of
from connectors.amocrm.simulator.making import cards_of


class AmocrmCompany(Company):
    """The same company, with amoCRM as its CRM."""

    def cards(self) -> Iterator[Card]:
        """All cards that were made by now, deleted ones too."""
        at = seconds(self.now)
        for life in self.world.crm.lives(self.since.toordinal(), at):
            yield from (card for card in cards_of(life) if card.created <= at)

    def leads(self) -> Iterator[Lead]:
        """One for each card that exists."""
        at = seconds(self.now)
        return (card.lead(at) for card in self.cards() if card.exists(at))

    def deals(self) -> Iterator[Deal]:
        """One for each card that is a deal."""
        at = seconds(self.now)
        made = (card.deal(at) for card in self.cards() if card.exists(at))
        return (deal for deal in made if deal is not None)

    def customers(self) -> Iterator[Customer]:
        """The contacts that are not merged into others."""
        return (each for each in super().customers() if each.merged_into is None)

    def stage_changes(self) -> Iterator[StageChange]:
        """The steps of the cards that exist: of the Lead all, of the Deal those since it is one."""
        at = seconds(self.now)
        for card in self.cards():
            if card.exists(at):
                for when, place in steps_of(card, at):
                    stage = str(account.status_id(card, place))
                    yield StageChange("lead", card.id, when, card.pipeline, stage, card.status(place))
                    if card.is_deal(place):
                        status = card.stages[place] if card.stages[place] in ("won", "lost") else "open"
                        yield StageChange("deal", card.id, when, card.pipeline, stage, status)

    def gone(self) -> Iterator[Gone]:
        """The cards that were deleted: their Lead, and their Deal if they were one."""
        at = seconds(self.now)
        for card in self.cards():
            if card.away is not None and card.is_away(at):
                yield Gone("lead", card.id, card.away[0])
                if card.is_deal(card.place(at)):
                    yield Gone("deal", card.id, card.away[0])
