"""Whole lives of customers-to-be: guests come once, the loyal come back.

Between `demand` (how many came on a day, by which way) and `crm` (what is seen of them). A guest's
life ends within `GUEST_DAYS`, a loyal customer's within `LOYAL_DAYS`; lives never meet, so that
each can be told without any other.
"""

from collections.abc import Iterator
from random import Random

from collector.testing.company.asking import tell_lead
from collector.testing.company.calendar import DAY, HOUR, midnight
from collector.testing.company.demand import Demand
from collector.testing.company.dice import dice, one_of
from collector.testing.company.lives import ContactLife, DealLife, LeadLife, Life
from collector.testing.company.selling import give_back, tell_deal
from collector.testing.company.staff import PROJECTS, RETAIL, SELLERS, Manager
from collector.testing.company.ways import COMING_BACK, NO_TAGS, WAYS, Way, channel_of

GUEST_DAYS, LOYAL_DAYS = 160, 460
IDS = 32
"""How many leads, deals, contacts a life may have at most, of each."""

_JUST_A_DAY = (DAY - 1, DAY, DAY + 1)
_EVIDENT = tuple(way for way in WAYS if way.channel and way.visits)


class Teller:
    """Tells the lives that begin on a day; the same for the same seed and size."""

    def __init__(self, seed: int, size: int, demand: Demand) -> None:
        self._seed, self._size, self._demand = seed, size, demand
        self._a_day = 128 * max(1, size)

    def guests(self, day: int) -> Iterator[Life]:
        """Those who come once."""
        random, name = dice(self._seed, self._size, "guests", day), day * self._a_day
        for coming in self._demand.day(day):
            for _ in range(coming.guests):
                is_junk = random.random() < coming.junk
                yield _Story(random, self._first_id(name), coming.way, _time(random, day)).of_guest(is_junk=is_junk)
                name += 1

    def loyals(self, day: int) -> Iterator[Life]:
        """Those who come back."""
        random, name = dice(self._seed, self._size, "loyals", day), day * self._a_day + self._a_day // 2
        for coming in self._demand.day(day):
            for _ in range(coming.loyals):
                yield _Story(random, self._first_id(name), coming.way, _time(random, day)).of_loyal()
                name += 1

    def _first_id(self, name: int) -> int:
        return (name - _FIRST_DAY * self._a_day) * IDS


_FIRST_DAY = 736_695  # 2018-01-01: no id is below 1


def _time(random: Random, day: int) -> int:
    """Mostly by day, a little at night."""
    hour = 9 + 10 * random.random() if random.random() < 0.8 else 24 * random.random()
    return midnight(day) + int(hour * HOUR)


