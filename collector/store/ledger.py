"""Entities in, entries out: what each lead and deal adds to which measure on which day.

Pure: the states of one customer's leads and deals (or one lead or deal without a
customer) make its entries; `books` reads the states and keeps the entries. What counts
when: docs/measures.md.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from collector.clock import day_of
from collector.plugin.records import NOT_SET
from collector.store.codec import to_micros
from collector.store.names import Members

VERSION = 2
"""Raise it when entries come out differently; every ledger is then rebuilt."""

IDLE_AFTER = timedelta(days=30)
_OWN_DIMENSIONS = ("campaign", "manager", "pipeline")


@dataclass(frozen=True)
class Rules:
    """The settings that entries depend on; another digest means: make them anew."""

    zone: ZoneInfo
    margin: Decimal | None = None
    margin_by: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    lead_dedup: timedelta = timedelta(hours=24)
    refund_pipelines: frozenset[str] = frozenset()
    qualified_stages: frozenset[str] = frozenset()
    junk_stages: frozenset[str] = frozenset()
    junk_loss_reasons: frozenset[str] = frozenset()
    dimensions: tuple[str, ...] = ()
    """Names of the project's extra dimensions."""

    def digest(self) -> str:
        """Equal for equal rules, in any process."""
        told = [f"{VERSION}"]
        for spec in fields(self):
            value = getattr(self, spec.name)
            told.append(f"{spec.name}={sorted(value) if isinstance(value, frozenset) else value!s}")
        return hashlib.blake2b("\n".join(told).encode(), digest_size=16).hexdigest()

    @property
    def all_dimensions(self) -> tuple[str, ...]:
        """The dimensions that every entry has, sorted."""
        return tuple(sorted({*_OWN_DIMENSIONS, *self.dimensions}))


@dataclass(frozen=True, slots=True)
class State:
    """A lead or deal as it stands; `history` are its stage changes (instant, status), oldest first."""

    kind: str
    key: str
    body: Mapping[str, Any]
    history: tuple[tuple[datetime, str], ...] = ()

    def instant(self, name: str) -> datetime | None:
        """A field that holds an instant."""
        text = self.body.get(name)
        return None if text is None else datetime.fromisoformat(text)

    @property
    def created(self) -> datetime:
        """When it was created."""
        return datetime.fromisoformat(self.body["created_at"])

    @property
    def status(self) -> str:
        """Its present status."""
        return str(self.body["status"])


@dataclass(frozen=True, slots=True)
class Entry:
    """A share in a measure: `value` in millionths, `currency` empty for what is no money."""

    kind: str
    key: str
    day: int
    measure: str
    members: Members
    currency: str
    value: int


@dataclass(frozen=True, slots=True)
class Purchase:
    """A won deal that is no refund."""

    deal: str
    customer: str | None
    day: int
    seconds_to_win: int
    members: Members
    acquisition: Members


@dataclass(frozen=True)
class Posting:
    """What one customer's leads and deals come to."""

    entries: tuple[Entry, ...]
    purchases: tuple[Purchase, ...]


ONE = 1_000_000


def post(customer: str | None, states: Iterable[State], rules: Rules) -> Posting:
    """Entries and purchases of one customer's (or one customerless) leads and deals."""
    states = list(states)
    deals = [each for each in states if each.kind == "deal"]
    leads = [each for each in states if each.kind == "lead"]
    deal_entries, purchases = _deals(customer, deals, rules)
    return Posting((*deal_entries, *_leads(customer, leads, rules)), tuple(purchases))


# ── deals ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Sale:
    """A deal with what its entries need."""

    state: State
    created: datetime
    closed: datetime | None
    amount: int
    currency: str
    members: Members
    profit: int | None
    is_refund: bool


