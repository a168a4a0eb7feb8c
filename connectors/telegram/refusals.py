"""What the Bot API's refusals mean, and who acts.

A body is `{"ok": false, "error_code", "description", "parameters"?}`, its status the code. A token
stands in the path of each request, so that no message here names an address.
"""

from datetime import timedelta
from typing import Any

from collector.plugin import (
    BadResponse,
    CredentialsRefused,
    Forbidden,
    RateLimited,
    Response,
    SourceError,
    TemporaryFailure,
)


class Misconfigured(SourceError):
    """The settings name what there is not, or what another program uses."""

    actor = "user"


class Conflict(Misconfigured):
    """Somebody else takes the bot's updates."""


ADMIN = "make the bot an administrator of the channel (no particular right is needed)"


def refusal(response: Response, channel: str) -> SourceError | None:
    """The error that an answer of the Bot API is; None: go by the status."""
    told = _told(response)
    if told is None or told.get("ok") is True:
        return None
    words, parameters = str(told.get("description") or ""), told.get("parameters")
    more = parameters if isinstance(parameters, dict) else {}
    match told.get("error_code"):
        case 400:
            return _not_so(words, channel, more)
        case 401:
            return CredentialsRefused(
                f"Telegram does not know the bot_token ({words}): it was revoked, or is another's"
            )
        case 403:
            return Forbidden(f"channel {channel}: Telegram answers “{words}”: {ADMIN}")
        case 404:
            return CredentialsRefused(
                f"Telegram answers “{words}”: the bot_token is not as @BotFather gave it, or base_url is no Bot API"
            )
        case 409:
            return _conflict(words)
        case 429:
            seconds = more.get("retry_after")
            return RateLimited(timedelta(seconds=seconds) if isinstance(seconds, int) else None)
        case 421:
            return Misconfigured(f"the Bot API server at base_url does not serve this bot ({words})")
        case int() as code if code >= 500:
            return TemporaryFailure(f"the Bot API answered {code}: {words[:200]}")
    return None


def _told(response: Response) -> dict[str, Any] | None:
    """The body, if it is one of the Bot API's: a proxy's page is none."""
    if response.body[:1] != b"{":
        return None
    try:
        body = response.json()
    except BadResponse:
        return None
    return body if isinstance(body, dict) and "ok" in body else None


def _not_so(words: str, channel: str, more: dict[str, Any]) -> SourceError:
    lower = words.lower()
    if "member list is inaccessible" in lower or "user not found" in lower or "admin_required" in lower:
        return Forbidden(f"channel {channel}: the bot is no administrator of it: {ADMIN}")
    if "chat not found" in lower or "chat_id is empty" in lower:
        return Misconfigured(
            f"channel {channel}: there is none of this name, or it is private and the bot is not in it: correct "
            f"`channel`, or {ADMIN}"
        )
    if "migrate_to_chat_id" in more:
        return Misconfigured(
            f"channel {channel}: is a group that moved to {more['migrate_to_chat_id']}: name a channel"
        )
    if "logged out" in lower:
        return Misconfigured("the bot has logged out of this Bot API server: set base_url to the one that serves it")
    return BadResponse(expected="an answer", where="the Bot API answered 400", got=words)


def _conflict(words: str) -> SourceError:
    if "webhook" in words.lower():
        return Conflict(
            "the bot's updates go to a webhook: another program uses it. Make a bot for kpi-collector alone, or take "
            "the webhook off (deleteWebhook)"
        )
    return Conflict(
        "another program reads the updates of this bot at the same time, and each takes them from the other: make a "
        "bot for kpi-collector alone"
    )


def no_preview(channel: str) -> Forbidden:
    """The public page is closed."""
    return Forbidden(
        f"channel {channel} shows no public page: it is private, or its owner has closed the preview. Open it, or set "
        "`preview: false`"
    )
