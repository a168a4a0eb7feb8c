"""What people read on pages, in English and Russian; a key has both or does not exist."""

from collections.abc import Mapping
from typing import Literal

Language = Literal["en", "ru"]
LANGUAGES: tuple[Language, ...] = ("en", "ru")

TEXTS: Mapping[str, Mapping[Language, str]] = {
    "title": {"en": "Marketing KPIs", "ru": "Показатели маркетинга"},
    "as_of": {"en": "As of {at}", "ru": "По состоянию на {at}"},
    "project": {"en": "Project {name}", "ru": "Проект {name}"},
    "kpi": {"en": "KPI", "ru": "Показатель"},
    "data_through": {"en": "Data through", "ru": "Данные по"},
    "kpis": {"en": "KPIs", "ru": "Показатели"},
    "sources": {"en": "Sources", "ru": "Источники"},
    "source": {"en": "Source", "ru": "Источник"},
    "stream": {"en": "Stream", "ru": "Поток"},
    "state": {"en": "State", "ru": "Состояние"},
    "last_success": {"en": "Last read", "ru": "Прочитан"},
    "message": {"en": "Message", "ru": "Сообщение"},
    "never": {"en": "never", "ru": "ещё ни разу"},
    "ago": {"en": "{age} ago", "ru": "{age} назад"},
    "sign_in_again": {"en": "sign in again", "ru": "нужен повторный вход"},
    "signed_in": {
        "en": "You are signed in; this page can be closed.",
        "ru": "Вход выполнен, страницу можно закрыть.",
    },
    "sign_in_failed": {
        "en": "This did not work; the terminal says why.",
        "ru": "Не получилось; причина указана в терминале.",
    },
    "sign_in_stranger": {
        "en": "This address belongs to another attempt; use the one that the terminal shows.",
        "ru": "Этот адрес от другой попытки; откройте тот, что показан в терминале.",
    },
    "sign_in_waiting": {
        "en": "Waiting for the vendor to send you here.",
        "ru": "Ожидается возврат со страницы сервиса.",
    },
    "access_until": {"en": "access until {at}", "ru": "доступ до {at}"},
    "waits_quota": {"en": "waits for its quota until {at}", "ru": "ждёт квоты до {at}"},
    "waits_rate_limited": {
        "en": "asked to slow down, waits until {at}",
        "ru": "сервис просит сбавить частоту, ждёт до {at}",
    },
    "waits_not_ready": {
        "en": "the vendor makes the report, looks again at {at}",
        "ru": "сервис готовит отчёт, следующая проверка в {at}",
    },
    "days_missing": {"en": "{n} days of history to be read", "ru": "осталось прочитать дней истории: {n}"},
    "every": {"en": "polled every {interval}", "ru": "опрос каждые {interval}"},
    "held": {"en": "held", "ru": "удержано"},
    "held_long": {
        "en": "A source is late; this is the last good value, of the days through {day}.",
        "ru": "Источник опаздывает; это последнее верное значение, по {day} включительно.",
    },
    "previous": {"en": "in the window before: {figure}", "ru": "за предыдущий период: {figure}"},
    "points": {"en": "{n} points", "ru": "{n} п. п."},
    "moves": {
        "en": "▲▼: against as many days just before; green is better, red is worse.",
        "ru": "▲▼: против стольких же дней перед этим; зелёное — лучше, красное — хуже.",
    },
    "by": {"en": "by {dimension}", "ru": "по {dimension}"},
    "break_down": {"en": "Break-downs", "ru": "Разбивка"},
    "others": {"en": "all others", "ru": "остальные"},
    "shared": {"en": "counted several times", "ru": "учтено несколько раз"},
    "pilot": {"en": "pilot", "ru": "тестовый режим"},
    "no_kpis": {"en": "No KPI has been computed yet.", "ru": "Показатели ещё не рассчитаны."},
    "no_sources": {"en": "No source is configured.", "ru": "Источники не настроены."},
    "starting": {
        "en": "The collector is starting: {reason}. Reload in a moment.",
        "ru": "Сборщик запускается: {reason}. Обновите страницу через несколько секунд.",
    },
    "trust_good": {
        "en": "All sources have answered: the figures can be trusted.",
        "ru": "Все источники ответили: цифрам можно верить.",
    },
    "trust_late": {
        "en": "Not all figures are current. Late or failing: {sources}.",
        "ru": "Не все цифры актуальны. Опаздывают или не отвечают: {sources}.",
    },
    "trust_apart": {
        "en": "All sources have answered, but they do not agree as they did. Checks that have come apart: {n}.",
        "ru": "Все источники ответили, но перестали сходиться между собой. Разошедшихся проверок: {n}.",
    },
    "trust_waiting": {
        "en": "Waiting for the first answer of: {sources}.",
        "ru": "Ожидается первый ответ: {sources}.",
    },
    "zone_note": {"en": "Days are those of {zone}.", "ru": "Дни — по часовому поясу {zone}."},
    "machine": {"en": "For machines", "ru": "Для программ"},
    "other_language": {"en": "Русский", "ru": "English"},
    "days": {"en": "{n} d", "ru": "{n} дн."},
    "hours": {"en": "{n} h", "ru": "{n} ч"},
    "minutes": {"en": "{n} min", "ru": "{n} мин"},
    "seconds": {"en": "{n} s", "ru": "{n} с"},
    "round_the_clock": {"en": "round the clock", "ru": "круглосуточно"},
    "working_hours": {"en": "working hours {hours} ({zone})", "ru": "рабочее время {hours} ({zone})"},
    "but_holidays": {"en": "{hours}, but on no holiday of {country}", "ru": "{hours}, кроме праздников {country}"},
}

