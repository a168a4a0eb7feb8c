"""A report's rows: the company's spend by day, campaign and network, put together as a request asks."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from collector.testing.company.books.money import vat_rate
from connectors.yandex_direct.simulator.answers import Refusal
from connectors.yandex_direct.simulator.asked import DIMENSIONS, Asked

NOTHING = "--"
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Day:
    """A campaign's day in one network; `cents` are with VAT."""

    day: int
    date: str
    id: int
    title: str
    network: str
    impressions: int
    clicks: int
    cents: int


def text(days: Iterable[Day], asked: Asked, headers: Mapping[str, str]) -> str:
    """The report, with what of it the headers want."""
    rows = _ordered(_grouped(days, asked), asked)
    if asked.page is not None:
        limit, offset = asked.page
        rows = rows[offset : offset + limit]
    micros = headers.get("returnmoneyinmicros", "true").lower() != "false"
    lines = []
    if not _skipped(headers, "skipreportheader"):
        lines.append(f'"{asked.name} ({asked.first} - {asked.last})"')
    if not _skipped(headers, "skipcolumnheader"):
        lines.append("\t".join(asked.fields))
    lines += ["\t".join(_cell(row, name, micros=micros) for name in asked.fields) for row in rows]
    if not _skipped(headers, "skipreportsummary"):
        lines.append(f"Total rows: {len(rows)}")
    return "".join(f"{line}\n" for line in lines)


def _skipped(headers: Mapping[str, str], name: str) -> bool:
    return headers.get(name, "false").lower() == "true"


Row = dict[str, Any]


def _grouped(days: Iterable[Day], asked: Asked) -> list[Row]:
    """Sums by the dimensions that are asked for."""
    by = [name for name in DIMENSIONS if name in asked.fields]
    found: dict[tuple[object, ...], Row] = {}
    for each in days:
        members = {
            "Date": each.date,
            "CampaignId": each.id,
            "CampaignName": each.title,
            "AdNetworkType": each.network,
        }
        if not all(_passes(members, rule) for rule in asked.filters):
            continue
        key = tuple(members[name] for name in by)
        row = found.setdefault(key, {**members, "Impressions": 0, "Clicks": 0, "Cost": Decimal(0)})
        row["Impressions"] += each.impressions
        row["Clicks"] += each.clicks
        row["Cost"] += _cost(each, include_vat=asked.include_vat)
    return list(found.values())


def _cost(each: Day, *, include_vat: bool) -> Decimal:
    gross = Decimal(each.cents) / 100
    return gross if include_vat else (gross / (1 + vat_rate(each.day))).quantize(_CENT, ROUND_HALF_UP)


def _passes(members: Mapping[str, Any], rule: Mapping[str, Any]) -> bool:
    field, operator, values = rule.get("Field"), rule.get("Operator"), [str(value) for value in rule.get("Values", ())]
    if field not in members or operator not in ("EQUALS", "NOT_EQUALS", "IN", "NOT_IN"):
        raise Refusal(4000, f"Filter by {field} {operator} is not possible")
    return (str(members[str(field)]) in values) is (operator in ("EQUALS", "IN"))


def _ordered(rows: list[Row], asked: Asked) -> list[Row]:
    for rule in reversed(asked.order):
        field = rule.get("Field")
        if field not in asked.fields:
            raise Refusal(4000, f"OrderBy names {field}, which is not among FieldNames")
        rows.sort(key=lambda row: row[str(field)], reverse=rule.get("SortOrder") == "DESCENDING")
    return rows


def _cell(row: Row, name: str, *, micros: bool) -> str:
    match name:
        case "Ctr":
            return _share(100 * row["Clicks"], row["Impressions"])
        case "AvgCpc":
            found = _share(row["Cost"], row["Clicks"])
            return str(int(Decimal(found) * 1_000_000)) if micros and found != NOTHING else found
        case "Cost":
            return str(int(row[name] * 1_000_000)) if micros else f"{row[name]:.2f}"
    return str(row[name])


def _share(of: Decimal | int, among: int) -> str:
    return f"{(Decimal(of) / among).quantize(_CENT, ROUND_HALF_UP):f}" if among else NOTHING


def networks(placement: str) -> Iterator[str]:
    """The networks in which a campaign of the company is shown."""
    yield "SEARCH" if placement == "search" else "AD_NETWORK"
