"""What amoCRM's refusals mean, and who has to do something about them. Pure functions.

Texts are in the account's language, so that only the status, the path and `hint` are looked at.
"""

from datetime import timedelta
from urllib.parse import urlsplit

from collector.plugin import BadResponse, CredentialsRefused, Forbidden, Json, RateLimited, Response, SourceError

WAIT = timedelta(seconds=60)
"""After a call too many: a second one in a minute brings near the block that only support lifts."""

_RIGHTS = {
    "users": "an administrator's: let an administrator make the token, or names of managers stay ids",
    "leads": "to view leads",
    "events": "to view leads and their events",
    "contacts": "to view contacts",
    "companies": "to view companies",
    "sources": "of the integration to its sources",
    "account": "to the account's data (scope `crm`)",
}
"""Who may not ask for it lacks which right, by the path's first word."""


def refusal(response: Response, *, account: str, has_grant: bool) -> SourceError | None:
    """The error that an answer stands for; None: go by the status."""
    match response.status:
        case 301 | 302 | 303 | 307 | 308:
            return moved(account, _host(response))
        case 401 if not has_grant:
            return CredentialsRefused(
                f"{response.where} answered 401: the long-lived token was revoked or has run out, or the integration "
                "was removed; make a new one (the integration's tab “Keys and scopes”) and put it into `access_token`"
            )
        case 402:
            return unpaid(response.where, account)
        case 403 if is_page(response):
            return blocked(response.where, account)
        case 403:
            return Forbidden(f"{response.where} answered 403: the token lacks a right, {_right(response.where)}")
        case 404 if response.where.endswith("/account") or not response.text.lstrip().startswith("{"):
            return moved(account, None)
        case 404:  # one list that this account does not have stops no other
            return BadResponse(
                expected="a list; was the account renamed or moved? then write its new host into `account`",
                where=_answered(response),
                got=_faults(response),
            )
        case 400 | 422:
            return BadResponse(expected="a 2xx answer", where=_answered(response), got=_faults(response))
        case 429:
            return RateLimited(max(WAIT, _told(response)))
    return None


def moved(account: str, there: str | None) -> CredentialsRefused:
    """The account is not (any more) where the settings say."""
    told = (
        f"it answers as {there} now; write that" if there else "it may have been renamed or moved; write its new host"
    )
    return CredentialsRefused(f"there is no account at {account}: {told} into `account`")


def unpaid(where: str, account: str) -> Forbidden:
    """The account's data are frozen."""
    return Forbidden(f"{where} answered 402: the account {account} is not paid, and gives no data until it is")


def blocked(where: str, account: str) -> Forbidden:
    """Something before the vendor refuses, whatever is asked."""
    return Forbidden(
        f"{where} answered 403 with a page: {account}, or this machine's address, is blocked (after too many requests "
        "of anybody's, or by the account's list of addresses); only amoCRM's support or the list's owner can lift it"
    )


def is_page(response: Response) -> bool:
    """Whether a gateway answered, in HTML."""
    kind = response.headers.get("content-type", "")
    return "html" in kind or response.text.lstrip().startswith("<")


def _host(response: Response) -> str | None:
    return urlsplit(response.headers.get("location", "")).hostname


def _right(where: str) -> str:
    words = where.partition("/api/v4/")[2].split("/")
    return _RIGHTS.get(words[0], f"for {'/'.join(words) or where}")


def _answered(response: Response) -> str:
    return f"{response.where} answered {response.status}"


def _faults(response: Response) -> str:
    """What is wrong with the question, by the vendor's list of it."""
    body: Json = None if is_page(response) else response.json()
    if not isinstance(body, dict):
        return response.text
    listed = [fault for each in body.get("validation-errors") or () for fault in each.get("errors") or ()]
    told = "; ".join(f"{fault.get('path')}: {fault.get('detail')}" for fault in listed)
    return told or str(body.get("detail") or body.get("title") or "")


def _told(response: Response) -> timedelta:
    seconds = response.headers.get("retry-after", "")
    return timedelta(seconds=min(int(seconds), 86_400)) if seconds.isascii() and seconds.isdigit() else timedelta(0)
