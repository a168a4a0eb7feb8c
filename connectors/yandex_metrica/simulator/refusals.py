"""Metrica's refusals, in its own words."""

from collections.abc import Mapping

from starlette.responses import JSONResponse, Response

_WORDS: Mapping[str, tuple[int, str]] = {
    "unauthorized": (401, "Unauthorized"),
    "invalid_token": (403, "Invalid oauth_token"),
    "access_denied": (403, "Access is denied"),
    "not_found": (404, "Object not found"),
    "query_error": (400, "Query is too complicated. Please reduce the date interval or sampling."),
    "too_much_rows": (400, "The query reads too much data"),
    "timeout": (504, "Query timed out"),
    "backend_error": (503, "Backend error"),
    "quota_requests_by_ip": (429, "Quota exceeded: requests per second for the IP address"),
    "quota_parallel_requests": (429, "Quota exceeded: parallel requests of the user"),
    "quota_requests_by_uid": (429, "Quota exceeded: requests per day for the user"),
    "quota_requests_by_report": (429, "Quota exceeded: requests per 5 minutes for the user"),
}
"""Type → status and words; the last one's type is not documented."""


class Refusal(Exception):
    """A request that is refused."""

    def __init__(self, kind: str, words: str | None = None, *, location: str | None = None) -> None:
        super().__init__(kind)
        status, known = _WORDS.get(kind, (400, kind))
        self.kind, self.status, self.words, self.location = kind, status, words or known, location

    def response(self, *, status: int | None = None, headers: Mapping[str, str] | None = None) -> Response:
        """The answer; `status` in place of its own."""
        error = {"error_type": self.kind, "message": self.words}
        if self.location:
            error["location"] = self.location
        code = status or self.status
        return JSONResponse({"errors": [error], "code": code, "message": self.words}, code, headers=headers)


def wrong(what: str, value: str, code: int, location: str) -> Refusal:
    """A parameter that the vendor does not take."""
    return Refusal("invalid_parameter", f"Wrong {what}, value: {value}, code: {code}", location=location)
