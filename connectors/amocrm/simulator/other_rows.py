"""Contacts, companies and events as the vendor sends them."""

from collections.abc import Collection

from collector.testing.company.names import firm, person
from connectors.amocrm.simulator import account
from connectors.amocrm.simulator.answers import Row, linked
from connectors.amocrm.simulator.cabinet import Contact, Firm
from connectors.amocrm.simulator.card_rows import value
from connectors.amocrm.simulator.happened import Event

_PATHS = {"lead": "leads", "contact": "contacts", "company": "companies"}

# ── people ───────────────────────────────────────────────────────────────────────────


def contact(base: str, one: Contact, at: int, cards: Collection[int], shown: Collection[str] = ()) -> Row:
    """A contact as it stands; `cards` are those that exist."""
    who, employer = person(one.id), one.employer(at)
    phone, mail = account.CONTACT_FIELDS
    row: Row = {
        "id": one.id,
        "name": f"{who.first} {who.last}",
        "first_name": who.first,
        "last_name": who.last,
        **_common(one.manager, one.created, one.updated(at)),
        "is_unsorted": False,
        "custom_fields_values": [
            value(phone, who.phone, enum_id=1, enum_code="WORK"),
            value(mail, who.email, enum_id=2, enum_code="WORK"),
        ],
        "account_id": account.ID,
    }
    row = linked(base, f"contacts/{one.id}", row)
    firms = [] if employer is None else [linked(base, f"companies/{employer}", {"id": employer})]
    row["_embedded"] = {"tags": [], "companies": firms}
    if "leads" in shown:
        row["_embedded"]["leads"] = [linked(base, f"leads/{card}", {"id": card}) for card in cards]
    return row


def company(base: str, one: Firm, at: int, shown: Collection[str] = ()) -> Row:
    """A company as it stands."""
    common = _common(one.manager, one.created, one.updated(at))
    row: Row = {"id": one.id, "name": firm(one.id), **common, "custom_fields_values": None, "account_id": account.ID}
    row = linked(base, f"companies/{one.id}", row)
    row["_embedded"] = {"tags": []}
    if "contacts" in shown:
        row["_embedded"]["contacts"] = [linked(base, f"contacts/{each}", {"id": each}) for each in one.contacts]
    return row


def _common(manager: int, created: int, updated: int) -> Row:
    people = {"responsible_user_id": manager, "group_id": 0, "created_by": manager, "updated_by": manager}
    return {**people, "created_at": created, "updated_at": updated, "closest_task_at": None, "is_deleted": False}


# ── the log ──────────────────────────────────────────────────────────────────────────


def event(base: str, one: Event) -> Row:
    """Something that happened."""
    row: Row = {
        "id": one.id,
        "type": one.type,
        "entity_id": one.entity,
        "entity_type": one.kind,
        "created_by": one.by,
        "created_at": one.at,
        "value_after": _after(one),
        "value_before": [] if one.before is None else [_told(one.type, one.before)],
        "account_id": account.ID,
    }
    row = linked(base, f"events/{one.id}", row)
    entity = linked(base, f"{_PATHS[one.kind]}/{one.entity}", {"id": one.entity})
    return {**row, "_embedded": {"entity": entity}}


def _after(one: Event) -> list[Row]:
    if one.after is not None:
        return [_told(one.type, one.after)]
    if one.type in ("lead_added", "incoming_call", "outgoing_call", "outgoing_sms"):
        return [{"note": {"id": one.at}}]
    if one.type.endswith("chat_message"):
        return [{"message": {"id": f"1508b51c-aab0-428e-9322-{one.at:012x}"}}]
    return []


def _told(kind: str, value: object) -> Row:
    if kind == "lead_status_changed" and isinstance(value, tuple):
        return {"lead_status": {"id": value[1], "pipeline_id": value[0]}}
    return {"sale_field_value": {"sale": value}}
