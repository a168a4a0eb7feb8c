"""What vendors' grants gave out, and the leases of those who renew it.

Below `polling.access`, which knows what may be done when; here each function takes
the caller's transaction and does one thing. A token is known by its `pair`, a digest that
compare-and-swap compares; '' is the pair of no token at all. A body may be sealed: what is
in it concerns nobody here. Rows are by the identity of the grant too, so that a process
that still has the former configuration does not throw away what the new one obtained.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, select, update

from collector.store.codec import optional_instant, to_instant
from collector.store.schema import token

NOTHING = ""
"""The pair of no token."""


class Owner(NamedTuple):
    """Whose token it is; `identity` is a digest of what the grant is a grant of."""

    project: str
    source: str
    identity: str


@dataclass(frozen=True)
class Body:
    """A token as it is written: its pair, its body (sealed or not), and what may be known of it."""

    pair: str
    body: str
    sealed: bool
    renewable: bool
    expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None


@dataclass(frozen=True)
class Lease:
    """Who may spend a token, until when, and which one."""

    holder: str
    until: datetime
    spending: str


@dataclass(frozen=True)
class Kept:
    """A source's token with its lease, and whether the grant was refused."""

    owner: Owner
    pair: str
    body: str | None
    sealed: bool
    renewable: bool
    expires_at: datetime | None
    refresh_expires_at: datetime | None
    renewed_at: datetime | None
    lease: Lease | None
    contested_until: datetime | None
    refused_at: datetime | None
    refused: str | None
    refused_by: str | None

    @property
    def leased(self) -> Lease | None:
        """The lease on the present token; one on a former token means nothing any more."""
        return self.lease if self.lease is not None and self.lease.spending == self.pair else None


def kept(tx: Connection, owner: Owner) -> Kept | None:
    """What is kept for a grant, if anything ever was."""
    row = tx.execute(select(token).where(_of(owner))).first()
    return None if row is None else _kept(row)


def all_kept(tx: Connection) -> list[Kept]:
    """What is kept for all sources."""
    return [_kept(row) for row in tx.execute(select(token).order_by(token.c.project, token.c.source))]


def take_lease(tx: Connection, owner: Owner, lease: Lease, *, contested_until: datetime | None = None) -> bool:
    """Let `lease.holder` alone spend the present token; False if it is another one by now.

    Whether a former lease may be overridden is the caller's to know, who has looked in this
    transaction. `contested_until`: it was, and its holder may still write until then.
    """
    if lease.spending == NOTHING and kept(tx, owner) is None:
        empty = {"pair": NOTHING, "sealed": False, "renewable": False}
        tx.execute(insert(token).values(**owner._asdict(), **empty))
    values: dict[str, object] = {
        "holder": lease.holder,
        "lease_until": to_instant(lease.until),
        "spending": lease.spending,
    }
    if contested_until is not None:
        values["contested_until"] = to_instant(contested_until)
    return _changed(tx, _is(owner, lease.spending), values)


def prolong(tx: Connection, owner: Owner, holder: str, *, until: datetime) -> bool:
    """Move the end of one's own lease."""
    return _changed(tx, and_(_of(owner), token.c.holder == holder), {"lease_until": to_instant(until)})


def give_back(tx: Connection, owner: Owner, holder: str) -> bool:
    """End one's own lease: the token was surely not spent."""
    return _changed(tx, and_(_of(owner), token.c.holder == holder), _NO_LEASE)


def swap(tx: Connection, owner: Owner, spent: str, new: Body, *, at: datetime) -> bool:
    """Put `new` in the place of the token that was spent for it, whoever has the lease; False if another is there."""
    return _changed(tx, _is(owner, spent), _values(new, at))


def replace(tx: Connection, owner: Owner, new: Body, *, at: datetime) -> None:
    """Put `new` there whatever was: a person has signed in."""
    tx.execute(delete(token).where(_of(owner)))
    tx.execute(insert(token).values(**owner._asdict(), **_values(new, at)))


