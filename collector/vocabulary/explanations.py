"""What an explanation of a value says, in English and Russian; a key has both or does not exist.

Beside `texts`, which pages read; these are for `kpi explain`. Places in braces are filled
with names, days and numbers as they are, so that one sentence fits all of them.
"""

from collections.abc import Mapping

from collector.vocabulary.texts import Language

Words = Mapping[str, Mapping[Language, str]]

LABELS: Words = {
    "formula": {"en": "formula", "ru": "формула"},
    "put_in": {"en": "put in", "ru": "в числах"},
    "value": {"en": "value", "ru": "значение"},
    "missing": {"en": "missing", "ru": "не хватает"},
    "to_do": {"en": "to do", "ru": "что делать"},
    "days": {"en": "days", "ru": "дни"},
    "held": {"en": "held", "ru": "удержано"},
    "doubt": {"en": "doubt", "ru": "оговорка"},
    "input": {"en": "input", "ru": "входит"},
    "stream": {"en": "stream", "ru": "поток"},
    "cut": {"en": "cut", "ru": "разрез"},
    "member": {"en": "member", "ru": "по частям"},
    "by": {"en": "by", "ru": "можно по"},
}
"""What stands before a line."""

BETTER: Words = {
    "up": {"en": "more is better", "ru": "чем больше, тем лучше"},
    "down": {"en": "less is better", "ru": "чем меньше, тем лучше"},
    "within": {"en": "best as planned", "ru": "лучше по плану"},
}

UNITS: Words = {
    "ratio": {"en": "ratio", "ru": "доля"},
    "money": {"en": "money", "ru": "деньги"},
    "second": {"en": "second", "ru": "секунда"},
    "month": {"en": "month", "ru": "месяц"},
    "session": {"en": "session", "ru": "визит"},
    "user": {"en": "user", "ru": "посетитель"},
    "view": {"en": "view", "ru": "просмотр"},
    "event": {"en": "event", "ru": "событие"},
    "order": {"en": "order", "ru": "заказ"},
    "impression": {"en": "impression", "ru": "показ"},
    "click": {"en": "click", "ru": "клик"},
    "lead": {"en": "lead", "ru": "лид"},
    "deal": {"en": "deal", "ru": "сделка"},
    "customer": {"en": "customer", "ru": "клиент"},
    "follower": {"en": "follower", "ru": "подписчик"},
    "post": {"en": "post", "ru": "публикация"},
    "engagement": {"en": "engagement", "ru": "взаимодействие"},
}

AGGREGATIONS: Words = {
    "sum": {"en": "sum of its days", "ru": "сумма по дням"},
    "last": {"en": "as it stands on the last day", "ru": "на последний день"},
    "distinct": {"en": "different ones in exactly these days", "ru": "разные именно за эти дни"},
    "median": {"en": "median of exactly these days", "ru": "медиана именно за эти дни"},
    "given": {"en": "the source's own figure, never added up", "ru": "готовая цифра источника, не суммируется"},
}

DAYS: Words = {
    "from_to": {
        "en": "{first} … {last}, both inside ({number} d; days of {zone})",
        "ru": "{first} … {last}, оба включительно ({number} дн.; дни по поясу {zone})",
    },
    "none": {"en": "none", "ru": "нет"},
    "counted_back": {"en": "counted back from the last day", "ru": "отсчитаны назад от последнего дня"},
    "period": {"en": "from the first day of the period", "ru": "с первого дня периода"},
    "covered": {
        "en": "from the first day that all facts cover (begins last: {streams})",
        "ru": "с первого дня, покрытого всеми данными (начинается последним: {streams})",
    },
    "first": {"en": "from the day of the first record", "ru": "со дня первой записи"},
    "day": {"en": "one day", "ru": "один день"},
    "asked": {"en": "ends on the day that was asked for", "ru": "заканчиваются запрошенным днём"},
    "yesterday": {
        "en": "ends yesterday, for today is not over",
        "ru": "заканчиваются вчера: сегодняшний день ещё идёт",
    },
    "so_far": {"en": "today so far", "ru": "сегодня до этого момента"},
    "held_back": {
        "en": "ends before {wanted}, because no later day is complete in: {streams}",
        "ru": "заканчиваются раньше {wanted}: более поздних полных дней ещё нет в {streams}",
    },
    "unfinished": {
        "en": "not waited for, though not complete: {streams}",
        "ru": "не дождались (не обязательны): {streams}",
    },
    "as_of": {"en": "as of {day}", "ru": "на {day}"},
    "live": {"en": "as of now", "ru": "на сейчас"},
}
"""The days of a window, and why they are these."""

