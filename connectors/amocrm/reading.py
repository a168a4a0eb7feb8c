"""One run of the stream of leads: what was changed, then what was told of others.

A run may be cut off after any checkpoint, and goes on there in another process: nothing that a
record is made of is kept in between.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

from collector.plugin import (
    BadResponse,
    Checkpoint,
    Deal,
    Gone,
    HttpClient,
    InvalidRecord,
    Json,
    Lead,
    Member,
    Since,
    SourceContext,
    StageChange,
)
from connectors.amocrm import mapping
from connectors.amocrm.ahead import one_ahead
from connectors.amocrm.bodies import embedded, id_of, name_of, rows, seconds_of
from connectors.amocrm.events import Told
from connectors.amocrm.history import History
from connectors.amocrm.mapping import Book
from connectors.amocrm.pages import API, IDS, ROWS, Row, changed, numbered, of_ids
from connectors.amocrm.rules import Stage, rules_of, stage_of
from connectors.amocrm.settings import AmoSettings

WITH = "contacts,loss_reason,source,source_id"
"""What a lead's row has only where it is asked for."""

BEGINNING = 1
"""Before all changes; 0 is no time for the vendor."""

Found = Lead | Deal | StageChange | Gone | Member | Checkpoint


@dataclass(frozen=True)
class Place:
    """Where a run stands: in the `leads`, before the changes of a second; in the `events`, behind a lead's id."""

    phase: str = "leads"
    number: int = 0

    @property
    def checkpoint(self) -> Checkpoint:
        """As it is kept."""
        return Checkpoint(f"{self.phase} {self.number}")

    @staticmethod
    def of(cursor: str | None) -> "Place":
        """Back from what was kept; what cannot be read means the beginning."""
        phase, _, number = (cursor or "").partition(" ")
        return Place(phase, int(number)) if phase in ("leads", "events") and number.isdecimal() else Place()