REASONS: Mapping[str, Mapping[Language, str]] = {
    "not_configured": {"en": "no source gives it", "ru": "нет источника данных"},
    "history_incomplete": {"en": "not all history is in yet", "ru": "история загружена не вся"},
    "no_data": {"en": "no data yet", "ru": "данных пока нет"},
    "stale": {"en": "source silent for too long", "ru": "источник молчит слишком долго"},
    "too_short": {"en": "period too short so far", "ru": "период пока слишком короткий"},
    "no_rate": {"en": "no exchange rate", "ru": "нет курса валюты"},
    "no_margin": {"en": "no margin configured", "ru": "не задана маржинальность"},
    "not_additive": {"en": "cannot be added up", "ru": "нельзя суммировать"},
    "zero_denominator": {"en": "nothing to divide by", "ru": "делить не на что"},
    "no_events": {"en": "no events in the period", "ru": "нет событий за период"},
}
"""Why a KPI has no value."""

STATES: Mapping[str, Mapping[Language, str]] = {
    "new": {"en": "not read yet", "ru": "ещё не прочитан"},
    "done": {"en": "read", "ru": "прочитан"},
    "growing": {"en": "file still being written", "ru": "файл ещё пишется"},
    "waiting": {"en": "waits", "ru": "ждёт"},
    "failed": {"en": "failed", "ru": "ошибка"},
    "crashed": {"en": "crashed", "ru": "сбой коннектора"},
    "held": {"en": "late, values held", "ru": "опаздывает, значения удержаны"},
    "withdrawn": {"en": "silent too long, values withdrawn", "ru": "молчит слишком долго, значения сняты"},
}
"""How a stream is."""

FAILURES: Mapping[str, Mapping[Language, str]] = {
    "rate_limited": {"en": "the vendor asks to slow down", "ru": "сервис просит сбавить частоту"},
    "quota": {"en": "quota used up", "ru": "квота исчерпана"},
    "not_ready": {"en": "the vendor still makes the answer", "ru": "сервис ещё готовит ответ"},
    "credentials_expired": {"en": "access token expired", "ru": "срок токена истёк"},
    "credentials_refused": {"en": "credentials refused", "ru": "доступ отклонён"},
    "forbidden": {"en": "a right is missing", "ru": "не хватает прав"},
    "temporary": {"en": "not reachable for now", "ru": "временно недоступен"},
    "bad_response": {"en": "unexpected answer", "ru": "неожиданный ответ"},
    "no_files": {"en": "no file found", "ru": "файлы не найдены"},
    "bad_file": {"en": "file cannot be read", "ru": "файл не читается"},
    "collapsed": {"en": "a break-down is far below the whole", "ru": "разбивка намного меньше целого"},
    "sweep_refused": {"en": "too much would vanish at once", "ru": "исчезло бы слишком много сразу"},
    "sweep_failed": {"en": "read; what was deleted is not known", "ru": "прочитан; удалённое неизвестно"},
    "timeout": {"en": "took too long", "ru": "превышено время ожидания"},
    "store": {"en": "store cannot be written", "ru": "хранилище недоступно для записи"},
    "crashed": {"en": "the connector crashed", "ru": "сбой коннектора"},
    "error": {"en": "error", "ru": "ошибка"},
}
"""Why a poll failed, or waits."""

