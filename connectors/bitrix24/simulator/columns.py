"""The columns of each table: names in both spellings, and where a row has them."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from collector.testing.company.calendar import DAY
from collector.testing.company.names import firm, person
from collector.testing.company.ways import CLICK_CHANNELS
from connectors.bitrix24.simulator.fields import Field, Fields, Kind, by_name
from connectors.bitrix24.simulator.stages import OWNER

CLICK_FIELDS = {kind: f"UF_CRM_{kind.upper()}" for kind in CLICK_CHANNELS}
"""Click id → the portal's own field in which the site's forms leave it."""


def _own(name: str, camel: str, kind: Kind, of: str, empty: Any = None) -> Field:
    return Field(name, camel, kind, attrgetter(of), empty)


def _always(name: str, camel: str, kind: Kind, value: Any, empty: Any = None) -> Field:
    return Field(name, camel, kind, lambda _: value, empty)


def _tag(name: str) -> Field:
    get = attrgetter(f"tags.{name}")
    return Field(f"UTM_{name.upper()}", f"utm{name.title()}", "text", lambda row: get(row) or None)


def _click(kind: str) -> Field:
    name = CLICK_FIELDS[kind]
    camel = "ufCrm" + "".join(word.title() for word in kind.split("_"))
    return Field(name, camel, "text", lambda row: f"{kind}-{row.id}" if row.click == kind else None)


def _closed(row: Any) -> int | None:
    return None if row.semantic == "P" else int(row.moved)


def _title(word: str) -> Callable[[Any], str]:
    return lambda row: f"{word} {row.id}"


_ID = _own("ID", "id", "number", "id")
_EVIDENCE = (
    *(_tag(name) for name in ("source", "medium", "campaign", "content", "term")),
    *(_click(kind) for kind in CLICK_FIELDS),
)
_PEOPLE = (
    _own("COMPANY_ID", "companyId", "link", "company"),
    _own("CONTACT_ID", "contactId", "link", "contact"),
    _own("ASSIGNED_BY_ID", "assignedById", "number", "manager"),
    _always("CREATED_BY_ID", "createdBy", "number", OWNER),
    _own("MODIFY_BY_ID", "updatedBy", "number", "manager"),
)
_TIMES = (
    _own("DATE_CREATE", "createdTime", "instant", "created"),
    _own("DATE_MODIFY", "updatedTime", "instant", "modified"),
    _own("MOVED_BY_ID", "movedBy", "number", "manager"),
    _own("MOVED_TIME", "movedTime", "instant", "moved"),
    _own("LAST_ACTIVITY_BY", "lastActivityBy", "number", "manager"),
    _own("LAST_ACTIVITY_TIME", "lastActivityTime", "instant", "touched"),
)
_SOURCE = (
    Field("SOURCE_ID", "sourceId", "text", lambda row: row.source or None),
    _always("SOURCE_DESCRIPTION", "sourceDescription", "text", None),
)

LEADS: Fields = by_name(
    _ID,
    Field("TITLE", "title", "text", _title("Лид")),
    Field("NAME", "name", "text", lambda row: person(row.contact or row.id).first),
    Field("LAST_NAME", "lastName", "text", lambda row: person(row.contact or row.id).last),
    *_PEOPLE,
    _always("IS_RETURN_CUSTOMER", "isReturnCustomer", "flag", value=False),
    *_SOURCE,
    _own("STATUS_ID", "stageId", "text", "stage"),
    _own("STATUS_SEMANTIC_ID", "stageSemanticId", "text", "semantic"),
    _always("CURRENCY_ID", "currencyId", "text", "RUB"),
    _always("OPPORTUNITY", "opportunity", "money", 0),
    _always("HAS_PHONE", "hasPhone", "flag", value=True),
    _always("OPENED", "opened", "flag", value=True),
    *_TIMES,
    Field("DATE_CLOSED", "dateClosed", "instant", _closed, ""),
    *_EVIDENCE,
)
DEALS: Fields = by_name(
    _ID,
    Field("TITLE", "title", "text", _title("Сделка")),
    _always("TYPE_ID", "typeId", "text", "SALE"),
    _own("CATEGORY_ID", "categoryId", "number", "category"),
    _own("STAGE_ID", "stageId", "text", "stage"),
    _own("STAGE_SEMANTIC_ID", "stageSemanticId", "text", "semantic"),
    _own("CURRENCY_ID", "currencyId", "text", "currency"),
    _own("OPPORTUNITY", "opportunity", "money", "cents"),
    _always("TAX_VALUE", "taxValue", "money", 0),
    _own("LEAD_ID", "leadId", "link", "lead"),
    *_PEOPLE,
    Field("CONTACT_IDS", "contactIds", "links", lambda row: () if row.contact is None else (row.contact,), ()),
    *_SOURCE,
    _own("BEGINDATE", "begindate", "day", "created"),
    Field("CLOSEDATE", "closedate", "day", lambda row: row.created + 7 * DAY),
    Field("CLOSED", "closed", "flag", lambda row: row.semantic != "P"),
    _always("OPENED", "opened", "flag", value=True),
    _own("IS_RECURRING", "isRecurring", "flag", "is_template"),
    _own("IS_RETURN_CUSTOMER", "isReturnCustomer", "flag", "is_return"),
    _always("IS_REPEATED_APPROACH", "isRepeatedApproach", "flag", value=False),
    *_TIMES,
    *_EVIDENCE,
)
_STEP = (
    _ID,
    _own("TYPE_ID", "", "number", "type"),
    _own("OWNER_ID", "", "number", "owner"),
    _own("CREATED_TIME", "", "instant", "at"),
)
LEAD_STEPS: Fields = by_name(
    *_STEP,
    _own("STATUS_SEMANTIC_ID", "", "text", "semantic"),
    _own("STATUS_ID", "", "text", "stage"),
)
DEAL_STEPS: Fields = by_name(
    *_STEP,
    _own("CATEGORY_ID", "", "number", "category"),
    _own("STAGE_SEMANTIC_ID", "", "text", "semantic"),
    _own("STAGE_ID", "", "text", "stage"),
)
ACTIVITIES: Fields = by_name(
    _ID,
    _own("OWNER_ID", "", "number", "owner"),
    _own("OWNER_TYPE_ID", "", "number", "owner_type"),
    _own("TYPE_ID", "", "number", "type"),
    _own("PROVIDER_ID", "", "text", "provider"),
    Field("PROVIDER_TYPE_ID", "", "text", lambda row: "CALL" if row.type == 2 else row.provider),
    _own("DIRECTION", "", "number", "direction"),
    _own("COMPLETED", "", "flag", "is_done"),
    Field("STATUS", "", "number", lambda row: 2 if row.is_done else 1),
    _own("CREATED", "", "instant", "started"),
    _own("LAST_UPDATED", "", "instant", "started"),
    _own("START_TIME", "", "instant", "started"),
    _own("END_TIME", "", "instant", "started"),
    _own("DEADLINE", "", "instant", "started"),
    _own("RESPONSIBLE_ID", "", "number", "manager"),
    _own("AUTHOR_ID", "", "number", "manager"),
    Field("SUBJECT", "", "text", lambda row: f"Дело {row.id}"),
)
CONTACTS: Fields = by_name(
    _ID,
    Field("NAME", "name", "text", lambda row: person(row.id).first),
    Field("LAST_NAME", "lastName", "text", lambda row: person(row.id).last),
    _own("COMPANY_ID", "companyId", "link", "company"),
    _own("DATE_CREATE", "createdTime", "instant", "created"),
    _own("DATE_MODIFY", "updatedTime", "instant", "modified"),
    _always("ASSIGNED_BY_ID", "assignedById", "number", OWNER),
    _always("HAS_PHONE", "hasPhone", "flag", value=True),
    _always("OPENED", "opened", "flag", value=True),
)
COMPANIES: Fields = by_name(
    _ID,
    Field("TITLE", "title", "text", lambda row: firm(row.id)),
    _own("DATE_CREATE", "createdTime", "instant", "created"),
    _own("DATE_MODIFY", "updatedTime", "instant", "modified"),
    _always("ASSIGNED_BY_ID", "assignedById", "number", OWNER),
    _always("OPENED", "opened", "flag", value=True),
)
