"""A report: rows of the days asked for, grouped by the dimensions asked for, in order, a page of them."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from connectors.google_analytics.simulator.asked import Asked, test_of
from connectors.google_analytics.simulator.fields import METRICS, OF_ADS, OF_USERS, TYPES
from connectors.google_analytics.simulator.property import Property, Row
from connectors.google_analytics.simulator.switches import Switches

OTHER = "(other)"
_RARE = 12
"""Sessions of a day; fewer are lumped together."""
_SAMPLE = {"samplesReadCount": "10000000", "samplingSpaceSize": "41250733"}
_RESTRICTED = {
    "COST_DATA": ("advertiserAdCost",),
    "REVENUE_DATA": ("purchaseRevenue",),
}

Grouped = dict[tuple[str, ...], list[int]]
Shown = Callable[[Sequence[date]], Sequence[date]]


@dataclass
class Report:
    """One request to one property; `shown` takes away the days that there are not."""

    of: Property
    asked: Asked
    switches: Switches
    shown: Shown

    def rows(self) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
        """All rows, in order."""
        grouped = self._grouped()
        passes = test_of(self.asked.metric_filter)
        found = []
        for key, sums in grouped.items():
            told = tuple(_told(name, amount) for name, amount in zip(self.asked.metrics, sums, strict=True))
            if passes(dict(zip(self.asked.metrics, told, strict=True))):
                found.append((key, told))
        return self._ordered(found)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The headers: with several ranges, one more than was asked for."""
        return (*self.asked.dimensions, *(["dateRange"] if len(self.asked.ranges) > 1 else []))

    @property
    def is_sampled(self) -> bool:
        """Whether not all events are read."""
        days = sum((each.last - each.first).days + 1 for each in self.asked.ranges)
        bound = self.switches.sampled_over_days
        return self.switches.always_sampled or (bound is not None and days > bound)

    @property
    def hidden(self) -> list[str]:
        """Metrics that the account may not see."""
        kinds = [("COST_DATA", self.switches.hides_cost), ("REVENUE_DATA", self.switches.hides_revenue)]
        return [name for kind, is_hidden in kinds if is_hidden for name in _RESTRICTED[kind]]

    def metadata(self, currency: str, zone: str) -> dict[str, Any]:
        """What is to be known of the whole answer."""
        found: dict[str, Any] = {"currencyCode": currency, "timeZone": zone}
        if self.is_sampled:
            found["samplingMetadatas"] = [_SAMPLE]
        if self.switches.thresholded:
            found["subjectToThresholding"] = True
        if self._is_broken_down and (self.switches.lumped or self._lumps_dates):
            found["dataLossFromOtherRow"] = True
        restrictions = [
            {"metricName": name, "restrictedMetricTypes": [kind]}
            for kind, names in _RESTRICTED.items()
            for name in names
            if name in self.hidden and name in self.asked.metrics
        ]
        if restrictions:
            found["schemaRestrictionResponse"] = {"activeMetricRestrictions": restrictions}
        return found

    # ── inside ───────────────────────────────────────────────────────────────────────

    @property
    def _is_broken_down(self) -> bool:
        return any(name != "date" for name in self.asked.dimensions)

    @property
    def _lumps_dates(self) -> bool:
        days = (self.asked.ranges[0].last - self.asked.ranges[0].first).days + 1
        return self.switches.lumped_dates and self._is_broken_down and days > 1

    def _grouped(self) -> Grouped:
        passes = test_of(self.asked.dimension_filter)
        found: Grouped = defaultdict(lambda: [0] * len(self.asked.metrics))
        for told in self.asked.ranges:
            ending = (told.name,) if len(self.asked.ranges) > 1 else ()
            for number, day in enumerate(self._days(told.first, told.last)):
                text = day.strftime("%Y%m%d")
                for row in self._of_day(day, is_first=number == 0):
                    members = row.members if "date" in row.members else {**row.members, "date": text}
                    if passes(members):
                        key = tuple([members.get(name, "(not set)") for name in self.asked.dimensions])
                        sums = found[key + ending]
                        for at, name in enumerate(self.asked.metrics):
                            sums[at] += row.values.get(name, 0)
        for sums in found.values() if self.is_sampled else ():
            sums[:] = [amount - amount % 10 for amount in sums]  # an estimate
        for name in self.hidden:
            if name in self.asked.metrics:
                for sums in found.values():
                    sums[self.asked.metrics.index(name)] = 0
        return found

    def _days(self, first: date, last: date) -> Sequence[date]:
        begins, ends = max(first, self.of.company.since), min(last, self.of.company.today)
        return self.shown([begins + timedelta(days=n) for n in range((ends - begins).days + 1)])

    def _of_day(self, day: date, *, is_first: bool) -> Iterator[Row]:
        text = day.strftime("%Y%m%d")
        rows, share = self._source(day), 1.0
        if self._is_broken_down and text in self.switches.collapsed:
            share = 0.02
        lumps = self.switches.lumped or self._lumps_dates
        for row in rows:
            members, values = row
            if lumps and values.get("sessions", _RARE) < _RARE:
                members = dict.fromkeys(members, OTHER) | {"date": OTHER if self._lumps_dates and is_first else text}
            if share != 1:
                values = {name: int(amount * share) for name, amount in values.items()}
            yield Row(members, values)

    def _source(self, day: date) -> list[Row]:
        metrics = set(self.asked.metrics)
        if metrics & set(OF_ADS):
            return self.of.ads(day, imports=self.switches.imports)
        if "eventName" in self.asked.dimensions:
            return self.of.events(day)
        rows = self.of.visits(day)
        if not metrics & set(OF_USERS):
            return rows
        if self._is_broken_down:
            users = dict.fromkeys(OF_USERS, 0)
            return [
                Row(each.members, {**users, **each.values, "activeUsers": each.values["sessions"]}) for each in rows
            ]
        return [*rows, Row({}, self.of.users(day))] if rows else []

    def _ordered(self, rows: list[tuple[tuple[str, ...], tuple[str, ...]]]) -> list[Any]:
        orders = self.asked.orders or tuple((name, True) for name in self.asked.metrics[:1])
        for name, desc in reversed(orders):
            if name in self.dimensions:
                at = self.dimensions.index(name)
                rows.sort(key=lambda row, at=at: row[0][at], reverse=desc)  # type: ignore[misc]
            elif name in self.asked.metrics:
                at = self.asked.metrics.index(name)
                rows.sort(key=lambda row, at=at: Decimal(row[1][at]), reverse=desc)  # type: ignore[misc]
        return rows


