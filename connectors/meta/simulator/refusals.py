"""Refusals in Meta's words, with the statuses that it gives them."""

import json
from typing import Any

from starlette.responses import JSONResponse, Response

TRACE = "ASampleTraceId0000000000"
_DOCS = "https://developers.facebook.com/docs/graph-api"
_CALLS = f"{_DOCS}/overview/rate-limiting."


def refused(
    status: int, code: int, message: str, subcode: int | None = None, *, kind: str = "OAuthException", **more: Any
) -> Response:
    """Any of them."""
    error: dict[str, Any] = {"message": message, "type": kind, "code": code}
    if subcode is not None:
        error["error_subcode"] = subcode
    return JSONResponse({"error": {**error, **more, "fbtrace_id": TRACE}}, status_code=status)


def gone(number: str) -> Response:
    """An object that does not exist, or may not be seen."""
    words = (
        f"Unsupported get request. Object with ID '{number}' does not exist, cannot be loaded due to missing "
        f"permissions, or does not support this operation. Please read the Graph API documentation at {_DOCS}"
    )
    return refused(400, 100, words, 33, kind="GraphMethodException")


def no_metric() -> Response:
    """Nothing was asked for."""
    words = "No metric was specified to be fetched. Please specify one or more metrics to be fetched and try again."
    return refused(400, 3001, words, 1_504_028)


def before_business() -> Response:
    """A post that is older than the professional account."""
    words = (
        "The media was posted before the most recent time that the user's account was converted to a business account "
        "from a personal account."
    )
    return refused(
        400,
        100,
        "Invalid parameter",
        2_108_006,
        error_data={"blame_field_specs": [[""]]},
        is_transient=False,
        error_user_title="Media posted before business account conversion",
        error_user_msg=words,
    )


_TOKENS = {
    463: "Session has expired on Monday, 07-Sep-26 14:00:00 PDT. The current time is Monday, 07-Sep-26 14:00:03 PDT.",
    460: "The session has been invalidated because the user changed their password or Facebook has changed the session "
    "for security reasons.",
    458: "The user has not authorized application 200000000000001.",
    467: "The session is invalid because the user logged out.",
}


def bad_token(subcode: int | None) -> Response:
    """A token that is not accepted; None: it never was one."""
    known = _TOKENS.get(subcode or 0)
    words = (
        f"Error validating access token: {known}" if known else "Invalid OAuth access token - Cannot parse access token"
    )
    response = refused(400, 190, words, subcode)
    short = words.split(" on ")[0].replace('"', "'")
    response.headers["WWW-Authenticate"] = f'OAuth "Facebook Platform" "invalid_token" "{short}"'
    return response


def too_many(minutes: int | None, *, kind: str = "instagram") -> Response:
    """Too many calls; None: of the app, and nothing says for how long."""
    if minutes is None:
        return refused(403, 4, "(#4) Application request limit reached", is_transient=True)
    code, whose = (80_002, "Instagram") if kind == "instagram" else (80_001, "Page")
    words = (
        f"There have been too many calls to this {whose} account. Wait a bit and try again. For more info, please refer"
    )
    response = refused(400, code, f"{words} to {_CALLS}")
    usage = {"type": kind, "call_count": 101, "total_cputime": 20, "total_time": 22}
    told = {"400000000000001": [{**usage, "estimated_time_to_regain_access": minutes}]}
    response.headers["X-Business-Use-Case-Usage"] = json.dumps(told, separators=(",", ":"))
    return response
