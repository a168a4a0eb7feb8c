"""What Google's refusals mean: by the reason in `errors`, or in the details of newer ones.

A quota that is used up is a 403, like a right that is lacking: so never by the status alone.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from collector.plugin import (
    BadResponse,
    CredentialsRefused,
    Forbidden,
    Json,
    QuotaExhausted,
    RateLimited,
    Response,
    SourceError,
    TemporaryFailure,
)
from connectors.youtube.units import next_day

_PROJECT = re.compile(r"project (\d+)")
_DAILY = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_TOO_FAST = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"})
_DISABLED = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
_BAD_KEY = frozenset({"API_KEY_INVALID", "keyInvalid", "keyExpired"})
_NO_SCOPE = frozenset({"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"})
_KEY_BOUND = frozenset({"API_KEY_SERVICE_BLOCKED", "API_KEY_IP_ADDRESS_BLOCKED", "ipRefererBlocked"})
_NO_CHANNEL = frozenset({"channelNotFound", "channelClosed", "channelSuspended"})
NO_PLAYLIST = "playlistNotFound"
OLD_TOKEN = "invalidPageToken"  # noqa: S105 - a reason
OF_LISTINGS = frozenset({NO_PLAYLIST, OLD_TOKEN})
"""What whoever lists deals with."""
PAUSE = timedelta(minutes=1)

SCOPES = "youtube.readonly and yt-analytics.readonly"


class Misconfigured(SourceError):
    """The settings name what there is not."""

    actor = "user"


def refusal(response: Response, channel_id: str, now: datetime) -> SourceError | None:
    """The error that an answer is; None: go by the status."""
    if response.status < 400 or response.status == 401:
        return None
    error = told(response)
    found, words = reasons(error), str(error.get("message") or "")
    if response.status >= 500:
        return TemporaryFailure(f"{response.where} answered {response.status}: {words[:200]}".rstrip(": "))
    if found & _DAILY:
        return QuotaExhausted(next_day(now))
    if found & _TOO_FAST or response.status == 429:
        return RateLimited(PAUSE)
    if found & OF_LISTINGS:
        return None
    if response.status in (400, 403, 404) and found:
        return _of_user(found, words, channel_id) or _by_status(response, words, channel_id)
    return None


def is_quota(response: Response) -> bool:
    """Whether an answer says that the day's units are used up."""
    return response.status == 403 and bool(reasons(told(response)) & _DAILY)


def told(response: Response) -> Mapping[str, Json]:
    """The `error` of a body, if it is one: a proxy's page is none."""
    if response.body[:1] not in (b"{", b"["):
        return {}
    try:
        body = response.json()
    except BadResponse:
        return {}
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def reasons(error: Mapping[str, Json]) -> frozenset[str]:
    """All that it names."""
    return frozenset(_reasons(error))


def _reasons(error: Mapping[str, Json]) -> Iterator[str]:
    for name in ("errors", "details"):
        listed = error.get(name)
        for each in listed if isinstance(listed, list) else ():
            if isinstance(each, dict) and each.get("reason"):
                yield str(each["reason"])


def _of_user(found: frozenset[str], words: str, channel_id: str) -> SourceError | None:
    if found & _DISABLED:
        project = named[1] if (named := _PROJECT.search(words)) else "of the credentials"
        api = "YouTube Analytics API" if "Analytics" in words else "YouTube Data API v3"
        return Forbidden(
            f"the {api} is not enabled in the cloud project {project}: enable it under APIs & Services → Library, and "
            "wait some minutes"
        )
    if found & _BAD_KEY:
        return CredentialsRefused(f"Google does not accept the api_key ({words[:100]}): take the present one")
    if found & _KEY_BOUND:
        return Forbidden("the api_key is restricted to other APIs or addresses: see APIs & Services → Credentials")
    if found & _NO_SCOPE:
        return Forbidden(f"channel {channel_id}: consent lacks a scope: sign in again and agree to {SCOPES}")
    if found & _NO_CHANNEL:
        return Misconfigured(f"channel {channel_id}: there is none, or it was closed: correct `channel_id`")
    return None


def _by_status(response: Response, words: str, channel_id: str) -> SourceError:
    if response.status == 403:
        return Forbidden(
            f"channel {channel_id}: YouTube answers “{words[:100]}”: sign in as an account that owns or manages the "
            "channel (of a brand account: choose the channel on the consent page)"
        )
    return BadResponse(expected="an answer", where=f"{response.where} answered {response.status}", got=words)
