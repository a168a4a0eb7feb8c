"""The vendor's refusals, word for word where they were seen."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from starlette.responses import JSONResponse, Response

_GUIDE = "https://developers.google.com/analytics/devguides/reporting/data/v1"
_MORE = f"To learn more, see {_GUIDE}/quotas"
PROJECT = "123456789012"
_ENABLE = f"https://console.developers.google.com/apis/api/analyticsdata.googleapis.com/overview?project={PROJECT}"

EXHAUSTED: Mapping[str, str] = {
    "tokensPerDay": "Exhausted property tokens per day. These quota tokens will return in under 24 hours.",
    "tokensPerHour": "Exhausted property tokens per hour. These quota tokens will return in under an hour.",
    "tokensPerProjectPerHour": "Exhausted property tokens for a project per hour. "
    "These quota tokens will return in under an hour.",
    "concurrentRequests": "Exhausted concurrent requests quota.",
    "potentiallyThresholdedRequestsPerHour": "Exhausted potentially thresholded requests quota.",
    "serverErrorsPerProjectPerHour": "Exhausted server errors quota. These quota tokens will return in under an hour.",
    "clientErrors": "Exhausted client errors quota. These quota tokens will return in under 15 minutes.",
}


class Refused(NamedTuple):
    """What a refusal says."""

    code: int
    status: str
    message: str
    details: list[dict[str, Any]]

    def answer(self) -> Response:
        """As it is sent."""
        error: dict[str, Any] = {"code": self.code, "message": self.message, "status": self.status}
        return JSONResponse({"error": error | ({"details": self.details} if self.details else {})}, self.code)


class Refusal(Exception):
    """Raised on the way to an answer."""

    def __init__(self, code: int, status: str, message: str, *details: dict[str, Any]) -> None:
        super().__init__(message)
        self.told = Refused(code, status, message, list(details))

    @classmethod
    def invalid(cls, message: str) -> "Refusal":
        """A request that means nothing."""
        return cls(400, "INVALID_ARGUMENT", message)

    @classmethod
    def field(cls, name: str, kind: str) -> "Refusal":
        """The property has no such field."""
        schema = f"For a list of valid dimensions and metrics, see {_GUIDE}/api-schema"
        return cls.invalid(f"Field {name} is not a valid {kind}. {schema}")

    @classmethod
    def incompatible(cls, name: str) -> "Refusal":
        """Fields that do not go together."""
        return cls.invalid(
            f"Please remove {name} to make the request compatible. The request's dimensions & metrics are incompatible."
            " To learn more, see https://ga-dev-tools.google/ga4/dimensions-metrics-explorer/"
        )

    @classmethod
    def unknown(cls, name: str) -> "Refusal":
        """A key that the API does not know."""
        return cls.invalid(f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.')

    @classmethod
    def no_rights(cls) -> "Refusal":
        """The account may not read the property, or there is none."""
        return cls(
            403, "PERMISSION_DENIED",
            "User does not have sufficient permissions for this property. "
            f"To learn more about Property ID, see {_GUIDE}/property-id.",
        )  # fmt: skip

    @classmethod
    def disabled(cls) -> "Refusal":
        """The API is not enabled."""
        told = (
            f"Google Analytics Data API has not been used in project {PROJECT} before or it is disabled. Enable it by "
            f"visiting {_ENABLE} then retry. If you enabled this API recently, wait a few minutes for the action to "
            "propagate to our systems and retry."
        )
        links = [{"description": "Google developers console API activation", "url": _ENABLE}]
        return cls(
            403, "PERMISSION_DENIED", told,
            {"@type": "type.googleapis.com/google.rpc.Help", "links": links},
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "SERVICE_DISABLED",
                "domain": "googleapis.com",
                "metadata": {"service": "analyticsdata.googleapis.com", "consumer": f"projects/{PROJECT}"},
            },
        )  # fmt: skip

    @classmethod
    def unauthenticated(cls) -> "Refusal":
        """A bearer that is none of ours, or over."""
        return cls(
            401, "UNAUTHENTICATED",
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other "
            "valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
        )  # fmt: skip

    @classmethod
    def exhausted(cls, bucket: str) -> "Refusal":
        """A quota is used up."""
        return cls(429, "RESOURCE_EXHAUSTED", f"{EXHAUSTED[bucket]} {_MORE}")

    @classmethod
    def broken(cls) -> "Refusal":
        """The vendor's own fault."""
        return cls(500, "INTERNAL", "Internal error encountered.")
