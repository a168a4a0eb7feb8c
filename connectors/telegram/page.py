"""The public page of a channel: HTML → what each of its posts shows.

Read by class alone, as texts are of any language. Figures are rounded past three places: `12.5K`.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from html.parser import HTMLParser

from collector.plugin import BadResponse

_FIGURE = re.compile(r"([0-9]+(?:[.,][0-9]+)?)\s*([KkMmBb]?)")
_TIMES = {"": 1, "k": 1_000, "m": 1_000_000, "b": 1_000_000_000}
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)

_KINDS = (
    ("tgme_widget_message_forwarded_from", "repost"),
    ("tgme_widget_message_poll", "poll"),
    ("tgme_widget_message_video", "video"),
    ("tgme_widget_message_video_player", "video"),
    ("tgme_widget_message_roundvideo", "video"),
    ("tgme_widget_message_photo_wrap", "photo"),
    ("tgme_widget_message_voice", "audio"),
    ("tgme_widget_message_document", "document"),
    ("tgme_widget_message_sticker", "sticker"),
)


@dataclass(frozen=True)
class Shown:
    """A post on the page. `views` None: it shows none; `likes` None: it shows no reaction."""

    number: int
    at: int
    kind: str
    views: int | None = None
    likes: int | None = None


@dataclass(frozen=True)
class Page:
    """One page, oldest first. `lowest`: of all that it shows, service messages too."""

    posts: tuple[Shown, ...]
    lowest: int | None
    is_preview: bool
    """Whether it is the page of a channel that shows one."""


def read_page(text: str) -> Page:
    """All that a page shows.

    Raises:
        BadResponse: a post has no number or time.
    """
    reader = _Reader()
    reader.feed(text)
    reader.close()
    numbers = [_number(each) for each in reader.blocks]
    posts = [_shown(number, each) for number, each in zip(numbers, reader.blocks, strict=True) if not each.is_service]
    is_preview = reader.is_preview or bool(numbers)
    return Page(tuple(sorted(posts, key=lambda each: each.number)), min(numbers, default=None), is_preview)


def figure(text: str) -> int:
    """`900`, `12.5K` or `1.2M` as a number.

    Raises:
        BadResponse: it is none.
    """
    found = _FIGURE.fullmatch(text.strip())
    if found is None:
        raise BadResponse(expected="a figure such as 12.5K", where="the public page", got=text)
    return int(Decimal(found[1].replace(",", ".")) * _TIMES[found[2].lower()])


class _Block:
    """A message as it is read."""

    def __init__(self, name: str, *, is_service: bool) -> None:
        self.name, self.is_service = name, is_service
        self.at: str | None = None
        self.classes: set[str] = set()
        self.views = ""
        self.reactions: list[str] = []


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[_Block] = []
        self.is_preview = False
        self._open: list[tuple[str, frozenset[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        classes = frozenset(told.get("class", "").split())
        if "tgme_channel_info" in classes or "tgme_channel_history" in classes:
            self.is_preview = True
        if "tgme_widget_message" in classes and told.get("data-post"):
            self.blocks.append(_Block(told["data-post"], is_service="service_message" in classes))
        if self.blocks:
            block = self.blocks[-1]
            block.classes |= classes
            if "tgme_reaction" in classes:
                block.reactions.append("")
            if tag == "time" and told.get("datetime") and self._within("tgme_widget_message_date"):
                block.at = told["datetime"]
        if tag not in _VOID:
            self._open.append((tag, classes))

    def handle_endtag(self, tag: str) -> None:
        for place in range(len(self._open) - 1, -1, -1):
            if self._open[place][0] == tag:
                del self._open[place:]
                return

    def handle_data(self, data: str) -> None:
        if not self.blocks or not data.strip():
            return
        if self._within("tgme_widget_message_views"):
            self.blocks[-1].views += data
        elif self._within("tgme_reaction") and not self._within("emoji") and not self._within("tgme_reaction_icon"):
            self.blocks[-1].reactions[-1] += data

    def _within(self, name: str) -> bool:
        return any(name in classes for _, classes in self._open)


def _number(block: _Block) -> int:
    told = block.name.rpartition("/")[2]
    if not told.isdecimal():
        raise BadResponse(expected="a post's number in data-post", where="the public page", got=block.name)
    return int(told)


def _shown(number: int, block: _Block) -> Shown:
    try:
        at = datetime.fromisoformat(block.at or "")
    except ValueError as error:
        raise BadResponse(expected=f"the time of post {number}", where="the public page", got=block.at) from error
    if at.tzinfo is None:
        raise BadResponse(expected=f"the time of post {number} with its offset", where="the public page", got=block.at)
    kind = next((kind for name, kind in _KINDS if name in block.classes), "text")
    told = [each for each in block.reactions if each.strip()]
    return Shown(
        number,
        int(at.timestamp()),
        kind,
        views=figure(block.views) if block.views.strip() else None,
        likes=sum(map(figure, told)) if told else None,
    )
