"""What nobody uses any more: data of sources that are not configured, rows that a crash left hidden, names."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, func, select, union

from collector.store import bites, parts, streams, tokens
from collector.store.care.alone import Accompanied, alone
from collector.store.care.task import Place
from collector.store.locks import CHANNELS
from collector.store.schema import (
    daily,
    dimset,
    dimset_channel,
    dimset_member,
    fact,
    grouping,
    member,
    part,
    reading,
    stream,
    touched,
    visit,
)


@dataclass(frozen=True)
class GoneStream:
    """A stream (or a system's ledger) that is not configured any more."""

    project: str
    source: str
    system: str
    stream_id: int
    is_ledger: bool
    what: str = "removed sources"

    def count(self, tx: Connection) -> int:
        """All rows of its parts."""
        return _rows(tx, part.c.stream_id == self.stream_id)

    def take(self, place: Place) -> int:
        """Hide them all at once, then remove them; the stream itself stays as an empty name."""
        if self.is_ledger:
            with place.store.books.keeping(self.stream_id):
                return self._take(place)
        with place.locks.at_rest([self.stream_id], waiting=place.waiting, patience=place.patience):
            return self._take(place)

    def _take(self, place: Place) -> int:
        with place.store.read() as tx:
            rows = self.count(tx)
        with place.store.write() as tx:
            streams.empty(tx, self.stream_id)
            counted = and_(stream.c.project == self.project, stream.c.system == self.system, stream.c.counted)
            if tx.execute(select(stream.c.id).where(counted)).first() is None:  # nobody is going to roll it up
                tx.execute(delete(touched).where(touched.c.project == self.project, touched.c.system == self.system))
        parts.remove_hidden(place.store, self.stream_id)
        return rows


@dataclass(frozen=True)
class GoneToken:
    """The token of a source that is not configured any more."""

    owner: tokens.Owner
    what: str = "tokens"

    @property
    def project(self) -> str:
        """Whose."""
        return self.owner.project

    @property
    def source(self) -> str:
        """Which source's."""
        return self.owner.source

    def count(self, tx: Connection) -> int:
        """One, or none."""
        return int(tokens.kept(tx, self.owner) is not None)

    def take(self, place: Place) -> int:
        """Forget it; the vendor is not asked (see `auth --revoke`)."""
        with place.store.write() as tx:
            tokens.leave_no_trace(tx)
            return int(tokens.forget(tx, self.owner))


@dataclass(frozen=True)
class LeftBehind:
    """Hidden rows of a stream; where a poll is under way they are its own."""

    project: str
    source: str
    stream_id: int
    is_ledger: bool
    what: str = "hidden rows"

    def count(self, tx: Connection) -> int:
        """All rows of its hidden parts."""
        return _rows(tx, (part.c.stream_id == self.stream_id) & ~part.c.live)

    def take(self, place: Place) -> int:
        """Remove them, unless somebody is at work there, who will."""
        if self.is_ledger:
            with place.store.books.keeping(self.stream_id):
                return self._take(place)
        if not place.locks.take(self.stream_id):
            return 0
        try:
            return self._take(place)
        finally:
            place.locks.release(self.stream_id)

    def _take(self, place: Place) -> int:
        with place.store.read() as tx:
            rows = self.count(tx)
        parts.remove_hidden(place.store, self.stream_id)
        return rows


def _rows(tx: Connection, of_parts: ColumnElement[bool]) -> int:
    numbers = list(tx.execute(select(part.c.id).where(of_parts)).scalars())
    counts = [select(func.count()).select_from(table).where(table.c.part_id.in_(numbers)) for table in parts.ROWS]
    return sum(int(tx.execute(query).scalar_one()) for query in counts)


@dataclass(frozen=True)
class UnusedChannels:
    """Channels of facts that were found by rules which no project has any more."""

    used: frozenset[str]
    """Digests of the rules that are configured."""
    stream_ids: tuple[int, ...]
    """The streams whose polls look channels up."""
    what: str = "channels of former rules"
    project: str = ""
    source: str = ""

    def count(self, tx: Connection) -> int:
        """How many."""
        old = dimset_channel.c.grouping_id.in_(self._former)
        return int(tx.execute(select(func.count()).select_from(dimset_channel).where(old)).scalar_one())

    def take(self, place: Place) -> int:
        """Remove them while nobody rolls facts up: between looking a channel up and using it, it must not go."""
        with place.store.read() as tx:
            numbers = list(tx.execute(self._former).scalars())
        if not numbers:
            return 0
        taken = 0
        with (
            place.locks.at_rest(self.stream_ids, waiting=place.waiting, patience=place.patience),
            place.store.books.keeping(CHANNELS),
        ):
            for number in numbers:
                old = dimset_channel.c.grouping_id == number
                taken += bites.remove(place.store, dimset_channel, old, by=[dimset_channel.c.dimset_id])
                with place.store.write() as tx:
                    tx.execute(delete(grouping).where(grouping.c.id == number))
        return taken

    @property
    def _former(self) -> Select[Any]:
        return select(grouping.c.id).where(grouping.c.digest.not_in(sorted(self.used)))


@dataclass(frozen=True)
class UnusedNames:
    """Sets of dimensions and members that no row has.

    Whoever has the store open remembers their numbers, and goes on writing them: they are
    removed only where nobody else has it open.
    """

    what: str = "unused names"
    project: str = ""
    source: str = ""

    def count(self, tx: Connection) -> int:
        """How many."""
        sets = select(func.count()).select_from(dimset).where(_UNUSED_SET)
        members = select(func.count()).select_from(member).where(_UNUSED_MEMBER)
        return int(tx.execute(sets).scalar_one() + tx.execute(members).scalar_one())

    def take(self, place: Place) -> int:
        """Remove them, if nobody else has the store open."""
        try:
            with alone(place.store) as tx:
                taken = tx.execute(delete(dimset).where(_UNUSED_SET)).rowcount
                for table in (dimset_member, dimset_channel):
                    tx.execute(delete(table).where(table.c.dimset_id.not_in(select(dimset.c.id))))
                taken += tx.execute(delete(member).where(_UNUSED_MEMBER)).rowcount
        except Accompanied:
            return 0
        place.store.names.forget()
        return taken


_UNUSED_SET = dimset.c.id.not_in(union(select(fact.c.dimset_id), select(reading.c.dimset_id)))
_UNUSED_MEMBER = member.c.id.not_in(
    union(*(select(table.c.member_id) for table in (dimset_member, dimset_channel, daily, visit)))
)
