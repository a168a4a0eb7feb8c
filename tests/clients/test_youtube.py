"""Google's own client, with its static discovery documents, reads the simulator and sees what the books say."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

DAYS = {"startDate": "2026-09-21", "endDate": "2026-11-12"}
METRICS = {
    "social_views": "views",
    "likes": "likes",
    "comments": "comments",
    "shares": "shares",
    "followers_gained": "subscribersGained",
    "followers_lost": "subscribersLost",
}


@pytest.fixture
def served(simulate: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    return simulate("youtube")


def service(served: dict[str, Any], api: str = "youtube", version: str = "v3", **more: Any) -> Any:
    told = served["settings"]
    owner = Credentials(
        None,
        refresh_token=told["refresh_token"],
        token_uri=told["token_url"],
        client_id=told["client_id"],
        client_secret=told["client_secret"],
    )
    options = {"api_endpoint": served["base_url"]}
    access = more or {"credentials": owner}
    return build(api, version, static_discovery=True, client_options=options, **access)


def test_the_channel_is_what_the_books_say_rounded(served: dict[str, Any], truth: Callable[..., Any]) -> None:
    books = truth("youtube", "network")
    youtube = service(served)

    told = youtube.channels().list(part="snippet,statistics", id=served["settings"]["channel_id"]).execute()
    mine = youtube.channels().list(part=["id"], mine=True).execute()

    (channel,) = told["items"]
    count = int(channel["statistics"]["subscriberCount"])
    exact = int(books["2026-11-19", "followers", "youtube"])
    assert 0 <= exact - count < 10 ** (len(str(exact)) - 3)
    assert mine["items"][0]["id"] == channel["id"]


def test_videos_are_those_of_the_books(served: dict[str, Any], truth: Callable[..., Any]) -> None:
    books = truth("youtube", "network")
    youtube = service(served)
    uploads = served["settings"]["channel_id"].replace("UC", "UU", 1)

    found, request = [], youtube.playlistItems().list(part="contentDetails", playlistId=uploads, maxResults=4)
    while request is not None:
        page = request.execute()
        found += [each["contentDetails"] for each in page["items"] if "videoPublishedAt" in each["contentDetails"]]
        request = youtube.playlistItems().list_next(request, page)
    videos = youtube.videos().list(part=["snippet", "statistics"], id=[each["videoId"] for each in found]).execute()

    posts = sum(value for (_, measure, network), value in books.items() if (measure, network) == ("posts", "youtube"))
    assert len(found) == len(videos["items"]) == posts
    views = sum(Decimal(each["statistics"]["viewCount"]) for each in videos["items"])
    seen = [value for (_, name, network), value in books.items() if (name, network) == ("post_views", "youtube")]
    assert views == sum(seen)


def test_statistics_by_day_are_what_the_books_say(served: dict[str, Any], truth: Callable[..., Any]) -> None:
    books = truth("youtube", "network")
    analytics = service(served, "youtubeAnalytics", "v2")

    told = (
        analytics.reports()
        .query(ids="channel==MINE", dimensions="day", metrics=",".join(METRICS.values()), sort="day", **DAYS)
        .execute()
    )

    assert [each["name"] for each in told["columnHeaders"]] == ["day", *METRICS.values()]
    found = {(row[0], name): Decimal(n) for row in told["rows"] for name, n in zip(METRICS, row[1:], strict=True)}
    assert len(told["rows"]) > 45
    assert {key: n for key, n in found.items() if n} == {
        (day, name): n
        for (day, name, network), n in books.items()
        if network == "youtube" and name in METRICS and DAYS["startDate"] <= day <= DAYS["endDate"] and n
    }


def test_the_latest_days_have_no_rows(served: dict[str, Any]) -> None:
    analytics = service(served, "youtubeAnalytics", "v2")
    asked = {"ids": "channel==MINE", "dimensions": "day", "metrics": "views"}

    told = analytics.reports().query(**asked, startDate="2026-11-18", endDate="2026-11-20").execute()

    assert "rows" not in told


def test_refusals_are_the_clients_own_errors(served: dict[str, Any]) -> None:
    with pytest.raises(HttpError, match="API key not valid") as caught:
        service(served, developerKey="wrong").videos().list(part="id", id="a").execute()
    assert caught.value.resp.status == 400
    with pytest.raises(HttpError, match="cannot be found") as caught:
        service(served).playlistItems().list(part="id", playlistId="UUnone").execute()
    assert caught.value.error_details[0]["reason"] == "playlistNotFound"
    analytics = service(served, "youtubeAnalytics", "v2")
    with pytest.raises(HttpError, match="query is not supported"):
        analytics.reports().query(ids="channel==MINE", dimensions="day,video", metrics="views", **DAYS).execute()
    with pytest.raises(HttpError) as caught:
        analytics.reports().query(ids="channel==MINE", dimensions="day", metrics="estimatedRevenue", **DAYS).execute()
    assert caught.value.resp.status == 403
    assert service(served).channels().list(part="id", id="UCnone").execute().get("items") is None
