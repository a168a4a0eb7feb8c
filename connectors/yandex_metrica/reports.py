"""Reports of one counter: asked for page by page, and for less at a time where Metrica cannot do it at once.

Between the streams (`plugin`) and what rows mean (`mapping`). Rows come by days, oldest first.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from collector.plugin import BadResponse, HttpClient, Json, SourceError, TemporaryFailure, Window
from connectors.yandex_metrica.effort import Effort
from connectors.yandex_metrica.refusals import TooComplicated, TooMuch

PATH = "/stat/v1/data"
ROWS_AT_ONCE = 10_000
METRICS_AT_ONCE = 20
DATE = "ym:s:date"

Metrics = tuple[Decimal | None, ...]
Key = tuple[str | None, ...]


@dataclass(frozen=True)
class Report:
    """What is asked for: `dimensions` besides the date."""

    metrics: tuple[str, ...]
    dimensions: tuple[str, ...] = ()
    currency: str | None = None


@dataclass(frozen=True)
class Told:
    """What an answer says of itself."""

    sampled: bool
    share: Decimal
    withheld: bool
    lag: timedelta


@dataclass
class Day:
    """A day's rows, by the ids of their dimensions: a row that comes again, as pages shift, is the same row."""

    day: date
    told: Told
    rows: dict[Key, Metrics] = field(default_factory=dict)


class _Page(NamedTuple):
    rows: list[Json]
    told: Told
    total_rows: int | None
    """None: it is not known exactly."""
    limit: int
    totals: Metrics


class Reports:
    """One counter's. `tell` is for what people should know."""

    def __init__(
        self, client: Callable[[], HttpClient], *, counter: str, attribution: str, tell: Callable[[str], None]
    ) -> None:
        self._client = client
        self._counter = counter
        self._attribution = attribution
        self._tell = tell
        self._by_day, self._of_spans = Effort(), Effort()

    async def days(self, report: Report, window: Window) -> AsyncGenerator[Day, None]:
        """The days that have rows, in their order."""
        first = window.first
        while first <= window.last:
            last = min(window.last, first + self._by_day.days(self._now()) - timedelta(days=1))
            try:
                async with aclosing(self._whole_days(report, first, last)) as days:
                    async for each in days:
                        yield each
                        first = each.day + timedelta(days=1)
            except (TooMuch, TooComplicated, TemporaryFailure) as error:
                self._ease(self._by_day, error, (last - first).days + 1)  # the vendor's own advice
            else:
                first = last + timedelta(days=1)

    async def total(self, report: Report, first: date, last: date) -> tuple[Decimal, Told]:
        """The first metric of the whole span, which is not the sum of its days."""
        while True:
            try:
                page = await self._page(report, first, last, offset=1, by_day=False)
            except (TooMuch, TooComplicated, TemporaryFailure) as error:
                self._ease(self._of_spans, error, 1)
            else:
                return page.totals[0] or Decimal(0), page.told

    def _ease(self, effort: Effort, error: SourceError, days: int) -> None:
        """Ask for fewer days from now on, then for a sample; also after the poll that this one may end.

        Raises:
            SourceError: it is another failure, or less cannot be asked for.
        """
        cause = error if isinstance(error, TooMuch | TooComplicated) else error.__cause__
        if not isinstance(cause, TooMuch | TooComplicated):
            raise error
        eased = effort.ease(days, self._now())
        if cause is not error:  # too many repetitions in this poll
            raise error
        if not eased:
            told = "Metrica cannot make the report, not even of one day and by a sample"
            raise TemporaryFailure(told, retry=False) from error

    async def _whole_days(self, report: Report, first: date, last: date) -> AsyncGenerator[Day, None]:
        """Days as they are complete: rows come in the order of their dates."""
        at: Day | None = None
        async with aclosing(self._pages(report, first, last)) as pages:
            async for page in pages:
                for row in page.rows:
                    day, key, metrics = self._row(row, report)
                    if not first <= day <= last or (at is not None and day < at.day):
                        expected = f"rows in the order of their days, from {first} to {last}"
                        raise BadResponse(expected=expected, where=PATH, got=day)
                    if at is None or day > at.day:
                        if at is not None:
                            yield at
                        at = Day(day, page.told)
                    at.rows[key] = metrics
        if at is not None:
            yield at

    async def _pages(self, report: Report, first: date, last: date) -> AsyncGenerator[_Page, None]:
        offset, more, sums = 1, True, Decimal(0)
        while more:
            page = await self._page(report, first, last, offset=offset)
            offset += len(page.rows)
            sums += sum((_numbers(row, report)[0] or Decimal(0) for row in page.rows), Decimal(0))
            if page.total_rows is None:
                more = len(page.rows) >= page.limit
            else:
                more = bool(page.rows) and offset <= page.total_rows
            yield page
        self._compare(sums, page, report, first, last)

    def _compare(self, sums: Decimal, page: _Page, report: Report, first: date, last: date) -> None:
        whole = page.totals[0]
        if report.dimensions and whole is not None and sums != whole:
            name = report.metrics[0].rpartition(":")[2]
            why = "Metrica withholds small rows" if page.told.withheld else "the days may have changed meanwhile"
            told = f"{sums.normalize():f} {name}, the report to {whole.normalize():f}"
            self._tell(f"the rows from {first} to {last} come to {told}: {why}")

    async def _page(self, report: Report, first: date, last: date, *, offset: int, by_day: bool = True) -> _Page:
        dimensions = [DATE, *report.dimensions] if by_day else []
        effort = self._by_day if by_day else self._of_spans
        params = {
            "ids": self._counter,
            "metrics": ",".join(report.metrics),
            "dimensions": ",".join(dimensions) or None,
            "sort": ",".join(dimensions) or None,  # the vendor's own order shifts as days change
            "date1": str(first),
            "date2": str(last),
            "accuracy": effort.accuracy(self._now()),
            "attribution": self._attribution,
            "currency": report.currency,
            "include_undefined": "true",
            "lang": "en",
            "limit": ROWS_AT_ONCE,
            "offset": offset,
        }
        body = await self._client().get_json(PATH, params=params)
        page = read_page(body, report)
        self._look(body.get("query") or {}, report, page.told)
        return page

    def _look(self, echo: Json, report: Report, told: Told) -> None:
        """Whether Metrica has answered what was asked."""
        currency, model = echo.get("currency"), echo.get("attribution")
        if report.currency and currency and str(currency).upper() != report.currency:
            raise BadResponse(expected=f"revenue in {report.currency}", where=PATH, got=currency)
        if report.dimensions and model and _plain(model) != _plain(self._attribution):
            self._tell(
                f"Metrica answers by the attribution {model}, not {self._attribution}: "
                "days that were read before may be by another one"
            )
        if told.sampled:
            self._tell(f"Metrica answers from a sample, a share of {told.share:f}: figures are its estimates")

    def _row(self, row: Json, report: Report) -> tuple[date, Key, Metrics]:
        ids = [_id(each) for each in row["dimensions"]]
        if len(ids) != len(report.dimensions) + 1:
            raise BadResponse(expected=f"{len(report.dimensions) + 1} dimensions", where=PATH, got=row["dimensions"])
        try:
            day = date.fromisoformat(ids[0] or "")
        except ValueError as error:
            raise BadResponse(expected=f"a day as {DATE}", where=PATH, got=row["dimensions"][0]) from error
        return day, tuple(ids[1:]), _numbers(row, report)

    def _now(self) -> datetime:
        return self._client().now()


