"""The vendor's refusals, word for word where they were seen."""

from typing import Any

from starlette.responses import JSONResponse, Response

PROJECT = "123456789012"
_AUTH = (
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
    "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
)
_QUOTA = (
    "The request cannot be completed because you have exceeded your "
    '<a href="/youtube/v3/getting-started#quota">quota</a>.'
)
_RATE = (
    "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' of service "
    f"'youtube.googleapis.com' for consumer 'project_number:{PROJECT}'."
)
_DISABLED = (
    f"YouTube Data API v3 has not been used in project {PROJECT} before or it is disabled. Enable it by visiting "
    f"https://console.developers.google.com/apis/api/youtube.googleapis.com/overview?project={PROJECT} then retry. If "
    "you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry."
)


class Refusal(Exception):
    """Raised on the way to an answer. `more` goes beside the reason, `status` and `detail` are of newer ones."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        *,
        domain: str = "global",
        status: str = "",
        detail: str = "",
        more: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.reason = code, reason
        first = {"message": message, "domain": domain, "reason": reason, **(more or {})}
        self._error: dict[str, Any] = {"code": code, "message": message, "errors": [first]}
        if status:
            self._error["status"] = status
        if detail:
            about = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": detail}
            named = {"service": "youtube.googleapis.com", "consumer": f"projects/{PROJECT}"}
            self._error["details"] = [{**about, "domain": "googleapis.com", "metadata": named}]

    def answer(self) -> Response:
        """As it is sent."""
        return JSONResponse({"error": self._error}, self.code)

    @classmethod
    def unauthenticated(cls) -> "Refusal":
        """A token that is none of ours, or over."""
        where = {"location": "Authorization", "locationType": "parameter"}
        return cls(401, "authError", _AUTH, status="UNAUTHENTICATED", more=where)

    @classmethod
    def bad_key(cls) -> "Refusal":
        """A key that is none of ours."""
        told = "API key not valid. Please pass a valid API key."
        return cls(400, "badRequest", told, status="INVALID_ARGUMENT", detail="API_KEY_INVALID")

    @classmethod
    def forbidden(cls) -> "Refusal":
        """Not the channel of whoever has signed in."""
        return cls(403, "forbidden", "Forbidden")

    @classmethod
    def no_scope(cls) -> "Refusal":
        """Consent without the scope."""
        told = "Request had insufficient authentication scopes."
        return cls(
            403, "insufficientPermissions", told, status="PERMISSION_DENIED", detail="ACCESS_TOKEN_SCOPE_INSUFFICIENT"
        )

    @classmethod
    def disabled(cls) -> "Refusal":
        """The API is not enabled."""
        return cls(
            403, "accessNotConfigured", _DISABLED, domain="usageLimits", status="PERMISSION_DENIED",
            detail="SERVICE_DISABLED",
        )  # fmt: skip

    @classmethod
    def quota(cls) -> "Refusal":
        """The day's units are used up."""
        return cls(403, "quotaExceeded", _QUOTA, domain="youtube.quota")

    @classmethod
    def rate(cls) -> "Refusal":
        """Too many a minute."""
        return cls(429, "rateLimitExceeded", _RATE, status="RESOURCE_EXHAUSTED", detail="RATE_LIMIT_EXCEEDED")

    @classmethod
    def page_token(cls) -> "Refusal":
        """A page that is not known any more."""
        told = "The request specifies an invalid page token."
        where = {"location": "pageToken", "locationType": "parameter"}
        return cls(400, "invalidPageToken", told, domain="youtube.parameter", more=where)

    @classmethod
    def no_playlist(cls) -> "Refusal":
        """There is none; also of a channel without videos."""
        told = "The playlist identified with the request's <code>playlistId</code> parameter cannot be found."
        where = {"location": "playlistId", "locationType": "parameter"}
        return cls(404, "playlistNotFound", told, domain="youtube.playlistItem", more=where)

    @classmethod
    def unsupported(cls) -> "Refusal":
        """A mix of dimensions and metrics that no report has."""
        told = "The query is not supported. Check the documentation for supported queries."
        return cls(400, "badRequest", told)

    @classmethod
    def missing(cls, name: str) -> "Refusal":
        """A parameter that has to be there."""
        return cls(
            400, "missingRequiredParameter", f"Missing required parameter: {name}", domain="youtube.parameter",
            more={"location": name, "locationType": "parameter"},
        )  # fmt: skip

    @classmethod
    def broken(cls) -> "Refusal":
        """The vendor's own fault."""
        return cls(503, "backendError", "The service is currently unavailable.", status="UNAVAILABLE")
