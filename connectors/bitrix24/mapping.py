"""Rows to records: what the portal's fields mean. Pure functions; where the sheet is silent, said here.

`""`, null, 0 and "0" are nothing, wherever an id may stand. A row without a creation date
takes its earliest other one; without an amount it is worth 0, as the portal shows it, and
without a currency it is in the portal's base currency.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar

from collector.plugin import NOT_SET, BadResponse, Customer, Deal, InvalidRecord, Lead, StageChange
from connectors.bitrix24.portal import Row

R = TypeVar("R")

_OWN = (
    "ID", "DATE_CREATE", "DATE_MODIFY", "MOVED_TIME", "SOURCE_ID", "UTM_SOURCE", "UTM_MEDIUM", "UTM_CAMPAIGN",
    "UTM_CONTENT", "UTM_TERM", "ASSIGNED_BY_ID", "COMPANY_ID", "CONTACT_ID",
)  # fmt: skip
LEAD_FIELDS = (*_OWN, "STATUS_ID", "STATUS_SEMANTIC_ID")
DEAL_FIELDS = (
    *_OWN, "STAGE_ID", "STAGE_SEMANTIC_ID", "CATEGORY_ID", "OPPORTUNITY", "CURRENCY_ID", "LEAD_ID",
    "IS_RETURN_CUSTOMER", "IS_RECURRING", "LAST_ACTIVITY_TIME",
)  # fmt: skip
LEAD_STEP_FIELDS = ("ID", "TYPE_ID", "OWNER_ID", "CREATED_TIME", "STATUS_ID", "STATUS_SEMANTIC_ID")
DEAL_STEP_FIELDS = ("ID", "TYPE_ID", "OWNER_ID", "CREATED_TIME", "CATEGORY_ID", "STAGE_ID", "STAGE_SEMANTIC_ID")
JUNK = ("JUNK",)
MOVED_PIPELINE = "5"
"""A step's type: the deal came from another pipeline."""

_WON, _LOST = "S", "F"
_DEAL = {_WON: "won", _LOST: "lost"}
_MEMBER_OF_ONE = ", "


@dataclass(frozen=True)
class Meaning:
    """What the settings say of the portal's fields and stages, and what its dictionaries do."""

    zone: tzinfo
    qualified: frozenset[str] = frozenset()
    junk: frozenset[str] = frozenset(JUNK)
    converted: frozenset[str] = frozenset()
    loss_reason_field: str | None = None
    won_date_field: str | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)
    click_ids: Mapping[str, str] = field(default_factory=dict)
    base_currency: str | None = None
    """Of rows that name none; None: it was not asked for yet."""
    semantics: Mapping[str, str] = field(default_factory=dict)
    """Stage → P, S or F, for rows that do not tell it."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The custom fields that are asked for."""
        named = (*self.dimensions.values(), *self.click_ids.values(), self.loss_reason_field, self.won_date_field)
        return tuple(dict.fromkeys(each for each in named if each))

    def is_told(self, row: Row, *names: str) -> bool:
        """Whether a row needs no dictionary."""
        return all(row.get(name) not in (None, "") for name in names)


def lead(row: Row, meaning: Meaning, *, answered: datetime | None = None) -> Lead:
    """A row of crm.lead.list; `answered`: see `answering`."""
    stage = _text(row.get("STATUS_ID"))
    status = lead_status(stage, _semantic(row, "STATUS_SEMANTIC_ID", stage, meaning), meaning)
    return _lead(row, meaning, stage, status, answered)


def lead_of_deal(row: Row, meaning: Meaning, *, answered: datetime | None = None) -> Lead:
    """A row of crm.deal.list where the portal has no leads: what comes in is a deal at once."""
    stage = _text(row.get("STAGE_ID"))
    status = lead_status(stage, _semantic(row, "STAGE_SEMANTIC_ID", stage, meaning), meaning)
    return replace(_lead(row, meaning, stage, status, answered), is_deal=True)


def _lead(row: Row, meaning: Meaning, stage: str | None, status: str, answered: datetime | None) -> Lead:
    reason = meaning.loss_reason_field if status in ("lost", "junk") else None
    return Lead(
        id=str(row["ID"]),
        created_at=_created(row, "lead", meaning),
        updated_at=_updated(row, "lead", meaning),
        status=status,
        stage=stage,
        loss_reason=_member(row.get(reason)) if reason else None,
        customer_id=customer_of(row),
        lead_source=_text(row.get("SOURCE_ID")),
        utm_source=_text(row.get("UTM_SOURCE")),
        utm_medium=_text(row.get("UTM_MEDIUM")),
        utm_campaign=_text(row.get("UTM_CAMPAIGN")),
        utm_content=_text(row.get("UTM_CONTENT")),
        utm_term=_text(row.get("UTM_TERM")),
        click_ids=_click_ids(row, meaning),
        manager=_id(row.get("ASSIGNED_BY_ID")),
        first_response_at=answered,
        dimensions=_dimensions(row, meaning),
    )


