"""What people read of ids, in the languages that clients ask for."""

from collections.abc import Mapping

SOURCES: Mapping[str, tuple[str, str, str]] = {
    "organic": ("2", "Search engine traffic", "Переходы из поисковых систем"),
    "direct": ("0", "Direct traffic", "Прямые заходы"),
    "saved": ("7", "Cached page traffic", "Переходы с сохранённых страниц"),
    "internal": ("6", "Internal traffic", "Внутренние переходы"),
    "referral": ("1", "Link traffic", "Переходы по ссылкам на сайтах"),
    "recommend": ("9", "Recommendation system traffic", "Переходы из рекомендательных систем"),
    "qrcode": ("11", "QR code traffic", "Переходы по QR-кодам"),
    "social": ("8", "Social network traffic", "Переходы из социальных сетей"),
    "messenger": ("10", "Messenger traffic", "Переходы из мессенджеров"),
    "email": ("4", "Mailing traffic", "Переходы с почтовых рассылок"),
    "ad": ("3", "Ad traffic", "Переходы по рекламе"),
    "undefined": ("5", "Undefined", "Не определено"),
}
"""Id → number of the icon, English, Russian."""

ENGINES: Mapping[str, tuple[str, str]] = {
    "organic.yandex": ("Yandex", "Яндекс"),
    "ad.ya_direct": ("Yandex: Direct", "Яндекс.Директ"),
    "ad.google_adwords": ("Google Ads", "Google Реклама"),
    "ad.vk": ("VK ads", "VK Реклама"),
    "ad.unknown": ("Other ads: identified by tags", "Другая реклама: определено по меткам"),
    "social.vkontakte": ("VK", "ВКонтакте"),
}


def source(key: str | None, lang: str) -> dict[str, str | None]:
    """A traffic source as a dimension's value."""
    if key is None:
        return {"name": None, "id": None}
    icon, english, russian = SOURCES.get(key, ("0", key, key))
    return {"icon_id": icon, "icon_type": "traffic-source", "name": russian if lang == "ru" else english, "id": key}


def engine(key: str | None, lang: str) -> dict[str, str | None]:
    """An engine as a dimension's value."""
    if key is None:
        return {"name": None, "id": None}
    short = key.partition(".")[2]
    english, russian = ENGINES.get(key, (short.capitalize(), short.capitalize()))
    return {"name": russian if lang == "ru" else english, "id": key, "favicon": None}


def plain(key: str | None, lang: str) -> dict[str, str | None]:
    """A day or a tag: a name alone."""
    del lang
    return {"name": key}