FLAGS: Words = {
    "partial": {
        "en": "partial: some of these days' data may still be on their way",
        "ru": "partial: часть данных за эти дни ещё может прийти",
    },
    "provisional": {
        "en": "provisional: a source may still restate the last day",
        "ru": "provisional: источник ещё может поправить последний день",
    },
    "immature": {
        "en": "immature: the youngest leads have had less time than four of five need to convert",
        "ru": "immature: у самых новых лидов было меньше времени, чем нужно четырём из пяти, чтобы стать сделкой",
    },
    "sampled": {
        "en": "sampled: the source computed it from a sample of its data",
        "ru": "sampled: источник посчитал по выборке, а не по всем данным",
    },
    "thresholded": {
        "en": "thresholded: the source left small groups out to protect people's privacy",
        "ru": "thresholded: источник скрыл малые группы ради приватности",
    },
    "vat_unset": {
        "en": "vat_unset: nobody said whether amounts are with or without VAT; they count as delivered",
        "ru": "vat_unset: не сказано, с НДС суммы или без; они учтены как есть",
    },
}
"""One sentence for each doubt about a value."""

INPUTS: Words = {
    "left_out": {
        "en": "left out: it is optional, and no source gives it here",
        "ru": "не учтено: необязательно, и источник его здесь не даёт",
    },
    "none": {"en": "none", "ru": "нет"},
    "of_days": {"en": "days {first} … {last}", "ru": "дни {first} … {last}"},
    "own_window": {"en": "at its own window {window}", "ru": "за своё окно {window}"},
    "lag": {"en": "{days} days earlier than what it brings", "ru": "на {days} дн. раньше результата"},
    "where": {"en": "only {where}", "ru": "только {where}"},
    "whole_cut": {"en": "{stream}: its whole, as the source states it", "ru": "{stream}: итог, как его даёт источник"},
    "cut": {
        "en": "{stream}: added up from its figures by {cut}",
        "ru": "{stream}: сложено из цифр в разрезе {cut}",
    },
    "entities": {"en": "{stream}: counted from its {kinds}", "ru": "{stream}: посчитано по {kinds}"},
    "not_by": {
        "en": "left out of the break-down by {dimension}, which nothing tells of it",
        "ru": "в разрез {dimension} не входит: источник его не даёт",
    },
    "derived": {
        "en": "the channel was found by rules (`channels explain` tells which)",
        "ru": "канал определён по правилам (каким — скажет `channels explain`)",
    },
    "numbers": {"en": "{owner}: the median of {number} numbers", "ru": "{owner}: медиана, чисел: {number}"},
    "late": {
        "en": "{owner}: {amount}, of which {late} wait for an answer that was due",
        "ru": "{owner}: {amount}, из них ждут просроченного ответа: {late}",
    },
    "stated_on": {"en": "stated on {day}", "ru": "сообщено {day}"},
    "comes_to": {"en": "counts as {amount}", "ru": "учтено {amount}"},
    "gross": {"en": "delivered with VAT", "ru": "пришло с НДС"},
    "net": {"en": "delivered without VAT", "ru": "пришло без НДС"},
    "vat_unknown": {"en": "with or without VAT: nobody said", "ru": "с НДС или без — не сказано"},
    "payer": {"en": "a payer's figures are net", "ru": "плательщик НДС: цифры без налога"},
    "non_payer": {"en": "no payer: costs count with VAT", "ru": "не плательщик НДС: расходы с налогом"},
    "no_vat": {"en": "no payer of VAT: revenue has none", "ru": "не плательщик НДС: в выручке налога нет"},
    "unchanged": {"en": "unchanged", "ru": "без изменений"},
    "multiplied": {"en": "× {factor} (VAT {rate} %)", "ru": "× {factor} (НДС {rate} %)"},
    "divided": {"en": "÷ {factor} (VAT {rate} %)", "ru": "÷ {factor} (НДС {rate} %)"},
    "since": {"en": "from {day}: {what}", "ru": "с {day}: {what}"},
    "rate": {"en": "1 {currency} = {rate} {own}", "ru": "1 {currency} = {rate} {own}"},
    "rates": {"en": "1 {currency} = {low} … {high} {own}", "ru": "1 {currency} = {low} … {high} {own}"},
    "rate_days": {"en": "on {first} … {last}", "ru": "за {first} … {last}"},
    "rate_day": {"en": "on {first}", "ru": "за {first}"},
    "rate_constant": {"en": "one rate for all days, by the configuration", "ru": "один курс на все дни, из настроек"},
    "rate_stated": {"en": "by the configuration", "ru": "из настроек"},
    "rate_given": {"en": "given by {sources}", "ru": "от источника {sources}"},
    "inverse": {"en": "the inverse of {pair}", "ru": "обратный к {pair}"},
    "rate_missing": {
        "en": "no rate of {currency} for {days}",
        "ru": "нет курса {currency} за {days}",
    },
    "hours": {"en": "{system}: responses are timed {hours}", "ru": "{system}: время ответа считается {hours}"},
    "pilot": {
        "en": "{source} has it too, but is a pilot and does not count",
        "ru": "{source} тоже даёт это, но в тестовом режиме и не учитывается",
    },
    "other": {
        "en": "{source} has it too, but another source of the site {site} is the primary one",
        "ru": "{source} тоже даёт это, но основной источник сайта {site} — другой",
    },
}
"""How a figure came about."""