class _Story:
    """One life in the making."""

    def __init__(self, random: Random, first_id: int, way: Way, born: int) -> None:
        self.random, self.first_id, self.way, self.born = random, first_id, way, born
        self.pipeline = PROJECTS if random.random() < 0.12 else RETAIL
        self.manager: Manager = one_of(random, SELLERS[self.pipeline])
        self.contacts: list[ContactLife] = []
        self.leads: list[LeadLife] = []
        self.deals: list[DealLife] = []

    # ── people ───────────────────────────────────────────────────────────────────────

    def _meet(self, created: int) -> ContactLife:
        """A new contact; those of projects mostly have a company, at once or later."""
        contact = ContactLife(self.first_id + len(self.contacts) + 1, created)
        self.contacts.append(contact)
        if self.pipeline == PROJECTS and self.random.random() < 0.8:
            contact.company = self.first_id + 1
            is_late = self.random.random() < 0.4
            contact.company_since = created + int(self.random.random() * 30 * DAY) if is_late else created
        return contact

    def _life(self) -> Life:
        return Life(tuple(self.contacts), tuple(self.leads), tuple(self.deals))

    # ── who come once ────────────────────────────────────────────────────────────────

    def of_guest(self, *, is_junk: bool) -> Life:
        """Junk, somebody who buys nothing, a buyer; a few of them twice in the CRM."""
        random = self.random
        contact = self._meet(self.born) if not is_junk or random.random() < 0.5 else None
        if contact is not None and random.random() < 0.02:
            self.contacts.clear()
            contact = None  # a buyer whose name nobody wrote down
        if self.way.crm_source == "STORE":
            self._sell(self.born, contact, won=random.random() < 0.9)
            return self._life()
        throw = random.random()
        fate = "junk" if is_junk else "converted" if throw < 0.55 else "lost" if throw < 0.92 else "open"
        lead = self._ask(self.born, self.way, contact, fate)
        if contact is not None and random.random() < 0.08:
            self._ask_again(contact, is_junk=is_junk)
        if fate == "converted":
            self._sell(lead.times[-1], contact, won=random.random() < 0.5, lead=lead)
        if contact is not None and not is_junk and random.random() < 0.04:
            self._twin(contact, lead.times[-1])
        return self._life()

    def _ask_again(self, contact: ContactLife, *, is_junk: bool) -> None:
        """A second request: within a day it is the same one, just after a day it is another."""
        random = self.random
        at = self.born + (one_of(random, _JUST_A_DAY) if random.random() < 0.3 else int(random.random() * DAY))
        self._ask(at, one_of(random, _EVIDENT), contact, "junk" if is_junk else one_of(random, ("open", "lost")))

    def _twin(self, contact: ContactLife, since: int) -> None:
        """The same person, or a colleague, entered a second time: buys once more, and is merged into the first."""
        random = self.random
        at = since + int((1 + 20 * random.random()) * DAY)
        second = self._meet(at)
        lead = self._ask(at, one_of(random, _EVIDENT), second, "converted", is_evident=True)
        self._sell(lead.times[-1], second, won=random.random() < 0.7, lead=lead, is_evident=True)
        if contact.company is None or random.random() < 0.5:
            second.merged_into, second.merged_at = contact.id, at + int((3 + 40 * random.random()) * DAY)

    # ── who come back ────────────────────────────────────────────────────────────────

    def of_loyal(self) -> Life:
        """A first purchase, and further ones as long as they stay."""
        random = self.random
        contact = self._meet(self.born)
        if self.way.crm_source == "STORE":
            first = self._sell(self.born, contact, won=True, is_steady=True)
        else:
            lead = self._ask(self.born, self.way, contact, "converted", is_evident=self.way.visits > 0)
            first = self._sell(lead.times[-1], contact, won=True, lead=lead, is_steady=True)
        at = first.times[-1]
        ends = self.born + int((60 + 280 * random.random()) * DAY)
        while len(self.deals) < IDS // 2 and len(self.leads) < IDS // 2:
            at += 2 * DAY + int(random.expovariate(1 / 52) * DAY)
            if random.random() < 0.06:  # when their last touch is just about to be forgotten
                at = max(at, self._touched() + 90 * DAY + int(random.random() < 0.5))
            if at > ends:
                break
            self._come_back(at, contact)
        return self._life()

    def _touched(self) -> int:
        """When they last left evidence of a way that means a channel."""
        shown: list[LeadLife | DealLife] = [*self.leads, *self.deals]
        return max((each.created for each in shown if each.click or channel_of(each.tags)), default=self.born)

    def _come_back(self, at: int, contact: ContactLife) -> None:
        """By a request of their own, or because a manager called."""
        random = self.random
        if random.random() < 0.35:
            lead = self._ask(at, one_of(random, COMING_BACK), contact, "converted", is_evident=True)
            self._sell(lead.times[-1], contact, won=random.random() < 0.8, lead=lead, is_repeat=True)
        else:
            self._sell(at, contact, won=random.random() < 0.8, is_repeat=True)

    # ── leads and deals of theirs ────────────────────────────────────────────────────

    def _company(self, contact: ContactLife | None, at: int) -> int | None:
        known = contact is not None and contact.company is not None and contact.company_since <= at
        return contact.company if known and contact is not None else None

    def _ask(self, at: int, way: Way, contact: ContactLife | None, fate: str, *, is_evident: bool = False) -> LeadLife:
        lead = tell_lead(
            self.random,
            self.first_id + len(self.leads) + 1,
            at,
            way,
            fate=fate,
            contact=contact.id if contact else None,
            company=self._company(contact, at),
            manager=self.manager,
            pipeline=self.pipeline,
            may_vanish=not is_evident,
        )
        if is_evident:
            lead.tags, lead.click = way.tags, way.click
        self.leads.append(lead)
        return lead

    def _sell(
        self,
        at: int,
        contact: ContactLife | None,
        *,
        won: bool,
        lead: LeadLife | None = None,
        is_repeat: bool = False,
        is_steady: bool = False,
        is_evident: bool = False,
    ) -> DealLife:
        """A deal; it has the tags of its lead, or only its lead. A refund follows some that were won."""
        random = self.random
        is_tagged = lead is not None and (is_evident or random.random() < 0.7)
        source = "REPEAT_SALE" if is_repeat and random.random() < 0.3 else "" if is_repeat else self.way.crm_source
        deal = tell_deal(
            random,
            self.first_id + len(self.deals) + 1,
            at,
            won=won,
            contact=contact.id if contact else None,
            company=self._company(contact, at),
            manager=self.manager.id,
            pipeline=self.pipeline,
            tags=lead.tags if lead and is_tagged else NO_TAGS,
            click=lead.click if lead and is_tagged else "",
            crm_source=lead.crm_source if lead else source,
            lead=lead.id if lead else None,
            is_repeat=is_repeat,
            is_steady=is_steady,
        )
        self.deals.append(deal)
        is_sold = len(deal.times) == 4 and deal.stages[-1] == "won" and deal.amounts[-1] > 0 and deal.deleted is None
        if is_sold and random.random() < 0.035:
            self.deals.append(give_back(random, self.first_id + len(self.deals) + 1, deal))
        return deal