def reseal(tx: Connection, owner: Owner, new: Body) -> bool:
    """Write the same token's body otherwise sealed."""
    return _changed(tx, _is(owner, new.pair), {"body": new.body, "sealed": new.sealed})


def refuse(tx: Connection, owner: Owner, pair: str, *, at: datetime, reason: str, settings: str) -> bool:
    """Note that the grant is used up with this token, by these settings (a digest); its lease ends."""
    values = {"refused_at": to_instant(at), "refused": reason, "refused_by": settings, **_NO_LEASE}
    return _changed(tx, _is(owner, pair), values)


def absolve(tx: Connection, owner: Owner) -> None:
    """Let the grant be tried again that was refused."""
    tx.execute(update(token).where(_of(owner)).values(_NO_REFUSAL))


def forget(tx: Connection, owner: Owner) -> bool:
    """Keep nothing for this grant."""
    return tx.execute(delete(token).where(_of(owner))).rowcount > 0


def rename(tx: Connection, project: str, former: str, source: str) -> None:
    """A source has another name now: its tokens go with it, unless that has tokens of its own."""
    here = and_(token.c.project == project, token.c.source == source)
    if tx.execute(select(token.c.source).where(here)).first() is None:
        mine = and_(token.c.project == project, token.c.source == former)
        tx.execute(update(token).where(mine).values(source=source))


def owners(tx: Connection) -> list[Owner]:
    """Whose tokens are kept."""
    query = select(token.c.project, token.c.source, token.c.identity)
    return [Owner(*row) for row in tx.execute(query.order_by(*query.selected_columns))]


def gone(found: Iterable[Owner], sources: Container[tuple[str, str]]) -> list[Owner]:
    """Those of sources that are not there any more."""
    return [each for each in found if (each.project, each.source) not in sources]


def leave_no_trace(tx: Connection) -> None:
    """Overwrite what this transaction deletes: a spent token may still be good for a while.

    SQLite's own way; other databases clear old rows away by themselves.
    """
    if tx.dialect.name == "sqlite":
        tx.exec_driver_sql("PRAGMA secure_delete = ON")


_NO_LEASE: dict[str, object] = {"holder": None, "lease_until": None, "spending": None}
_NO_REFUSAL: dict[str, object] = {"refused_at": None, "refused": None, "refused_by": None}


def _of(owner: Owner) -> ColumnElement[bool]:
    return and_(token.c.project == owner.project, token.c.source == owner.source, token.c.identity == owner.identity)


def _is(owner: Owner, pair: str) -> ColumnElement[bool]:
    return and_(_of(owner), token.c.pair == pair)


def _changed(tx: Connection, which: ColumnElement[bool], values: dict[str, object]) -> bool:
    return tx.execute(update(token).where(which).values(values)).rowcount > 0


def _values(new: Body, at: datetime) -> dict[str, object]:
    return {
        "pair": new.pair,
        "body": new.body,
        "sealed": new.sealed,
        "renewable": new.renewable,
        "expires_at": None if new.expires_at is None else to_instant(new.expires_at),
        "refresh_expires_at": None if new.refresh_expires_at is None else to_instant(new.refresh_expires_at),
        "renewed_at": to_instant(at),
        "contested_until": None,
        **_NO_LEASE,
        **_NO_REFUSAL,
    }


def _kept(row: Row[tuple[object, ...]]) -> Kept:
    until = optional_instant(row.lease_until)
    return Kept(
        owner=Owner(row.project, row.source, row.identity),
        pair=row.pair,
        body=row.body,
        sealed=row.sealed,
        renewable=row.renewable,
        expires_at=optional_instant(row.expires_at),
        refresh_expires_at=optional_instant(row.refresh_expires_at),
        renewed_at=optional_instant(row.renewed_at),
        lease=None if row.holder is None or until is None else Lease(row.holder, until, row.spending),
        contested_until=optional_instant(row.contested_until),
        refused_at=optional_instant(row.refused_at),
        refused=row.refused,
        refused_by=row.refused_by,
    )
