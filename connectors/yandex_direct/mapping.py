"""Rows of reports → facts by campaign, and the campaigns' names."""

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal, InvalidOperation

from collector.plugin import NOT_SET, BadResponse, Dimensions, Fact, InvalidRecord, Member
from connectors.yandex_direct.tsv import NO_VALUE, Row

SOURCE_MEDIUM = "yandex / cpc"
"""How clicks of Direct are tagged."""

SEARCH = "Paid Search"
CHANNELS: Mapping[str, str] = {"SEARCH": SEARCH, "AD_NETWORK": "Display"}
"""By the network that an ad was shown in; what is neither counts as search."""

MEASURES: Mapping[str, str] = {"spend": "Cost", "impressions": "Impressions", "clicks": "Clicks"}
CUT = ("campaign", "campaign_name", "default_channel", "source_medium")
MICROS = 1_000_000
_PARTIAL = frozenset({"partial"})


def facts(row: Row, currency: str, *, micros: bool = False, unfinished: Collection[str] = ()) -> Iterator[Fact]:
    """A campaign's day in one network; `micros`: money is in millionths. What has no value is no fact.

    `unfinished`: days that go on in Moscow, though they are over here.

    Raises:
        BadResponse: a value that is none.
    """
    members = {
        "campaign": _value(row["CampaignId"]) or NOT_SET,
        "campaign_name": _value(row["CampaignName"]) or NOT_SET,
        "default_channel": CHANNELS.get(row.get("AdNetworkType", ""), SEARCH),
        "source_medium": SOURCE_MEDIUM,
    }
    dimensions = Dimensions(members)
    for measure, column in MEASURES.items():
        told = _value(row[column])
        if told is None:
            continue
        value = _number(told, column)
        is_money = measure == "spend"
        try:
            yield Fact(
                row["Date"],
                measure,
                value / MICROS if is_money and micros else value,
                currency if is_money else None,
                dimensions,
                _PARTIAL if row["Date"] in unfinished else (),
            )
        except InvalidRecord as error:
            raise BadResponse(expected="a day of a campaign", where="the report", got=error) from error


def member(row: Row) -> Member | None:
    """The name that the campaign has now."""
    id_, title = _value(row["CampaignId"]), _value(row["CampaignName"])
    return Member("campaign", id_, title) if id_ and title else None


def _value(cell: str) -> str | None:
    text = cell.strip()
    return None if text in ("", NO_VALUE) else text


def _number(text: str, column: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise BadResponse(expected=f"a number in {column}", where="the report", got=text) from error
