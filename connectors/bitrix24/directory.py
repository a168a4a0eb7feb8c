"""The portal's own names: of managers, pipelines, stages and sources; and its rates.

Asked for as a whole each time: they are few, and no change of theirs is told.
"""

from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from decimal import Decimal

from collector.plugin import Json, Member, Rate, SourceError
from connectors.bitrix24.listing import PAGE
from connectors.bitrix24.mapping import Meaning, shown
from connectors.bitrix24.portal import MOST_COMMANDS, Command, Portal, Row, rows_of

FIRST_PAGES = 4
"""Of users, that are asked for with the rest; a portal with more has them next."""

CATEGORIES = Command("crm.category.list", {"entityTypeId": 2})
STAGES = Command("crm.status.list", {"order": {"SORT": "ASC"}})
CURRENCIES = Command("crm.currency.list", {"order": {"CURRENCY": "ASC"}})
MODE = Command("crm.settings.mode.get", {}, optional=True)
SIMPLE = "2"


def users(page: int) -> Command:
    """A page of users, dismissed ones too."""
    asked = {"sort": "ID", "order": "ASC", "start": page * PAGE, "select": ["ID", "NAME", "LAST_NAME"]}
    return Command("user.get", asked)


class Directory:
    """What a portal calls things."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    async def members(self, meaning: Meaning) -> AsyncGenerator[Member | Rate, None]:
        """All names and rates."""
        pages = [users(page) for page in range(FIRST_PAGES)]
        categories, stages, currencies, *found = await self._portal.batch([CATEGORIES, STAGES, CURRENCIES, *pages])
        for named in (*pipelines(categories), *stages_and_sources(stages)):
            yield named
        for rate in rates(currencies, meaning):
            yield rate
        page, seen = FIRST_PAGES, set[str]()
        while True:
            people = [row for each in found for row in rows_of(each, "user.get")]
            for member in managers(row for row in people if str(row["ID"]) not in seen):
                yield member
            fresh = {str(row["ID"]) for row in people} - seen
            seen |= fresh
            if not fresh or len(rows_of(found[-1], "user.get")) < PAGE:
                return
            found = await self._portal.batch([users(page + number) for number in range(MOST_COMMANDS)])
            page += MOST_COMMANDS

    async def dictionary(self) -> tuple[str | None, Mapping[str, str]]:
        """The base currency, and what stages mean: for rows that do not tell it."""
        stages, currencies = await self._portal.batch([STAGES, CURRENCIES])
        semantics = {str(row.get("STATUS_ID")): str(row.get("SEMANTICS") or "P") for row in _staged(stages)}
        return base_currency(currencies), semantics

    async def is_simple(self) -> bool:
        """Whether the portal works without leads; own servers that do not know the question have them."""
        (mode,) = await self._portal.batch([MODE])
        return not isinstance(mode, SourceError) and str(mode) == SIMPLE


def pipelines(result: Json) -> Iterator[Member]:
    """The categories of deals."""
    for row in rows_of(result, CATEGORIES.method, "id"):
        if row.get("name"):
            yield Member("pipeline", str(row["id"]), str(row["name"]))


def stages_and_sources(result: Json) -> Iterator[Member]:
    """Sources, and stages; where leads and deals have one code for two, leads' stages are told."""
    told: set[str] = set()
    for row in rows_of(result, STAGES.method):
        code, title, kind = str(row.get("STATUS_ID") or ""), str(row.get("NAME") or ""), row.get("ENTITY_ID")
        if not code or not title:
            continue
        if kind == "SOURCE":
            yield Member("lead_source", code, title)
        elif _is_stage(row) and code not in told:
            told.add(code)
            yield Member("stage", code, title)


def _is_stage(row: Row) -> bool:
    return str(row.get("ENTITY_ID")).startswith(("STATUS", "DEAL_STAGE"))


def _staged(result: Json) -> list[Row]:
    return [row for row in rows_of(result, STAGES.method) if _is_stage(row)]


def managers(rows: Iterable[Row]) -> Iterator[Member]:
    """Employees, by the name that they are called by."""
    for row in rows:
        name = " ".join(str(row[part]).strip() for part in ("NAME", "LAST_NAME") if row.get(part))
        if name:
            yield Member("manager", str(row["ID"]), name)


def base_currency(result: Json) -> str | None:
    """The one in which all others are told."""
    return next((str(row["CURRENCY"]) for row in _currencies(result) if row.get("BASE") == "Y"), None)


def rates(result: Json, meaning: Meaning) -> Iterator[Rate]:
    """The portal's rates, each of the day on which it was set."""
    base = base_currency(result)
    for row in _currencies(result) if base is not None else ():
        at = shown(row.get("DATE_UPDATE"), meaning.zone, "DATE_UPDATE")
        if row["CURRENCY"] != base and base is not None and at is not None and (value := _price(row)) > 0:
            yield Rate(at[0].date(), str(row["CURRENCY"]), base, value)


def _currencies(result: Json) -> list[Row]:
    return rows_of(result, CURRENCIES.method, "CURRENCY")


def _price(row: Row) -> Decimal:
    """Of one unit; 0 where the portal has none."""
    try:
        count = Decimal(str(row.get("AMOUNT_CNT") or 1))
        return Decimal(str(row.get("AMOUNT") or 0)) / count if count > 0 else Decimal(0)
    except ArithmeticError:
        return Decimal(0)