def headers(report: Report, *, as_numbers: bool) -> dict[str, Any]:
    """Dimension and metric headers; `as_numbers`: enums as the vendor's client wants them."""
    kinds = [METRICS[name] for name in report.asked.metrics]
    return {
        "dimensionHeaders": [{"name": name} for name in report.dimensions],
        "metricHeaders": [
            {"name": name, "type": TYPES[kind] if as_numbers else kind}
            for name, kind in zip(report.asked.metrics, kinds, strict=True)
        ],
    }


def totals(report: Report, rows: Sequence[tuple[tuple[str, ...], tuple[str, ...]]]) -> dict[str, Any]:
    """The aggregations that were asked for."""
    names = {"TOTAL": ("totals", "RESERVED_TOTAL"), "MAXIMUM": ("maximums", "RESERVED_MAX")}
    names["MINIMUM"] = ("minimums", "RESERVED_MIN")
    found: dict[str, Any] = {}
    for kind in report.asked.aggregations:
        if kind in names and rows:
            key, mark = names[kind]
            columns = list(zip(*([Decimal(value) for value in values] for _, values in rows), strict=True))
            work: Any = {"TOTAL": sum, "MAXIMUM": max, "MINIMUM": min}[kind]
            sums = [f"{work(column).normalize():f}" for column in columns]
            found[key] = [json.loads(rendered((mark,) * len(report.dimensions), sums))]
    return found


def rendered(members: Sequence[str], values: Sequence[str]) -> str:
    """A row as JSON; empty values are left out, as proto3 does."""
    return f'{{"dimensionValues":[{",".join(map(_value, members))}],"metricValues":[{",".join(map(_value, values))}]}}'


def _value(text: str) -> str:
    return f'{{"value":{json.dumps(text, ensure_ascii=False)}}}' if text else "{}"


@lru_cache(maxsize=10_000)
def _told(name: str, amount: int) -> str:
    if METRICS[name] != "TYPE_CURRENCY":
        return str(amount)
    return f"{Decimal(amount).scaleb(-2).normalize():f}" if amount else "0"
