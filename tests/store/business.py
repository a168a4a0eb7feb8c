"""Random businesses of few customers, whose leads and deals hang together in all ways that there are."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from collector.plugin.records import Customer, Deal, Gone, Lead, StageChange

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
NOW = START + timedelta(days=150)

Record = Deal | Lead | StageChange | Customer | Gone
PEOPLE = ["contact:1", "contact:2", "contact:3", "company:1"]
TAGS: list[dict[str, Any]] = [{}, {}, {}, {"utm_source": "yandex", "utm_medium": "cpc"}, {"click_ids": {"gclid": "1"}}]
STATUSES = {"lead": ["open", "qualified", "converted", "lost", "junk"], "deal": ["open", "won", "won", "won", "lost"]}


class Business:
    """Few customers who come again and again, around the days on which it is decided what stays."""

    def __init__(self, seed: int, people: Sequence[str] = PEOPLE) -> None:
        self._chance = Random(seed)
        self._people = people

    def records(self, count: int) -> list[Record]:
        makers: list[Callable[[], Record]] = [self.deal, self.lead]
        rarer: list[Callable[[], Record]] = [self.change, self.customer, self.gone]
        told = [self._chance.choice(makers)() for _ in range(count)]
        return [*told, *(self._chance.choice(rarer)() for _ in range(count // 5))]

    def instant(self) -> datetime:
        day = self._chance.choice([0, 10, 15, 20, 60, 108, 109, 110, 111, 140, self._chance.randrange(150)])
        return START + timedelta(days=day, hours=self._chance.randrange(-13, 13))

    def deal(self) -> Deal:
        pick, status, created = self._chance.choice, self._chance.choice(STATUSES["deal"]), self.instant()
        closed = created + timedelta(days=pick([0, 1, 30, -5]))
        return Deal(
            id=self.id(),
            created_at=created,
            updated_at=self.instant(),
            status=status,
            amount=Decimal(pick([-3, 0, 10, 20, 50])),
            currency="RUB",
            closed_at=None if status == "open" else closed,
            customer_id=self.person(),
            manager=pick([None, "ann", "bob"]),
            lead_id=pick([None, self.id(), self.id()]),
            lead_source=pick([None, "CALL"]),
            is_repeat=pick([None, None, None, True, False]),
            **pick(TAGS),
        )

    def lead(self) -> Lead:
        pick = self._chance.choice
        return Lead(
            id=self.id(),
            created_at=self.instant(),
            updated_at=self.instant(),
            status=pick(STATUSES["lead"]),
            customer_id=self.person(),
            first_response_at=pick([None, self.instant()]),
            lead_source=pick([None, "EMAIL"]),
            **pick(TAGS),
        )

    def later(self, count: int) -> list[Record]:
        """What happens after the last day, to people who may be known; it names no lead of before."""
        found: list[Record] = []
        for number in range(count):
            moment = NOW + timedelta(hours=self._chance.randrange(1, 60 * 24))
            key = f"later{number}"
            if self._chance.random() < 0.5:
                found.append(replace(self.lead(), id=key, created_at=moment, updated_at=moment))
                continue
            deal = replace(self.deal(), id=key, created_at=moment, updated_at=moment, lead_id=None)
            found.append(replace(deal, closed_at=moment) if deal.closed_at else deal)
        return found

    def change(self) -> StageChange:
        entity = self._chance.choice(["lead", "deal"])
        status = self._chance.choice(STATUSES[entity])
        return StageChange(entity=entity, id=self.id(), at=self.instant(), stage=status.upper(), status=status)

    def customer(self) -> Customer:
        pick = self._chance.choice
        return Customer(
            id=pick(self._people), parent_id=pick([None, self._people[-1]]), merged_into=pick([None, *self._people])
        )

    def gone(self) -> Gone:
        return Gone(entity=self._chance.choice(["deal", "lead"]), id=self.id())

    def id(self) -> str:
        return str(self._chance.randrange(1, 21))

    def person(self) -> str | None:
        return self._chance.choice([None, *self._people, *self._people])
