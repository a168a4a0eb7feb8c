"""What the portal's refusals mean, whatever their status: codes → errors of the taxonomy.

Called for every answer. A refusal is an `error` key, also at 200; in a batch it stands under
the command's key, which names its method (see `portal`). Codes differ in case between versions.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from collector.plugin import (
    BadResponse,
    CredentialsExpired,
    CredentialsRefused,
    Forbidden,
    Json,
    QuotaExhausted,
    RateLimited,
    Response,
    SourceError,
    TemporaryFailure,
)

OPTIONAL = "optional_"
"""How the key of a command begins that may fail: whoever asked looks at it."""

WINDOW = timedelta(minutes=10)
"""The time over which the portal adds up a method's run time."""

_LOOK = 200
"""Bytes that tell a page from an answer."""

_ERROR = re.compile(rb'"(?:error|result_error)"\s*+:\s*+(?!\[\s*+\])')
_ASK = "make a new webhook, and write its address into webhook_url"


class Told(NamedTuple):
    """A refusal in the portal's words, and what was asked."""

    code: str
    words: str
    status: int
    method: str


def refusal(response: Response, *, renews: bool, resets_at: datetime | None, now: datetime) -> SourceError | None:
    """The refusal in an answer, if it is one. `renews`: by tokens that can be renewed; `resets_at`: see `pace`."""
    if 300 <= response.status < 400:
        return _moved(response)
    if response.body[:_LOOK].lstrip().startswith(b"<"):
        return _page(response)
    if not _ERROR.search(response.body):
        return None
    try:
        body = response.json()
    except BadResponse:
        return None  # by its status; and where it was to be an answer, it is told then
    for told in _refusals(body, response):
        return error_of(told, renews=renews, resets_at=resets_at, now=now)
    return None


def _page(response: Response) -> SourceError | None:
    """A page in place of an answer comes from what stands before the portal; None: its status says it all."""
    if response.status in (500, 502, 504):
        return TemporaryFailure(
            f"{_method(response)}: a page with status {response.status} in place of an answer: the portal is down, or "
            "took over a minute; it is asked again, for less at once. If it stays so, tell the portal's administrator"
        )
    if response.status == 200:
        return BadResponse(
            expected="a JSON body, and not a page, as a proxy, a login or a wrong address in webhook_url brings",
            where=_method(response),
            got=response.text,
        )
    return None


def _method(response: Response) -> str:
    return response.where.rsplit("/", 1)[-1].removesuffix(".json")


def _refusals(body: Json, response: Response) -> Iterator[Told]:
    if not isinstance(body, dict):
        return
    if "error" in body:
        yield _told(body, response.status, _method(response))
    result = body.get("result")
    failed = result.get("result_error") if isinstance(result, dict) else None
    if isinstance(failed, dict):
        yield from (_told(each, 200, method_of(key)) for key, each in failed.items() if not key.startswith(OPTIONAL))


def method_of(key: str) -> str:
    """The method that a batch's command has asked for, by its key."""
    return key.removeprefix(OPTIONAL).rpartition("_")[0].replace("_", ".")


def _told(error: Json, status: int, method: str) -> Told:
    if not isinstance(error, dict):
        return Told("", str(error), status, method)
    code, words = error.get("error"), error.get("error_description")
    return Told("" if code in (None, 0) else str(code).upper(), str(words or ""), status, method)


def told_of(error: Json, key: str) -> Told:
    """A command's failure in a batch."""
    return _told(error, 200, method_of(key))


