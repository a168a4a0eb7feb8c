"""A poll that writes nothing: the records that a stream yields, for people to look at."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from collector.clock import day_of
from collector.plugin.connector import Rows, Stream
from collector.plugin.records import Deal, Fact, Lead, Post, Rate, Record, StageChange
from collector.plugin.window import Instant, Mark, Since, Window
from collector.polling.connections import connect_source
from collector.polling.credentials import Vault
from collector.polling.fetching import Budget
from collector.polling.network import Network
from collector.settings.model import Project, Source

_DEFAULT_DAYS = timedelta(days=7)


def dry_run(
    project: Project,
    source: Source,
    stream_name: str,
    network: Network,
    vault: Vault | None = None,
    *,
    since: date | None = None,
    until: date | None = None,
) -> Iterable[Record]:
    """The records of one stream; entities by the time of their last change.

    Window streams are asked for the days from `since` to `until` (by default the last
    seven with today); of others what lies outside them is left out.

    Raises:
        SourceError: what refused.
    """
    return asyncio.run(_dry_run(project, source, stream_name, network, vault, since, until))


async def _dry_run(
    project: Project,
    source: Source,
    stream_name: str,
    network: Network,
    vault: Vault | None,
    since: date | None,
    until: date | None,
) -> list[Record]:
    connection = connect_source(source, network, vault)
    try:
        stream = next(each for each in connection.connector.streams() if each.name == stream_name)
        records = [each for each in await _read(project, source, stream, since, until) if isinstance(each, Record)]
    finally:
        await connection.close()
    kept = [each for each in records if _inside(each, project, since, until)]
    return sorted(kept, key=_changed)


async def _read(
    project: Project, source: Source, stream: Stream, since: date | None, until: date | None
) -> list[object]:
    seconds = source.settings.timeout.total_seconds()
    records: list[object] = []
    for rows in reads(project, source, stream, since=since, until=until):
        async for batch in Budget(seconds).batches(rows):
            records += [each for each in batch if not isinstance(each, Mark)]
    return records


def reads(project: Project, source: Source, stream: Stream, *, since: date | None, until: date | None) -> list[Rows]:
    """The stream's generators for these days: one, but for parts one each."""
    now = source.context.now()
    match stream.kind:
        case "window":
            last = until or day_of(now, project.zone)
            first = since or last - _DEFAULT_DAYS
            return [stream.read(Window(first, last))] if first <= last else []  # days to come hold nothing yet
        case "since":
            after = None if since is None else datetime.combine(since, time(), tzinfo=project.zone).astimezone(UTC)
            return [stream.read(Since(after=after, cursor=None, until=now))]
        case "now":
            return [stream.read(Instant.of(now, dry=True))]
    found = sorted(stream.list_parts() if stream.list_parts else (), key=lambda part: part.name)
    return [stream.read(part) for part in found if not part.growing]


def _inside(record: Record, project: Project, since: date | None, until: date | None) -> bool:
    match record:
        case Fact() | Rate():
            day = record.day
        case Lead() | Deal():
            day = day_of(record.updated_at, project.zone)
        case StageChange():
            day = day_of(record.at, project.zone)
        case Post():
            day = day_of(record.published_at, project.zone)
        case _:
            return True
    return (since is None or since <= day) and (until is None or day <= until)


def _changed(record: Record) -> datetime:
    """Entities by their last change; the others keep their order, before them."""
    return record.updated_at if isinstance(record, Lead | Deal) else datetime.min.replace(tzinfo=UTC)
