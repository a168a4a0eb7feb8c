"""The portal's tables at one instant; a later instant has a portal of its own."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Any

from connectors.bitrix24.simulator import columns
from connectors.bitrix24.simulator.rows import COMPANY as FIRM
from connectors.bitrix24.simulator.rows import CONTACT, DEAL, LEAD, ActivityRow, HistoryRow, Row
from connectors.bitrix24.simulator.tables import Table
from connectors.bitrix24.simulator.telling import Telling

_APART = 10**9
"""How far apart the ids of copies are."""
_LINKS = ("id", "owner", "lead", "contact", "company")

Shown = Callable[[Sequence[Any], Callable[[Any], object]], Sequence[Any]]


class Portal:
    """Each table is made when it is first asked for; `copies`: how often everything is there."""

    def __init__(
        self,
        telling: Telling,
        shown: Shown,
        *,
        copies: int = 1,
        has_leads: bool = True,
        hidden_managers: frozenset[int] = frozenset(),
    ) -> None:
        self._telling, self._shown, self._copies = telling, shown, copies
        self._has_leads, self._hidden = has_leads, hidden_managers

    @cached_property
    def leads(self) -> Table:
        """None, where the portal works without them."""
        return Table(self._made(self._telling.leads() if self._has_leads else ()), columns.LEADS)

    @cached_property
    def deals(self) -> Table:
        """All of them, in all categories."""
        return Table(self._made(self._telling.deals()), columns.DEALS)

    @cached_property
    def contacts(self) -> Table:
        """People."""
        return Table(self._made(self._telling.contacts()), columns.CONTACTS)

    @cached_property
    def companies(self) -> Table:
        """Firms."""
        return Table(self._made(self._telling.companies()), columns.COMPANIES)

    @cached_property
    def lead_steps(self) -> Table:
        """Leads' history."""
        rows = self._made(self._of_seen(self._telling.lead_steps(), self.leads), of="owner")
        return Table(rows, columns.LEAD_STEPS, by="OWNER_ID")

    @cached_property
    def deal_steps(self) -> Table:
        """Deals' history."""
        rows = self._made(self._of_seen(self._telling.deal_steps(), self.deals), of="owner")
        return Table(rows, columns.DEAL_STEPS, by="OWNER_ID")

    @cached_property
    def activities(self) -> Table:
        """What was done about leads and deals."""
        told = self._telling.activities()
        seen = told if self._has_leads else (row for row in told if row.owner_type != LEAD)
        rows = self._made(seen, of="owner")
        return Table(rows, columns.ACTIVITIES, by="OWNER_ID")

    @cached_property
    def bound(self) -> Mapping[tuple[int, int], list[ActivityRow]]:
        """Type and id of an entity → its activities."""
        found: dict[tuple[int, int], list[ActivityRow]] = {}
        for row in self.activities.rows:
            for each in row.bindings:
                found.setdefault(each, []).append(row)
        return found

    def of_type(self, number: int) -> Table | None:
        """The table of entities that crm.item.list calls by this number."""
        if number == LEAD:
            return self.leads
        if number == DEAL:
            return self.deals
        return self.contacts if number == CONTACT else self.companies if number == FIRM else None

    def _of_seen(self, steps: Iterator[HistoryRow], owners: Table) -> Iterable[HistoryRow]:
        """Steps of what may not be seen are not seen either."""
        if self._has_leads and not self._hidden:
            return steps
        seen = {row.id for row in owners.rows}
        return (step for step in steps if step.owner in seen)

    def _made(self, rows: Iterable[Row], of: str = "id") -> Sequence[Row]:
        seen = [row for row in rows if getattr(row, "manager", None) not in self._hidden]
        if self._copies > 1:
            seen = list(chain.from_iterable(map(self._copied, seen)))
        return self._shown(seen, lambda row: getattr(row, of))

    def _copied(self, row: Row) -> Iterable[Row]:
        yield row
        links = {name: getattr(row, name) for name in row._fields if name in _LINKS}
        for copy in range(1, self._copies):
            apart = {name: each and each + copy * _APART for name, each in links.items()}
            if isinstance(row, ActivityRow):
                apart["bindings"] = tuple((kind, each + copy * _APART) for kind, each in row.bindings)
            yield row._replace(**apart)
