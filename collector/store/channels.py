"""Channels of facts: found by the project's rules for each set of dimensions, kept by the rules' digest.

Runs before facts are rolled up, in transactions of its own: a channel that nobody asks
for yet does no harm.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, insert, select

from collector.plugin.records import NOT_SET
from collector.store.bulk import Row, insert_rows
from collector.store.connect import Store
from collector.store.rollup import CHANNEL, DEFAULT_CHANNEL, Projection
from collector.store.schema import dimension, dimset, dimset_channel, dimset_member, grouping, member
from collector.vocabulary.channels import UNASSIGNED, ChannelRules, split_source_medium

UNTAGGED = "untagged_channel"
"""The dimension by which a source of visits says what it means by those that came without tags."""

_SETS_AT_ONCE = 10_000


def group(store: Store, rules: ChannelRules, projections: Iterable[Projection]) -> int | None:
    """Find the channel of each known set of dimensions that these derive it from; the rules' number."""
    cuts = sorted({each.cut for each in projections if each.derived and each.cut is not None})
    if not cuts:
        return None
    number = _number(store, rules.digest())
    for cut in cuts:
        while sets := _unknown(store, number, cut):
            channels = [_channel(rules, members) for _, members in sets]
            ids = store.names.members(CHANNEL, channels)
            rows = [(number, dimset_id, ids[name]) for (dimset_id, _), name in zip(sets, channels, strict=True)]
            with store.write() as tx:
                insert_rows(tx, dimset_channel, rows, on_conflict="ON CONFLICT DO NOTHING")
    return number


def renew(store: Store, rules: ChannelRules, projections: Iterable[Projection]) -> None:
    """Find all channels of these again, and correct those that stand otherwise."""
    number = group(store, rules, projections)
    if number is None:
        return
    last = 0
    while stored := _stored(store, number, after=last):
        with store.read() as tx:
            sets = _members(tx, list(stored))
        channels = [_channel(rules, members) for _, members in sets]
        ids = store.names.members(CHANNEL, channels)
        found = {dimset_id: ids[name] for (dimset_id, _), name in zip(sets, channels, strict=True)}
        wrong: list[Row] = [(number, each, right) for each, right in found.items() if stored[each] != right]
        with store.write() as tx:
            insert_rows(tx, dimset_channel, wrong, on_conflict="ON CONFLICT DO UPDATE SET member_id=excluded.member_id")
        last = max(stored)


def _stored(store: Store, number: int, *, after: int) -> dict[int, int]:
    """Some sets of dimensions with their channels, in the order of their numbers."""
    mine = (dimset_channel.c.grouping_id == number) & (dimset_channel.c.dimset_id > after)
    query = select(dimset_channel.c.dimset_id, dimset_channel.c.member_id).where(mine)
    with store.read() as tx:
        rows = tx.execute(query.order_by(dimset_channel.c.dimset_id).limit(_SETS_AT_ONCE))
        return {row.dimset_id: row.member_id for row in rows}


def _channel(rules: ChannelRules, members: dict[str, str]) -> str:
    campaign = members.get("campaign")
    campaign = None if campaign == NOT_SET else campaign
    if members.get(DEFAULT_CHANNEL, NOT_SET) != NOT_SET:
        source, medium = split_source_medium(members.get("source_medium", ""))
        title = members.get("campaign_name")
        return rules.of_campaign(campaign, title, source=source, medium=medium) or members[DEFAULT_CHANNEL]
    if "source_medium" in members:
        untagged = members.get(UNTAGGED)
        return rules.of_session(members["source_medium"], campaign, None if untagged == NOT_SET else untagged)
    found = None if campaign is None else rules.of_campaign(campaign, None)
    return found or UNASSIGNED


def _number(store: Store, digest: str) -> int:
    query = select(grouping.c.id).where(grouping.c.digest == digest)
    with store.read() as tx:
        found = tx.execute(query).scalar()
    if found is None:
        with store.write() as tx:
            found = tx.execute(query).scalar()
            if found is None:
                found = tx.execute(insert(grouping).values(digest=digest).returning(grouping.c.id)).scalar_one()
    return int(found)


def _unknown(store: Store, number: int, cut: str) -> Sequence[tuple[int, dict[str, str]]]:
    """Sets of dimensions of a cut whose channel was not looked for yet, with their members by name."""
    known = select(dimset_channel.c.dimset_id).where(dimset_channel.c.grouping_id == number)
    wanted = select(dimset.c.id).where(dimset.c.cut == cut, dimset.c.id.not_in(known)).limit(_SETS_AT_ONCE)
    with store.read() as tx:
        return _members(tx, list(tx.execute(wanted).scalars()))


def _members(tx: Connection, ids: Sequence[int]) -> list[tuple[int, dict[str, str]]]:
    found: dict[int, dict[str, str]] = {each: {} for each in ids}
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        query = (
            select(dimset_member.c.dimset_id, dimension.c.name, member.c.value)
            .join(dimension, dimension.c.id == dimset_member.c.dimension_id)
            .join(member, member.c.id == dimset_member.c.member_id)
            .where(dimset_member.c.dimset_id.in_(some))
        )
        for dimset_id, name, value in tx.execute(query):
            found[dimset_id][name] = value
    return list(found.items())
