"""The growth of posts: what their counters gained between two readings, on the day of the later one.

Between the readings of posts that a `now` stream left and the facts of its days. Rises
between successive readings add up, a fall adds nothing and is a measure of its own. A
counter that is seen for the first time counts whole on a post that was published after
the stream's first poll, else it is what later readings are compared with. A reading that
does not know a counter says nothing of it; a post that is deleted keeps what it gained.
Facts can be made anew from the readings; those of days whose readings are gone stay.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, and_, delete, func, or_, select, update

from collector.clock import day_of
from collector.plugin.growth import BY_NETWORK, COUNTERS, RECOUNTS
from collector.store import streams
from collector.store.bulk import Row, insert_rows
from collector.store.codec import MILLION, from_instant, to_instant
from collector.store.connect import Store
from collector.store.facts import ADD_UP
from collector.store.names import Names
from collector.store.schema import covered, dimset_member, fact, measure, member, part, post_reading, stream

VERSION = 1
"""Raise it when growth comes out differently; all of it is then made anew."""

_READINGS_AT_ONCE = 2_000
_KEYS_AT_ONCE = 500

Sums = dict[tuple[int, str, str], int]
"""Counts by day (an ordinal), measure and network."""


class Seen(NamedTuple):
    """A reading of a post."""

    at: int
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Growing:
    """What of a stream's posts grows, and on whose days."""

    measures: frozenset[str]
    """Those that come of growth; the falls of their counters are told beside them."""
    zone: ZoneInfo

    @property
    def told(self) -> frozenset[str]:
        """All measures that are made here."""
        return self.measures | {RECOUNTS[name] for name in self.measures}

    def day(self, at: int) -> int:
        """The day of an instant."""
        return day_of(from_instant(at), self.zone).toordinal()


# ── from readings to counts ──────────────────────────────────────────────────────────


def growth(growing: Growing, readings: Iterable[Seen], *, first_poll: int) -> Iterator[tuple[int, str, str, int]]:
    """What one post's readings, oldest first, come to: day, measure, network and count."""
    known: dict[str, int] = {}
    for at, body in readings:
        for name in growing.measures:
            count = body.get(COUNTERS[name])
            if count is None:
                continue
            before = known.get(name)
            known[name] = count
            if before is None:
                before = 0 if _published(body) > first_poll else count
            if count > before:
                yield growing.day(at), name, str(body["network"]), count - before
            elif count < before:
                yield growing.day(at), RECOUNTS[name], str(body["network"]), before - count


def _published(body: Mapping[str, Any]) -> int:
    return to_instant(datetime.fromisoformat(body["published_at"]))


def _added_up(found: Iterable[tuple[int, str, str, int]]) -> Sums:
    sums: Sums = {}
    for day, name, network, count in found:
        key = (day, name, network)
        sums[key] = sums.get(key, 0) + count
    return sums


# ── at a poll ────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Numbers:
    """The numbers of the names that growth is written by."""

    measures: Mapping[str, int]
    networks: Mapping[str, int]
    """Each network's set of members."""

    @staticmethod
    def of(names: Names, growing: Growing, networks: Iterable[str]) -> "Numbers":
        """Look them up (in transactions of their own)."""
        sets = {network: ((BY_NETWORK[0], network),) for network in networks}
        numbers = names.sets(sets.values()) if sets else {}
        measures = names.measures(sorted(growing.told))
        return Numbers(
            {name: measures[name] for name in growing.told},
            {network: numbers[members] for network, members in sets.items()},
        )

    def rows(self, part_id: int, sums: Sums) -> list[Row]:
        """Rows of `fact`."""
        return [
            (part_id, day, self.measures[name], self.networks[network], "", count * MILLION, 0)
            for (day, name, network), count in sums.items()
        ]


def begin(tx: Connection, stream_id: int, *, at: datetime) -> None:
    """The stream is being read for the first time, unless it was before: what is there already is no growth."""
    never = and_(stream.c.id == stream_id, stream.c.first_poll.is_(None))
    tx.execute(update(stream).where(never).values(first_poll=to_instant(at)))


def add(
    tx: Connection, part_id: int, keys: Collection[str], growing: Growing, numbers: Numbers, *, at: datetime
) -> None:
    """Add to the day what these posts gained by their readings of this instant, which are the latest there are."""
    first_poll, moment = _first_poll(tx, part_id), to_instant(at)
    found: list[tuple[int, str, str, int]] = []
    ordered = sorted(keys)
    for start in range(0, len(ordered), _KEYS_AT_ONCE):
        rows = tx.execute(_last_two(part_id, ordered[start : start + _KEYS_AT_ONCE], moment))
        for readings in _of_posts(rows):
            if readings[-1].at == moment:
                before = len(list(growth(growing, readings[:-1], first_poll=first_poll)))
                found += list(growth(growing, readings, first_poll=first_poll))[before:]
    insert_rows(tx, fact, numbers.rows(part_id, _added_up(found)), on_conflict=ADD_UP)


def _last_two(part_id: int, keys: Iterable[str], moment: int) -> Select[Any]:
    """Of each post the reading of this instant and the last one before, which holds all that was known by then."""
    before = post_reading.alias()
    last = (
        select(func.max(before.c.at))
        .where(before.c.part_id == part_id, before.c.key == post_reading.c.key, before.c.at < moment)
        .scalar_subquery()
    )
    mine = and_(post_reading.c.part_id == part_id, post_reading.c.key.in_(list(keys)))
    recent = or_(post_reading.c.at == moment, post_reading.c.at == last)
    query = select(post_reading.c.key, post_reading.c.at, post_reading.c.body).where(mine, recent)
    return query.order_by(post_reading.c.key, post_reading.c.at)