KINDS: Words = {
    "lead": {"en": "leads", "ru": "лидам"},
    "deal": {"en": "deals", "ru": "сделкам"},
    "post": {"en": "posts", "ru": "публикациям"},
}
"""What entities figures are counted from."""

STREAMS: Words = {
    "through": {"en": "data through {day}", "ru": "данные по {day}"},
    "from_through": {"en": "data of {first} … {day}", "ru": "данные за {first} … {day}"},
    "no_day": {"en": "no complete day", "ru": "полных дней нет"},
    "read": {"en": "last read {at}", "ru": "прочитан {at}"},
    "never": {"en": "never read", "ru": "ещё не прочитан"},
    "fresh": {"en": "fresh", "ru": "актуален"},
    "held": {"en": "late, its last good figures are held", "ru": "опаздывает, последние верные цифры удержаны"},
    "withdrawn": {
        "en": "silent too long, its figures are withdrawn",
        "ru": "молчит слишком долго, цифры сняты",
    },
    "not_required": {"en": "not required", "ru": "не обязателен"},
    "lives": {"en": "lives {first} … {last}", "ru": "действует {first} … {last}"},
    "no_history": {"en": "not all history is in", "ru": "история загружена не вся"},
    "final": {"en": "the last day is final", "ru": "последний день окончателен"},
    "provisional": {
        "en": "the last day may be restated; final once read after {at}",
        "ru": "последний день ещё может измениться; окончателен после чтения позже {at}",
    },
    "parts": {
        "en": "{reaching} of {number} parts reach into these days: {names}",
        "ru": "частей с этими днями: {reaching} из {number}: {names}",
    },
    "no_parts": {
        "en": "none of {number} parts has rows of these days",
        "ru": "частей с этими днями нет (всего {number})",
    },
    "all_parts": {"en": "{number} parts", "ru": "частей: {number}"},
    "more": {"en": "… {number} more", "ru": "… и ещё {number}"},
    "gone": {"en": "gone, their rows are kept: {names}", "ru": "исчезли, их строки сохранены: {names}"},
}
"""A stream that figures come from."""