def _deals(customer: str | None, deals: Sequence[State], rules: Rules) -> tuple[list[Entry], list[Purchase]]:
    sales = [_sale(each, rules) for each in deals]
    won = [sale for sale in sales if sale.state.status == "won" and not sale.is_refund]
    first = min(won, key=_order) if customer is not None and won else None
    entries: list[Entry] = []
    purchases: list[Purchase] = []
    for sale in sales:
        day = _ordinal(sale.closed, rules) if sale.closed else 0
        acquired = first.members if first is not None else sale.members
        if sale.is_refund:
            entries += _refund(sale, day, customer, acquired)
            continue
        entries += _life(sale, day, rules)
        if sale is first:
            entries += _first_win(sale, day)
        if sale.state.status == "won" and sale.closed is not None:
            entries += _win(sale, day, customer, acquired)
            seconds = max(0, int((sale.closed - sale.created).total_seconds()))
            purchases.append(Purchase(sale.state.key, customer, day, seconds, sale.members, acquired))
    return entries, purchases


def _order(sale: _Sale) -> tuple[datetime, datetime, int, str]:
    """Which of a customer's won deals came first; equal instants by id, 9 before 10."""
    closed = sale.closed or sale.created
    return closed, sale.created, len(sale.state.key), sale.state.key


def _sale(state: State, rules: Rules) -> _Sale:
    amount = Decimal(state.body["amount"])
    is_refund = state.status == "won" and (amount < 0 or state.body.get("pipeline") in rules.refund_pipelines)
    if is_refund:
        amount = -abs(amount)
    members = _members(state, rules)
    share = _margin(members, rules)
    return _Sale(
        state=state,
        created=state.created,
        closed=_closed(state),
        amount=to_micros(amount),
        currency=str(state.body["currency"]),
        members=members,
        profit=None if share is None else to_micros(amount * share),
        is_refund=is_refund,
    )


def _closed(state: State) -> datetime | None:
    """When a won or lost deal reached that status: by its stage history, else as the vendor says."""
    if state.status not in ("won", "lost"):
        return None
    reached = [at for at, status in state.history if status == state.status]
    if reached:
        return reached[-1]
    return state.instant("closed_at") or state.instant("updated_at")


def _margin(members: Members, rules: Rules) -> Decimal | None:
    for name, member in members:
        share = rules.margin_by.get(name, {}).get(member)
        if share is not None:
            return share
    return rules.margin


def _life(sale: _Sale, closed_day: int, rules: Rules) -> list[Entry]:
    """Creation, loss, and the time in between as a stock: in on one day, out on another."""
    created_day = _ordinal(sale.created, rules)
    entries = [_entry(sale.state, created_day, "deals", sale.members, ONE)]
    if sale.state.status == "lost":
        entries.append(_entry(sale.state, closed_day, "deals_lost", sale.members, ONE))
    if sale.amount and (sale.closed is None or closed_day > created_day):
        entries += _stock(sale, "pipeline_amount", created_day, closed_day)
        active = sale.state.instant("last_activity_at") or sale.state.instant("updated_at") or sale.created
        idle_day = _ordinal(max(sale.created, active) + IDLE_AFTER, rules)
        if sale.closed is None or idle_day < closed_day:
            entries += _stock(sale, "pipeline_idle_amount", idle_day, closed_day)
    return entries


def _stock(sale: _Sale, measure: str, enters: int, leaves: int) -> list[Entry]:
    entries = [_entry(sale.state, enters, measure, sale.members, sale.amount, sale.currency)]
    if sale.closed is not None:
        entries.append(_entry(sale.state, leaves, measure, sale.members, -sale.amount, sale.currency))
    return entries


def _win(sale: _Sale, day: int, customer: str | None, acquired: Members) -> list[Entry]:
    entries = [
        _entry(sale.state, day, "deals_won", sale.members, ONE),
        _entry(sale.state, day, "revenue", sale.members, sale.amount, sale.currency),
    ]
    return entries + _profit(sale, day, customer, acquired)


