"""The networks in which the company has a page, and how lively each is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Network:
    """A page: its followers when the world began, its posts a week, the views of one, what else it counts."""

    key: str
    base: int
    gains: float
    losses: float
    posts: float
    views: int
    kinds: tuple[str, ...]
    has_views: bool = True
    has_shares: bool = True
    has_saves: bool = False


NETWORKS = (
    Network("vk", 8_200, 9.0, 4.0, 5.0, 2_600, ("photo", "video", "text", "link")),
    Network("telegram", 3_100, 6.0, 2.0, 6.0, 1_900, ("text", "photo", "video")),
    Network("youtube", 1_400, 3.0, 0.6, 1.0, 4_800, ("video",)),
    Network("instagram", 5_600, 4.0, 3.0, 3.0, 1_500, ("image", "carousel", "reel"), has_saves=True),
    Network("facebook", 2_300, 1.0, 1.1, 2.0, 400, ("photo", "link"), has_views=False),
    Network("odnoklassniki", 4_700, 3.0, 2.0, 3.0, 1_100, ("photo", "text")),
)
