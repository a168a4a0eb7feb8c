"""The checks of reconciliation: their names, usual bands, and what people read of them.

The names are the values of the label `check`, and this is all of them. What a check sets
beside what, and when it raises an alarm: docs/reconciliation.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from collector.vocabulary.explanations import Words
from collector.vocabulary.texts import Language

PURCHASES, FORMS, CLICKS = "purchases_deals", "forms_leads", "clicks_sessions"
VISITS, AD_COST = "web_sessions", "ad_cost"
CRM_LEADS, CRM_DEALS = "crm_leads", "crm_deals"
CUT, UNASSIGNED_OF = "cut_", "unassigned_"
SHARED = ("sessions", "leads", "deals")
"""The measures whose share of Unassigned is checked."""


@dataclass(frozen=True)
class Known:
    """A check as it is known beforehand; the `band` is where gaps usually lie."""

    name: str
    band: tuple[float, float]
    title: Mapping[Language, str]
    sides: tuple[Mapping[Language, str], Mapping[Language, str]]
    low: Mapping[Language, str]
    """Likely causes and what to do where a has become less than it was beside b."""
    high: Mapping[Language, str]
    """Where it has become more."""

    @property
    def is_pattern(self) -> bool:
        """Whether the name goes on with a measure, and of `cut_` with a dimension."""
        return self.name.endswith("_")


def _known(
    name: str,
    band: tuple[float, float],
    en: tuple[str, str, str, str, str],
    ru: tuple[str, str, str, str, str],
) -> Known:
    title, a, b, low, high = ({"en": one, "ru": other} for one, other in zip(en, ru, strict=True))
    return Known(name, band, title, (a, b), low, high)  # type: ignore[arg-type]


CHECKS: tuple[Known, ...] = (
    _known(
        PURCHASES,
        (-0.20, 0.20),
        (
            "Purchases on the site ↔ deals created online",
            "purchases",
            "deals created online",
            "The purchase event is no longer sent (tag, consent banner, checkout page), or deals come in twice. "
            "Make a test purchase and look for it in the web analytics.",
            "Orders of the site no longer reach the CRM, or purchases are sent twice. "
            "Make a test purchase and look for its deal.",
        ),
        (
            "Покупки на сайте ↔ сделки, созданные онлайн",
            "покупки",
            "сделки онлайн",
            "Событие покупки больше не отправляется (счётчик, согласие на cookie, страница оформления) "
            "или сделки приходят дважды. Сделайте тестовую покупку и найдите её в веб-аналитике.",
            "Заказы с сайта больше не попадают в CRM или покупки отправляются дважды. "
            "Сделайте тестовую покупку и найдите её сделку.",
        ),
    ),
    _known(
        FORMS,
        (-0.15, 0.15),
        (
            "Form events ↔ web leads",
            "form events",
            "web leads",
            "The tag is gone from a page with a form, its event was renamed, or leads come in twice. "
            "Send a form and look for its event in the web analytics.",
            "A form is broken: it is sent, and no lead comes of it; or its event fires twice. "
            "Send each form, and look for its lead in the CRM.",
        ),
        (
            "События форм ↔ веб-лиды",
            "события форм",
            "веб-лиды",
            "Со страницы с формой пропал счётчик, событие переименовано или лиды приходят дважды. "
            "Отправьте форму и найдите её событие в веб-аналитике.",
            "Сломана форма: её отправляют, а лид не появляется; или событие срабатывает дважды. "
            "Отправьте каждую форму и найдите её лид в CRM.",
        ),
    ),
    _known(
        CLICKS,
        (-0.40, 0.05),
        (
            "Ad clicks → sessions of their channels",
            "sessions of paid channels",
            "ad clicks",
            "A campaign has lost its UTM tags, its landing page has lost the tag or is slow, or clicks are junk. "
            "Click the ad and look at the address that opens.",
            "Other visits carry the tags of the ads, or the ad system tells too few clicks. "
            "Look which source and medium these sessions came with.",
        ),
        (
            "Клики по рекламе → визиты их каналов",
            "визиты платных каналов",
            "клики",
            "Кампания осталась без UTM-меток, со страницы пропал счётчик, страница не открывается "
            "или клики накручены. Перейдите по объявлению и посмотрите на адрес, который открылся.",
            "Метки рекламы стоят на другом трафике или рекламная система отдаёт не все клики. "
            "Посмотрите, с каким источником и каналом пришли эти визиты.",
        ),
    ),
    _known(
        VISITS,
        (-0.20, 0.20),
        (
            "Sessions: the primary source ↔ the other one of the site",
            "sessions of the primary source",
            "sessions of the other source",
            "The primary source's tag is gone from some pages, or is blocked there. "
            "Open the most visited pages and look for both tags.",
            "The other source's tag is gone from some pages, or the primary one's fires twice. "
            "Open the most visited pages and look for both tags.",
        ),
        (
            "Визиты: основной источник ↔ второй источник сайта",
            "визиты основного источника",
            "визиты второго источника",
            "С части страниц пропал счётчик основного источника, или он там блокируется. "
            "Откройте самые посещаемые страницы и проверьте оба счётчика.",
            "С части страниц пропал счётчик второго источника, или основной срабатывает дважды. "
            "Откройте самые посещаемые страницы и проверьте оба счётчика.",
        ),
    ),
    _known(
        AD_COST,
        (-0.02, 0.02),
        (
            "Spend of the ad systems ↔ their cost imported into web analytics",
            "spend read directly",
            "cost imported",
            "Cost is imported twice, or at another rate or VAT. Look at the import.",
            "The import of cost has stopped, or leaves campaigns out. Look at the import.",
        ),
        (
            "Расход рекламных систем ↔ расход, импортированный в веб-аналитику",
            "расход напрямую",
            "импортированный расход",
            "Расход импортируется дважды, по другому курсу или с другим НДС. Проверьте импорт.",
            "Импорт расходов остановился или пропускает кампании. Проверьте импорт.",
        ),
    ),
    _known(
        CUT,
        (-0.02, 0.02),
        (
            "The whole ↔ the sum of its break-down",
            "the whole",
            "the sum of the members",
            "Members are counted several times. Break-downs by this dimension are too great.",
            "The vendor keeps small rows back, or lumps members together. Break-downs by this dimension are too small.",
        ),
        (
            "Целое ↔ сумма по частям",
            "целое",
            "сумма по частям",
            "Части учтены несколько раз. Разбивка по этому измерению завышена.",
            "Сервис скрывает малые строки или сливает части. Разбивка по этому измерению занижена.",
        ),
    ),
    *(
        _known(
            name,
            (0.0, 0.0),
            (
                f"The CRM's own count of {en} ↔ the store's",
                "the CRM's count",
                "in the store",
                "The CRM shows fewer than it did: most likely a right is lost. Look at the rights of the account "
                "by which it is read.",
                "Some were never read. Read the source again from the beginning; if that brings none, look at the log.",
            ),
            (
                f"Сколько {ru} в самой CRM ↔ сколько в хранилище",
                "в CRM",
                "в хранилище",
                "CRM показывает меньше, чем раньше: вероятнее всего, потеряно право. "
                "Проверьте права учётной записи, которой её читают.",
                "Часть так и не прочитана. Прочитайте источник заново; если не поможет, посмотрите его журнал.",
            ),
        )
        for name, en, ru in ((CRM_LEADS, "leads", "лидов"), (CRM_DEALS, "deals", "сделок"))
    ),
    _known(
        UNASSIGNED_OF,
        (0.0, 0.15),
        (
            "Share of Unassigned",
            "all",
            "with a channel",
            "More is known than was: nothing to do.",
            "Traffic or leads come without tags, or with ones that no rule knows. "
            "Look at source and medium; add a rule under `channels`.",
        ),
        (
            "Доля «Не определён»",
            "все",
            "с каналом",
            "Определяется больше, чем раньше: делать ничего не нужно.",
            "Приходят визиты или лиды без меток или с метками, которых не знает ни одно правило. "
            "Посмотрите на источник и канал; добавьте правило в `channels`.",
        ),
    ),
)

SENTENCES: Words = {
    "drift": {
        "en": "{title}{of}: since {since} the gap is {gap} instead of the usual {usual} "
        "({a_name} {a}, {b_name} {b} in the {n} days through {day}). {causes}",
        "ru": "{title}{of}: с {since} расхождение {gap} вместо обычного {usual} "
        "({a_name}: {a}, {b_name}: {b} за {n} дн. по {day}). {causes}",
    },
    "count": {
        "en": "{title}: {a} and {b}, a gap of {gap}. {causes}",
        "ru": "{title}: {a} и {b}, расхождение {gap}. {causes}",
    },
    "outside": {
        "en": "{title}: the gap of {gap} lies outside the usual {low} … {high}, but has not moved. "
        "If nobody knows why, look whether it is this. {causes}",
        "ru": "{title}: расхождение {gap} вне обычных {low} … {high}, но не изменилось. "
        "Если причина неизвестна, проверьте, не в этом ли дело. {causes}",
    },
    "ok": {
        "en": "{title}: the gap of {gap} is as usual.",
        "ru": "{title}: расхождение {gap}, как обычно.",
    },
    "unknown": {"en": "{title}: cannot be told: {reason}.", "ru": "{title}: сказать нельзя: {reason}."},
    "of": {"en": " ({dimension} {member})", "ru": " ({dimension}: {member})"},
    "of_measure": {"en": "{title}: {measure}", "ru": "{title}: {measure}"},
}

DIMENSIONS: Words = {
    "campaign": {"en": "campaign", "ru": "кампания"},
    "channel": {"en": "channel", "ru": "канал"},
    "site": {"en": "site", "ru": "сайт"},
}
"""Those whose members are judged one by one."""

LACKS: Words = {
    "no_data": {"en": "a source was not read yet", "ru": "источник ещё не прочитан"},
    "stale": {"en": "a source is silent for too long", "ru": "источник молчит слишком долго"},
    "history_incomplete": {"en": "not all history is in yet", "ru": "история загружена не вся"},
    "too_short": {"en": "fewer than 28 days are known", "ru": "известно меньше 28 дней"},
    "too_few": {"en": "fewer than 30 events in 28 days", "ru": "за 28 дней меньше 30 событий"},
    "no_rate": {"en": "an exchange rate is missing", "ru": "нет курса валюты"},
}
"""Why a check has no gap: a closed list."""


def known(check: str) -> Known:
    """What is known of a check, by its whole name."""
    return next(each for each in CHECKS if each.name == check or (each.is_pattern and check.startswith(each.name)))


def title(check: str, language: Language) -> str:
    """What a check is called; that of a measure names it."""
    found = known(check)
    if not found.is_pattern:
        return found.title[language]
    words = SENTENCES["of_measure"][language]
    return words.format(title=found.title[language], measure=check.removeprefix(found.name))
