"""The youtube connector: subscribers, videos with their counters, and statistics by day for who signs in.

Read on: `reading` (what is asked), `mapping` (bodies to records), `units` (what calls cost),
`refusals`, `settings`.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from collector.plugin import (
    Concurrency,
    Connector,
    Fact,
    Forbidden,
    Gone,
    Grant,
    HttpClient,
    Instant,
    Measure,
    OAuth2,
    Post,
    Quota,
    Request,
    Response,
    SourceContext,
    SourceError,
    Stream,
    Token,
    Untold,
    Window,
    hookimpl,
    read_back_to,
    stream,
    sweep,
)
from collector.plugin import Reading as Figure
from connectors.youtube import mapping, refusals, units
from connectors.youtube.mapping import Listed
from connectors.youtube.reading import Reading
from connectors.youtube.settings import YouTubeSettings

CONSENT = "https://accounts.google.com/o/oauth2/v2/auth?access_type=offline&prompt=consent"
SCOPES = (
    "https://www.googleapis.com/auth/youtube.readonly",
    "https://www.googleapis.com/auth/yt-analytics.readonly",
)
NOT_YET = 4
"""Days for which a missing row says that YouTube is still counting; of older ones, that nothing happened."""


class YouTube(Connector[YouTubeSettings]):
    """A YouTube channel, by the Data API and for its owner the Analytics API."""

    name = "youtube"
    title = "YouTube"
    stability = "beta"
    limits = (units.LIMIT, Concurrency(4, key=units.KEY))

    def __init__(self, settings: YouTubeSettings, context: SourceContext, client: HttpClient) -> None:
        super().__init__(settings, context, client)
        self._reading = Reading(client, settings)
        self._units = units.Units()

    def streams(self) -> Sequence[Stream]:
        """Statistics by day where somebody signs in; else what the videos' own counters grow by."""
        declared = {each.name: each for each in super().streams()}
        if self.settings.signs_in:
            return list(declared.values())
        grows = dict.fromkeys(mapping.COUNTED, (mapping.CUT,))
        return [declared["subscribers"], replace(declared["videos"], provides=grows)]

    @stream(every="1h", provides={mapping.FOLLOWERS: [mapping.CUT]})
    async def subscribers(self, now: Instant) -> AsyncIterator[Figure]:
        """Subscribers now, rounded by YouTube to three places."""
        del now
        channel = await self._reading.channel()
        if channel.subscribers is None:
            raise Forbidden(
                f"channel {self.settings.channel_id}: its owner hides how many subscribers it has: let them be shown "
                "under YouTube Studio → Settings → Channel → Advanced settings"
            )
        yield mapping.subscribers(channel.subscribers)

    @stream(every="1h")
    async def videos(self, now: Instant) -> AsyncIterator[Post | Gone]:
        """The channel's videos with their views, likes and comments as they stand; the youngest at each poll."""
        channel = await self._reading.channel()
        if channel.uploads is None:
            return
        back_to = read_back_to(now)
        async with aclosing(self._reading.uploads(channel.uploads)) as pages:
            async for page in pages:
                for record in await self._with_counters(page):
                    yield record
                published = [each.published for each in page if each.published is not None]
                if back_to is not None and published and min(published) < back_to:
                    break

    @sweep(of="videos")
    async def video_ids(self) -> AsyncIterator[str]:
        """The videos that are there for everybody."""
        channel = await self._reading.channel()
        if channel.uploads is None:
            return
        async with aclosing(self._reading.uploads(channel.uploads)) as pages:
            async for page in pages:
                for each in page:
                    if each.published is not None:
                        yield each.id

    async def _with_counters(self, page: Sequence[Listed]) -> Iterable[Post | Gone]:
        """A page's videos; one that is listed and not shown has become private, or is being taken down."""
        listed = {each.id: each.published for each in page}
        ids = [each.id for each in page if each.published is not None]
        shown = {str(each.get("id")): each for each in (await self._reading.videos(ids) if ids else ())}
        return [
            Gone("post", number) if at is None or number not in shown else mapping.post(shown[number], at)
            for number, at in listed.items()
        ]

    # What was counted is corrected for about a week: on the eighth day after, a day is whole
    @stream(every="6h", restates="8d", provides={measure: [mapping.CUT] for measure in mapping.METRICS})
    async def statistics(self, window: Window) -> AsyncIterator[Fact | Untold]:
        """Views, time watched, reactions, subscribers won and lost by day, some three days late."""
        newest: date | None = None
        for day, facts in mapping.days(await self._reading.report(window)):
            if day in window:
                newest = day if newest is None else max(newest, day)
                for fact in facts:
                    yield fact
        today = self.context.now().astimezone(units.PACIFIC).date()
        counted = max(today - timedelta(days=NOT_YET), newest or date.min)
        for day in window.days():
            if day > counted:
                yield Untold(day)

    async def check(self) -> Sequence[str]:
        """Ask for the channel, and for a day of statistics."""
        await self._reading.channel()
        found = []
        if self.settings.signs_in:
            day = self.context.now().astimezone(units.PACIFIC).date() - timedelta(days=2 * NOT_YET)
            await self._reading.report(Window(day, day))
            if self.settings.channel_id not in await self._reading.own_channels():
                found.append(
                    f"whoever has signed in manages channel {self.settings.channel_id} and does not own it, or chose "
                    "another channel on the consent page"
                )
            if self.context.zone.key != units.PACIFIC.key:
                found.append(
                    f"YouTube's days are those of {units.PACIFIC.key}, the project's of {self.context.zone.key}"
                )
        return found

    # ── what the client asks ─────────────────────────────────────────────────────────

    def grant(self) -> Grant | None:
        """The owner's; an API key needs none."""
        told = self.settings
        if told.client_id is None or told.client_secret is None:
            return None
        return OAuth2(
            token_url=told.token_url,
            client_id=told.client_id,
            client_secret=told.client_secret,
            refresh_token=told.refresh_token,
            authorize_url=CONSENT,
            scopes=SCOPES,
        )

    def authorize(self, request: Request, token: Token | None) -> None:
        """A bearer, or the key; in a header, since addresses are shown and logged."""
        super().authorize(request, token)
        if self.settings.api_key is not None:
            request.headers["X-Goog-Api-Key"] = self.settings.api_key.get_secret_value()

    def refusal(self, response: Response) -> SourceError | None:
        """Google's own, with what to do."""
        return refusals.refusal(response, self.settings.channel_id, self.context.now())

    def quotas(self, response: Response) -> Iterable[Quota]:
        """The day's units: each call of the Data API costs one, whatever comes of it."""
        if units.PATHS not in response.where:
            return ()
        now = self.context.now()
        return (self._units.used_up(now) if refusals.is_quota(response) else self._units.spent(now),)

    def limit_key(self, name: str) -> str | None:
        """A cloud project's number begins the id of each of its clients; of a key nobody can tell it."""
        if name != units.KEY:
            return super().limit_key(name)
        if self.settings.client_id is not None:
            return self.settings.client_id.partition("-")[0]
        return None if self.settings.api_key is None else self.settings.api_key.get_secret_value()


@hookimpl
def register_connectors() -> list[type[Connector[Any]]]:
    """Announce it."""
    return [YouTube]


@hookimpl
def register_measures() -> list[Measure]:
    """How long videos were watched."""
    return [Measure(mapping.WATCHED, "second", title={"en": "Time watched", "ru": "Время просмотра"})]
