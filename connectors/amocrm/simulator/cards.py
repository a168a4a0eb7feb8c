"""A card: what amoCRM calls a lead, from its creation to its end.

Made by `making` of the company's lives, where a request and the deal that it becomes are two
things; read by the view, in which they are one. The rules are told in `view`.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from collector.testing.company.entities import Deal, Lead
from collector.testing.company.terms import CURRENCY
from collector.testing.company.ways import Tags
from connectors.amocrm.simulator import account

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


def steps_of(card: Card, at: int) -> Iterator[tuple[int, int]]:
    """Instant and place of each step by an instant."""
    for place, when in enumerate(card.times):
        if when <= at:
            yield when, place
