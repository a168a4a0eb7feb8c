"""What VK's error codes mean. All refusals come with status 200, of a batch's calls too.

Nothing goes by their words, which are translated; they are only shown. What a refusal
repeats of the request is not.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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

TOO_BIG = 13
"""A batch's answer was too big, or its script failed: it is asked for in halves."""

NO_STATISTICS = (15, 100, 210)
"""What `stats.getPostReach` may answer for posts that have none, or are gone."""

LEFT_TO_THE_CALLER = (TOO_BIG, *NO_STATISTICS)
"""They concern what was asked: who asked deals with them, or takes their `meaning`."""

FLOOD = 9
PASSING = (1, 6, FLOOD, 10, 29)
"""Refusals that have nothing to do with what was asked: the whole batch is asked for again, later."""

_FLOOD, _QUOTA, _OFTEN = timedelta(minutes=5), timedelta(hours=1), timedelta(seconds=1)
_BEGINNING = 200


@dataclass(frozen=True)
class Refused:
    """A refusal: of which method, by which number, in which words."""

    method: str
    code: int
    words: str

    def __str__(self) -> str:
        return f"{self.method}: VK answered {self.code}, {self.words or 'without words'}"


def of_answer(response: Response) -> Refused | None:
    """The refusal that an answer is."""
    if b'"error"' not in response.body[:_BEGINNING]:
        return None
    body = response.json()
    error = body.get("error") if isinstance(body, dict) else None
    return None if error is None else _refused(error, response.where.rpartition("/")[2], response.where)


def of_batch(body: Json, where: str) -> list[Refused]:
    """The refusals of a batch's calls, in their order."""
    errors = body.get("execute_errors") or [] if isinstance(body, dict) else []
    if not isinstance(errors, list):
        raise BadResponse(expected="a list of execute_errors", where=where, got=errors)
    return [_refused(each, "execute", where) for each in errors]


def _refused(error: Json, method: str, where: str) -> Refused:
    code = error.get("error_code") if isinstance(error, dict) else None
    if type(code) is not int:
        raise BadResponse(expected="an error with its error_code", where=where, got=error)
    return Refused(str(error.get("method") or method), code, str(error.get("error_msg") or "").strip()[:200])


def passing(response: Response, now: datetime) -> SourceError | None:
    """A refusal among a batch's calls that passes by itself."""
    if b'"execute_errors"' not in response.body:
        return None
    found = [each for each in of_batch(response.json(), response.where) if each.code in PASSING]
    return meaning(found[0], now) if found else None


def meaning(refused: Refused, now: datetime) -> SourceError:
    """Who has to do something about it."""
    if refused.code in (6, FLOOD):
        return RateLimited(_OFTEN if refused.code == 6 else _FLOOD)
    if refused.code == 29:
        return QuotaExhausted(now + _QUOTA)
    if refused.code in _MEANINGS:
        kind, what_to_do = _MEANINGS[refused.code]
        return kind(f"{refused}; {what_to_do}")
    if refused.code == 100 and refused.method == "groups.getById":
        return Forbidden(f"{refused}; {_NO_COMMUNITY}")
    return BadResponse(expected="an answer", where=refused.method, got=f"{refused.code} {refused.words}")


_AGAIN = "it is broken for the moment and is asked again"
_DEAD = (
    "give another token in access_token: of an administrator or editor, with the rights stats, wall, groups and "
    "offline, which does not run out"
)
_EXPIRED = f"tokens of VK ID live for an hour and cannot be renewed here: {_DEAD}"
_RIGHT = "give the token the rights stats, wall and groups, and its owner the role of an administrator or editor"
ROLE = "make the token's owner an administrator or editor: community → Manage → Members → Managers"
_NO_COMMUNITY = "there is no such community: see group_id"
_KIND = (
    "this method needs the token of a user who is an administrator or editor; where this one is meant, say "
    "token_kind: {} to read what it may"
)
_CAPTCHA = (
    "log in to VK as the token's owner and pass the captcha; a daemon cannot. Fewer requests (interval) or a token "
    "of another user keep it from coming back"
)

_MEANINGS: Mapping[int, tuple[Callable[[str], SourceError], str]] = {
    1: (TemporaryFailure, _AGAIN),
    5: (CredentialsRefused, _DEAD),
    7: (Forbidden, _RIGHT),
    10: (TemporaryFailure, _AGAIN),
    14: (CredentialsRefused, _CAPTCHA),
    15: (Forbidden, f"where the community or its wall is closed, its members may see it: {ROLE}"),
    17: (CredentialsRefused, "log in to VK as the token's owner and confirm that it is you"),
    18: (Forbidden, "the wall is gone: its owner was deleted or banned; remove the source, or see group_id"),
    19: (Forbidden, "VK has blocked the community; its owner can appeal"),
    27: (Forbidden, _KIND.format("community")),
    28: (Forbidden, _KIND.format("service")),
    30: (Forbidden, ROLE),
    125: (Forbidden, _NO_COMMUNITY),
    203: (Forbidden, ROLE),
    210: (Forbidden, f"the posts are of a wall that the token's owner does not manage: {ROLE}"),
    212: (Forbidden, ROLE),
    260: (Forbidden, _RIGHT),
    1117: (CredentialsRefused, _EXPIRED),
    3609: (CredentialsRefused, _EXPIRED),
}
"""Code → the error, and what to do. Others (3, 8, 12, 100, 150) are our mistakes: no answer that was expected."""
