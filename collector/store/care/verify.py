"""Whether a store is whole, and its figures are what they are made of. Changes nothing.

The pages first, by SQLite's own check; then in one read transaction that rows belong to
something, and that what is derived equals what it is derived from: of a sample, or
(`full`) all of it. What a poll that is under way has not finished is no fault.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, Table, func, select

from collector.settings.model import Config
from collector.store import configured, parts, streams
from collector.store.care.verify_facts import CheckedFacts
from collector.store.care.verify_ledgers import CheckedLedger
from collector.store.connect import Store
from collector.store.errors import StoreRefused
from collector.store.locks import PollLocks
from collector.store.schema import (
    daily,
    dimset,
    dimset_channel,
    dimset_member,
    fact,
    measure,
    member,
    part,
    reading,
    stream,
    touched,
)
from collector.store.states import System
from collector.store.views import Views


@dataclass
class Verdict:
    """`faults`: what is wrong, and what to do; `notes`: what could not be looked at, and why."""

    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def verify(
    store: Store, config: Config, locks: PollLocks, *, full: bool, tell: Callable[[str], None] = lambda _: None
) -> Verdict:
    """Look at everything; `tell` hears what is looked at. What the configuration says must be in effect."""
    verdict = Verdict()
    tell("pages")
    try:
        verdict.faults += _pages(store)
    except StoreRefused as error:
        verdict.faults.append(str(error))
    if verdict.faults:
        return verdict
    facts, ledgers = list(_facts(store, config)), list(_ledgers(store, config))
    with store.read() as tx:
        tell("rows")
        verdict.faults += _strays(tx)
        _left_behind(tx, locks, verdict)
        for checked in facts:
            tell(checked.title)
            checked.check(tx, verdict.faults, verdict.notes, full=full)
        for ledger in ledgers:
            tell(ledger.title)
            if not _is_due(tx, locks, ledger, verdict):
                ledger.check(tx, verdict.faults, verdict.notes, full=full)
    return verdict


def _pages(store: Store) -> list[str]:
    """What SQLite's own check finds."""
    with store.read() as tx:
        found = list(tx.exec_driver_sql("PRAGMA integrity_check(5)").scalars())
    if found == ["ok"]:
        return []
    told = "; ".join(" ".join(each.split()) for each in found)
    return [f"the file is damaged ({told}); restore a backup, or begin anew"]


_BELONGING: tuple[tuple[Table, str, Table], ...] = (
    *((table, "part_id", part) for table in parts.ROWS),
    (part, "stream_id", stream),
    (fact, "measure_id", measure),
    (fact, "dimset_id", dimset),
    (reading, "dimset_id", dimset),
    (daily, "measure_id", measure),
    (daily, "member_id", member),
    (dimset_member, "dimset_id", dimset),
    (dimset_member, "member_id", member),
    (dimset_channel, "dimset_id", dimset),
    (dimset_channel, "member_id", member),
)
"""What must name a row of what; 0 stands for the whole."""


def _strays(tx: Connection) -> Iterator[str]:
    for table, name, owner in _BELONGING:
        column = table.c[name]
        lost = column.not_in(select(owner.c.id)) & (column != 0)
        number = tx.execute(select(func.count()).select_from(table).where(lost)).scalar_one()
        if number:
            yield f"{number} rows of {table.name} name a {owner.name} that is not there; restore a backup"


def _left_behind(tx: Connection, locks: PollLocks, verdict: Verdict) -> None:
    """Hidden parts of streams that nobody polls."""
    hidden = select(stream.c.id, stream.c.source, stream.c.name, stream.c.kind, func.count())
    hidden = hidden.join(part, part.c.stream_id == stream.c.id).where(~part.c.live).group_by(stream.c.id)
    for number, source, name, kind, count in tx.execute(hidden).all():
        what = source if kind == "ledger" else f"{source}/{name}"
        if kind == "ledger":
            verdict.notes.append(f"{what}: its ledger is being made anew, or was by somebody who was killed")
            continue
        if not _is_free(locks, number):
            verdict.notes.append(f"{what}: a poll is under way")
            continue
        left = f"{count} hidden part was" if count == 1 else f"{count} hidden parts were"
        verdict.faults.append(
            f"{what}: {left} left by a poll that was cut off; the next poll, or `store prune`, removes them"
        )


def _is_due(tx: Connection, locks: PollLocks, ledger: CheckedLedger, verdict: Verdict) -> bool:
    """Whether changes of the system are not counted yet, so that its ledger cannot be right."""
    system = ledger.system
    mine = (touched.c.project == system.project) & (touched.c.system == system.name)
    due = int(tx.execute(select(func.count()).select_from(touched).where(mine)).scalar_one())
    if not due:
        return False
    theirs = (stream.c.project == system.project) & (stream.c.system == system.name) & (stream.c.kind != "ledger")
    polled = [
        number for number in tx.execute(select(stream.c.id).where(theirs)).scalars() if not _is_free(locks, number)
    ]
    if polled:
        verdict.notes.append(f"{ledger.title}: not looked at, a poll is under way")
    else:
        verdict.faults.append(
            f"{ledger.title}: {due} changes are not in the figures; the next poll, or `store rebuild`, counts them"
        )
    return True


def _is_free(locks: PollLocks, stream_id: int) -> bool:
    if not locks.take(stream_id):
        return False
    locks.release(stream_id)
    return True


def _facts(store: Store, config: Config) -> Iterator[CheckedFacts]:
    with store.read() as tx:
        numbers = streams.numbers(tx)
    for project in config.projects.values():
        rules = configured.channel_rules(project)
        for source in project.sources.values():
            for each in source.streams:
                number = numbers.get((project.name, source.name, each.name))
                if each.provides and number is not None:
                    views = Views.of(each, config.measures, rules, project.zone)
                    yield CheckedFacts(f"{source.name}/{each.name}", number, views, views.numbered(store))


def _ledgers(store: Store, config: Config) -> Iterator[CheckedLedger]:
    for project in config.projects.values():
        for name in configured.systems(project):
            yield CheckedLedger(store, System(project.name, name), configured.rules(project, name))
