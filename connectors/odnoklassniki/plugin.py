"""The odnoklassniki connector: a group's days, and its posts.

Read on: `signing` (how requests are signed), `mapping` (answers to records), `refusals`
(what comes with status 200 and is no answer).
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from collector.plugin import (
    BadResponse,
    Concurrency,
    Connector,
    Fact,
    Forbidden,
    Instant,
    Json,
    Post,
    RateLimit,
    Request,
    Response,
    SourceError,
    Token,
    Window,
    hookimpl,
    read_back_to,
    stream,
    sweep,
)
from connectors.odnoklassniki import mapping, refusals
from connectors.odnoklassniki.settings import OdnoklassnikiSettings
from connectors.odnoklassniki.signing import signature

PATH = "/fb.do"
TRENDS = "group.getStatTrends"
TOPICS = "group.getStatTopics"
MEDIA = "mediatopic.getByIds"
GROUP = "group.getInfo"
A_PAGE = 100
BY_NETWORK = [("network",)]


class Odnoklassniki(Connector[OdnoklassnikiSettings]):
    """A group in Odnoklassniki: members, reach and reactions by day, posts."""

    name = "odnoklassniki"
    title = "Odnoklassniki"
    stability = "beta"
    # The vendor publishes no numbers: few enough that it never said anything
    limits = (RateLimit(5, per="1s", key="access_token"), Concurrency(2, key="access_token"))

    # ── streams ──────────────────────────────────────────────────────────────────────

    # Recent days are corrected; how long is not told
    @stream(every="1h", restates="7d", provides=dict.fromkeys(mapping.MEASURES, BY_NETWORK))
    async def days(self, window: Window) -> AsyncIterator[Fact]:
        """Members, reach, views and reactions of each day, as Odnoklassniki counts them."""
        first, last = mapping.borders(window)
        fields = ",".join(each.upper() for each in (*mapping.MEASURES.values(), mapping.DIFFERENCE))
        body = await self._asked(TRENDS, gid=self.settings.group_id, fields=fields, start_time=first, end_time=last)
        for fact in mapping.trends(body, window, TRENDS):
            yield fact
        for day in mapping.unlike_days(body, TRENDS):
            if day in window:
                self.warn(f"{day}: those who came less those who went are not by how much the members have changed")

    @stream(every="1h")
    async def posts(self, now: Instant) -> AsyncIterator[Post]:
        """Posts with their counters as they stand, the younger the more often."""
        fields = ("id", "created_ms", *mapping.COUNTERS.values())
        async for page in self._topics(fields, since=read_back_to(now), until=now):
            kinds = await self._kinds([str(topic["id"]) for topic in page])
            for topic in page:
                yield mapping.post(topic, kinds.get(str(topic["id"]), "text"), self.settings.group_id, TOPICS)

    @sweep(of="posts")
    async def post_ids(self) -> AsyncIterator[str]:
        """The posts that there are; a deleted one is just not among them."""
        async for page in self._topics(("id",)):
            for topic in page:
                yield str(topic["id"])

    async def check(self) -> Sequence[str]:
        """Ask for the group, and for its statistics of yesterday."""
        body = await self._asked(GROUP, uids=self.settings.group_id, fields="uid,name")
        groups = body.get("groups") if isinstance(body, dict) else body
        if not isinstance(groups, list):
            raise BadResponse(expected="groups", where=GROUP, got=body)
        if not groups:
            raise Forbidden(f"there is no group {self.settings.group_id} that this token may see: see group_id")
        yesterday = self.client.now().astimezone(mapping.MOSCOW).date() - timedelta(days=1)
        first, last = mapping.borders(Window(yesterday, yesterday))
        gid = self.settings.group_id
        told = await self._asked(TRENDS, gid=gid, fields="REACH", start_time=first, end_time=last)
        list(mapping.trends(told, Window(yesterday, yesterday), TRENDS))
        zone = self.context.zone.key
        if zone == mapping.MOSCOW.key:
            return []
        return [f"Odnoklassniki's days are those of {mapping.MOSCOW.key}, the project's of {zone}"]

    # ── what the client asks ─────────────────────────────────────────────────────────

    def authorize(self, request: Request, token: Token | None) -> None:
        """With the token, and signed."""
        del token
        settings = self.settings
        own = {"application_key": settings.application_key.get_secret_value(), "format": "json"}
        form = {**(request.form or {}), **own}
        form["sig"] = signature(form, settings.session_secret_key.get_secret_value())
        request.form = {**form, "access_token": settings.access_token.get_secret_value()}

    def refusal(self, response: Response) -> SourceError | None:
        """By Odnoklassniki's codes."""
        return refusals.refusal(response, self.client.now())

    # ── how ──────────────────────────────────────────────────────────────────────────

    async def _asked(self, method: str, **params: str | int) -> Json:
        """The answer of a method; secrets stand in the form, so that no address shows them."""
        form = {"method": method} | {name: str(value) for name, value in params.items()}
        return (await self.client.request("POST", PATH, form=form)).json()

    async def _topics(
        self, fields: Sequence[str], *, since: datetime | None = None, until: datetime | None = None
    ) -> AsyncIterator[list[Mapping[str, Any]]]:
        """Pages of topics, the newest first, each topic once: pages overlap when something is published meanwhile."""
        asked: dict[str, str | int] = {"gid": self.settings.group_id, "count": A_PAGE}
        asked["fields"] = ",".join(each.upper() for each in fields)
        if since is not None and until is not None:
            asked |= {"start_time": int(since.timestamp() * 1000), "end_time": int(until.timestamp() * 1000)}
        seen: set[str] = set()
        anchors: set[str] = set()
        while True:
            body = await self._asked(TOPICS, **asked)
            topics = body.get("topics") if isinstance(body, dict) else None
            if not isinstance(topics, list) or not all(isinstance(each, dict) and each.get("id") for each in topics):
                raise BadResponse(expected="topics with their ids", where=TOPICS, got=body)
            page = list({str(each["id"]): each for each in topics if str(each["id"]) not in seen}.values())
            seen |= {str(each["id"]) for each in page}
            if page:
                yield page
            anchor = body.get("anchor")
            if not body.get("has_more") or not anchor:
                return
            if anchor in anchors:
                raise BadResponse(expected="another anchor", where=TOPICS, got=anchor)
            anchors.add(anchor)
            asked["anchor"] = anchor

    async def _kinds(self, ids: Sequence[str]) -> Mapping[str, str]:
        """What each topic is made of; one that has been deleted since is not told."""
        body = await self._asked(MEDIA, topic_ids=",".join(ids), fields="media_topic.*")
        topics = body.get("media_topics") if isinstance(body, dict) else None
        if topics is None:
            return {}
        if not isinstance(topics, list):
            raise BadResponse(expected="media topics", where=MEDIA, got=body)
        return {str(each["id"]): mapping.kind_of(each) for each in topics if isinstance(each, dict) and "id" in each}


@hookimpl
def register_connectors() -> list[type[Connector[Any]]]:
    """The connector that this folder holds."""
    return [Odnoklassniki]
