"""What is asked of the two APIs, call by call."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from collector.plugin import BadResponse, HttpClient, Json, Window
from connectors.youtube import mapping, refusals
from connectors.youtube.mapping import Channel, Listed
from connectors.youtube.refusals import Misconfigured
from connectors.youtube.settings import YouTubeSettings

AT_ONCE = 50
"""Items of a page, and ids of a call; each costs a unit."""


class Reading:
    """One channel, asked."""

    def __init__(self, client: HttpClient, settings: YouTubeSettings) -> None:
        self._client, self._settings = client, settings

    async def channel(self) -> Channel:
        """The channel as it is now.

        Raises:
            Misconfigured: there is none.
        """
        asked = {"part": "snippet,statistics,contentDetails", "id": self._settings.channel_id}
        found = mapping.items(await self._client.get_json("/youtube/v3/channels", params=asked), "channels")
        if not found:
            raise Misconfigured(
                f"channel {self._settings.channel_id}: there is none, or it was closed: correct `channel_id`"
            )
        return mapping.channel(found[0])

    async def own_channels(self) -> Sequence[str]:
        """The channels of whoever has signed in."""
        body = await self._client.get_json("/youtube/v3/channels", params={"part": "id", "mine": "true"})
        return [str(each.get("id")) for each in mapping.items(body, "channels")]

    async def uploads(self, playlist: str) -> AsyncGenerator[list[Listed], None]:
        """The channel's videos, newest first, a page at a time. A listing whose pages run out is begun again, once."""
        token: str | None = None
        begun_again = False
        while True:
            asked: dict[str, Any] = {"part": "contentDetails", "playlistId": playlist, "maxResults": AT_ONCE}
            asked |= {} if token is None else {"pageToken": token}
            answer = await self._client.request("GET", "/youtube/v3/playlistItems", params=asked, accept=(400, 404))
            failed = refusals.reasons(refusals.told(answer))
            if refusals.NO_PLAYLIST in failed:  # of a channel without a video
                return
            if refusals.OLD_TOKEN in failed and not begun_again:
                token, begun_again = None, True
                continue
            body: Json = answer.json()
            yield [mapping.listed(each) for each in mapping.items(body, "playlistItems")]
            following = body.get("nextPageToken")
            if not following:
                return
            if following == token:
                raise BadResponse(expected="another page", where="playlistItems", got="the page before again")
            token = str(following)

    async def videos(self, ids: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        """Those of these videos that everybody may see, with their counters."""
        asked = {"part": "snippet,statistics", "id": ",".join(ids)}
        return mapping.items(await self._client.get_json("/youtube/v3/videos", params=asked), "videos")

    async def report(self, window: Window) -> Json:
        """The channel's figures by day."""
        asked = {
            "ids": f"channel=={self._settings.channel_id}",
            "startDate": str(window.first),
            "endDate": str(window.last),
            "dimensions": "day",
            "metrics": ",".join(mapping.METRICS.values()),
            "sort": "day",
        }
        return await self._client.get_json(f"{self._settings.analytics_url.rstrip('/')}/v2/reports", params=asked)
