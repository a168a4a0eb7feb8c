"""A stream read to be looked at: each exchange with the vendor, and the records that came of it.

As `dry`, it writes nothing; and it goes on where `dry` ends, for what came before a
failure is what its author wants to see.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from collector.plugin.client import HttpClient, Request, Response
from collector.plugin.connector import Stream
from collector.plugin.errors import InvalidRecord, SourceError
from collector.plugin.records import Record
from collector.plugin.window import Begins, Checkpoint, Untold
from collector.polling.connections import connect_source
from collector.polling.credentials import Vault
from collector.polling.dry import reads
from collector.polling.network import Exchange, Network
from collector.polling.threads import in_thread
from collector.polling.verbs import Verbs, passed_on
from collector.settings.model import Project, Source

MOST_KEPT = 10_000
"""Records of one exchange that are kept to be shown."""


@dataclass
class Step:
    """One exchange (None: before the first one, or of a source that has none), and what came of it."""

    exchange: Exchange | None
    records: list[Record | Checkpoint] = field(default_factory=list)
    count: int = 0

    def add(self, record: Any) -> None:
        """A record; of very many only the first ones are kept."""
        self.count += isinstance(record, Record)
        if len(self.records) < MOST_KEPT and not isinstance(record, Untold | Begins):
            self.records.append(record)


@dataclass
class Trial:
    """What a stream came to; `stopped`: there would have been more requests than were asked for."""

    redact: Callable[[str], str]
    steps: list[Step] = field(default_factory=list)
    stopped: bool = False
    reason: str | None = None
    message: str | None = None
    warnings: tuple[str, ...] = ()


def try_stream(
    project: Project,
    source: Source,
    stream_name: str,
    network: Network,
    vault: Vault | None = None,
    *,
    since: date | None = None,
    until: date | None = None,
    requests: int | None = None,
) -> Trial:
    """Read one stream, for the days of `dry_run`, until it ends, fails, or would ask more than `requests` times."""
    return asyncio.run(_tried(project, source, stream_name, network, vault, since, until, requests))


async def _tried(
    project: Project,
    source: Source,
    stream_name: str,
    network: Network,
    vault: Vault | None,
    since: date | None,
    until: date | None,
    requests: int | None,
) -> Trial:
    steps: list[Step] = []
    observed = replace(network, observe=lambda exchange: steps.append(Step(exchange)))
    connection = connect_source(source, observed, vault)
    connector = connection.connector
    trial = Trial(connection.client.redact, steps)
    connector.client = _Bounded(connection.client, requests)
    stream = next(each for each in connector.streams() if each.name == stream_name)
    try:
        async with asyncio.timeout(source.settings.timeout.total_seconds()):
            await _read(project, source, stream, since, until, trial)
    except _Enough:
        trial.stopped = True
    except SourceError as error:
        trial.reason, trial.message = error.reason, str(error)
    except TimeoutError:
        trial.reason, trial.message = "timeout", f"no end within {source.settings.timeout}"
    except InvalidRecord as error:
        trial.reason, trial.message = "bad_response", str(error)
    except Exception as error:  # noqa: BLE001 - an author's bug is what is looked for here
        trial.reason, trial.message = "crashed", f"{type(error).__name__}: {error}"
    finally:
        await connection.close()
    trial.warnings = tuple(connector.take_warnings())
    return trial


async def _read(
    project: Project, source: Source, stream: Stream, since: date | None, until: date | None, trial: Trial
) -> None:
    for rows in reads(project, source, stream, since=since, until=until):
        if isinstance(rows, AsyncIterator):
            async for record in rows:
                _last(trial).add(record)
        else:
            for record in await in_thread(list, rows):
                _last(trial).add(record)


def _last(trial: Trial) -> Step:
    if not trial.steps:
        trial.steps.append(Step(None))
    return trial.steps[-1]


class _Enough(Exception):
    """As many requests as were asked for."""


class _Bounded(Verbs):
    """A client for so many requests; repetitions of one are not counted."""

    def __init__(self, inner: HttpClient, most: int | None) -> None:
        self._inner = inner
        self._left = most

    async def _answer(self, asked: Request, cost: Mapping[str, float], accept: Collection[int]) -> Response:
        self._count()
        return await passed_on(self._inner, asked, cost, accept)

    def now(self) -> datetime:
        """The present instant."""
        return self._inner.now()

    def _count(self) -> None:
        if self._left is not None:
            if self._left <= 0:
                raise _Enough
            self._left -= 1
