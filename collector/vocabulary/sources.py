"""Who sends visitors: search engines, social networks and the like, by alias or by host.

Tables for `channels`. A tag names a source by an alias (`vk`, `yandex_direct`) or by a host
(`m.vk.com`), a referrer by its host. Aliases are written with `_`, which `-` and a space
equal. There are none in Cyrillic: what is tagged so is told by rules of the user's own.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from collector.vocabulary.tags import MEMORY

Kind = Literal["search", "social", "video", "shopping", "messenger", "assistant"]

ALIASES: Mapping[Kind, str] = {
    # `direct` is Yandex Direct; who types an address comes from `(direct)`
    "search": """
        google google_ads googleads google_adwords adwords google_search
        yandex ya yandex_direct yandexdirect yandex.direct direct ydirect yandex_search
        bing microsoft_ads bing_ads mail.ru mailru mail_ru rambler
        yahoo duckduckgo ddg baidu sogou naver daum seznam ecosia qwant brave startpage aol ask msn
    """,
    "social": """
        vk vkontakte vk_ads vkads vk_reklama mytarget my_target
        ok odnoklassniki tg telegram telegram_ads tg_ads tgads dzen zen yandex_zen max
        facebook fb facebook_ads fb_ads meta meta_ads instagram insta ig inst threads
        twitter x tiktok tiktok_ads linkedin pinterest reddit quora tumblr snapchat discord
        bluesky mastodon livejournal pikabu tenchat yappy xing weibo wechat line kakao social
    """,
    "video": "youtube yt rutube vk_video vkvideo vimeo twitch dailymotion netflix hulu",
    "shopping": """
        amazon ebay etsy walmart alibaba aliexpress shopify mercadolibre temu shein
        google_shopping ozon wildberries wb yandex_market yandexmarket megamarket sbermegamarket avito
    """,
    "messenger": "whatsapp viber",
    "assistant": "chatgpt openai perplexity claude gemini copilot deepseek grok gigachat",
}

SITES: Mapping[Kind, str] = {
    "search": """
        bing.com duckduckgo.com baidu.com sogou.com so.com ecosia.org qwant.com startpage.com
        search.brave.com search.yahoo.com search.aol.com ask.com search.naver.com search.daum.net
        search.seznam.cz go.mail.ru nova.rambler.ru direct.yandex.ru
        news.google.com lens.google.com search.google.com com.google.android.googlequicksearchbox
        ru.yandex.searchplugin
    """,
    "social": """
        vk.com vk.ru vk.cc vkontakte.ru com.vkontakte.android my.mail.ru target.my.com ads.vk.com
        ok.ru odnoklassniki.ru t.me telegram.me telegram.org org.telegram.messenger
        dzen.ru zen.yandex.ru zen.yandex.com max.ru
        facebook.com fb.com fb.me messenger.com instagram.com threads.net threads.com
        twitter.com x.com t.co tiktok.com linkedin.com lnkd.in pinterest.com pin.it reddit.com quora.com
        tumblr.com snapchat.com discord.com bsky.app livejournal.com pikabu.ru tenchat.ru yappy.media
        xing.com weibo.com wechat.com line.me kakao.com
    """,
    "video": """
        youtube.com youtu.be rutube.ru vkvideo.ru vimeo.com twitch.tv dailymotion.com netflix.com hulu.com
    """,
    "shopping": """
        etsy.com walmart.com alibaba.com shopify.com temu.com shein.com shopping.yahoo.com shopping.naver.com
        amazon-adsystem.com ozon.ru wildberries.ru wb.ru market.yandex.ru megamarket.ru sbermegamarket.ru avito.ru
    """,
    "messenger": "whatsapp.com wa.me viber.com vb.me",
    "assistant": """
        chatgpt.com chat.openai.com openai.com perplexity.ai claude.ai gemini.google.com copilot.microsoft.com
        copilot.com chat.deepseek.com deepseek.com grok.com giga.chat alice.yandex.ru meta.ai chat.mistral.ai
    """,
}
"""Hosts, each with all below it."""

PORTALS = "ya.ru mail.ru rambler.ru naver.com daum.net seznam.cz aol.com msn.com"
"""Search on their own page, much else below it: `mail.ru` is a search engine, `e.mail.ru` is not."""

BRANDS: Mapping[Kind, str] = {
    "search": "google yandex yahoo",
    "social": "pinterest",
    "shopping": "amazon ebay aliexpress mercadolibre",
}
"""Names that have a host in many countries: google.de, amazon.co.uk. The search engines are portals."""

TABLES = (ALIASES, SITES, BRANDS)

_SAME = frozenset({"www", "m", "mobile", "touch", "search"})
"""What may stand before a portal's host without making it something else."""

_ADDRESS = re.compile(r"(([a-z][a-z0-9.+-]*:)?//)?([^/?#@]*@)?(?P<host>[^/?#:]*)")
_COUNTRY = re.compile(r"(?P<brand>[a-z]+)\.(com|(com?\.)?[a-z]{2})")
_PORTALS = frozenset(PORTALS.split())
_BY_BRAND: Mapping[str, Kind] = {name: kind for kind, names in BRANDS.items() for name in names.split()}
_BY_ALIAS: Mapping[str, Kind] = {name: kind for kind, names in ALIASES.items() for name in names.split()}
_BY_SITE: Mapping[str, Kind] = {name: kind for kind, names in SITES.items() for name in names.split()}


@lru_cache(maxsize=MEMORY)
def kind_of(source: str) -> Kind | None:
    """What a clean source is: an alias or a host, also with an address around it."""
    alias = source.replace("-", "_").replace(" ", "_")
    return _BY_ALIAS.get(source) or _BY_ALIAS.get(alias) or _kind_of_host(host_of(source))


def host_of(address: str) -> str:
    """The host in an address, with or without scheme, path and port; what is none stays as it is."""
    found = _ADDRESS.match(address)
    return found["host"].strip(". ") if found else address


def _kind_of_host(host: str) -> Kind | None:
    labels = host.split(".")
    for depth in range(len(labels) - 1):
        site = ".".join(labels[depth:])
        if site in _BY_SITE:
            return _BY_SITE[site]
        if site in _PORTALS:
            return "search" if _SAME.issuperset(labels[:depth]) else None
        country = _COUNTRY.fullmatch(site)
        kind = _BY_BRAND.get(country["brand"]) if country else None
        if kind is not None:
            return kind if kind != "search" or _SAME.issuperset(labels[:depth]) else None
    return None
