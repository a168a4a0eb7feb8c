"""Interned names: measures, dimensions, members, sets of members.

A name gets its number in a short transaction of its own, before the data that uses it:
a number that nobody uses yet does no harm, and what is remembered here can never have
been taken back. Nobody asks for names within a write transaction: whoever is given numbers
meanwhile holds the lock here and waits for that transaction's end.
"""

import hashlib
import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import Connection, Table, insert, select

from collector.store.schema import dimension, dimset, dimset_member, measure, member

if TYPE_CHECKING:
    from collector.store.connect import Store

T = TypeVar("T")

Members = tuple[tuple[str, str], ...]
"""(dimension, member) pairs, sorted by dimension."""

_MOST_SETS = 200_000  # remembered at once; past that they are looked up again


class Names:
    """The numbers of names, remembered for the store's life in this process."""

    def __init__(self, store: "Store") -> None:
        self._store = store
        self._lock = threading.Lock()
        self._measures: dict[str, int] = {}
        self._dimensions: dict[str, int] = {}
        self._sets: dict[Members, int] = {}
        self._members: dict[str, dict[str, int]] = {}

    def measures(self, names: Iterable[str]) -> Mapping[str, int]:
        """The number of each measure."""
        return self._named(measure, self._measures, names)

    def dimensions(self, names: Iterable[str]) -> Mapping[str, int]:
        """The number of each dimension."""
        return self._named(dimension, self._dimensions, names)

    def members(self, dimension_name: str, wanted: Iterable[str]) -> Mapping[str, int]:
        """The number of each member of a dimension."""
        number = self.dimensions([dimension_name])[dimension_name]
        with self._alone():
            known = self._members.setdefault(dimension_name, {})
            new = sorted({each for each in wanted if each not in known})
            if new:
                if len(known) > _MOST_SETS:
                    known = self._members[dimension_name] = {}
                with self._store.write() as tx:
                    added = _add_members(tx, {(number, value) for value in new})
                known.update({value: found for (_, value), found in added.items()})  # committed
            return known

    def sets(self, wanted: Iterable[Members]) -> Mapping[Members, int]:
        """The number of each set of members."""
        with self._alone():
            new = [members for members in dict.fromkeys(wanted) if members not in self._sets]
            if new:
                if len(self._sets) > _MOST_SETS:
                    self._sets = {}
                    new = list(dict.fromkeys(wanted))
                self._find_or_add(new)
            return self._sets

    def forget(self) -> None:
        """Look all of them up again: some numbers were taken back."""
        with self._lock:
            self._measures, self._dimensions, self._sets, self._members = {}, {}, {}, {}

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if self._store.is_writing_here:
            raise RuntimeError("a name is asked for within a write transaction: that can wait for itself")
        with self._lock:
            yield

    def _named(self, table: Table, known: dict[str, int], names: Iterable[str]) -> Mapping[str, int]:
        with self._alone():
            new = [name for name in dict.fromkeys(names) if name not in known]
            if new:
                with self._store.write() as tx:
                    added = _add_names(tx, table, new)
                known.update(added)  # committed
            return known

    def _find_or_add(self, wanted: list[Members]) -> None:
        keys = {_digest(members): members for members in wanted}
        with self._store.read() as tx:
            missing = self._remember(tx, keys)
        if missing:
            dimensions = {name for members in missing.values() for name, _ in members}
            with self._store.write() as tx:
                numbers = _add_names(tx, dimension, sorted(dimensions))
                _add_sets(tx, missing, numbers)
            with self._store.read() as tx:
                self._remember(tx, missing)

    def _remember(self, tx: Connection, keys: Mapping[bytes, Members]) -> dict[bytes, Members]:
        missing = dict(keys)
        for batch in _batches(list(keys)):
            for number, key in tx.execute(select(dimset.c.id, dimset.c.key).where(dimset.c.key.in_(batch))):
                self._sets[missing.pop(key)] = number
        return missing


def _digest(members: Members) -> bytes:
    return hashlib.blake2b(json.dumps(members, ensure_ascii=False).encode(), digest_size=16).digest()


def _batches(keys: list[T], size: int = 500) -> Iterable[list[T]]:
    return (keys[start : start + size] for start in range(0, len(keys), size))


def _add_names(tx: Connection, table: Table, names: list[str]) -> dict[str, int]:
    rows = tx.execute(select(table.c.name, table.c.id).where(table.c.name.in_(names)))
    known: dict[str, int] = {row[0]: row[1] for row in rows}
    for name in names:
        if name not in known:
            known[name] = tx.execute(insert(table).values(name=name).returning(table.c.id)).scalar_one()
    return known


def _add_sets(tx: Connection, sets: Mapping[bytes, Members], dimensions: Mapping[str, int]) -> None:
    members = _add_members(tx, {(dimensions[name], value) for each in sets.values() for name, value in each})
    added = insert(dimset).returning(dimset.c.key, dimset.c.id)
    rows = [{"cut": ",".join(name for name, _ in each), "key": key} for key, each in sets.items()]
    numbers = {row.key: row.id for row in tx.execute(added, rows)}
    belonging = [
        {"dimset_id": numbers[key], "dimension_id": dimensions[name], "member_id": members[dimensions[name], value]}
        for key, each in sets.items()
        for name, value in each
    ]
    if belonging:
        tx.execute(insert(dimset_member), belonging)


def _add_members(tx: Connection, wanted: set[tuple[int, str]]) -> dict[tuple[int, str], int]:
    numbers: dict[tuple[int, str], int] = {}
    by_dimension: dict[int, list[str]] = {}
    for dimension_id, value in sorted(wanted):
        by_dimension.setdefault(dimension_id, []).append(value)
    for dimension_id, values in by_dimension.items():
        for some in _batches(values):
            here = (member.c.dimension_id == dimension_id) & member.c.value.in_(some)
            rows = tx.execute(select(member.c.value, member.c.id).where(here))
            numbers |= {(dimension_id, value): number for value, number in rows}
        new = [value for value in values if (dimension_id, value) not in numbers]
        for some in _batches(new):
            added = insert(member).returning(member.c.value, member.c.id)
            rows = tx.execute(added, [{"dimension_id": dimension_id, "value": value} for value in some])
            numbers |= {(dimension_id, value): number for value, number in rows}
    return numbers
