"""The csv connector: files in, records out. The first connector of all, and the plainest.

Read on: `settings` (what a user writes), `names`, `mapping`, `mistakes` (what it comes
to), `files` (which parts there are), `reading`, `text`, `table` (bytes to rows), `facts`,
`entities`, `values` (rows to records), `faults` (what becomes of bad rows).
"""

import asyncio
import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from collector.plugin import (
    Connector,
    HttpClient,
    Part,
    Record,
    SourceContext,
    Stream,
    TemporaryFailure,
    hookimpl,
)
from connectors.csv.files import Found, Growth, find, fingerprint, modified_at
from connectors.csv.mapping import plan
from connectors.csv.mistakes import mistakes
from connectors.csv.reading import Making, opened, records
from connectors.csv.settings import CsvSettings
from connectors.csv.table import Table
from connectors.csv.text import newline_of
from connectors.csv.values import constants, values

STREAM = "rows"

_READER = "1"  # another one reads all files anew: raise it when the same file would give other rows
_SHAPING = (
    "record", "columns", "constants", "cuts", "delimiter", "encoding", "decimal", "date_format", "zone", "spread",
    "on_bad_row", "dimensions",
)  # fmt: skip
_MOST_CHECKED = 100


class Csv(Connector[CsvSettings]):
    """Facts, leads, deals, customers, posts or currency rates from files of delimited text."""

    name = "csv"
    title = "CSV files"
    stability = "stable"
    maps_qualified = True  # a file states each lead's status

    def __init__(self, settings: CsvSettings, context: SourceContext, client: HttpClient) -> None:
        """Raises `ValueError` with all that is wrong with the mapping, a mistake a line, its key first."""
        super().__init__(settings, context, client)
        self._plan = plan(settings, context)
        if wrong := mistakes(settings, context, self._plan):
            raise ValueError("\n".join(wrong))
        self._zone = ZoneInfo(settings.zone) if settings.zone else context.zone
        self._making = Making(
            plan=self._plan,
            values=values(
                decimal=settings.decimal,
                date_format=settings.date_format,
                zone=self._zone,
                months=settings.spread is not None,
            ),
            constants=constants(self._zone),
            currency=context.currency,
            spread=settings.spread is not None,
            skip=settings.on_bad_row == "skip",
            warn=self.warn,
        )
        self._shape = _shape(settings, context)
        self._growth = Growth(newline=newline_of(settings.encoding))
        self._found: dict[str, Found] = {}

    def streams(self) -> Sequence[Stream]:
        """One: the rows of all files, a file a part."""
        return (
            Stream(
                name=STREAM,
                kind="part",
                every=timedelta(minutes=5),
                read=self.read,
                yields=frozenset({self._plan.record}),
                provides={measure.name: self._plan.cuts for measure in self._plan.stated},
                repeated="sum",  # two rows of a file with one key add up
                list_parts=self.list_parts,
                fields=frozenset({*self.settings.columns, *self.settings.constants}),
            ),
        )

    async def check(self) -> Sequence[str]:
        """Open the files and look for the columns; what is still being written is left alone."""
        return await asyncio.to_thread(self._checked)

    def _checked(self) -> list[str]:
        told = []
        for part in islice(self.list_parts(), _MOST_CHECKED):
            if part.growing:
                told.append(f"{part.name} is still being written")
                continue
            with self._opened(self._found[part.name]) as table:
                table.places(self._plan.columns)
        if self._zone.key != self.context.zone.key:
            told.append(f"its zone, {self._zone.key}, is not the project's, {self.context.zone.key}")
        return told

    def list_parts(self) -> list[Part]:
        """The files that there are now, in the order of their names."""
        self._found = find(self.settings.paths, self.context.folder)
        now = self.context.now()
        return [
            Part(
                name,
                self._fingerprint(found),
                now if found.status is None else modified_at(found.status),
                growing=self._growth.is_growing(found, now),
            )
            for name, found in self._found.items()
        ]

    def read(self, part: Part) -> Iterator[Record]:
        """Each row's records, one by one.

        Raises:
            BadFile: it cannot be read as configured.
            TemporaryFailure: it changed since it was listed, or while it was read.
        """
        found = self._refuse_change(part)
        with self._opened(found) as table:
            yield from records(table, self._making, part=part.name, modified_at=part.modified_at)
            self._refuse_change(part)

    def _opened(self, found: Found) -> AbstractContextManager[Table]:
        return opened(found, delimiter=self.settings.delimiter, encoding=self.settings.encoding)

    def _refuse_change(self, part: Part) -> Found:
        """The part's file as it stands, if it stands as it was listed: half of an old and half of a new one is none."""
        listed = self._found.get(part.name) or find(self.settings.paths, self.context.folder).get(part.name)
        if listed is None:
            raise TemporaryFailure(f"{part.name} vanished before it was read")
        found = listed.again()
        if self._fingerprint(found) != part.fingerprint:
            raise TemporaryFailure(f"{part.name} changed before it was read to its end; the next poll reads it anew")
        return found

    def _fingerprint(self, found: Found) -> str:
        return "unreadable" if found.status is None else fingerprint(found.status, self._shape)


def _shape(settings: CsvSettings, context: SourceContext) -> str:
    """A hash of all that decides what rows a file gives, besides the file."""
    said = settings.model_dump(mode="json", include=set(_SHAPING))
    around = [_READER, said, context.zone.key, context.currency, dict(context.dimensions)]
    return hashlib.sha256(json.dumps(around, sort_keys=True).encode()).hexdigest()[:16]


@hookimpl
def register_connectors() -> list[type[Csv]]:
    """The connector that this folder holds."""
    return [Csv]
