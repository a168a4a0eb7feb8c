"""A process that imports a fixed history by all four kinds of stream; made to be killed.

`python -m tests.polling.importer FOLDER [N]` polls each stream once, then prints how many
steps that took: SQL statements and commits. With N it kills itself before its N-th step.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import event

from collector.plugin import (
    Checkpoint,
    Connector,
    ConnectorSettings,
    Customer,
    Deal,
    Fact,
    Instant,
    Lead,
    Part,
    Post,
    Reading,
    Since,
    StageChange,
    Window,
    parts,
    stream,
)
from collector.store.connect import Store
from tests.polling.bench import NOW, Bench

START = datetime(2026, 1, 1, 9, tzinfo=UTC)


def deal(key: int) -> Deal:
    created = START + timedelta(hours=3 * key)
    return Deal(
        id=f"d{key}",
        created_at=created,
        updated_at=created,
        status=("won", "won", "lost", "open")[key % 4],
        amount=Decimal(key % 97) + Decimal("0.25"),
        currency="RUB",
        closed_at=created + timedelta(days=key % 9),
        customer_id=f"contact:{key % 211}",
        manager=f"m{key % 3}",
    )


def lead(key: int) -> Lead:
    created = START + timedelta(hours=2 * key)
    status = ("open", "qualified", "lost", "junk")[key % 4]
    return Lead(id=f"l{key}", created_at=created, updated_at=created, status=status, customer_id=f"contact:{key % 97}")


class All(Connector[ConnectorSettings]):
    """One stream of each kind, the same history at every call."""

    name = "all"

    @stream(every="1h", restates="2d", provides={"spend": [("channel",), ("channel", "campaign")]})
    async def spend(self, window: Window) -> AsyncIterator[Fact]:
        for day in window.days():
            for number in range(6):
                value, channel = Decimal(day.day * number) / 3, f"c{number % 2}"
                yield self._spend(day, value, channel=channel, campaign=f"k{number}")
            for number in range(2):
                yield self._spend(day, Decimal(day.day), channel=f"c{number}")

    def _spend(self, day: date, value: Decimal, **dimensions: str) -> Fact:
        return Fact(day=day, measure="spend", value=value, currency="RUB", dimensions=dimensions)

    @stream(every="1h")
    async def crm(self, since: Since) -> AsyncIterator[Deal | StageChange | Customer]:
        for page in range(int(since.cursor or 0), 12):
            for key in range(50 * page, 50 * page + 50):
                yield deal(key)
                at = START + timedelta(hours=3 * key, minutes=5)
                yield StageChange(entity="deal", id=f"d{key}", at=at, stage="new", status="open")
                yield Customer(id=f"contact:{key % 211}", parent_id=f"company:{key % 50}" if key % 3 == 0 else None)
            yield Checkpoint(str(page + 1))  # type: ignore[misc]

    @stream(every="5m")
    def leads(self, part: Part) -> Iterator[Lead]:
        begin = int(part.name)
        for key in range(begin, begin + 400):
            yield lead(key)

    @parts(of="leads")
    def files(self) -> list[Part]:
        return [Part(str(begin), "v1", NOW) for begin in (0, 400, 800)]

    @stream(every="1h", provides={"followers": [("network",)]})
    async def social(self, now: Instant) -> AsyncIterator[Reading | Post]:
        for network in ("vk", "ok"):
            yield Reading(measure="followers", value=Decimal(1000), dimensions={"network": network})
        for key in range(200):
            yield Post(id=f"p{key}", network="vk", kind="text", published_at=now - timedelta(days=key), likes=key)


STREAMS = ("spend", "crm", "leads", "social")


def import_all(folder: Path, *, watch: Callable[[Store], None] = lambda _: None) -> Bench:
    """Poll each stream once."""
    bench = Bench(folder, All, backfill="400d")
    watch(bench.store)

    async def poll() -> None:
        for name in STREAMS:
            finished = await bench.poller.poll(bench.job(name))
            assert finished is not None
            assert finished.report.ok, finished.report

    asyncio.run(poll())
    return bench


_LIVE = "JOIN part ON part.id = part_id AND part.live JOIN stream ON stream.id = part.stream_id"
DUMPS = {
    "facts": f"""SELECT stream.name, part.name, day, measure.name, dimset.key, currency, value, flags
        FROM fact {_LIVE} JOIN measure ON measure.id = measure_id JOIN dimset ON dimset.id = dimset_id""",
    "daily": f"""SELECT stream.name, part.name, day, measure.name, dimension.name, member.value, currency,
        daily.value, entries
        FROM daily {_LIVE} JOIN measure ON measure.id = measure_id
        LEFT JOIN dimension ON dimension.id = daily.dimension_id LEFT JOIN member ON member.id = member_id""",
    "entities": f"SELECT stream.name, part.name, entity.kind, key, updated, gone, link, body FROM entity {_LIVE}",
    "visits": """SELECT owner, dimension.name, member.value, day, previous, first, second
        FROM visit JOIN posting ON posting.part_id = visit.part_id AND number = customer
        JOIN part ON part.id = visit.part_id AND part.live
        LEFT JOIN dimension ON dimension.id = visit.dimension_id LEFT JOIN member ON member.id = member_id""",
    "samples": f"SELECT measure.name, day, key, value FROM sample {_LIVE} JOIN measure ON measure.id = measure_id",
    "postings": f"SELECT owner FROM posting {_LIVE}",
    "readings": f"SELECT measure_id, at, value FROM reading {_LIVE}",
    "posts": f"SELECT key, at, body FROM post_reading {_LIVE}",
    "covered": "SELECT stream.name, day, complete FROM covered JOIN stream ON stream.id = stream_id",
    "hidden": "SELECT count(*) FROM part WHERE NOT live",
    "touched": "SELECT count(*) FROM touched",
}
"""All that a store holds, in words instead of numbers."""


def dump(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Everything that must be the same whether or not somebody was killed."""
    with store.read() as tx:
        return {name: sorted(map(tuple, tx.exec_driver_sql(query)), key=repr) for name, query in DUMPS.items()}


class Steps:
    """Counts the store's steps, and dies before one of them as `kill -9` would have it."""

    def __init__(self, fatal: int | None) -> None:
        self.count = 0
        self._fatal = fatal

    def watch(self, store: Store) -> None:
        """Count from now on."""
        for name in ("before_cursor_execute", "commit"):
            event.listen(store.engine, name, self._step)

    def _step(self, *_: object) -> None:
        self.count += 1
        if self.count == self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    steps = Steps(int(sys.argv[2]) if len(sys.argv) > 2 else None)
    import_all(Path(sys.argv[1]), watch=steps.watch).store.close()
    print(steps.count)