def read_page(body: Json, report: Report) -> _Page:
    """An answer of the table.

    Raises:
        BadResponse: it is none.
    """
    rows = body.get("data") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise BadResponse(expected="a report with `data`", where=PATH, got=body)
    for row in rows:
        if not isinstance(row, dict) or not isinstance(row.get("dimensions"), list):
            raise BadResponse(expected="rows with dimensions and metrics", where=PATH, got=row)
        _numbers(row, report)
    known = body.get("total_rows")
    query = body.get("query") or {}
    told = Told(
        sampled=bool(body.get("sampled")),
        share=_number(body.get("sample_share")) or Decimal(1),
        withheld=bool(body.get("contains_sensitive_data")),
        lag=timedelta(seconds=int(_number(body.get("data_lag")) or 0)),
    )
    total = None if body.get("total_rows_rounded") or not isinstance(known, int) else known
    limit = query.get("limit")
    totals = tuple(_number(each) for each in body.get("totals") or ())
    whole = totals if len(totals) == len(report.metrics) else (None,) * len(report.metrics)
    return _Page(rows, told, total, limit if isinstance(limit, int) else ROWS_AT_ONCE, whole)


def _numbers(row: Json, report: Report) -> Metrics:
    metrics = row.get("metrics")
    if not isinstance(metrics, list) or len(metrics) != len(report.metrics):
        raise BadResponse(expected=f"{len(report.metrics)} metrics in a row", where=PATH, got=metrics)
    return tuple(_number(each) for each in metrics)


def _number(value: Json) -> Decimal | None:
    """A number, or no value."""
    if value is None or (isinstance(value, int | Decimal) and not isinstance(value, bool)):
        return None if value is None else Decimal(value)
    raise BadResponse(expected="a number or null", where=PATH, got=value)


def _id(dimension: Json) -> str | None:
    """What tells a value: its id, for names are translated; dates and tags have a name only."""
    if not isinstance(dimension, dict):
        raise BadResponse(expected="a dimension with a name", where=PATH, got=dimension)
    found = dimension.get("id")
    found = dimension.get("name") if found is None else found
    return None if found is None or found == "" else str(found)


def _plain(model: object) -> str:
    """A model's name as the echo and the setting both spell it."""
    return str(model).replace("_", "").lower()


def in_parts(metrics: Sequence[str]) -> list[tuple[str, ...]]:
    """As many metrics as a request may have."""
    return [tuple(metrics[at : at + METRICS_AT_ONCE]) for at in range(0, len(metrics), METRICS_AT_ONCE)]