def error_of(told: Told, *, renews: bool, resets_at: datetime | None, now: datetime) -> SourceError:
    """What a refusal means, in a sentence for a person."""
    if told.code == "EXPIRED_TOKEN":
        end = f"{told.method}: the access token has run out" if renews else f"the webhook has expired: {_ASK}"
        return CredentialsExpired(end) if renews else CredentialsRefused(end)
    if told.code == "OPERATION_TIME_LIMIT":
        return QuotaExhausted(resets_at if resets_at is not None and resets_at > now else now + WINDOW)
    if told.code == "QUERY_LIMIT_EXCEEDED":
        return RateLimited()
    if (meant := _MEANINGS.get(told.code)) is not None:
        return meant(told)
    if not told.code and "access denied" in told.words.lower():
        return Forbidden(
            f"{told.method}: access denied: give the webhook's owner the right to read all of it in the CRM"
        )
    if told.code in _TEMPORARY or told.status >= 500:
        return TemporaryFailure(f"{told.method}: the portal answered {_words(told)}")
    if told.status == 401:
        return CredentialsRefused(f"{told.method}: the credentials are not accepted ({_words(told)}): {_ASK}")
    if told.status == 403:
        return Forbidden(f"{told.method}: a right is lacking ({_words(told)})")
    return BadResponse(expected="a result", where=told.method, got=_words(told))


def _words(told: Told) -> str:
    return " ".join(each for each in (told.code, told.words) if each) or f"an error without words ({told.status})"


def scope_of(method: str) -> str:
    """The scope that a method needs."""
    return "user_brief" if method.startswith("user.") else "crm"


def _scope(told: Told) -> SourceError:
    return Forbidden(
        f"{told.method} needs the scope `{scope_of(told.method)}`, which the webhook or application lacks: "
        "add it there, under Developer resources"
    )


def _credentials(told: Told) -> SourceError:
    return CredentialsRefused(f"the portal does not know this webhook or token ({_words(told)}): {_ASK}")


def _unknown_method(told: Told) -> SourceError:
    return BadResponse(
        expected="a portal that knows this method, and an address with the user's number and the code",
        where=told.method,
        got=_words(told),
    )


def _forbids(sentence: str) -> Callable[[Told], SourceError]:
    return lambda told: Forbidden(sentence.format(method=told.method))


def _refuses(sentence: str) -> Callable[[Told], SourceError]:
    return lambda told: CredentialsRefused(sentence.format(method=told.method))


_TEMPORARY = ("INTERNAL_SERVER_ERROR", "ERROR_UNEXPECTED_ANSWER")
_PAID = "the portal's plan has no REST: it is for paid plans only; change the plan, then poll again"
_MEANINGS = {
    "NO_AUTH_FOUND": _credentials,
    "INVALID_CREDENTIALS": _credentials,
    "INVALID_TOKEN": _credentials,
    "AUTHORIZATION_ERROR": _credentials,
    "APPLICATION_NOT_FOUND": _credentials,
    "ERROR_OAUTH": _credentials,
    "WRONG_CLIENT": _credentials,
    "NOT_INSTALLED": _credentials,
    "INSUFFICIENT_SCOPE": _scope,
    "INVALID_SCOPE": _scope,
    "ERROR_METHOD_NOT_FOUND": _unknown_method,
    "ACCESS_DENIED": _forbids(_PAID),
    "PAYMENT_REQUIRED": _forbids(_PAID),
    "USER_ACCESS_ERROR": _forbids("the user has no access to the application: give it to them in its settings"),
    "ALLOWED_ONLY_INTRANET_USER": _forbids("{method} is for employees only: let an employee make the webhook"),
    "METHOD_CONFIRM_WAITING": _forbids("{method} waits for an administrator of the portal to confirm it"),
    "OVERLOAD_LIMIT": _forbids("Bitrix24 has blocked REST for overload; only its support lifts that: write to it"),
    "INVALID_REQUEST": _refuses("{method}: webhooks answer over https only: write https:// into webhook_url"),
    "PORTAL_DELETED": _refuses("the portal was deleted: remove this source, or name another portal"),
}


def _moved(response: Response) -> SourceError:
    """A renamed portal sends everybody to its new host."""
    there = urlsplit(response.headers.get("location", "")).netloc or "another address"
    return CredentialsRefused(f"the portal has moved to {there}: make its address the one in webhook_url or portal")
