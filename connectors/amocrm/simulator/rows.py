"""Cards, contacts, companies and events as the vendor sends them."""

from collections.abc import Collection, Mapping

from collector.testing.company.names import firm, person
from connectors.amocrm.simulator import account
from connectors.amocrm.simulator.account import Field
from connectors.amocrm.simulator.answers import Row, linked
from connectors.amocrm.simulator.cabinet import Contact, Firm
from connectors.amocrm.simulator.cards import Card
from connectors.amocrm.simulator.happened import ROBOT, Event

_PATHS = {"lead": "leads", "contact": "contacts", "company": "companies"}

# ── cards ────────────────────────────────────────────────────────────────────────────


def lead(base: str, card: Card, at: int, shown: Collection[str] = ()) -> Row:
    """A card as it stands; `shown`: what `with` asks for."""
    place = card.place(at)
    cents, updated, closed = card.cents(at), card.updated(at), card.closed(at)
    reason = account.LOSS_REASONS.get(card.loss(place))
    source = account.SOURCES[card.source].id if card.source and _SOURCE.intersection(shown) else None
    row: Row = {
        "id": card.id,
        "name": f"Сделка {card.id}",
        "price": price(cents),
        "responsible_user_id": card.manager,
        "group_id": 0,
        "status_id": account.status_id(card, place),
        "pipeline_id": card.pipeline,
        "loss_reason_id": reason[1] if reason else None,
        "source_id": source,
        "created_by": created_by(card),
        "updated_by": updated_by(card, at),
        "created_at": card.created,
        "updated_at": updated,
        "closed_at": (None if card.id % 8 else 0) if closed is None else closed,
        "closest_task_at": None,
        "is_deleted": False,
        "custom_fields_values": _fields(card) or None,
        "score": None,
        "account_id": account.ID,
        "labor_cost": None,
    }
    if "is_price_modified_by_robot" in shown:
        row["is_price_modified_by_robot"] = False
    row = linked(base, f"leads/{card.id}", row)
    row["_embedded"] = _embedded(base, card, at, shown)
    if cents % 100:
        row["price_with_minor_units"] = cents / 100
    elif card.id % 3:
        row["price_with_minor_units"] = float(cents // 100) if card.id % 3 == 1 else None
    return row


def deleted(base: str, card: Card) -> Row:
    """What is left to see of a card in the bin."""
    row = {"id": card.id, "updated_at": card.away[0] if card.away else 0, "updated_by": card.manager}
    return linked(base, f"leads/{card.id}", {**row, "is_deleted": True})


def created_by(card: Card) -> int:
    """Who entered it: what comes in by itself, a robot."""
    return ROBOT if account.stage_key(card, 0) == account.UNSORTED else card.manager


def updated_by(card: Card, at: int) -> int:
    """Who changed it last."""
    return created_by(card) if card.updated(at) == card.created else card.manager


def price(cents: int) -> int:
    """Whole units: the rest is dropped."""
    return cents // 100 if cents >= 0 else -(-cents // 100)


_SOURCE = frozenset({"source", "source_id"})


def _embedded(base: str, card: Card, at: int, shown: Collection[str]) -> Row | list[Row]:
    company, contact = card.company(at), card.person(at)
    reason = account.LOSS_REASONS.get(card.loss(card.place(at)))
    has_source = "source" in shown and card.source
    if company is None and contact is None and reason is None and not has_source:
        return []  # an empty map, as PHP writes it
    found: Row = {
        "tags": [],
        "companies": [] if company is None else [linked(base, f"companies/{company}", {"id": company})],
    }
    if "loss_reason" in shown:
        found["loss_reason"] = [] if reason is None else [loss_reason(base, *reason)]
    if "contacts" in shown:
        people = [] if card.colleague is None else [(card.colleague, False)]
        people += [] if contact is None else [(contact, True)]
        found["contacts"] = [linked(base, f"contacts/{each}", {"id": each, "is_main": main}) for each, main in people]
    if has_source:
        source = account.SOURCES[card.source]
        found["source"] = {"id": source.id, "name": source.name}
    if "catalog_elements" in shown:
        found["catalog_elements"] = []
    return found


def _fields(card: Card) -> list[Row]:
    """An empty one is not there."""
    tags = card.tags
    told = {name: getattr(tags, name) for name in ("source", "medium", "campaign", "content", "term")}
    found = [_value(account.UTM[name], value) for name, value in told.items() if value]
    if card.click:
        found.append(_value(account.CLICKS[card.click], f"{card.click}-{card.id}"))
    if card.id % 5 == 0:
        found.append(_value(account.AGREED, True))
    if card.id % 11 == 0:
        number, name = next(iter(account.KINDS.items()))
        found.insert(0, _value(account.KIND, name, enum_id=number, enum_code=None))
    return found


def _value(field: Field, value: object, **more: object) -> Row:
    return {
        "field_id": field.id,
        "field_name": field.name,
        "field_code": field.code,
        "field_type": field.type,
        "values": [{"value": value, **more}],
    }


def unsorted(base: str, card: Card) -> Row:
    """An incoming card that nobody has taken yet."""
    source, uid = account.SOURCES[card.source], f"{card.id:037x}"
    people = [] if card.contact is None else [linked(base, f"contacts/{card.contact}", {"id": card.contact})]
    row: Row = {
        "uid": uid,
        "source_uid": "pbx-1" if source.category == "sip" else None,
        "source_name": source.name,
        "category": source.category,
        "pipeline_id": card.pipeline,
        "created_at": card.created,
        "metadata": _metadata(card, source.category),
        "account_id": account.ID,
    }
    row = linked(base, f"leads/unsorted/{uid}", row)
    leads = [linked(base, f"leads/{card.id}", {"id": card.id})]
    return {**row, "_embedded": {"contacts": people, "leads": leads, "companies": []}}


def _metadata(card: Card, category: str | None) -> Mapping[str, object]:
    phone = person(card.contact or card.id).phone
    if category == "sip":
        told = {"from": phone, "phone": 74950000000, "called_at": card.created, "duration": "0"}
        return {**told, "link": None, "service_code": "pbx_widget"}
    if category == "forms":
        form = {"form_id": "f-17", "form_name": "Замер", "form_page": "https://sosna.example/"}
        return {**form, "form_sent_at": card.created, "ip": "192.0.2.10", "form_type": None, "referer": None}
    return {"from": person(card.contact or card.id).email, "origin": category, "received_at": card.created}


def loss_reason(base: str, name: str, number: int) -> Row:
    """A reason why cards are lost."""
    row = {"id": number, "name": name, "sort": 100_000, "created_at": account.OPENED, "updated_at": account.OPENED}
    return linked(base, f"leads/loss_reasons/{number}", row)


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
            _value(phone, who.phone, enum_id=1, enum_code="WORK"),
            _value(mail, who.email, enum_id=2, enum_code="WORK"),
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
