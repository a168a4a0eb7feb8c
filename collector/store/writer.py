"""Writes a ledger: anew in many short transactions, or what some owners' postings change in one."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import IntegrityError

from collector.store.bulk import Row, insert_rows
from collector.store.connect import Store
from collector.store.errors import TooGreat
from collector.store.grouping import post
from collector.store.ledger import Group, Posting
from collector.store.posting import Numbered, Numbering, SumKey, Sums, samples, visits
from collector.store.rules import Rules
from collector.store.schema import daily, posting, sample, visit
from collector.store.states import batches

POSTINGS_AT_ONCE = 1_000
"""Written in one transaction when a ledger is made anew."""

SUMS_AT_ONCE = 20_000
"""Rows of `daily` that one transaction writes."""

MOST_CELLS = 50_000
"""Of sums kept in memory before they are written: some 30 MB."""

_GREATEST = 2**63 - 1

# SQLite turns a sum past 64 bits into a float, silently: no number is better, for the column refuses that
_ADD = (
    "ON CONFLICT DO UPDATE SET entries = entries + excluded.entries, "
    "value = CASE typeof(value + excluded.value) WHEN 'integer' THEN value + excluded.value END"
)


class Writer:
    """Postings of one part, on their way into its rows."""

    def __init__(self, store: Store, part_id: int, rules: Rules) -> None:
        self._store = store
        self._part = part_id
        self._rules = rules
        self._numbering = Numbering(store.names, rules)
        self._owners: list[str] = []
        self._postings: list[Posting] = []
        self._sums = Sums(self._numbering.dimension_ids)
        self._number = 0

    # ── a ledger anew ────────────────────────────────────────────────────────────────

    def add(self, group: Group) -> None:
        """Post a group whose owner has no posting yet; write when much has gathered."""
        self._owners.append(group.owner)
        self._postings.append(post(group, self._rules))
        if len(self._owners) >= POSTINGS_AT_ONCE:
            self._flush()

    def finish(self) -> None:
        """Write all that is left."""
        self._flush()
        self._flush_sums()

    def _flush(self) -> None:
        kept: list[Row] = []
        visited: list[Row] = []
        sampled: list[Row] = []
        for owner, numbered in zip(self._owners, self._numbering.numbered(self._postings), strict=True):
            self._number += 1
            kept.append((self._part, owner, self._number, numbered.text()))
            visited += [(self._part, *row) for row in visits(numbered, self._numbering, self._number)]
            sampled += [(self._part, *row) for row in samples(numbered)]
            self._sums.add(numbered)
        with self._store.write() as tx:
            insert_rows(tx, posting, kept)
            insert_rows(tx, visit, sorted(visited))
            insert_rows(tx, sample, sorted(sampled))
        self._owners, self._postings = [], []
        if len(self._sums) > MOST_CELLS:
            self._flush_sums()

    def _flush_sums(self) -> None:
        ordered = self._sums.rows()
        while some := list(islice(ordered, SUMS_AT_ONCE)):
            with self._store.write() as tx:
                self._add(tx, some)
        self._sums.clear()

    def _add(self, tx: Connection, sums: Iterable[tuple[SumKey, int, int]]) -> None:
        rows: list[Row] = []
        for key, value, entries in sums:
            if not -_GREATEST <= value <= _GREATEST:
                raise TooGreat(str(self._store.path))
            rows.append((self._part, *key, value, 0, entries))
        try:
            insert_rows(tx, daily, rows, on_conflict=_ADD)
        except IntegrityError as error:
            raise TooGreat(str(self._store.path)) from error

    # ── some owners' postings ────────────────────────────────────────────────────────

    def replace(self, owners: Sequence[str], groups: Iterable[Group], settle: Callable[[Connection], None]) -> None:
        """Make the postings of `owners` those of `groups`; an owner without a group has none.

        One transaction, in which `settle` notes that it is done.
        """
        wanted = {group.owner: post(group, self._rules) for group in groups}
        new = dict(zip(wanted, self._numbering.numbered(list(wanted.values())), strict=True))
        with self._store.write() as tx:
            self._replace(tx, owners, new)
            settle(tx)

    def _replace(self, tx: Connection, owners: Sequence[str], new: dict[str, Numbered]) -> None:
        stored = self._stored(tx, owners)
        number = tx.execute(select(func.max(posting.c.number)).where(posting.c.part_id == self._part)).scalar() or 0
        changes = _Changes(self._numbering)
        kept: list[Row] = []
        for owner in dict.fromkeys([*owners, *new]):
            before, after = stored.get(owner), new.get(owner)
            text = None if after is None else after.text()
            if before is not None and before.body == text:
                continue
            if before is None:
                number += 1
            mine = number if before is None else before.number
            changes.note(None if before is None else Numbered.read(before.body), after, mine)
            if text is None:
                _delete(tx, "posting", ("part_id", "owner"), [(self._part, owner)])
            else:
                kept.append((self._part, owner, mine, text))
        insert_rows(tx, posting, kept, on_conflict="ON CONFLICT DO UPDATE SET body = excluded.body")
        self._write(tx, changes)

    def _stored(self, tx: Connection, owners: Sequence[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for some in batches(sorted(owners)):
            here = (posting.c.part_id == self._part) & posting.c.owner.in_(some)
            found |= {row.owner: row for row in tx.execute(select(posting).where(here))}
        return found

    def _write(self, tx: Connection, changes: "_Changes") -> None:
        _delete(
            tx,
            "visit",
            ("part_id", "dimension_id", "day", "customer", "member_id"),
            [(self._part, *row[:4]) for row in changes.visits_gone],
        )
        insert_rows(tx, visit, [(self._part, *row) for row in sorted(changes.visits_new)])
        _delete(
            tx,
            "sample",
            ("part_id", "measure_id", "day", "key"),
            [(self._part, *row[:3]) for row in changes.samples_gone],
        )
        insert_rows(tx, sample, [(self._part, *row) for row in sorted(changes.samples_new)])
        changed = list(changes.sums.rows())
        self._add(tx, changed)
        columns = ("part_id", "measure_id", "dimension_id", "day", "member_id", "currency")
        fewer = [(self._part, *key) for key, _, entries in changed if entries < 0]
        _delete(tx, "daily", columns, fewer, more=" AND entries = 0")


class _Changes:
    """What new postings change in the rows that are made of them."""

    def __init__(self, numbering: Numbering) -> None:
        self._numbering = numbering
        self.sums = Sums(numbering.dimension_ids)
        self.visits_gone: set[Any] = set()
        self.visits_new: set[Any] = set()
        self.samples_gone: set[Any] = set()
        self.samples_new: set[Any] = set()

    def note(self, before: Numbered | None, after: Numbered | None, customer: int) -> None:
        """One owner's posting takes the place of another."""
        gone, new = (
            (None if each is None else visits(each, self._numbering, customer)) or set() for each in (before, after)
        )
        self.visits_gone |= gone - new
        self.visits_new |= new - gone
        gone_samples, new_samples = ((set() if each is None else samples(each)) for each in (before, after))
        self.samples_gone |= gone_samples - new_samples
        self.samples_new |= new_samples - gone_samples
        for each, sign in ((before, -1), (after, 1)):
            if each is not None:
                self.sums.add(each, sign=sign)


def _delete(tx: Connection, table: str, key: Sequence[str], rows: Sequence[Row], *, more: str = "") -> None:
    """Delete rows by their keys."""
    if rows:
        where = " AND ".join(f"{name} = ?" for name in key)
        tx.exec_driver_sql(f"DELETE FROM {table} WHERE {where}{more}", list(rows))  # noqa: S608
