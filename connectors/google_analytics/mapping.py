"""Pages of reports to facts, and what makes them doubtful to flags and sentences.

No I/O. A day is one of the property's zone. Values are texts, whatever their type; members stand
as GA4 has them, `(other)` too, so that sums stay right.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from collector.plugin import NOT_SET, BadResponse, Dimensions, Fact, Forbidden, Json, Window
from connectors.google_analytics.answers import OTHER, Answer, Row
from connectors.google_analytics.reports import Report

_RIGHTS = {"COST_DATA": "No cost metrics", "REVENUE_DATA": "No revenue metrics"}
_ZERO = Decimal(0)


@dataclass
class Mapped:
    """One report's pages of a window on their way to facts; `money` are the measures that are amounts."""

    report: Report
    window: Window
    money: Collection[str]
    unfinished: Collection[date] = ()
    """Days that are over here and not yet in the property's zone."""
    unplaced: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    """What GA4 has lumped into a row without a day, by measure."""
    _days: dict[str, date | None] = field(default_factory=dict)
    _members: dict[tuple[str, ...], Dimensions] = field(default_factory=dict)

    def facts(self, answer: Answer) -> Iterator[Fact]:
        """The facts of a page.

        Raises:
            BadResponse: it is not the report that was asked for.
            Forbidden: amounts are hidden from us, and would read zero.
        """
        if not answer.rows:
            return
        dates = _column(answer.dimensions, "date")
        columns = [_column(answer.dimensions, name) for name in self.report.dimensions]
        currency = answer.metadata.get("currencyCode")
        measures = [
            (_column(answer.metrics, metric), measure, self._currency(currency) if measure in self.money else None)
            for metric, measure in self.report.metrics.items()
        ]
        flags, lumped = flags_of(answer.metadata), _lumped_days(answer, dates)
        for members, values in answer.rows:
            day = self._day(members[dates])
            here = tuple([members[column] for column in columns])
            if not self._is_wanted(here):
                continue
            if day is None:
                for column, measure, _ in measures:
                    self.unplaced[measure] += _number(values[column], measure)
                continue
            dimensions = self._members.get(here) or self._dimensions(here)
            told = flags | {"partial"} if day in self.unfinished or members[dates] in lumped else flags
            for column, measure, unit in measures:
                number = _number(values[column], measure)
                if number or self.report.zeros:
                    yield Fact(day, measure, number, unit, dimensions, told)

    def _day(self, text: str) -> date | None:
        """A day; None: the row is of none. Where only one was asked for, it is of that one."""
        if text not in self._days:
            self._days[text] = self._read_day(text)
        return self._days[text]

    def _read_day(self, text: str) -> date | None:
        if text.startswith(OTHER):
            return self.window.first if len(self.window) == 1 else None
        if len(text) == 8 and text.isascii() and text.isdigit():
            try:
                return date(int(text[:4]), int(text[4:6]), int(text[6:]))
            except ValueError:
                pass
        raise BadResponse(expected="a day such as 20260301", where=f"runReport {self.report}, date", got=text)

    def _is_wanted(self, members: tuple[str, ...]) -> bool:
        if self.report.named and members[0] in ("", NOT_SET):
            return False
        if self.report.sources is None:
            return True
        source = members[list(self.report.dimensions).index("sessionSourceMedium")].partition(" / ")[0]
        return source.strip().lower() in self.report.sources

    def _dimensions(self, members: tuple[str, ...]) -> Dimensions:
        names = self.report.dimensions.values()
        made = Dimensions({**self.report.fixed, **dict(zip(names, members, strict=True))})
        if len(self._members) >= 100_000:
            self._members.clear()
        return self._members.setdefault(members, made)

    def _currency(self, told: Json) -> str:
        if isinstance(told, str) and told:
            return told
        raise BadResponse(expected="metadata.currencyCode", where=f"runReport {self.report}", got=told)


def flags_of(metadata: Mapping[str, Json]) -> frozenset[str]:
    """What is doubtful in all rows of an answer."""
    signs = {
        "sampled": "samplingMetadatas",
        "thresholded": "subjectToThresholding",
        "partial": "dataTruncationReasons",
    }
    return frozenset(flag for flag, key in signs.items() if metadata.get(key))


def doubts(answer: Answer, report: Report, window: Window) -> Iterator[str]:
    """The same as sentences; `(other)` among the members too."""
    days = f"{window.first} … {window.last}, {report}"
    for each in answer.samplings:
        read, space = _share(each.get("samplesReadCount")), _share(each.get("samplingSpaceSize"))
        part = f"{read / space:.0%}" if space else "a part"
        yield f"{days}: sampled: GA4 has read {part} of the events, and estimated the rest"
    if answer.metadata.get("subjectToThresholding"):
        yield f"{days}: thresholded: GA4 keeps small rows back; what is missing is not zero"
    if answer.metadata.get("dataLossFromOtherRow"):
        yield f"{days}: GA4 lumps rare members into {OTHER}; sums are right, the break-down is not whole"
    for told in answer.metadata.get("dataTruncationReasons") or ():
        words = told.get("dataTruncationMessage") or told.get("dataTruncationType") if isinstance(told, dict) else told
        yield f"{days}: GA4 has cut the data: {words}"


def raise_if_hidden(answer: Answer, account: str) -> None:
    """Amounts that the account may not see read zero, without an error.

    Raises:
        Forbidden: with the right that is lacking.
    """
    told = answer.metadata.get("schemaRestrictionResponse")
    restricted = told.get("activeMetricRestrictions") if isinstance(told, dict) else None
    for each in restricted if isinstance(restricted, list) else ():
        kinds = [_RIGHTS.get(str(kind), str(kind)) for kind in each.get("restrictedMetricTypes") or ()]
        marks = " and ".join(f"“{kind}”" for kind in kinds) or "its restrictions"
        remedy = "ecommerce: false" if "REVENUE_DATA" in each.get("restrictedMetricTypes", ()) else "no ad_cost"
        raise Forbidden(
            f"{each.get('metricName')} is hidden from {account}, and would read zero: take {marks} off it under "
            f"Admin → Property access management, or write {remedy}"
        )


def told_of(unplaced: Mapping[str, Decimal], report: Report, window: Window) -> str | None:
    """What could be given to no day; None: nothing."""
    lost = ", ".join(f"{amount.normalize():f} {measure}" for measure, amount in unplaced.items() if amount)
    if not lost:
        return None
    return f"{window.first} … {window.last}, {report}: GA4 gives no day for {lost}: they count on none"


def _lumped_days(answer: Answer, dates: int) -> frozenset[str]:
    """The days on which members are lumped together; where GA4 only says that there are, all days."""
    if not answer.metadata.get("dataLossFromOtherRow"):
        return frozenset()
    rows: tuple[Row, ...] = answer.rows
    seen = frozenset(members[dates] for members, _ in rows if OTHER in members)
    placed = frozenset(day for day in seen if not day.startswith(OTHER))
    return placed if placed and placed == seen else frozenset(members[dates] for members, _ in rows)


def _column(headers: tuple[str, ...], name: str) -> int:
    try:
        return headers.index(name)
    except ValueError as error:
        raise BadResponse(expected=f"a column {name}", where="runReport", got=", ".join(headers)) from error


def _number(text: str, measure: str) -> Decimal:
    if not text:  # proto3 leaves a zero out
        return _ZERO
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise BadResponse(expected="a number", where=f"runReport, {measure}", got=text) from error


def _share(told: Json) -> int:
    try:
        return int(told)
    except (TypeError, ValueError):
        return 0
