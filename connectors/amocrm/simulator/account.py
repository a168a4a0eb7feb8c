"""The account's dictionaries: pipelines and statuses, loss reasons, sources, fields; with their ids.

Pipelines and managers have the company's own ids; a status has one for each pipeline, but for the
two final ones, which all pipelines share.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from collector.testing.company.staff import CLEARED, DEAL_LOSSES, LEAD_LOSSES, PIPELINES, RETURNS

if TYPE_CHECKING:
    from connectors.amocrm.simulator.cards import Card

ID = 30_000_001
HOST = "sosna.amocrm.ru"
OPENED = 1_500_000_000
WON, LOST = 142, 143
FINAL: Mapping[str, int] = {"won": WON, "lost": LOST, "junk": LOST}
"""Stages in which a card is closed → status."""


class Status(NamedTuple):
    """A stage of each pipeline."""

    key: str
    name: str
    sort: int
    color: str
    type: int = 0


UNSORTED = "unsorted"
STATUSES = (
    Status(UNSORTED, "Неразобранное", 10, "#c1c1c1", 1),
    Status("new", "Первичный контакт", 20, "#99ccff"),
    Status("in_work", "В работе", 30, "#ffff99"),
    Status("qualified", "Квалифицирован", 40, "#ffcc66"),
    Status("order", "Замер", 50, "#ffcccc"),
    Status("offer", "Предложение", 60, "#ccc8f9"),
    Status("contract", "Договор", 70, "#eb93ff"),
    Status("won", "Успешно реализовано", 10_000, "#CCFF66"),
    Status("lost", "Закрыто и не реализовано", 11_000, "#D5D8DB"),
)
DEAL_STAGES = ("order", "offer", "contract")

_PLACES = {status.key: place for place, status in enumerate(STATUSES)}


def id_of(pipeline: int, stage: str) -> int:
    """The status id of a stage in a pipeline."""
    return FINAL.get(stage) or pipeline * 1000 + 10 * _PLACES[stage]


def has_unsorted(pipeline: int) -> bool:
    """Whether incoming leads of it are sorted by hand."""
    return pipeline != RETURNS


# ── sources ──────────────────────────────────────────────────────────────────────────


class Source(NamedTuple):
    """Where a card came from; `category` of an incoming one, None where somebody entered it."""

    id: int
    name: str
    category: str | None


SOURCES: Mapping[str, Source] = {
    "WEB": Source(5501, "Формы сайта", "forms"),
    "CALL": Source(5502, "Телефония", "sip"),
    "CALLBACK": Source(5503, "Обратный звонок", "sip"),
    "CHAT": Source(5504, "Чаты", "chats"),
    "EMAIL": Source(5505, "Почта", "mail"),
    "PARTNER": Source(5506, "Партнёры", None),
    "RECOMMENDATION": Source(5507, "Рекомендации", None),
    "TRADE_SHOW": Source(5508, "Выставки", None),
    "STORE": Source(5509, "Магазин", None),
    "REPEAT_SALE": Source(5510, "Повторные продажи", None),
}
OWN_SOURCE = "WEB"
"""The one that the calling integration made; others' are not listed."""


def source_id(key: str) -> str:
    """As the project has it; nothing where there is no source."""
    return str(SOURCES[key].id) if key else ""


def stage_key(card: "Card", place: int) -> str:
    """The stage of a step: what comes in by a form, a call, a chat or a letter is unsorted first."""
    stage = card.stages[place]
    incoming = place == 0 and stage == "new" and SOURCES[card.source].category and has_unsorted(card.pipeline)
    return UNSORTED if incoming else stage


def status_id(card: "Card", place: int) -> int:
    """The status of a step."""
    return id_of(card.pipeline, stage_key(card, place))


# ── loss reasons ─────────────────────────────────────────────────────────────────────

SPAM = "spam"
_NAMES = {
    "too_expensive": "Слишком дорого",
    "competitor": "Выбрали конкурента",
    "changed_mind": "Передумали",
    "no_answer": "Не отвечает",
    "no_budget": "Нет бюджета",
    "other_city": "Другой город",
    CLEARED: "Закрыто при чистке",
    SPAM: "Спам",
}
LOSS_REASONS: Mapping[str, tuple[str, int]] = {
    key: (_NAMES[key], 4_203_700 + place)
    for place, key in enumerate(dict.fromkeys((*DEAL_LOSSES, *LEAD_LOSSES, CLEARED, SPAM)))
}
"""Key → name and id."""

# ── fields ───────────────────────────────────────────────────────────────────────────


class Field(NamedTuple):
    """A field of leads; `code` is None for the account's own."""

    id: int
    name: str
    code: str | None
    type: str


UTM = {
    name: Field(880_000 + place, f"utm_{name}", f"UTM_{name.upper()}", "tracking_data")
    for place, name in enumerate(("source", "medium", "campaign", "content", "term", "referrer"))
}
CLICKS = {
    "yclid": Field(880_006, "yclid", "YCLID", "tracking_data"),
    "gclid": Field(880_007, "gclid", "GCLID", "tracking_data"),
    "rb_clickid": Field(99_101, "rb_clickid", None, "text"),
}
AGREED = Field(99_102, "Согласие на обработку данных", None, "checkbox")
KIND = Field(99_103, "Тип клиента", None, "select")
KINDS = {517_665: "Частное лицо", 517_666: "Компания"}
FIELDS = (*UTM.values(), *CLICKS.values(), AGREED, KIND)
CONTACT_FIELDS = (
    Field(99_001, "Телефон", "PHONE", "multitext"),
    Field(99_002, "Email", "EMAIL", "multitext"),
)


def own_stages(*stages: str) -> list[str]:
    """`pipeline_id:status_id` of stages, in all pipelines."""
    return [f"{pipeline.id}:{id_of(pipeline.id, stage)}" for pipeline in PIPELINES for stage in stages]
