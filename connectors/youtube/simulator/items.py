"""Channels, playlist items and videos as the Data API writes them: numbers as texts, parts as they were asked for."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from connectors.youtube.simulator.channel import Channel, Video, rounded_down
from connectors.youtube.simulator.switches import Switches

Parts = Collection[str]


def listing(kind: str, items: Sequence[Mapping[str, Any]], *, total: int, size: int, **tokens: str) -> dict[str, Any]:
    """The envelope; without items it has no such key."""
    told: dict[str, Any] = {"kind": f"youtube#{kind}ListResponse", "etag": "sampleEtag"}
    told |= {name: token for name, token in tokens.items() if token}
    told["pageInfo"] = {"totalResults": total, "resultsPerPage": size}
    return told | ({"items": list(items)} if items else {})


def channel_item(channel: Channel, at: int, parts: Parts, switches: Switches) -> dict[str, Any]:
    """A channel."""
    subscribers = rounded_down(channel.subscribers(at)) if "statistics" in parts else 0
    there = [each for each in channel.newest_first(at) if each.is_there(at)] if "statistics" in parts else []
    every = {
        "snippet": {
            "title": channel.title,
            "description": "",
            "customUrl": "@shopchannel",
            "publishedAt": "2016-05-04T09:12:31Z",
            "localized": {"title": channel.title, "description": ""},
            "country": "RU",
        },
        "contentDetails": {"relatedPlaylists": {"likes": "", "uploads": channel.uploads}},
        "statistics": {
            "viewCount": str(sum(each.life.counter("views", at) for each in there[:2_000])),
            "subscriberCount": "0" if switches.hides_subscribers else str(subscribers),
            "hiddenSubscriberCount": switches.hides_subscribers,
            "videoCount": str(len(there)),
        },
    }
    told = {"kind": "youtube#channel", "etag": f"e{channel.id}", "id": channel.id}
    return told | {name: part for name, part in every.items() if name in parts}


def playlist_item(channel: Channel, video: Video, place: int, at: int, parts: Parts) -> dict[str, Any]:
    """A place in the playlist; of a private video only that."""
    details = {"videoId": video.id}
    if is_there := video.is_there(at):
        details["videoPublishedAt"] = video.published_at()
    every = {
        "contentDetails": details,
        "snippet": {
            "publishedAt": video.published_at(),
            "channelId": channel.id,
            "title": video.title if is_there else "Private video",
            "description": "",
            "playlistId": channel.uploads,
            "position": place,
            "resourceId": {"kind": "youtube#video", "videoId": video.id},
            "channelTitle": channel.title,
        },
    }
    told = {"kind": "youtube#playlistItem", "etag": f"e{video.id}", "id": f"UExT{video.id}"}
    return told | {name: part for name, part in every.items() if name in parts}


def video_item(channel: Channel, video: Video, at: int, parts: Parts, switches: Switches) -> dict[str, Any]:
    """A video with its counters."""
    counters = {name: str(video.life.counter(name, at)) for name in ("views", "likes", "comments")}
    statistics = {"viewCount": counters["views"], "favoriteCount": "0"}
    if not switches.hides_likes:
        statistics["likeCount"] = counters["likes"]
    if not switches.comments_off:
        statistics["commentCount"] = counters["comments"]
    every = {
        "snippet": {
            "publishedAt": video.published_at(),
            "channelId": channel.id,
            "title": video.title,
            "description": "",
            "channelTitle": channel.title,
            "categoryId": "22",
            "liveBroadcastContent": "none",
        },
        "statistics": statistics,
    }
    told = {"kind": "youtube#video", "etag": f"e{video.id}", "id": video.id}
    return told | {name: part for name, part in every.items() if name in parts}
