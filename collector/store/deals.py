"""Deals, posted: their creation, their win or loss, the pipeline in between, and whose first they are."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from collector.store.codec import to_micros
from collector.store.ledger import ONE, UNMARGINED, Entry, Members, Posting, State, ordinal
from collector.store.rules import Rules

IDLE_AFTER = timedelta(days=30)
_WHOLE = Decimal(1)

MembersOf = Callable[[State], Members]


@dataclass(slots=True)
class Sale:
    """A deal with what its entries need; `profit` is None without a margin."""

    state: State
    created: datetime
    closed: datetime | None
    amount: int
    currency: str
    is_refund: bool
    is_won: bool
    """Whether it is a sale: won, and no refund."""
    members: Members = ()
    profit: int | None = None


def sale(state: State, rules: Rules) -> Sale:
    """What a deal comes to, before it is known by which channel it came."""
    body, is_won = state.body, state.status == "won"
    told = Decimal(body["amount"])
    is_refund = is_won and (told < 0 or body.get("pipeline") in rules.refund_pipelines)
    amount = to_micros(told)
    if is_refund:
        amount = -abs(amount)
    closed = None if state.status == "open" else _closed(state)
    return Sale(state, state.created, closed, amount, str(body["currency"]), is_refund, is_won and not is_refund)


def _closed(state: State) -> datetime | None:
    """When a won or lost deal reached that status: by its stage history, else as the vendor says."""
    status = state.status
    if status not in ("won", "lost"):
        return None
    for change in reversed(state.history):
        if change.status == status:
            return change.at
    return state.instant("closed_at") or state.instant("updated_at")


def margin(members: Members, rules: Rules, dimensions: tuple[str, ...]) -> Decimal | None:
    """The share of a deal's amount that is profit; None where nothing says it."""
    if rules.margin_field is not None:
        share = _share(members[dimensions.index(rules.margin_field)])
        if share is not None:
            return share
    for name, shares in rules.margin_by.items():
        share = shares.get(members[dimensions.index(name)])
        if share is not None:
            return share
    return rules.margin


def gain(amount: int, share: Decimal | None) -> int | None:
    """The profit of an amount, both in millionths; None where there is no margin to compute it with."""
    if not amount:
        return 0
    return None if share is None else int((amount * share).quantize(_WHOLE, ROUND_HALF_EVEN))


def _share(text: str) -> Decimal | None:
    """A margin as a deal's field tells it, 0 to 1; None for anything else."""
    try:
        share = Decimal(text)
    except InvalidOperation:
        return None
    return share if share.is_finite() and 0 <= share <= 1 else None


def post_deals(posting: Posting, customer: str | None, sales: list[Sale], rules: Rules) -> None:
    """The entries, purchases and samples of one customer's deals."""
    won = [each for each in sales if each.is_won]
    first = min(won, key=order) if customer is not None and won else None
    for each in sales:
        day = ordinal(each.closed, rules) if each.closed else 0
        acquired = first.members if first is not None else each.members
        if each.is_refund:
            posting.entries.append((day, "refunds", each.currency, -each.amount, each.members))
            posting.entries += _profit(each, day, customer, acquired)
            continue
        _post_life(posting, each, day, rules)
        if each is first:
            posting.entries += _first_win(each, day)
        if each.is_won and each.closed is not None:
            posting.entries.append((day, "deals_won", "", ONE, each.members))
            posting.entries.append((day, "revenue", each.currency, each.amount, each.members))
            posting.entries += _profit(each, day, customer, acquired)
            seconds = max(0, int((each.closed - each.created).total_seconds()))
            posting.samples.append(("seconds_to_win", day, each.state.key, seconds, each.members))
            if customer is not None:
                posting.purchases.append((day, each.members, acquired))


def order(each: Sale) -> tuple[datetime, datetime, int, str]:
    """Which of a customer's won deals came first; equal instants by id, 9 before 10."""
    return each.closed or each.created, each.created, len(each.state.key), each.state.key


def _post_life(posting: Posting, each: Sale, closed_day: int, rules: Rules) -> None:
    """Creation, loss, and the time in between as a stock: in on one day, out on another."""
    created_day = ordinal(each.created, rules)
    posting.entries.append((created_day, "deals", "", ONE, each.members))
    if each.state.status == "lost":
        posting.entries.append((closed_day, "deals_lost", "", ONE, each.members))
    if each.amount and (each.closed is None or closed_day > created_day):
        _post_stock(posting, each, "pipeline_amount", created_day, closed_day)
        active = each.state.instant("last_activity_at") or each.state.instant("updated_at") or each.created
        idle_day = ordinal(max(each.created, active) + IDLE_AFTER, rules)
        if each.closed is None or idle_day < closed_day:
            _post_stock(posting, each, "pipeline_idle_amount", idle_day, closed_day)


def _post_stock(posting: Posting, each: Sale, measure: str, enters: int, leaves: int) -> None:
    posting.entries.append((enters, measure, each.currency, each.amount, each.members))
    if each.closed is not None:
        posting.entries.append((leaves, measure, each.currency, -each.amount, each.members))


def _profit(each: Sale, day: int, customer: str | None, acquired: Members) -> list[Entry]:
    whole = _gain(each, day, "gross_profit", each.members)
    return [whole] if customer is None else [whole, _gain(each, day, "customer_gross_profit", acquired)]


def _first_win(each: Sale, day: int) -> list[Entry]:
    return [
        (day, "new_customers", "", ONE, each.members),
        (day, "new_customer_revenue", each.currency, each.amount, each.members),
        _gain(each, day, "new_customer_gross_profit", each.members),
    ]


def _gain(each: Sale, day: int, measure: str, members: Members) -> Entry:
    """A profit; without a margin, that it could not be told."""
    if each.profit is None:
        return day, UNMARGINED[measure], "", ONE, members
    return day, measure, each.currency, each.profit, members
