"""The portal's dictionaries: stages and sources in its own codes, pipelines, users, currencies.

The company's keys become codes here: its qualified leads stand in a stage of the portal's own,
each reason of a loss is a failure stage. Category 0, the main one, which no portal can do
without, holds only templates of repeating deals: the company's pipelines are 1, 2 and 3.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from collector.testing.company.staff import MANAGERS, PIPELINES

QUALIFIED = "UC_4K2XQ1"
CATEGORIES: Mapping[int, str] = {0: "Общая", **{each.id: each.title for each in PIPELINES}}
OWNER, DISMISSED = 1, 7
"""Users besides the managers: who made the webhook, and one who left."""

_GREY, _GREEN, _RED = "#39A8EF", "#7BD500", "#FF5752"
_Step = tuple[str, str, str]
"""Code, title, semantic."""

LEAD_STEPS: Mapping[str, _Step] = {
    "new": ("NEW", "Не обработан", "P"),
    "in_work": ("IN_PROCESS", "В работе", "P"),
    "qualified": (QUALIFIED, "Квалифицирован", "P"),
    "converted": ("CONVERTED", "Качественный лид", "S"),
    "junk": ("JUNK", "Некачественный лид", "F"),
    "no_budget": ("UC_NB77F0", "Нет бюджета", "F"),
    "no_answer": ("UC_NA51C2", "Не отвечает", "F"),
    "other_city": ("UC_OC93D4", "Другой город", "F"),
}
DEAL_STEPS: Mapping[str, _Step] = {
    "new": ("NEW", "Новая", "P"),
    "offer": ("PREPARATION", "Предложение", "P"),
    "contract": ("EXECUTING", "Договор", "P"),
    "won": ("WON", "Сделка успешна", "S"),
    "lost": ("LOSE", "Сделка провалена", "F"),
    "too_expensive": ("APOLOGY", "Дорого", "F"),
    "competitor": ("UC_CP20B1", "Ушли к другим", "F"),
    "changed_mind": ("UC_CM64E8", "Передумали", "F"),
    "no_answer": ("UC_NA08A5", "Не отвечают", "F"),
    "cleared_out": ("UC_CL35D9", "Закрыта при разборе", "F"),
}
"""A stage of the company's, or why it was lost → the portal's stage."""

SOURCES: Mapping[str, str] = {
    "CALL": "Звонок",
    "EMAIL": "Электронная почта",
    "WEB": "Веб-сайт",
    "ADVERTISING": "Реклама",
    "PARTNER": "Существующий клиент",
    "RECOMMENDATION": "По рекомендации",
    "TRADE_SHOW": "Выставка",
    "CHAT": "Открытая линия",
    "CALLBACK": "Обратный звонок",
    "RC_GENERATOR": "Генератор продаж",
    "REPEAT_SALE": "Повторные продажи",
    "STORE": "Магазин",
    "OTHER": "Другое",
}


def lead_step(stage: str, reason: str) -> _Step:
    """The portal's stage of a lead."""
    return LEAD_STEPS[(reason or "no_answer") if stage == "lost" else stage]


def deal_step(stage: str, reason: str, category: int) -> _Step:
    """The portal's stage of a deal, as its category spells it."""
    code, title, semantic = DEAL_STEPS[(reason or "lost") if stage == "lost" else stage]
    return stage_code(code, category), title, semantic


def stage_code(code: str, category: int) -> str:
    """Stages of all categories but the main one have it before them."""
    return f"C{category}:{code}" if category else code


def statuses() -> list[dict[str, Any]]:
    """All rows of crm.status.list."""
    rows = list(_stages("STATUS", LEAD_STEPS, None, 1))
    for category in CATEGORIES:
        entity = f"DEAL_STAGE_{category}" if category else "DEAL_STAGE"
        rows += _stages(entity, DEAL_STEPS, category, 101 + 100 * category)
    for number, (code, title) in enumerate(SOURCES.items()):
        rows.append(_status(31 + 2 * number, "SOURCE", code, title, 10 * (number + 1)))
    rows.append(_status(71, "DEAL_TYPE", "SALE", "Продажа", 10))
    return rows


