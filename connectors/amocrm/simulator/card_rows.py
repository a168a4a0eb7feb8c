"""Cards as the vendor sends them: as leads, as what is left of deleted ones, as incoming ones."""

from collections.abc import Collection, Mapping

from collector.testing.company.names import person
from connectors.amocrm.simulator import account
from connectors.amocrm.simulator.account import Field
from connectors.amocrm.simulator.answers import Row, linked
from connectors.amocrm.simulator.cards import Card
from connectors.amocrm.simulator.happened import ROBOT


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
    found = [value(account.UTM[name], tag) for name, tag in told.items() if tag]
    if card.click:
        found.append(value(account.CLICKS[card.click], f"{card.click}-{card.id}"))
    if card.id % 5 == 0:
        found.append(value(account.AGREED, True))
    if card.id % 11 == 0:
        number, name = next(iter(account.KINDS.items()))
        found.insert(0, value(account.KIND, name, enum_id=number, enum_code=None))
    return found


def value(field: Field, told: object, **more: object) -> Row:
    """A field of one value."""
    return {
        "field_id": field.id,
        "field_name": field.name,
        "field_code": field.code,
        "field_type": field.type,
        "values": [{"value": told, **more}],
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
