"""Statistics of ad plans → facts by campaign, and the plans' names."""

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from collector.plugin import NOT_SET, BadResponse, Dimensions, Fact, InvalidRecord, Json, Member

SOURCE_MEDIUM = "vk / cpc"
"""How clicks of VK Ads are tagged."""

CHANNEL = "Paid Social"
MEASURES: Mapping[str, str] = {"spend": "spent", "impressions": "shows", "clicks": "clicks"}
_PARTIAL, _NO_FLAGS = frozenset({"partial"}), frozenset[str]()
CUT = ("campaign", "campaign_name", "default_channel", "source_medium")


def facts(
    item: Json, name: str | None, currency: str, where: str, *, unfinished: Collection[str] = ()
) -> Iterator[Fact]:
    """A plan's days, and what it is called; of days on which nothing came of it there may be a row of zeros, or none.

    `unfinished`: days that go on in Moscow, though they are over here.

    Raises:
        BadResponse: it has no days, or a value that is none.
    """
    if not isinstance(item, dict) or item.get("id") in (None, "") or not isinstance(item.get("rows"), list):
        raise BadResponse(expected="an ad plan with its rows by day", where=where, got=item)
    dimensions = Dimensions(
        {
            "campaign": str(item["id"]),
            "campaign_name": name or NOT_SET,
            "default_channel": CHANNEL,
            "source_medium": SOURCE_MEDIUM,
        }
    )
    for row in item["rows"]:
        base = row.get("base") if isinstance(row, dict) else None
        if not isinstance(base, dict) or "date" not in row:
            raise BadResponse(expected="a day with its base figures", where=where, got=row)
        values = {measure: _number(base, name, where) for measure, name in MEASURES.items()}
        if any(values.values()):
            flags = _PARTIAL if row["date"] in unfinished else _NO_FLAGS
            yield from _of_day(row["date"], values, currency, dimensions, flags, where)


def _of_day(
    day: Any,
    values: Mapping[str, Decimal],
    currency: str,
    dimensions: Dimensions,
    flags: frozenset[str],
    where: str,
) -> Iterator[Fact]:
    try:
        for measure, value in values.items():
            yield Fact(day, measure, value, currency if measure == "spend" else None, dimensions, flags)
    except InvalidRecord as error:
        raise BadResponse(expected="a day of an ad plan", where=where, got=error) from error


def member(plan: Mapping[str, Any]) -> Member | None:
    """The name that the plan has now."""
    title = str(plan.get("name") or "").strip()
    return Member("campaign", str(plan["id"]), title) if title else None


def _number(base: Mapping[str, Any], name: str, where: str) -> Decimal:
    """Money comes as a text, counts as numbers; nothing is zero."""
    told = base.get(name)
    try:
        return Decimal(str(told)) if told not in (None, "") else Decimal(0)
    except InvalidOperation as error:
        raise BadResponse(expected=f"a number in {name}", where=where, got=told) from error