def _stages(entity: str, steps: Mapping[str, _Step], category: int | None, first: int) -> Iterator[dict[str, Any]]:
    for number, (code, title, semantic) in enumerate(steps.values()):
        row = _status(first + 2 * number, entity, stage_code(code, category or 0), title, 10 * (number + 1))
        told = {"P": "process", "S": "success", "F": "failure" if code in ("JUNK", "LOSE") else "apology"}[semantic]
        color = {"P": _GREY, "S": _GREEN, "F": _RED}[semantic]
        row |= {"CATEGORY_ID": str(category) if category else None, "COLOR": color}
        yield row | {
            "SEMANTICS": None if semantic == "P" else semantic,
            "EXTRA": {"SEMANTICS": told, "COLOR": color},
        }


def _status(number: int, entity: str, code: str, title: str, sort: int) -> dict[str, Any]:
    is_own = code.rpartition(":")[2] in ("NEW", "CONVERTED", "JUNK", "WON", "LOSE")
    return {
        "ID": str(number),
        "ENTITY_ID": entity,
        "STATUS_ID": code,
        "NAME": title,
        "NAME_INIT": title if is_own else "",
        "SORT": str(sort),
        "SYSTEM": "Y" if is_own else "N",
        "CATEGORY_ID": None,
        "COLOR": "",
        "SEMANTICS": None,
    }


def categories() -> list[dict[str, Any]]:
    """The rows of crm.category.list; the main one has no origin."""
    rows = []
    for number, title in CATEGORIES.items():
        row = {"id": number, "name": title, "sort": 300 if number == 0 else 200 + 200 * (number > 1) + number}
        row |= {"entityTypeId": 2, "isDefault": "N" if number else "Y"}
        rows.append(row | ({"originId": "", "originatorId": ""} if number else {}))
    return sorted(rows, key=lambda row: int(str(row["sort"])))


def users() -> list[dict[str, Any]]:
    """The rows of user.get: who made the webhook, one who left, the managers."""
    known = [(OWNER, "Интегратор", "", "integration@sosna.example", True)]
    known.append((DISMISSED, "Пётр", "Прежний", "petr@sosna.example", False))
    for manager in MANAGERS:
        first, _, last = manager.name.partition(" ")
        known.append((manager.id, first, last, manager.email, True))
    return [_user(*each) for each in known]


def _user(number: int, first: str, last: str, email: str, is_active: bool) -> dict[str, Any]:
    return {
        "ID": str(number),
        "ACTIVE": is_active,
        "NAME": first,
        "LAST_NAME": last,
        "EMAIL": email,
        "LAST_LOGIN": "",
        "DATE_REGISTER": "2018-01-09T00:00:00+03:00",
        "TIME_ZONE": "",
        "IS_ONLINE": "N",
        "TIMESTAMP_X": {},
        "LAST_ACTIVITY_DATE": {},
        "PERSONAL_GENDER": "",
        "WORK_POSITION": "",
        "UF_EMPLOYMENT_DATE": "",
        "UF_DEPARTMENT": [1],
        "USER_TYPE": "employee",
    }


def currencies(rates: Mapping[str, tuple[int, Decimal]], updated: str) -> list[dict[str, Any]]:
    """The rows of crm.currency.list; `rates`: currency → for how many of it, what they cost in rubles."""
    names = {"RUB": "Российский рубль", "USD": "Доллар США", "EUR": "Евро", "KZT": "Тенге", "UZS": "Сум"}
    rows = []
    for number, (code, (nominal, price)) in enumerate({"RUB": (1, Decimal(1)), **rates}.items()):
        row = {"CURRENCY": code, "AMOUNT_CNT": str(nominal), "AMOUNT": f"{price:.4f}", "SORT": str(100 * (number + 1))}
        row |= {"BASE": "N" if number else "Y", "FULL_NAME": names.get(code, code), "LID": "ru"}
        row |= {"FORMAT_STRING": f"# {code}", "DEC_POINT": ".", "THOUSANDS_SEP": "&nbsp;", "DECIMALS": "2"}
        rows.append(row | {"DATE_UPDATE": updated})
    return rows
