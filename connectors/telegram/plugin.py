"""The telegram connector: a channel's members, its posts as they come, their reactions, and views where allowed.

Read on: `bot` (the Bot API), `mapping` (messages to posts), `memory` (what is known from poll to
poll), `page` and `preview` (the public page), `refusals`.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from collector.plugin import (
    Begins,
    Checkpoint,
    Concurrency,
    Connector,
    Gone,
    HttpClient,
    Instant,
    Post,
    RateLimit,
    Reading,
    Response,
    SourceContext,
    SourceError,
    Stream,
    hookimpl,
    read_back_to,
    stream,
)
from connectors.telegram import mapping, preview
from connectors.telegram.bot import MOST_UPDATES, Bot, Channel
from connectors.telegram.memory import Memory, strangers
from connectors.telegram.preview import Preview
from connectors.telegram.refusals import no_preview, refusal
from connectors.telegram.settings import TelegramSettings

VIEWS = "social_views"
ANOTHER = (
    "the bot is sent posts of another channel, too, and takes them away from whoever else reads it: give each channel "
    "a bot of its own"
)


class Telegram(Connector[TelegramSettings]):
    """A Telegram channel, by the Bot API and its public page."""

    name = "telegram"
    title = "Telegram"
    stability = "beta"
    follows_redirects = False  # the page of a channel without preview leads elsewhere

    def __init__(self, settings: TelegramSettings, context: SourceContext, client: HttpClient) -> None:
        super().__init__(settings, context, client)
        self._bot = Bot(client, settings)
        # No limit of reads is published; the public page is asked as a person would turn it
        self.limits = (Concurrency(1, key="bot_token"), RateLimit(1, per="1s", paths=_pages(settings), key="ip"))

    def streams(self) -> Sequence[Stream]:
        """Views grow only where somebody tells them."""
        declared = super().streams()
        if not self.settings.preview:
            return declared
        return [_with_views(each) if each.name == "posts" else each for each in declared]

    @stream(every="1h", provides={mapping.FOLLOWERS: [mapping.CUT]})
    async def followers(self, now: Instant) -> AsyncIterator[Reading]:
        """Members of the channel now, exactly."""
        del now
        yield mapping.reading(await self._bot.members())

    @stream(every="10m", provides={"likes": [mapping.CUT]})
    async def posts(self, now: Instant) -> AsyncIterator[Post | Gone | Checkpoint | Begins]:
        """New posts with all of their reactions as they come; with `preview` also views, older posts and deletions."""
        channel = await self._bot.channel()
        await self._bot.require_admin()
        memory = Memory.read(now.cursor, bot=self.settings.bot_id, channel=channel.id, now=now)
        memory.heard(now)
        while True:
            updates = await self._bot.updates(memory.offset(now), dry=now.dry)
            if strangers(updates, channel.id):
                self.warn(ANOTHER)
            for number in memory.take(updates, now):
                yield mapping.post(number, memory.posts[number], channel.link)
            yield Checkpoint(memory.text())  # committed before the next call, which confirms
            if now.dry or len(updates) < MOST_UPDATES:
                break
        if not self.settings.preview:
            yield Begins(memory.listens_since)
            return
        for record in await self._seen(channel, memory, now):
            yield record
        yield Checkpoint(memory.text())

    async def _seen(self, channel: Channel, memory: Memory, now: Instant) -> Iterator[Post | Gone | Begins]:
        """What the public page tells."""
        if channel.name is None:
            raise no_preview(self.settings.channel)
        page = Preview(self.client, self.settings.preview_url, channel.name, warn=self.warn)
        back_to = read_back_to(now)
        shown, is_whole = await page.walk(back_to)
        gone = preview.vanished(memory, shown, self.warn)
        told = preview.look(memory, shown)
        begins = None if back_to is not None else Begins(None if is_whole else preview.oldest(shown))
        return _records(memory, told, gone, channel, begins)

    async def check(self) -> Sequence[str]:
        """Ask for the channel, the bot's place in it, and the public page."""
        channel = await self._bot.channel()
        await self._bot.require_admin()
        if self.settings.preview:
            if channel.name is None:
                raise no_preview(self.settings.channel)
            await Preview(self.client, self.settings.preview_url, channel.name, warn=self.warn).page()
        return []

    def refusal(self, response: Response) -> SourceError | None:
        """The Bot API's own; a page that leads elsewhere is closed."""
        if 300 <= response.status < 400 and "/s/" in response.where:
            return no_preview(self.settings.channel)
        return refusal(response, self.settings.channel)


def _records(
    memory: Memory, told: Sequence[int], gone: Sequence[int], channel: Channel, begins: Begins | None
) -> Iterator[Post | Gone | Begins]:
    for number in told:
        yield mapping.post(number, memory.posts[number], channel.link)
    for number in gone:
        yield memory.forget(number)
    if begins is not None:
        yield begins


def _with_views(of: Stream) -> Stream:
    return replace(of, provides={**of.provides, VIEWS: (mapping.CUT,)})


def _pages(settings: TelegramSettings) -> str:
    """How the addresses of the public page begin, seen from the Bot API's."""
    here, there = urlsplit(settings.base_url), urlsplit(settings.preview_url)
    is_one = (here.scheme, here.netloc) == (there.scheme, there.netloc)
    return f"{there.path.rstrip('/')}/s/" if is_one else settings.preview_url


@hookimpl
def register_connectors() -> list[type[Connector[Any]]]:
    """Announce it."""
    return [Telegram]