def _of_posts(rows: Iterable[Any]) -> Iterator[list[Seen]]:
    """Each post's readings, oldest first."""
    for _, mine in groupby(rows, key=lambda row: row.key):
        yield [Seen(row.at, json.loads(row.body)) for row in mine]


def _first_poll(tx: Connection, part_id: int) -> int:
    mine = select(stream.c.first_poll).join(part, part.c.stream_id == stream.c.id).where(part.c.id == part_id)
    return tx.execute(mine).scalar() or 0


def is_late(tx: Connection, stream_id: int, *, at: datetime) -> bool:
    """Whether the stream was read at this instant or a later one before, since the clock was set back."""
    last = tx.execute(select(stream.c.last_success).where(stream.c.id == stream_id)).scalar()
    return last is not None and last >= to_instant(at)


def networks_of(tx: Connection, part_id: int) -> frozenset[str]:
    """The networks of a part's posts."""
    network = func.json_extract(post_reading.c.body, "$.network")
    return frozenset(tx.execute(select(network).where(post_reading.c.part_id == part_id).distinct()).scalars())


# ── made anew ────────────────────────────────────────────────────────────────────────


def place(store: Store, stream_id: int, part_id: int, growing: Growing) -> None:
    """Make a stream's growth anew from its readings."""
    with store.read() as tx:
        networks = networks_of(tx, part_id)
    numbers = Numbers.of(store.names, growing, networks)
    with store.write() as tx:
        place_here(tx, stream_id, part_id, growing, numbers)


def place_here(tx: Connection, stream_id: int, part_id: int, growing: Growing, numbers: Numbers) -> None:
    """The same in this transaction; `numbers` has all networks."""
    first, sums = expected(tx, stream_id, part_id, growing)
    mine = and_(fact.c.part_id == part_id, fact.c.measure_id.in_(list(numbers.measures.values())), fact.c.day >= first)
    tx.execute(delete(fact).where(mine))
    insert_rows(tx, fact, numbers.rows(part_id, sums))


def expected(tx: Connection, stream_id: int, part_id: int, growing: Growing) -> tuple[int, Sums]:
    """The first day that the readings tell of as a whole, and all that they come to from there."""
    first = _first_day(tx, stream_id, part_id, growing)
    first_poll = _first_poll(tx, part_id)
    query = select(post_reading.c.key, post_reading.c.at, post_reading.c.body).where(post_reading.c.part_id == part_id)
    query = query.order_by(post_reading.c.key, post_reading.c.at).execution_options(yield_per=_READINGS_AT_ONCE)
    rows = tx.execute(query)
    counts = (each for readings in _of_posts(rows) for each in growth(growing, readings, first_poll=first_poll))
    return first, _added_up(each for each in counts if each[0] >= first)


def apart(tx: Connection, stream_id: int, part_id: int, growing: Growing) -> int:
    """How many facts are not what the readings come to."""
    first, sums = expected(tx, stream_id, part_id, growing)
    query = (
        select(fact.c.day, measure.c.name, member.c.value, fact.c.value)
        .join(measure, measure.c.id == fact.c.measure_id)
        .join(dimset_member, dimset_member.c.dimset_id == fact.c.dimset_id)
        .join(member, member.c.id == dimset_member.c.member_id)
        .where(fact.c.part_id == part_id, fact.c.day >= first, measure.c.name.in_(sorted(growing.told)))
    )
    there = {(day, name, network): value for day, name, network, value in tx.execute(query.select_from(fact))}
    wanted = {key: count * MILLION for key, count in sums.items()}
    return sum(there.get(key) != wanted.get(key) for key in there.keys() | wanted.keys())


def _first_day(tx: Connection, stream_id: int, part_id: int, growing: Growing) -> int:
    """Days whose readings, or whose own figures, retention has taken are left alone."""
    told = tx.execute(select(func.min(covered.c.day)).where(covered.c.stream_id == stream_id)).scalar() or 0
    since = tx.execute(select(part.c.counted_from).where(part.c.id == part_id)).scalar()
    return max(told, 0 if since is None else growing.day(since - 1) + 1)


def keep_from(tx: Connection, stream_id: int, instant: datetime) -> None:
    """Readings before this instant are about to go, but for the last one of each post."""
    moment = to_instant(instant)
    earlier = part.c.counted_from.is_(None) | (part.c.counted_from < moment)
    tx.execute(update(part).where(part.c.stream_id == stream_id, part.c.live, earlier).values(counted_from=moment))


def cover_between(tx: Connection, stream_id: int, day: date, *, at: datetime) -> None:
    """The days since the last one that was read are read too: what grew on them is told on this one."""
    before = select(func.max(covered.c.day)).where(covered.c.stream_id == stream_id, covered.c.day < day.toordinal())
    last = tx.execute(before).scalar()
    days = range(day.toordinal() if last is None else last + 1, day.toordinal())
    if days:
        streams.mark_covered(tx, stream_id, map(date.fromordinal, days), read_at=at, ended=day)