def _refund(sale: _Sale, day: int, customer: str | None, acquired: Members) -> list[Entry]:
    refunded = _entry(sale.state, day, "refunds", sale.members, -sale.amount, sale.currency)
    return [refunded, *_profit(sale, day, customer, acquired)]


def _profit(sale: _Sale, day: int, customer: str | None, acquired: Members) -> list[Entry]:
    if sale.profit is None:
        return []
    entries = [_entry(sale.state, day, "gross_profit", sale.members, sale.profit, sale.currency)]
    if customer is not None:
        entries.append(_entry(sale.state, day, "customer_gross_profit", acquired, sale.profit, sale.currency))
    return entries


def _first_win(sale: _Sale, day: int) -> list[Entry]:
    entries = [
        _entry(sale.state, day, "new_customers", sale.members, ONE),
        _entry(sale.state, day, "new_customer_revenue", sale.members, sale.amount, sale.currency),
    ]
    if sale.profit is not None:
        entries.append(_entry(sale.state, day, "new_customer_gross_profit", sale.members, sale.profit, sale.currency))
    return entries


# ── leads ────────────────────────────────────────────────────────────────────────────


def _leads(customer: str | None, leads: Sequence[State], rules: Rules) -> list[Entry]:
    """Leads that count, on their day of creation, with the best state of their duplicates."""
    counted: list[tuple[State, set[str]]] = []
    for lead in sorted(leads, key=lambda each: (each.created, len(each.key), each.key)):
        if _is_junk(lead, rules):
            continue
        reached = _reached(lead, rules)
        if customer is not None and counted and lead.created - counted[-1][0].created < rules.lead_dedup:
            counted[-1][1].update(reached)
        else:
            counted.append((lead, reached))
    entries = []
    for lead, reached in counted:
        day, members = _ordinal(lead.created, rules), _members(lead, rules)
        measures = ["leads", "web_leads"]
        measures += [name for name in ("qualified_leads", "leads_converted") if name in reached]
        entries += [_entry(lead, day, measure, members, ONE) for measure in measures]
    return entries


def _is_junk(lead: State, rules: Rules) -> bool:
    if lead.status == "junk":
        return True
    if lead.status == "converted":
        return False
    by_reason = lead.status == "lost" and lead.body.get("loss_reason") in rules.junk_loss_reasons
    return by_reason or lead.body.get("stage") in rules.junk_stages


def _reached(lead: State, rules: Rules) -> set[str]:
    """The steps that a lead has ever reached: now, in its history, or by the vendor's word."""
    statuses = {lead.status, *(status for _, status in lead.history)}
    converted = "converted" in statuses or bool(lead.body.get("ever_converted"))
    qualified = converted or "qualified" in statuses or bool(lead.body.get("ever_qualified"))
    qualified = qualified or lead.body.get("stage") in rules.qualified_stages
    names = {"leads_converted": converted, "qualified_leads": qualified}
    return {name for name, is_so in names.items() if is_so}


# ── both ─────────────────────────────────────────────────────────────────────────────


def _members(state: State, rules: Rules) -> Members:
    extra = state.body.get("dimensions", {})
    own = {"campaign": "utm_campaign", "manager": "manager", "pipeline": "pipeline"}
    return tuple(
        (name, str(extra.get(name) or state.body.get(own.get(name, "")) or NOT_SET)) for name in rules.all_dimensions
    )


def _ordinal(instant: datetime, rules: Rules) -> int:
    return day_of(instant, rules.zone).toordinal()


def _entry(state: State, day: int, measure: str, members: Members, value: int, currency: str = "") -> Entry:
    return Entry(state.kind, state.key, day, measure, members, currency, value)


MEASURES = (
    "leads",
    "web_leads",
    "qualified_leads",
    "leads_converted",
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
)
"""All that an entry may add to."""

STOCKS = ("pipeline_amount", "pipeline_idle_amount")
"""Their entries are changes: the stock of a day is the sum of all entries through it."""