LACKS: Words = {
    "no_source": {
        "en": "no live source of the project gives {measure}",
        "ru": "ни один рабочий источник проекта не даёт {measure}",
    },
    "pilot_only": {
        "en": "{source} gives {measure}, but is a pilot (`mode: pilot`)",
        "ru": "{source} даёт {measure}, но в тестовом режиме (`mode: pilot`)",
    },
    "qualified_unknown": {
        "en": "{source} has leads, but nobody said what makes one qualified: set `qualified_stages` ({measure})",
        "ru": "{source} даёт лиды, но не сказано, какие квалифицированы: задайте `qualified_stages` ({measure})",
    },
    "stages_unknown": {
        "en": "{source} has nothing but deals (simple CRM), and nobody said at which stages a lead has become one: "
        "set `deal_stages` ({measure})",
        "ru": "{source} знает только сделки (простая CRM), и не сказано, на каких стадиях лид стал сделкой: "
        "задайте `deal_stages` ({measure})",
    },
    "responses_unknown": {
        "en": "{source} has leads, but cannot tell when they were answered ({measure})",
        "ru": "{source} даёт лиды, но не знает, когда на них ответили ({measure})",
    },
    "no_dimension": {
        "en": "{stream} does not give {measure} by {dimension}",
        "ru": "{stream} не даёт {measure} в разрезе {dimension}",
    },
    "no_pair": {
        "en": "{stream} does not give {measure} by {dimension} and {filter} at once",
        "ru": "{stream} не даёт {measure} сразу в разрезе {dimension} и {filter}",
    },
    "no_constant": {
        "en": "the constant {constant} has no value on {day}",
        "ru": "у константы {constant} нет значения на {day}",
    },
    "name_stages": {
        "en": "Name the stages at which a lead has become a deal: `deal_stages` of {source}.",
        "ru": "Назовите стадии, на которых лид стал сделкой: `deal_stages` источника {source}.",
    },
    "state_constant": {
        "en": "State a value of {constant} that holds on {day}.",
        "ru": "Задайте значение {constant}, действующее {day}.",
    },
    "history_incomplete": {
        "en": "{stream} has not been read to the end of its history",
        "ru": "{stream} прочитан не до конца истории",
    },
    "never_read": {"en": "{stream} has never been read with success", "ru": "{stream} ни разу не прочитан успешно"},
    "no_complete_day": {"en": "{stream} has no complete day", "ru": "{stream}: нет ни одного полного дня"},
    "not_stated": {
        "en": "{measure} was not stated in the {days} days through {day}",
        "ru": "{measure}: нет данных за {days} дн. по {day}",
    },
    "silent": {
        "en": "{stream} has not answered since {since}",
        "ru": "{stream} не отвечает с {since}",
    },
    "begins_late": {
        "en": "{stream} begins on {first}; {window} needs it from {needed} on",
        "ru": "{stream} начинается {first}; для {window} нужен с {needed}",
    },
    "not_begun": {
        "en": "{window} began on {first}, and the last complete day is {last}",
        "ru": "{window} начинается {first}, а последний полный день — {last}",
    },
    "no_rate": {
        "en": "{measure} of {source}: no rate of {currency} in {own} for {days}",
        "ru": "{measure} из {source}: нет курса {currency} к {own} за {days}",
    },
    "margin_unset": {"en": "the project has no `margin:`", "ru": "в проекте не задана `margin:`"},
    "deals_without_margin": {
        "en": "{measure}: nothing says the margin of {number} deals of {source}",
        "ru": "{measure}: у {number} сделок из {source} маржинальность не задана",
    },
    "members_without_margin": {
        "en": "these deals have the {dimension}: {members}",
        "ru": "у этих сделок {dimension}: {members}",
    },
    "not_filtered": {
        "en": "{measure} cannot be put together from members of {dimension}",
        "ru": "{measure} нельзя собрать из частей по {dimension}",
    },
    "own_window": {
        "en": "the source gives {measure} for the window {window} only",
        "ru": "источник даёт {measure} только за окно {window}",
    },
    "several_sources": {
        "en": "{measure} comes from several sources, whose people cannot be told apart: {sources}",
        "ru": "{measure} дают несколько источников, и людей в них не различить: {sources}",
    },
    "no_exact_cut": {
        "en": "{source} does not state {measure} in exactly this cut",
        "ru": "{source} не даёт {measure} именно в этом разрезе",
    },
    "no_numbers": {"en": "{measure}: none in these days", "ru": "{measure}: за эти дни ни одного"},
    "zero": {"en": "{formula} = 0", "ru": "{formula} = 0"},
    "no_member": {
        "en": "nothing of these days has the {dimension} {member}; there are: {members}",
        "ru": "за эти дни нет ничего с {dimension} {member}; есть: {members}",
    },
    "no_costs": {
        "en": "it had no costs in these days, and a cost per something exists only where there were costs",
        "ru": "расходов за эти дни не было, а стоимость чего-либо есть только там, где были расходы",
    },
}
"""What is missing, exactly."""

