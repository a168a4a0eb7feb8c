"""Entities in, postings out: what each customer's leads and deals add to which measure on which day.

Pure. The states of one customer's leads and deals (or one lead, deal or post without a
customer) make its posting; `states` reads them, `books` keeps the postings. What counts
when: docs/measures.md.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from collector.store.rules import Rules

Members = tuple[str, ...]
"""An entity's members, in the order of the rules' dimensions; `''`: it has no such dimension."""

ONE = 1_000_000


class Change(NamedTuple):
    """A stage that was reached."""

    at: datetime
    status: str
    stage: str | None


@dataclass(slots=True)
class State:
    """A lead, deal or post as it stands, with its stage changes, oldest first. Nobody changes it."""

    kind: str
    key: str
    body: Mapping[str, Any]
    history: tuple[Change, ...] = ()
    created: datetime = field(init=False)
    """When it was created; of a post, published."""
    status: str = field(init=False)
    """Its present status; a post has none."""

    def __post_init__(self) -> None:
        body = self.body
        self.created = datetime.fromisoformat(body.get("created_at") or body["published_at"])
        self.status = body.get("status", "")

    def instant(self, name: str) -> datetime | None:
        """A field that holds an instant."""
        text = self.body.get(name)
        return None if text is None else datetime.fromisoformat(text)


Entry = tuple[int, str, str, int, Members]
"""A share in a measure: day, measure, currency (empty for what is no money), value in millionths, members."""

Purchase = tuple[int, Members, Members]
"""A customer's won deal that is no refund: day, members, and the members of the customer's first one."""

Sample = tuple[str, int, str, int, Members]
"""A number of one entity, for medians: measure, day, key, value, members.

The value is in seconds, or (of what is still due) an instant in microseconds.
"""


@dataclass(slots=True)
class Posting:
    """What the entities of one owner come to."""

    entries: list[Entry] = field(default_factory=list)
    purchases: list[Purchase] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Group:
    """What is posted together: a customer's entities, or one without a customer.

    `named`: the channels that the evidence of leads gives which its deals name, by lead;
    leads without evidence are left out.
    """

    customer: str | None
    states: tuple[State, ...]
    named: Mapping[str, str] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        """The posting's name."""
        if self.customer is not None:
            return owner_of_customer(self.customer)
        return owner_of_single(self.states[0].kind, self.states[0].key)


def owner_of_customer(customer: str) -> str:
    """The name of a customer's posting."""
    return f"customer/{customer}"


def owner_of_single(kind: str, key: str) -> str:
    """The name of the posting of an entity without a customer."""
    return f"{kind}/{key}"


def by_creation(state: State) -> tuple[datetime, int, str]:
    """The order in which entities were made; equal instants by id, 9 before 10."""
    return state.created, len(state.key), state.key


def ordinal(instant: datetime, rules: Rules) -> int:
    """The project's day of an instant."""
    return instant.astimezone(rules.zone).toordinal()


def of_kind(states: Iterable[State], kind: str) -> list[State]:
    """The states of a kind."""
    return [each for each in states if each.kind == kind]


MEASURES = (
    "leads",
    "web_leads",
    "qualified_leads",
    "leads_converted",
    "leads_response_due",
    "leads_answered_in_time",
    "deals",
    "deals_won",
    "deals_lost",
    "revenue",
    "refunds",
    "gross_profit",
    "customer_gross_profit",
    "new_customers",
    "new_customer_revenue",
    "new_customer_gross_profit",
    "pipeline_amount",
    "pipeline_idle_amount",
    "posts",
    "post_engagement",
    "post_views",
)
"""All that an entry may add to."""

UNMARGINED: Mapping[str, str] = {
    name: f"{name}:no_margin" for name in ("gross_profit", "customer_gross_profit", "new_customer_gross_profit")
}
"""Beside each profit, how many deals had no margin to compute it with."""

UNSTAGED = "leads_converted:no_stages"
"""How many leads are deals from their first day, while nobody named the stages at which one has become a deal."""

LACKING: Mapping[str, str] = {**UNMARGINED, "leads_converted": UNSTAGED}
"""Beside a measure, how many entities lack what it takes to say it."""

SAMPLED = ("seconds_to_win", "response_seconds", "seconds_to_convert", "leads_unanswered")
"""What samples are of; of `leads_unanswered` the instant at which an answer is due."""

STOCKS = ("pipeline_amount", "pipeline_idle_amount")
"""Their entries are changes: the stock of a day is the sum of all entries through it."""