def lead_status(stage: str | None, semantic: str, meaning: Meaning) -> str:
    """A lead's status by its stage; a deal's, where deals are leads."""
    if semantic == _WON or stage in meaning.converted:
        return "converted"
    if semantic == _LOST:
        return "junk" if stage in meaning.junk else "lost"
    return "qualified" if stage in meaning.qualified else "open"


def is_template(row: Row) -> bool:
    """Whether it is a template of deals that repeat, and no sale."""
    return row.get("IS_RECURRING") == "Y"


def deal(row: Row, meaning: Meaning) -> Deal:
    """A row of crm.deal.list. When it was won or lost is told by its steps; else by its last move."""
    stage = _text(row.get("STAGE_ID"))
    status = _DEAL.get(_semantic(row, "STAGE_SEMANTIC_ID", stage, meaning), "open")
    updated = _updated(row, "deal", meaning)
    lost_for = meaning.loss_reason_field
    return Deal(
        id=str(row["ID"]),
        created_at=_created(row, "deal", meaning),
        updated_at=updated,
        status=status,
        amount=_amount(row),
        currency=_currency(row, meaning),
        closed_at=None if status == "open" else _closed(row, status, meaning) or updated,
        pipeline=_text(row.get("CATEGORY_ID")) or "0",
        stage=stage,
        customer_id=customer_of(row),
        lead_id=_id(row.get("LEAD_ID")),
        is_repeat=row.get("IS_RETURN_CUSTOMER") == "Y",
        lead_source=_text(row.get("SOURCE_ID")),
        utm_source=_text(row.get("UTM_SOURCE")),
        utm_medium=_text(row.get("UTM_MEDIUM")),
        utm_campaign=_text(row.get("UTM_CAMPAIGN")),
        utm_content=_text(row.get("UTM_CONTENT")),
        utm_term=_text(row.get("UTM_TERM")),
        click_ids=_click_ids(row, meaning),
        manager=_id(row.get("ASSIGNED_BY_ID")),
        loss_reason=((_member(row.get(lost_for)) if lost_for else None) or stage) if status == "lost" else None,
        last_activity_at=instant(row.get("LAST_ACTIVITY_TIME"), meaning.zone, "LAST_ACTIVITY_TIME"),
        dimensions=_dimensions(row, meaning),
    )


def _closed(row: Row, status: str, meaning: Meaning) -> datetime | None:
    if status == "won" and meaning.won_date_field:
        paid = instant(row.get(meaning.won_date_field), meaning.zone, meaning.won_date_field)
        if paid is not None:
            return paid
    return instant(row.get("MOVED_TIME"), meaning.zone, "MOVED_TIME")


def lead_step(row: Row, meaning: Meaning) -> StageChange | None:
    """A row of a lead's history."""
    stage = _text(row.get("STATUS_ID"))
    semantic = _semantic(row, "STATUS_SEMANTIC_ID", stage, meaning)
    return _step("lead", row, meaning, stage, lead_status(stage, semantic, meaning))


def deal_step(row: Row, meaning: Meaning) -> StageChange | None:
    """A row of a deal's history; None: it does not tell when the deal was won or lost, though it ends there.

    That is so for who came from another pipeline, and where a field tells the day of payment.
    """
    stage = _text(row.get("STAGE_ID"))
    status = _DEAL.get(_semantic(row, "STAGE_SEMANTIC_ID", stage, meaning), "open")
    if status != "open" and str(row.get("TYPE_ID")) == MOVED_PIPELINE:
        return None
    if status == "won" and meaning.won_date_field:
        return None
    return _step("deal", row, meaning, stage, status)


def lead_step_of_deal(row: Row, meaning: Meaning) -> StageChange | None:
    """A row of a deal's history where deals are leads."""
    stage = _text(row.get("STAGE_ID"))
    semantic = _semantic(row, "STAGE_SEMANTIC_ID", stage, meaning)
    return _step("lead", row, meaning, stage, lead_status(stage, semantic, meaning))


def _step(entity: str, row: Row, meaning: Meaning, stage: str | None, status: str) -> StageChange | None:
    at, owner = instant(row.get("CREATED_TIME"), meaning.zone, "CREATED_TIME"), _id(row.get("OWNER_ID"))
    if at is None or owner is None or stage is None:
        return None
    return StageChange(entity, owner, at, stage, status, _text(row.get("CATEGORY_ID")))


