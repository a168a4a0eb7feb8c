"""What the Graph API's refusals mean. Its codes decide; the HTTP status hardly does.

What only the asker can judge (a metric that is none, an object that is gone) is no error here:
see `told`, and who asks with `accept`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

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

REFUSED = (400, 403)
"""Statuses of refusals that an asker may look into."""

GONE = 33
BEFORE_BUSINESS = 2_108_006
"""A post of the time when the account was no professional one: there are no insights of it, ever."""

_BLOCKED_FOR = timedelta(days=1)
_BUSY = frozenset({4, 17, 32, 341, 613, *range(80_000, 80_015)})
_NO_TOKEN = {
    458: "the app was removed by the person: give it access again, and make a new token",
    459: "the person has to log in at facebook.com and confirm who they are",
    460: "the password was changed, or Facebook has ended the session: make a new token",
    464: "the person has to log in at facebook.com and confirm who they are",
    467: "the token is not valid any more: make a new one",
    492: "the person has lost their role on the page: give it back, or take another person's token",
}
_RIGHTS = (
    "the token needs pages_read_engagement, read_insights and pages_show_list (pages), instagram_basic and "
    "instagram_manage_insights (Instagram), and its person the task ANALYZE on the page"
)


@dataclass(frozen=True)
class Told:
    """A refusal in Meta's words; code 0: it is none."""

    code: int = 0
    subcode: int = 0
    message: str = ""
    title: str = ""

    @property
    def wants_less(self) -> bool:
        """Whether the same would be answered in smaller pieces."""
        return self.code == 1 and "reduce the amount" in self.message

    @property
    def is_gone(self) -> bool:
        """Whether the object does not exist, or may not be seen."""
        return self.code == 100 and self.subcode == GONE

    @property
    def is_untold(self) -> bool:
        """Whether there are no insights of this post, though it exists."""
        return self.subcode == BEFORE_BUSINESS or (self.code == 10 and "Not enough viewers" in self.message)

    @property
    def is_of_metric(self) -> bool:
        """Whether a metric's name was refused."""
        signs = ("valid insights metric", "must be one of the following values", "does not support the")
        return self.code == 100 and any(sign in self.message for sign in signs)


def told(response: Response) -> Told:
    """The refusal in an answer."""
    if response.body[:1] != b"{" or b'"error"' not in response.body[:200]:
        return Told()
    try:
        body: Json = response.json()
    except BadResponse:
        return Told()
    error = body.get("error")
    return read(error) if isinstance(error, dict) else Told()


def read(error: Json) -> Told:
    """What stands under `error`."""
    return Told(
        _whole(error.get("code")),
        _whole(error.get("error_subcode")),
        str(error.get("message") or ""),
        str(error.get("error_user_title") or ""),
    )


def refusal(response: Response, now: datetime) -> SourceError | None:
    """The error in an answer; None: go by the status, or whoever asked deals with it."""
    found, where = told(response), response.where
    if not found.code:
        return _by_status(response)
    words = f"{where}: {found.message}"
    if found.code in _BUSY:
        return _too_often(response, now)
    if found.code in (102, 190):
        return _of_token(found, words)
    if found.code == 368:
        return QuotaExhausted(now + _BLOCKED_FOR)
    if found.code == 10 and not found.is_untold:
        return Forbidden(f"{words}: {_RIGHTS}")
    if found.code == 3 or 200 <= found.code <= 299:
        return Forbidden(f"{words}: {_RIGHTS}")
    if found.code in (1, 2) and not found.wants_less:
        return TemporaryFailure(words)
    return None


def _by_status(response: Response) -> SourceError | None:
    """A page of somebody between, which no asker accepts as a refusal of Meta's."""
    if response.status >= 500:
        return TemporaryFailure(f"{response.where} answered {response.status}")
    if response.status in REFUSED:
        return BadResponse(expected="a refusal with its code", where=response.where, got=response.text)
    return None


def _of_token(found: Told, words: str) -> SourceError:
    if found.code == 102 or found.subcode == 463:
        return CredentialsExpired(words)
    todo = _NO_TOKEN.get(found.subcode, "take it from Meta's business settings again, as it is")
    return CredentialsRefused(f"{words} ({todo})")


def _too_often(response: Response, now: datetime) -> SourceError:
    """The header may tell in how many minutes access returns."""
    waits = [usage.returns_in for usage in usages(response) if usage.returns_in]
    if not waits:
        return RateLimited()
    wait = max(waits)
    return RateLimited(wait) if wait <= timedelta(minutes=1) else QuotaExhausted(now + wait)


@dataclass(frozen=True)
class Usage:
    """How much of a limit is used up, in percent; `returns_in`: when access is back."""

    name: str
    percent: float
    returns_in: timedelta = timedelta(0)


def usages(response: Response) -> Iterator[Usage]:
    """What the headers say; they come once there is something to say."""
    app = _header(response, "x-app-usage")
    if isinstance(app, dict):
        yield Usage("app", _percent(app))
    business = _header(response, "x-business-use-case-usage")
    for entries in business.values() if isinstance(business, dict) else ():
        for each in entries if isinstance(entries, list) else ():
            if isinstance(each, dict):
                minutes = _number(each.get("estimated_time_to_regain_access"))
                yield Usage(str(each.get("type") or "business"), _percent(each), timedelta(minutes=minutes))


def _percent(told: Json) -> float:
    return max(_number(told.get(name)) for name in ("call_count", "total_time", "total_cputime"))


def _header(response: Response, name: str) -> Json:
    text = response.headers.get(name, "")
    if not text:
        return None
    try:
        return Response(200, {}, text.encode(), name).json()
    except BadResponse:  # a header that we do not understand is none
        return None


def _number(told: object) -> float:
    try:
        return min(float(str(told)), 1e6) if told is not None else 0.0
    except ValueError:
        return 0.0


def _whole(told: object) -> int:
    return told if isinstance(told, int) else int(told) if isinstance(told, str) and told.isdigit() else 0