ADVICE: Words = {
    "not_configured": {
        "en": "No live source gives: {missing}. Configure one that does, or leave the KPI out.",
        "ru": "Нет рабочего источника: {missing}. Подключите его или уберите показатель.",
    },
    "history_incomplete": {
        "en": "The whole history is needed and not all of it is in: let the source be polled to its end.",
        "ru": "Нужна вся история, а загружена не вся: дождитесь, пока источник будет прочитан до конца.",
    },
    "no_data": {
        "en": "A source has not delivered a complete day yet: poll it, and see `store status` for what it says.",
        "ru": "Источник ещё не дал ни одного полного дня: опросите его (`poll`) и посмотрите `store status`.",
    },
    "stale": {
        "en": "A source has been silent for longer than its hold_max: mend it; the value comes back by itself.",
        "ru": "Источник молчит дольше своего hold_max: почините его, значение вернётся само.",
    },
    "too_short": {
        "en": "The data do not cover the window yet: take a shorter one, or wait.",
        "ru": "Данные пока не покрывают окно: возьмите окно короче или подождите.",
    },
    "no_rate": {
        "en": "Money in another currency has no rate within 10 days: state it in `rates:`, or add a source of rates.",
        "ru": "У суммы в другой валюте нет курса за 10 дней: задайте его в `rates:` или добавьте источник курсов.",
    },
    "no_margin": {
        "en": "Profit needs a margin: state `margin: {{default: 0.35}}`.",
        "ru": "Для прибыли нужна маржинальность: задайте `margin: {{default: 0.35}}`.",
    },
    "not_additive": {
        "en": "The source's own figure cannot be added up: take its own window, and one source alone.",
        "ru": "Готовую цифру источника нельзя складывать: возьмите её собственное окно и один источник.",
    },
    "zero_denominator": {
        "en": "There is nothing to divide by in these days.",
        "ru": "За эти дни делить не на что.",
    },
    "no_events": {
        "en": "There is nothing to take the median of in these days.",
        "ru": "За эти дни нет событий, чтобы взять медиану.",
    },
}
"""What to do about each reason; `missing` stands for measures."""

TABLES: tuple[Words, ...] = (
    *(LABELS, BETTER, UNITS, AGGREGATIONS, DAYS, FLAGS, INPUTS, KINDS, STREAMS, LACKS, ADVICE),
)


def say(words: Words, key: str, language: Language, **places: object) -> str:
    """A text with its places filled; a key that a plugin or a later part of the program brings stands for itself."""
    if key not in words:
        return key
    return words[key][language].format(**places)
