"""What Metrica means by its traffic sources, and which source and medium stand for them.

Visits with UTM tags are none of this: the project's channel rules read those.
"""

import re
from collections.abc import Mapping

from collector.plugin import NOT_SET

UNASSIGNED = "Unassigned"
AD = "ad"

CHANNELS: Mapping[str, str] = {
    "organic": "Organic Search",
    "direct": "Direct",
    "saved": "Direct",
    "internal": "Direct",
    "referral": "Referral",
    "recommend": "Referral",
    "qrcode": "Referral",
    "social": "Organic Social",
    "messenger": "Organic Social",
    "email": "Email",
    "undefined": UNASSIGNED,
}
"""The id of a traffic source → the channel; of ads the engine tells it."""

TYPED = frozenset({"direct", "saved", "internal"})
"""Nobody has sent these visitors."""

_MACRO = re.compile(r"\{[^{}]*\}")

_SEARCH_ADS = "yandex yadirect yandexdirect yandexads direct google googleads googleadwords adwords gads"
_SOCIAL_ADS = (
    "vk vkads vkontakte vkreklama mytarget targetmailru ok odnoklassniki telegram telegramads facebook "
    "facebookads fb instagram meta metaads tiktok tiktokads linkedin twitter x pinterest snapchat reddit"
)
"""Engines of advertising, without what is no letter or digit."""


def is_known(source: str | None) -> bool:
    """Whether the traffic source is one that the vendor documents; no value is known to be none."""
    return source is None or source == AD or source in CHANNELS


def tag(text: str | None) -> str | None:
    """A UTM tag that says something: a macro that the ad system has not filled (`{source}`) is missing."""
    text = (text or "").strip()
    outside = _MACRO.sub("", text)
    unfilled = outside != text and not any(map(str.isalnum, outside))
    return None if unfilled or text.lower() in ("", NOT_SET) else text


def channel(source: str | None, engine: str | None) -> str:
    """The channel of visits without tags."""
    if source == AD:
        return _of_ad(engine)
    return CHANNELS.get(source or "undefined", UNASSIGNED)


def _of_ad(engine: str | None) -> str:
    name = "".join(letter for letter in (engine or "").lower() if letter.isalnum())
    if name in _SEARCH_ADS.split():
        return "Paid Search"
    return "Paid Social" if name in _SOCIAL_ADS.split() else "Paid Other"


def engine_name(source: str | None, engine: str | None) -> str | None:
    """The engine in an id such as `organic.yandex`: what stands after the last dot.

    Of a site that refers (`referral.habr.ru`) the dots are its own, so only the source's id is taken off.
    """
    if not engine:
        return None
    if source and engine.startswith(f"{source}."):
        rest = engine[len(source) + 1 :]
        return rest if source == "referral" else rest.rpartition(".")[2]
    return engine if source == "referral" else engine.rpartition(".")[2]


def source_medium(source: str | None, engine: str | None) -> str:
    """The member of `source_medium` for visits without tags: `yandex / organic`, `(direct) / (none)`."""
    if source in TYPED:
        return "(direct) / (none)"
    if source in (None, "undefined") and engine is None:
        return NOT_SET
    return f"{engine or NOT_SET} / {source or NOT_SET}"