WINDOWS: Mapping[str, Mapping[Language, str]] = {
    "today": {"en": "today so far", "ru": "сегодня"},
    "1d": {"en": "1 day", "ru": "1 день"},
    "7d": {"en": "7 days", "ru": "7 дней"},
    "28d": {"en": "28 days", "ru": "28 дней"},
    "30d": {"en": "30 days", "ru": "30 дней"},
    "90d": {"en": "90 days", "ru": "90 дней"},
    "365d": {"en": "365 days", "ru": "365 дней"},
    "wtd": {"en": "week to date", "ru": "с начала недели"},
    "mtd": {"en": "month to date", "ru": "с начала месяца"},
    "qtd": {"en": "quarter to date", "ru": "с начала квартала"},
    "ytd": {"en": "year to date", "ru": "с начала года"},
    "all": {"en": "all time", "ru": "за всё время"},
}
"""The windows, in the order in which they are shown."""

DIMENSIONS: Mapping[str, Mapping[Language, str]] = {
    "channel": {"en": "by channel", "ru": "по каналам"},
    "source_medium": {"en": "by source and medium", "ru": "по источнику и типу трафика"},
    "campaign": {"en": "by campaign", "ru": "по кампаниям"},
    "manager": {"en": "by manager", "ru": "по менеджерам"},
    "pipeline": {"en": "by pipeline", "ru": "по воронкам"},
    "network": {"en": "by network", "ru": "по соцсетям"},
    "source": {"en": "by source", "ru": "по источникам данных"},
    "site": {"en": "by site", "ru": "по сайтам"},
    "lead_source": {"en": "by lead source", "ru": "по источникам лидов"},
    "stage": {"en": "by stage", "ru": "по стадиям"},
}
"""Break-downs; those of users' own dimensions are named by them."""

CHANNELS: Mapping[str, Mapping[Language, str]] = {
    "Direct": {"en": "Direct", "ru": "Прямые заходы"},
    "Cross-network": {"en": "Cross-network", "ru": "Кросс-сеть"},
    "Paid Shopping": {"en": "Paid Shopping", "ru": "Товарная реклама"},
    "Paid Search": {"en": "Paid Search", "ru": "Контекст"},
    "Paid Social": {"en": "Paid Social", "ru": "Таргет"},
    "Paid Video": {"en": "Paid Video", "ru": "Видеореклама"},
    "Display": {"en": "Display", "ru": "Медийная реклама"},
    "Paid Other": {"en": "Paid Other", "ru": "Прочая реклама"},
    "Organic Shopping": {"en": "Organic Shopping", "ru": "Товарный поиск"},
    "Organic Social": {"en": "Organic Social", "ru": "Соцсети"},
    "Organic Video": {"en": "Organic Video", "ru": "Видео"},
    "Organic Search": {"en": "Organic Search", "ru": "Поиск"},
    "AI Assistant": {"en": "AI Assistant", "ru": "ИИ-ассистенты"},
    "Referral": {"en": "Referral", "ru": "Переходы с сайтов"},
    "Email": {"en": "Email", "ru": "Почта"},
    "Affiliates": {"en": "Affiliates", "ru": "Партнёрские программы"},
    "Audio": {"en": "Audio", "ru": "Аудио"},
    "SMS": {"en": "SMS", "ru": "SMS"},
    "Mobile Push Notifications": {"en": "Mobile Push Notifications", "ru": "Push-уведомления"},
    "Calls": {"en": "Calls", "ru": "Звонки"},
    "Messengers": {"en": "Messengers", "ru": "Мессенджеры"},
    "Marketplaces": {"en": "Marketplaces", "ru": "Маркетплейсы"},
    "Partners": {"en": "Partners", "ru": "Партнёры"},
    "Offline": {"en": "Offline", "ru": "Офлайн"},
    "Existing customers": {"en": "Existing customers", "ru": "Действующие клиенты"},
    "Unassigned": {"en": "Unassigned", "ru": "Не определён"},
}
"""The channels as people call them; those of a configuration's own rules are named there."""

WEEKDAYS: Mapping[Language, tuple[str, ...]] = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "ru": ("пн", "вт", "ср", "чт", "пт", "сб", "вс"),
}
"""Days of the week, from Monday on."""


def text(key: str, language: Language, **values: object) -> str:
    """A text with its places filled."""
    return TEXTS[key][language].format(**values)


def word(words: Mapping[str, Mapping[Language, str]], key: str, language: Language) -> str:
    """The words for `key`, or the key itself where a newer part of the program knows more."""
    return words[key][language] if key in words else key
