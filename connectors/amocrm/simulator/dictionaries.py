"""The account itself, its pipelines, users, fields and sources, as the vendor sends them."""

from collections.abc import Sequence

from collector.testing.company.calendar import ZONE
from collector.testing.company.staff import MANAGERS, PIPELINES, Manager, Pipeline
from collector.testing.company.terms import CURRENCY, NAME
from connectors.amocrm.simulator import account
from connectors.amocrm.simulator.account import Field, Source, Status
from connectors.amocrm.simulator.answers import Row, linked
from connectors.amocrm.simulator.happened import TYPES

GROWN = 10_000
"""The ids of users that `grow` makes begin here."""


def the_account(base: str, shown: Sequence[str], *, subdomain: str, has_filters: bool) -> Row:
    """The account, with what `with` asks for."""
    row: Row = {
        "id": account.ID,
        "name": NAME,
        "subdomain": subdomain,
        "created_at": account.OPENED,
        "created_by": 0,
        "updated_at": account.OPENED,
        "updated_by": 0,
        "current_user_id": MANAGERS[0].id,
        "country": "RU",
        "currency": CURRENCY,
        "currency_symbol": "₽",
        "customers_mode": "disabled",
        "is_unsorted_on": True,
        "mobile_feature_version": 0,
        "is_loss_reason_enabled": True,
        "is_helpbot_enabled": False,
        "is_technical_account": False,
        "contact_name_display_order": 1,
    }
    row = linked(base, "account", row)
    told: Row = {
        "is_api_filter_enabled": has_filters,
        "version": 11,
        "amojo_id": "3f2bd2a0-0000-4000-8000-000000000001",
    }
    row |= {name: value for name, value in told.items() if name in shown}
    embedded: Row = {"users_groups": [], "task_types": [], "datetime_settings": _TIMES}
    found = {name: value for name, value in embedded.items() if name in shown}
    return {**row, "_embedded": found} if found else row


_TIMES = {
    "date_pattern": "d.m.Y H:i",
    "short_date_pattern": "d.m.Y",
    "short_time_pattern": "H:i",
    "date_format": "d.m.Y",
    "time_format": "H:i:s",
    "timezone": ZONE,
    "timezone_offset": "+03:00",
}


def pipeline(base: str, one: Pipeline) -> Row:
    """A pipeline with its statuses."""
    row: Row = {
        "id": one.id,
        "name": one.title,
        "sort": one.id,
        "is_main": one is PIPELINES[0],
        "is_unsorted_on": account.has_unsorted(one.id),
        "is_archive": False,
        "account_id": account.ID,
    }
    row = linked(base, f"leads/pipelines/{one.id}", row)
    return {**row, "_embedded": {"statuses": [status(base, one, each) for each in account.STATUSES]}}


def status(base: str, one: Pipeline, each: Status) -> Row:
    """A status of a pipeline."""
    number = account.id_of(one.id, each.key)
    row = {"id": number, "name": each.name, "sort": each.sort, "is_editable": each.type == 0 and number > account.LOST}
    more = {"pipeline_id": one.id, "color": each.color, "type": each.type, "account_id": account.ID}
    return linked(base, f"leads/pipelines/{one.id}/statuses/{number}", {**row, **more})


def user(base: str, one: Manager) -> Row:
    """Somebody who works with the account; the first one administers it."""
    every = {"view": "A", "edit": "A", "add": "A", "delete": "A", "export": "A"}
    rights: Row = {
        "leads": every,
        "contacts": every,
        "companies": every,
        "tasks": {"edit": "A", "delete": "A"},
        "mail_access": False,
        "catalog_access": False,
        "status_rights": [],
        "is_admin": one.id == MANAGERS[0].id,
        "is_free": False,
        "is_active": True,
        "group_id": None,
        "role_id": None,
    }
    row = {"id": one.id, "name": one.name, "email": one.email, "lang": "ru", "rights": rights}
    return {**linked(base, f"users/{one.id}", row), "_embedded": {"roles": [], "groups": []}}


def users(more: int) -> list[Manager]:
    """All of them; `more` of whom are there only to be many."""
    grown = range(GROWN, GROWN + more)
    return [*MANAGERS, *(Manager(each, f"Менеджер {each}", f"user{each}@sosna.example", 10) for each in grown)]


def source(base: str, one: Source) -> Row:
    """A source of the calling integration."""
    row = {"id": one.id, "name": one.name, "pipeline_id": PIPELINES[0].id, "external_id": f"source-{one.id}"}
    return linked(base, f"sources/{one.id}", {**row, "default": True, "origin_code": None, "services": []})


def field(base: str, one: Field, of: str) -> Row:
    """A field of leads or contacts."""
    enums = [{"id": number, "value": name, "sort": number} for number, name in account.KINDS.items()]
    is_tracking = one.type == "tracking_data"
    row: Row = {
        "id": one.id,
        "name": one.name,
        "type": one.type,
        "account_id": account.ID,
        "code": one.code,
        "sort": 500,
        "is_api_only": False,
        "enums": enums if one is account.KIND else None,
        "group_id": "statistic" if is_tracking else None,
        "required_statuses": [],
        "is_deletable": one.code is None,
        "is_predefined": one.code is not None,
        "entity_type": of,
    }
    return linked(base, f"{of}/custom_fields/{one.id}", row)


def event_types() -> list[Row]:
    """What can happen."""
    return [{"key": key, "type": place, "lang": name} for place, (key, name) in enumerate(TYPES.items(), 1)]