class Reading:
    """One run."""

    def __init__(
        self,
        client: HttpClient,
        settings: AmoSettings,
        context: SourceContext,
        history: History,
        warn: Callable[[str], None],
    ) -> None:
        self._client, self._settings, self._context, self._warn = client, settings, context, warn
        self._history = history
        self._book: Book | None = None
        self._told: set[Stage | str] = set()
        """What was said already: names of sources, stages that nobody knows."""

    async def records(self, since: Since) -> AsyncIterator[Found]:
        """All that is new, with a checkpoint after each page."""
        place = Place.of(since.cursor)
        read: set[int] = set()
        if place.phase == "leads":
            first = BEGINNING if since.after is None else seconds_of(since.after)
            pages = changed(
                self._client, "leads", since=max(first, place.number), until=seconds_of(since.until), **{"with": WITH}
            )
            async with aclosing(one_ahead(self._with_history(pages, since.until))) as told_pages:
                async for following, page, told in told_pages:
                    for record in self._mapped(page, told):
                        yield record
                    if since.after is not None:  # a first import has no second part, and keeps no list of all ids
                        read.update(map(id_of, page))
                    yield Place("leads", following).checkpoint
        if since.after is not None:
            behind = place.number if place.phase == "events" else 0
            async for found in self._others(since, read, behind):
                yield found
        self._history.forget()

    async def _others(self, since: Since, read: set[int], behind: int) -> AsyncIterator[Found]:
        """The leads of which something was told, other than those that were read."""
        if since.after is None or since.after > since.until:
            return
        touched = await self._history.touched(since.after, since.until)
        touched.existence |= await self._binned(since.after, since.until)
        wanted = touched.existence | touched.leads | await self._of_contacts(sorted(touched.contacts))
        rest = [number for number in sorted(wanted - read) if number > behind]
        for start in range(0, len(rest), IDS):
            ids = rest[start : start + IDS]
            page = await of_ids(self._client, "leads", ids, **{"with": WITH})
            for record in self._mapped(page, await self._told_of(page, since.until)):
                yield record
            for number in sorted((touched.existence & set(ids)) - set(map(id_of, page))):
                for gone in mapping.gone(str(number)):
                    yield gone
            yield Place("events", ids[-1]).checkpoint

    async def _binned(self, after: datetime, until: datetime) -> set[int]:
        """The leads that were put into the bin: what another one was merged into tells no event of its own."""
        span = {"filter[updated_at][from]": seconds_of(after), "filter[updated_at][to]": seconds_of(until)}
        found: set[int] = set()
        async for page in numbered(self._client, "leads", "leads", limit=ROWS, **{"with": "only_deleted"}, **span):
            if any(row.get("is_deleted") is not True for row in page):
                return set()  # the account knows of no bin, and shows all leads: the sweep will tell
            found.update(map(id_of, page))
        return found

    async def _of_contacts(self, contacts: Sequence[int]) -> set[int]:
        """The leads of these contacts."""
        found: set[int] = set()
        for start in range(0, len(contacts), IDS):
            for row in await of_ids(self._client, "contacts", list(contacts[start : start + IDS]), **{"with": "leads"}):
                found.update(id_of(lead) for lead in embedded(row, "leads") if lead.get("id") is not None)
        return found

    async def _with_history(
        self, pages: AsyncIterator[tuple[int, list[Row]]], until: datetime
    ) -> AsyncGenerator[tuple[int, list[Row], dict[int, Told]], None]:
        async for following, page in pages:
            yield following, page, await self._told_of(page, until)

    async def _told_of(self, page: Sequence[Row], until: datetime) -> dict[int, Told]:
        """What events tell of those rows that are no deleted ones, by id."""
        there = {id_of(row): row for row in page}
        live = [row for row in there.values() if row.get("is_deleted") is not True]
        told = await self._history.of(live, end=seconds_of(until))
        if live and self._book is None:
            self._book = await self._booked()
        return told

    def _mapped(
        self, page: Sequence[Row], told: Mapping[int, Told]
    ) -> Iterator[Lead | Deal | StageChange | Gone | Member]:
        """The records of some rows, each once."""
        for number, row in {id_of(row): row for row in page}.items():
            if number not in told or self._book is None:
                yield from mapping.gone(str(number))
                continue
            self._doubt(stage_of(row), self._book)
            yield from _readable(row, told[number], self._book)
            yield from self._named(row)

    async def _booked(self) -> Book:
        """What the account says, asked for when there is something to map."""
        account = await self._client.get_json(f"{API}/account")
        pipelines = rows(await self._client.get_json(f"{API}/leads/pipelines"), "pipelines", "leads/pipelines")
        rules = rules_of(self._settings, pipelines)
        return Book(self._settings, self._context.dimensions, currency_of(account), rules)

    def _doubt(self, stage: Stage, book: Book) -> None:
        """A stage that was deleted is one like any other, but people should know."""
        if stage in book.rules.known or stage in self._told:
            return
        self._told.add(stage)
        self._warn(f"stage {stage.pipeline}:{stage.status} is in no pipeline that the account shows; it counts as open")

    def _named(self, row: Row) -> list[Member]:
        """The name of a lead's source: other integrations' are told only here."""
        found = [(name_of(each.get("id")), name_of(each.get("name"))) for each in embedded(row, "source")]
        new = [(number, name) for number, name in found if number and name and number not in self._told]
        self._told.update(number for number, _ in new)
        return [Member("lead_source", number, name) for number, name in new]


def _readable(row: Row, told: Told, book: Book) -> list[Lead | Deal | StageChange | Gone]:
    """The records of a row.

    Raises:
        BadResponse: it cannot be read; its id is told.
    """
    try:
        return list(mapping.records(row, told, book))
    except InvalidRecord as error:
        raise BadResponse(expected="a row that can be read", where=f"lead {row['id']}", got=error) from error


def currency_of(account: Json) -> str:
    """The account's one currency.

    Raises:
        BadResponse: it names none, or what is no code of one.
    """
    told = account.get("currency") if isinstance(account, dict) else None
    code = told.upper() if isinstance(told, str) else ""
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        got = told if isinstance(account, dict) else type(account).__name__
        raise BadResponse(expected="the account's currency, an ISO 4217 code", where=f"{API}/account", got=got)
    return code
