"""Compiled streams, read: what each kind asks for, page by page, and where a run goes on."""

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from collector.plugin import BadResponse, Checkpoint, HttpClient, Instant, Record, Since, Window
from connectors.http_json import auth
from connectors.http_json.compiling import CompiledStream
from connectors.http_json.faults import BadRow, BadRows
from connectors.http_json.paging import At, Page
from connectors.http_json.settings import HttpJsonSettings
from connectors.http_json.templates import Filler, Filling
from connectors.http_json.values import Around


@dataclass(frozen=True)
class Reader:
    """Reads the streams of one source."""

    settings: HttpJsonSettings
    zone: ZoneInfo
    clock: Callable[[], datetime]
    client: Callable[[], HttpClient]
    warn: Callable[[str], None]

    async def first_page(self, compiled: CompiledStream) -> None:
        """Ask for the first page, and make its records: to see whether that works.

        Raises:
            SourceError: it does not.
        """
        now = self.clock()
        today = now.astimezone(self.zone).date()
        fillings = {
            "window": self._days(Window(today, today)),
            "since": self._changes(compiled, Since(after=now - timedelta(days=1), cursor=None, until=now)),
            "now": self._present(now),
        }[compiled.settings.kind]
        bad_rows = self._bad_rows(compiled)
        async for page, filler in self._pages(compiled, fillings):
            list(self._records(compiled, page, filler, bad_rows))
            bad_rows.end(page.where)
            return

    async def window(self, compiled: CompiledStream, window: Window) -> AsyncIterator[Record]:
        """What the vendor has for these days."""
        bad_rows, where = self._bad_rows(compiled), compiled.name
        days = [Window(day, day) for day in window.days()] if compiled.settings.per_day else [window]
        for each in days:
            async for page, filler in self._pages(compiled, self._days(each)):
                where = page.where
                for record in self._records(compiled, page, filler, bad_rows):
                    yield record
        bad_rows.end(where)

    async def now(self, compiled: CompiledStream, now: Instant) -> AsyncIterator[Record]:
        """What the vendor has at present."""
        bad_rows, where = self._bad_rows(compiled), compiled.name
        async for page, filler in self._pages(compiled, self._present(now)):
            where = page.where
            for record in self._records(compiled, page, filler, bad_rows):
                yield record
        bad_rows.end(where)

    async def since(self, compiled: CompiledStream, since: Since) -> AsyncIterator[Record | Checkpoint]:
        """All pages, with a checkpoint after each; a place that the vendor does not know any more is left."""
        bad_rows, where = self._bad_rows(compiled), compiled.name
        fillings, resumed = self._changes(compiled, since), self._place(compiled, since.cursor)
        place = resumed or _BEGINNING
        while True:
            try:
                async for page, filler in self._pages(compiled, fillings, place):
                    resumed, where = None, page.where
                    for record in self._records(compiled, page, filler, bad_rows):
                        yield record
                    if (cursor := self._cursor(compiled, page)) is not None:
                        yield Checkpoint(cursor)
                break
            except BadResponse as error:
                if resumed is None:
                    raise
                self.warn(f"{compiled.name}: it begins anew, since it could not go on where it was: {error}")
                place, resumed = _BEGINNING, None
        bad_rows.end(where)

    async def sweep(self, compiled: CompiledStream) -> AsyncIterator[str]:
        """The ids that exist."""
        if compiled.sweep is None or compiled.sweep_id is None:
            return
        filler = Filler(self.zone, self._present(self.clock()))
        async for page in compiled.sweep.read(self.client(), filler, base=self.settings.base_url):
            for number, row in enumerate(page.rows, start=1):
                try:
                    found = compiled.sweep_id.of(row, Around(page.body, filler))
                except BadRow as error:
                    raise BadResponse(expected=f"an id, but {error}", where=f"{page.where}, row {number}") from error
                if found is None:
                    raise BadResponse(expected="an id", where=f"{page.where}, row {number}", got=row)
                yield str(found)

    async def _pages(
        self, compiled: CompiledStream, fillings: Mapping[str, Filling], place: "_Place | None" = None
    ) -> AsyncIterator[tuple[Page, Filler]]:
        filler, (at, before_it) = Filler(self.zone, fillings), place or _BEGINNING
        pages = compiled.pages.read(self.client(), filler, base=self.settings.base_url, at=at, before_it=before_it)
        async for page in pages:
            yield page, filler

    @staticmethod
    def _records(compiled: CompiledStream, page: Page, filler: Filler, bad_rows: BadRows) -> Iterator[Record]:
        for each in compiled.maps:
            yield from each.records(page.body, Around(page.body, filler), bad_rows, page.where)

    def _bad_rows(self, compiled: CompiledStream) -> BadRows:
        return BadRows(skip=compiled.settings.on_bad_row == "skip", warn=self.warn)

    # ── what placeholders stand for ──────────────────────────────────────────────────

    def _present(self, now: datetime) -> dict[str, Filling]:
        return {"now": now, "today": now.astimezone(self.zone).date()}

    def _days(self, window: Window) -> dict[str, Filling]:
        days = {"first": window.first, "last": window.last, "after": window.last + timedelta(days=1)}
        return {**self._present(self.clock()), **days}

    def _changes(self, compiled: CompiledStream, since: Since) -> dict[str, Filling]:
        begin = compiled.settings.begin
        after = since.after
        if after is None and begin is not None:
            after = datetime.combine(begin, time(), tzinfo=self.zone).astimezone(UTC)
        return {**self._present(self.clock()), "since": after, "until": since.until}

    # ── places to go on from ─────────────────────────────────────────────────────────

    def _cursor(self, compiled: CompiledStream, page: Page) -> str | None:
        """The next page's place as it is kept; None where a run cannot go on from there."""
        after = page.after
        if after is None or not compiled.pages.can_resume:
            return None
        place = auth.without_keys(after, self.settings.auth) if isinstance(after, str) else after
        if auth.holds_secret(str(place), self.settings):
            return None
        return json.dumps({"of": _shape(compiled), "at": place, "pages": page.number})

    def _place(self, compiled: CompiledStream, cursor: str | None) -> "_Place | None":
        """Where to go on; None: from the beginning, also where the description has changed since."""
        try:
            kept = json.loads(cursor) if cursor is not None else {}
        except ValueError:
            return None
        if not isinstance(kept, dict) or kept.get("of") != _shape(compiled) or not compiled.pages.can_resume:
            return None
        found, pages = kept.get("at"), kept.get("pages", 0)
        return _Place(found, pages) if isinstance(found, str | int) and isinstance(pages, int) else None


class _Place(NamedTuple):
    """Where a run goes on, and how many pages it has read: an endless chain must not look like a new one each turn."""

    at: At | None
    before_it: int


_BEGINNING = _Place(None, 0)


def _shape(compiled: CompiledStream) -> str:
    """A hash of what decides where pages are: places of another request mean nothing."""
    said = compiled.settings.model_dump(mode="json", include={"request", "pages", "begin", "rows", "key_as"})
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:12]
