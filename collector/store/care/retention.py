"""Which leads and deals may go after their time, so that no figure of a kept day changes.

Pure. A customer's first won deal never goes. Of what is old there stay besides: open
deals (they are in today's pipeline), and what still speaks for something that stays: the
touch or the named lead that gives it its channel, the lead that it repeats, the deal that
a lead became. Touches of the last 90 days and leads of the last `lead_dedup` stay for
what comes next.
"""

from dataclasses import dataclass, field
from datetime import datetime

from collector.store.attribution import TOUCH_LASTS
from collector.store.deals import Sale, order, sale
from collector.store.grouping import channels_of, first_named
from collector.store.leads import duplicates
from collector.store.ledger import Group, State, of_kind, ordinal
from collector.store.rules import Rules

Key = tuple[str, str]
"""Kind and key."""


@dataclass(frozen=True)
class Bounds:
    """Days from `day` (an ordinal) on are kept; `now`: what comes later may need what is young then."""

    day: int
    now: datetime


@dataclass
class Expendable:
    """What may go of a system's leads and deals: `add` each group, then `keys`."""

    rules: Rules
    bounds: Bounds
    _old: set[Key] = field(default_factory=set)
    _named: set[Key] = field(default_factory=set)
    """Leads that give deals that stay their channel; they may be another customer's."""
    _repeated: dict[Key, Key] = field(default_factory=dict)

    def add(self, group: Group) -> None:
        """Sort one group's leads and deals."""
        if group.states[0].kind == "post":
            return
        stay = self._staying(group)
        self._old |= {(state.kind, state.key) for state in group.states} - stay
        repeats = duplicates(of_kind(group.states, "lead"), group.customer, self.rules)
        self._repeated |= {("lead", key): ("lead", counted) for key, counted in repeats.items()}

    def keys(self) -> set[Key]:
        """What may go, now that all groups are known."""
        going = self._old - self._named
        for repeat, counted in self._repeated.items():
            if repeat not in going:
                going.discard(counted)
        return going

    def _staying(self, group: Group) -> set[Key]:
        deals, leads = of_kind(group.states, "deal"), of_kind(group.states, "lead")
        sales = [sale(each, self.rules) for each in deals]
        counted = [each.state for each in sales if self._is_young(each)]
        won = [each for each in sales if each.is_won]
        if group.customer is not None and won:
            counted.append(min(won, key=order).state)
        young = [each for each in leads if self._is_young_lead(each, group.customer)]
        self._named |= {("lead", lead) for each in counted if (lead := str(each.body.get("lead_id"))) in group.named}
        channels = channels_of(group, sales, self.rules)
        stay = {(each.kind, each.key) for each in (*counted, *young)}
        stay |= {touch for each in (*counted, *young) if (touch := channels.touch_of(each)) is not None}
        stay |= {("deal", win) for each in (*counted, *young) if (win := channels.win_before(each)) is not None}
        became = first_named(deals)
        stay |= {("deal", became[each.key].key) for each in young if each.key in became}
        if stay or self.rules.attribution == "last":  # a first touch alone would stay for ever
            stay |= set(channels.touches_since(self.bounds.now - TOUCH_LASTS))
        return stay

    def _is_young(self, each: Sale) -> bool:
        """Whether it counts on a day that is kept, or is still open."""
        if each.closed is None:
            return True
        return max(ordinal(each.created, self.rules), ordinal(each.closed, self.rules)) >= self.bounds.day

    def _is_young_lead(self, lead: State, customer: str | None) -> bool:
        if ordinal(lead.created, self.rules) >= self.bounds.day:
            return True
        return customer is not None and lead.created > self.bounds.now - self.rules.lead_dedup
