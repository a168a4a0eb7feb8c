"""The vk connector: a community's posts with their counters and reach, its days, its followers.

Read on: `wall` (the posts, newest first), `methods` (25 of them in a request), `mapping`
(JSON to records), `refusals` (what VK's error codes mean).
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from collector.plugin import (
    BadResponse,
    Connector,
    Fact,
    Forbidden,
    Gone,
    HttpClient,
    Instant,
    Json,
    Post,
    RateLimit,
    Reading,
    Request,
    Response,
    SourceContext,
    SourceError,
    Stream,
    Token,
    Window,
    hookimpl,
    read_back_to,
    stream,
    sweep,
)
from connectors.vk import mapping, refusals
from connectors.vk.methods import WALL, Call, Methods
from connectors.vk.refusals import Refused
from connectors.vk.settings import VkSettings
from connectors.vk.wall import Wall

GROUP, STATISTICS, REACH = "groups.getById", "stats.get", "stats.getPostReach"
REACH_AT_ONCE = 30
REACH_OF = 300
"""VK promises the reach of so many posts, the newest ones."""

BY_NETWORK = [("network",)]
A_SECOND: Mapping[str, float] = {"user": 3, "community": 20, "service": 5}
"""Requests, by the kind of token; of a service token it depends on the app, and this is the least."""

WALL_A_DAY = 5000
READS: Mapping[str, Sequence[str]] = {
    "user": ("posts", "stats", "followers"),
    "service": ("posts", "followers"),
    "community": ("followers",),
}
"""The streams that a kind of token can read."""


_HIDDEN = "VK does not tell how many followers there are: the community hides it from this token"


class Vk(Connector[VkSettings]):
    """A community's wall, statistics and followers."""

    name = "vk"
    title = "VK"
    stability = "beta"

    def __init__(self, settings: VkSettings, context: SourceContext, client: HttpClient) -> None:
        super().__init__(settings, context, client)
        self._kind = settings.token_kind
        self._posts = 0  # how many there were when the wall was last asked for
        self._methods = Methods(client, batches=self._kind == "user")
        self.limits = (
            RateLimit(A_SECOND[self._kind], per="1s", key="access_token"),
            RateLimit(WALL_A_DAY, per="1d", key="access_token", name=WALL),
        )

    def streams(self) -> Sequence[Stream]:
        """Those that the token can read; clicks only where VK tells them."""
        return [
            each if each.name != "posts" or self._tells_reach else replace(each, provides=_without_clicks(each))
            for each in super().streams()
            if each.name in READS[self._kind]
        ]

    # VK restates the last days; for how long it does not say
    @stream(
        every="1h",
        restates="7d",
        provides=dict.fromkeys((*mapping.ACTIVITY, mapping.REACH), BY_NETWORK),
    )
    async def stats(self, window: Window) -> AsyncIterator[Fact]:
        """Reach, reactions, and who came and went, by day."""
        for period in await self._days(window):
            if mapping.day_of(period, STATISTICS) in window:
                for fact in mapping.facts(period, STATISTICS):
                    yield fact

    @stream(every="1h", provides={"social_views": BY_NETWORK, "social_clicks": BY_NETWORK})
    async def posts(self, now: Instant) -> AsyncIterator[Post | Gone]:
        """The community's own posts with their counters, the young ones oftener."""
        async for items, told in self._with_reach(self._pages(read_back_to(now))):
            for item in items:
                if self.settings.ad_posts or not mapping.is_ad(item):
                    found = mapping.post(item, told, WALL)
                    if found is not None:
                        yield found

    @sweep(of="posts")
    async def post_ids(self) -> AsyncIterator[str]:
        """All that the wall has now: VK does not tell of deletions."""
        async for items in self._pages(None):
            for item in items:
                if item.get("is_deleted") is not True:
                    yield mapping.post_id(item)

    @stream(every="1h", provides={"followers": BY_NETWORK})
    async def followers(self, now: Instant) -> AsyncIterator[Reading]:
        """How many there are now."""
        del now
        reading = mapping.followers(await self._community())
        if reading is None:
            self.warn(_HIDDEN)
        else:
            yield reading

    # ── parts of them ────────────────────────────────────────────────────────────────

    @property
    def _tells_reach(self) -> bool:
        return self.settings.post_reach and self._kind == "user"

    async def _pages(self, back_to: datetime | None) -> AsyncIterator[list[Json]]:
        wall = Wall(self._methods, -self.settings.group_id, expected=self._posts)
        async for items in wall.pages(back_to):
            self._posts = wall.count
            yield items

    async def _with_reach(
        self, pages: AsyncIterator[list[Json]]
    ) -> AsyncIterator[tuple[Sequence[Json], Mapping[int, Json]]]:
        """The posts in some runs, each with what is known of their reach; the newest ones are asked about at once."""
        newest: list[Json] = []
        is_asked = not self._tells_reach
        async for items in pages:
            if is_asked:
                yield items, {}
                continue
            newest += items
            if len(newest) >= REACH_OF:
                is_asked = True
                yield newest, await self._reach_of(newest)
        if not is_asked:
            yield newest, await self._reach_of(newest)

    async def _reach_of(self, items: Sequence[Json]) -> Mapping[int, Json]:
        """By post, of the newest ones; of those that VK tells nothing of, nothing."""
        ids = mapping.newest(items, among=self._posts)[:REACH_OF]
        runs = [ids[start : start + REACH_AT_ONCE] for start in range(0, len(ids), REACH_AT_ONCE)]
        found: dict[int, Json] = {}
        for run, answer in zip(runs, await self._reaches(runs), strict=True):
            if not isinstance(answer, Refused):
                found |= mapping.by_post(answer, REACH)
                continue
            alone = await self._reaches([[each] for each in run])  # one that is gone spoils the others' answer
            for each in alone:
                found |= {} if isinstance(each, Refused) else mapping.by_post(each, REACH)
            if not found and all(isinstance(each, Refused) and each.code != 100 for each in alone):
                raise Forbidden(
                    f"{answer}; VK tells this token nothing of the reach of posts: {refusals.ROLE}; or do without "
                    "reach and clicks, and say post_reach: false"
                )
        return found

    async def _reaches(self, runs: Sequence[Sequence[int]]) -> Sequence[Json | Refused]:
        asked = {"owner_id": -self.settings.group_id}
        calls = [Call(REACH, {**asked, "post_ids": ",".join(map(str, run))}) for run in runs]
        return await self._methods.many(calls, tolerated=refusals.NO_STATISTICS)

    async def _community(self) -> Mapping[str, Any]:
        asked = await self._methods.one(GROUP, group_id=self.settings.group_id, fields="members_count")
        group = mapping.community(asked, GROUP)
        if (how := group.get("deactivated")) is not None:
            raise Forbidden(f"{GROUP}: the community was {how}; remove the source, or see group_id")
        return group

    async def check(self) -> Sequence[str]:
        """Ask for the community, and for a little of all that the token is to read."""
        group = await self._community()
        told = ["the community is closed: only its members see its posts"] if group.get("is_closed") else []
        if mapping.followers(group) is None:
            told.append(_HIDDEN)
        if self._kind != "community":
            await self._methods.one(WALL, owner_id=-self.settings.group_id, count=1, filter="owner")
        if self._kind == "user":
            told += await self._check_days()
        return told

    async def _check_days(self) -> Sequence[str]:
        """Whose days the statistics have."""
        yesterday = self.client.now().date() - timedelta(days=1)
        periods = await self._days(Window(yesterday, yesterday))
        zone = mapping.zone_of(periods)
        here = self.context.zone.key
        return [f"VK's days are those of {zone}, the project's of {here}"] if zone not in (None, here) else []

    async def _days(self, window: Window) -> Sequence[Json]:
        begins, ends = mapping.span(window.first, window.last, self.client.now())
        periods = await self._methods.one(
            STATISTICS,
            group_id=self.settings.group_id,
            timestamp_from=begins,
            timestamp_to=ends,
            interval="day",
            stats_groups="reach,activity",
            extended=0,
        )
        if not isinstance(periods, list):
            raise BadResponse(expected="a list of days", where=STATISTICS, got=periods)
        return periods

    # ── what the client asks ─────────────────────────────────────────────────────────

    def authorize(self, request: Request, token: Token | None) -> None:
        """By the token of the settings."""
        del token
        request.headers["Authorization"] = f"Bearer {self.settings.access_token.get_secret_value()}"

    def refusal(self, response: Response) -> SourceError | None:
        """By VK's codes; what concerns a single call is left to whoever asked for it."""
        if response.status >= 300:
            return None
        now = self.client.now()
        refused = refusals.of_answer(response)
        if refused is None:
            return refusals.passing(response, now)
        if refused.code == refusals.FLOOD:
            self.warn(f"{refused}; it is asked again later")
        return None if refused.code in refusals.LEFT_TO_THE_CALLER else refusals.meaning(refused, now)


def _without_clicks(posts: Stream) -> Mapping[str, Any]:
    return {name: cuts for name, cuts in posts.provides.items() if name != "social_clicks"}


@hookimpl
def register_connectors() -> list[type[Connector[Any]]]:
    """The connector that this folder holds."""
    return [Vk]
