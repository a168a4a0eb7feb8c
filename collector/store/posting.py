"""Postings, written: a ledger's entries, purchases and holders, and their daily roll-up."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, delete, select, update

from collector.store.bulk import Row, insert_columns, insert_rows
from collector.store.connect import Store
from collector.store.ledger import MEASURES, Posting, Rules, State, post
from collector.store.rollup import roll_up_entries
from collector.store.schema import entry, holder, part, purchase, touched
from collector.store.states import Key, System, batches

ENTRIES_AT_ONCE = 12_000
"""Written or rolled up in one transaction, when a ledger is made anew."""


@dataclass(frozen=True)
class Ledger:
    """The live ledger of a system, and how often it was written."""

    stream_id: int
    part_id: int | None
    digest: str
    version: int


def settled(system: System, last: int) -> ColumnElement[bool]:
    """The touches of a system, through the one numbered `last`."""
    return and_(touched.c.project == system.project, touched.c.system == system.name, touched.c.id <= last)


def is_current(tx: Connection, ledger: Ledger) -> bool:
    """Whether the ledger is still the one that was read."""
    query = select(part.c.id, part.c.records).where(part.c.stream_id == ledger.stream_id, part.c.live)
    row = tx.execute(query).first()
    return (row is None and ledger.part_id is None) or (
        row is not None and (row.id, row.records) == (ledger.part_id, ledger.version)
    )


class Writer:
    """Gathers postings and writes their rows."""

    def __init__(self, store: Store, part_id: int) -> None:
        self._store = store
        self._part = part_id
        self._measures = store.names.measures(MEASURES)
        self._postings: list[Posting] = []
        self._holders: list[Row] = []
        self._gathered = 0

    def add(self, customer: str | None, states: list[State], rules: Rules) -> None:
        """Post one customer; write when much has gathered."""
        self.collect(customer, states, rules)
        if self._gathered >= ENTRIES_AT_ONCE:
            self.flush()

    def collect(self, customer: str | None, states: list[State], rules: Rules) -> None:
        """Post one customer, to be written later."""
        posting = post(customer, states, rules)
        self._postings.append(posting)
        self._gathered += len(posting.entries)
        if customer is not None:
            self._holders += [(self._part, state.kind, state.key, customer) for state in states]

    def flush(self) -> None:
        """Write what has gathered, in a transaction of its own."""
        rows = self._rows()
        with self._store.write() as tx:
            self._insert(tx, rows)
        self._postings, self._holders, self._gathered = [], [], 0

    def replace(self, system: System, ledger: Ledger, keys: set[Key], rules: Rules, last: int) -> bool:
        """Write what has gathered in place of all entries of `keys`; False if somebody was quicker."""
        entries, purchases = self._rows()
        dimensions = [self._store.names.dimensions(rules.all_dimensions)[name] for name in rules.all_dimensions]
        with self._store.write() as tx:
            if not is_current(tx, ledger):
                return False
            days = {int(str(row[3])) for row in entries} | self._remove(tx, keys)
            self._insert(tx, (entries, purchases))
            roll_up_entries(tx, self._part, days, dimensions)
            tx.execute(update(part).where(part.c.id == self._part).values(records=ledger.version + 1))
            tx.execute(delete(touched).where(settled(system, last)))
        return True

    def _remove(self, tx: Connection, keys: set[Key]) -> set[int]:
        days: set[int] = set()
        for kind in ("lead", "deal"):
            for some in batches(sorted(key for of, key in keys if of == kind)):
                here = and_(entry.c.part_id == self._part, entry.c.kind == kind, entry.c.key.in_(some))
                days |= set(tx.execute(select(entry.c.day).where(here).distinct()).scalars())
                tx.execute(delete(entry).where(here))
                held = and_(holder.c.part_id == self._part, holder.c.kind == kind, holder.c.key.in_(some))
                tx.execute(delete(holder).where(held))
                if kind == "deal":
                    bought = and_(purchase.c.part_id == self._part, purchase.c.deal.in_(some))
                    tx.execute(delete(purchase).where(bought))
        return days

    def _rows(self) -> tuple[list[Row], list[Row]]:
        entries = [each for posting in self._postings for each in posting.entries]
        purchases = [each for posting in self._postings for each in posting.purchases]
        wanted = {each.members for each in entries} | {each.acquisition for each in purchases}
        sets = self._store.names.sets(wanted)
        number, measures = self._part, self._measures
        return (
            [
                (number, e.kind, e.key, e.day, measures[e.measure], sets[e.members], e.currency, e.value)
                for e in entries
            ],
            [
                (number, p.deal, p.customer, p.day, p.seconds_to_win, sets[p.members], sets[p.acquisition])
                for p in purchases
            ],
        )

    def _insert(self, tx: Connection, rows: tuple[list[Row], list[Row]]) -> None:
        columns = ("part_id", "kind", "key", "day", "measure_id", "dimset_id", "currency", "value")
        insert_columns(tx, entry, columns, rows[0])
        insert_rows(tx, purchase, rows[1])
        insert_rows(tx, holder, self._holders)
