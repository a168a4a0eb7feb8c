"""The company's visits, as a counter sees them: by traffic source, engine and tags.

Where Metrica knows better than a tag it has none: searches, links on other sites, addresses that
were typed. These come in three sorts, of which the company's books know one.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from collector.testing.company.visits import Visits
from collector.testing.company.ways import Way

TYPED = ("direct", "saved", "internal")
UNTAGGED: Mapping[str, tuple[str, str | None]] = {
    "yandex-organic": ("organic", "organic.yandex"),
    "google-organic": ("organic", "organic.google"),
    "articles": ("referral", "referral.habr.ru"),
    "unlinked": ("undefined", None),
}
"""Ways that leave no tag: traffic source and engine."""

TAGGED: Mapping[str, tuple[str, str | None]] = {
    "brand-search": ("ad", "ad.ya_direct"),
    "kitchens-search": ("ad", "ad.ya_direct"),
    "kitchens-network": ("ad", "ad.ya_direct"),
    "vk-lookalike": ("ad", "ad.vk"),
    "vk-retarget": ("ad", "ad.vk"),
    "google-search": ("ad", "ad.google_adwords"),
    "pmax-cross-network": ("ad", "ad.google_adwords"),
    "vk-posts": ("social", "social.vkontakte"),
    "telegram-posts": ("messenger", "messenger.telegram"),
    "youtube": ("social", "social.youtube"),
    "newsletter": ("email", None),
    "whatsapp": ("messenger", "messenger.whatsapp"),
    "flyer": ("qrcode", None),
}
"""What Metrica makes of ways with tags; of others, advertising by an engine that tags have told."""

Key = tuple[str | None, ...]


class Seen(NamedTuple):
    """A day's visits of one kind; revenue is in hundredths of the counter's currency."""

    key: Key
    visits: int
    bounced: int
    new_users: int
    page_views: int
    reaches: int
    purchases: int
    revenue: int


def seen(each: Visits) -> Iterator[Seen]:
    """What the counter has seen of a way's visits on a day."""
    counts = (each.new_users, each.page_views, each.key_events, each.purchases, each.revenue)
    if each.way.key != "direct":
        yield Seen(_key(each.way), each.sessions, each.bounced, *counts)
        return
    parts = [_thirds(count) for count in (each.sessions, *counts)]
    for number, source in enumerate(TYPED):
        visits, *others = (part[number] for part in parts)
        if visits:
            yield Seen((source, None, None, None, None), visits, each.bounced if number == 0 else 0, *others)


def _key(way: Way) -> Key:
    if way.key in UNTAGGED:
        return (*UNTAGGED[way.key], None, None, None)
    source = TAGGED.get(way.key, ("ad", "ad.unknown"))
    return (*source, *(tag or None for tag in (way.tags.source, way.tags.medium, way.tags.campaign)))


def _thirds(count: int) -> tuple[int, int, int]:
    """Most of it first: no part has bounces but that."""
    saved, internal = count * 3 // 10, count // 10
    return count - saved - internal, saved, internal


Users = Callable[[int, int], int]
"""Different people between two days."""
