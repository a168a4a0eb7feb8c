"""What a report is asked for by, and its pages, one after the other.

Above `mapping`, below the plugin. A window whose answer is sampled, or has rows without a day, is
asked for in halves, down to single days. Rows come in an order of all dimensions, so that pages
neither overlap nor leave anything out; where their number changes on the way, the poll ends.
"""

from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import aclosing
from datetime import date, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from collector.plugin import Fact, HttpClient, Json, SourceContext, TemporaryFailure, Window
from connectors.google_analytics.answers import Answer, decoded
from connectors.google_analytics.mapping import Mapped, doubts, raise_if_hidden, told_of
from connectors.google_analytics.reports import Report

ROWS = 100_000
"""In a page; Google gives 250,000 at most."""


class Asking:
    """One read of a stream. `tell` is told each sentence once; `account`: whom rights are given to."""

    def __init__(
        self,
        client: HttpClient,
        property_id: str,
        context: SourceContext,
        *,
        tell: Callable[[str], None],
        account: Callable[[], str],
    ) -> None:
        self._client, self._context = client, context
        self._path = f"/v1beta/properties/{property_id}:runReport"
        self._tell, self._account = tell, account
        self._told: set[str] = set()
        self._money = frozenset(name for name, each in context.measures.items() if each.is_money)

    async def facts(self, report: Report, window: Window) -> AsyncGenerator[Fact, None]:
        """A report's facts of the days."""
        page = await self._page(report, window, 0)
        if len(window) > 1 and (page.samplings or page.has_no_date):
            for half in halves(window):
                async with aclosing(self.facts(report, half)) as facts:
                    async for fact in facts:
                        yield fact
            return
        mapped = Mapped(report, window, self._money, self._unfinished(page, window))
        offset, count = 0, page.row_count
        while True:
            self._look_at(page, report, window)
            for fact in mapped.facts(page):
                yield fact
            offset += len(page.rows)
            if not page.rows or offset >= count:
                break
            page = await self._page(report, window, offset)
            if page.row_count != count:
                raise TemporaryFailure(
                    f"the number of rows changed from {count} to {page.row_count} between two pages: the next poll "
                    "reads these days anew",
                    retry=False,
                )
        if lost := told_of(mapped.unplaced, report, window):
            self._once(lost)

    async def _page(self, report: Report, window: Window, offset: int) -> Answer:
        asked = body_of(report, window, offset)
        return decoded(await self._client.request("POST", self._path, json=asked))

    def _look_at(self, page: Answer, report: Report, window: Window) -> None:
        raise_if_hidden(page, self._account())
        for sentence in doubts(page, report, window):
            self._once(sentence)

    def _unfinished(self, page: Answer, window: Window) -> Collection[date]:
        """Days that are over here and go on in the property's zone, if it is another one."""
        zone = zone_of(page)
        if zone is None or zone.key == self._context.zone.key:
            return ()
        self._once(zone_differs(zone, self._context.zone))
        now = self._context.now()
        there, here = now.astimezone(zone).date(), now.astimezone(self._context.zone).date()
        return frozenset(day for day in window.days() if there <= day < here)

    def _once(self, sentence: str) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            self._tell(sentence)


def body_of(report: Report, window: Window, offset: int, rows: int = ROWS) -> dict[str, Json]:
    """The body of a runReport; numbers are texts there."""
    dimensions = ["date", *report.dimensions]
    asked: dict[str, Json] = {
        "dateRanges": [{"startDate": window.first.isoformat(), "endDate": window.last.isoformat()}],
        "dimensions": [{"name": name} for name in dimensions],
        "metrics": [{"name": name} for name in report.metrics],
        "orderBys": [{"dimension": {"dimensionName": name}} for name in dimensions],
        "limit": str(rows),
        "returnPropertyQuota": True,
    }
    return {**asked, "offset": str(offset)} if offset else asked


def halves(window: Window) -> tuple[Window, Window]:
    """The older and the newer days."""
    middle = window.first + timedelta(days=len(window) // 2)
    return Window(window.first, middle - timedelta(days=1)), Window(middle, window.last)


def zone_of(answer: Answer) -> ZoneInfo | None:
    """The property's zone, if it is told and known."""
    try:
        return ZoneInfo(str(answer.metadata.get("timeZone") or ""))
    except (ValueError, ZoneInfoNotFoundError, OSError):
        return None


def zone_differs(there: ZoneInfo, here: ZoneInfo) -> str:
    """A sentence about the property's days."""
    return f"the property's days are those of {there.key}, the project's those of {here.key}: edges of days differ"