def customer_of(row: Row) -> str | None:
    """Who a lead or deal is with: the company before the contact."""
    company, contact = _id(row.get("COMPANY_ID")), _id(row.get("CONTACT_ID"))
    if company is not None:
        return f"company:{company}"
    return None if contact is None else f"contact:{contact}"


def contact(row: Row) -> Customer:
    """A contact, and its main company."""
    company = _id(row.get("companyId"))
    return Customer(f"contact:{row['id']}", parent_id=None if company is None else f"company:{company}")


def company(row: Row) -> Customer:
    """A company."""
    return Customer(f"company:{row['id']}")


def checked(made: Callable[[Row, Meaning], R], row: Row, meaning: Meaning, what: str) -> R:
    """The record that is made of a row.

    Raises:
        BadResponse: the row cannot be one.
    """
    try:
        return made(row, meaning)
    except InvalidRecord as error:
        raise BadResponse(expected="a row that can be read", where=f"{what} {row['ID']}", got=error) from error


# ── values ───────────────────────────────────────────────────────────────────────────


def instant(value: object, zone: tzinfo, name: str) -> datetime | None:
    """A date with its offset (without one it is in the portal's zone) in UTC; None where there is none.

    Raises:
        InvalidRecord: it is no date.
    """
    found = shown(value, zone, name)
    return None if found is None else found[1]


def shown(value: object, zone: tzinfo, name: str) -> tuple[datetime, datetime] | None:
    """The same as the portal shows it, and in UTC."""
    if not value and value in (None, "", {}, []):
        return None
    try:
        return _parsed(str(value), zone)
    except ValueError as error:
        raise InvalidRecord(f"{name}: {value!r:.60} is no date") from error


@lru_cache(maxsize=256)
def _parsed(text: str, zone: tzinfo) -> tuple[datetime, datetime]:
    """Remembered for a while: the dates of one row are mostly the same."""
    found = datetime.fromisoformat(text)
    found = found if found.tzinfo is not None else found.replace(tzinfo=zone)
    return found, found.astimezone(UTC)


def _created(row: Row, kind: str, meaning: Meaning) -> datetime:
    told = instant(row.get("DATE_CREATE"), meaning.zone, "DATE_CREATE")
    if told is not None:
        return told
    others = [instant(row.get(name), meaning.zone, name) for name in ("DATE_MODIFY", "MOVED_TIME")]
    known = [each for each in others if each is not None]
    if not known:
        raise InvalidRecord(f"{kind} {row['ID']} has no date at all")
    return min(known)


def _updated(row: Row, kind: str, meaning: Meaning) -> datetime:
    return instant(row.get("DATE_MODIFY"), meaning.zone, "DATE_MODIFY") or _created(row, kind, meaning)


def _semantic(row: Row, name: str, stage: str | None, meaning: Meaning) -> str:
    """P, S or F: as told, by the dictionary of stages, or by how system stages are called."""
    told = row.get(name) or meaning.semantics.get(stage or "")
    if told:
        return str(told)
    ending = (stage or "").rpartition(":")[2]
    return _WON if ending in ("WON", "CONVERTED") else _LOST if ending in ("LOSE", "APOLOGY", "JUNK") else "P"


def _amount(row: Row) -> Decimal:
    told = row.get("OPPORTUNITY")
    if told in (None, ""):
        return Decimal(0)
    try:
        return Decimal(str(told))
    except ArithmeticError as error:
        raise InvalidRecord(f"OPPORTUNITY: {told!r:.60} is no number") from error


def _currency(row: Row, meaning: Meaning) -> str:
    return str(row.get("CURRENCY_ID") or meaning.base_currency or "").upper()


def _text(value: object) -> str | None:
    if value is None or value == "":
        return None
    return str(value)


def _id(value: object) -> str | None:
    return None if value in (None, "", "0", 0, False) else str(value)


def _member(value: Any) -> str | None:
    """A custom field's value: of several all of them; what is empty is nothing, and so is an unticked box."""
    if isinstance(value, list | tuple):
        return _MEMBER_OF_ONE.join(filter(None, map(_member, value))) or None
    if isinstance(value, Mapping):
        return _member(list(value.values()))
    return None if value in (None, "", False) else str(value)


def _dimensions(row: Row, meaning: Meaning) -> dict[str, str]:
    return {name: _member(row.get(source)) or NOT_SET for name, source in meaning.dimensions.items()}


def _click_ids(row: Row, meaning: Meaning) -> dict[str, str]:
    found = {name: _member(row.get(source)) for name, source in meaning.click_ids.items()}
    return {name: clicked for name, clicked in found.items() if clicked is not None}
