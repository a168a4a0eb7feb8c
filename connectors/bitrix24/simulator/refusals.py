"""How the vendor refuses: status, code and sentence of each refusal that its documentation names."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse


class Refusal(Exception):
    """One refusal; raised by methods, and sent as it is."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(error, description)
        self.status, self.error, self.description = status, error, description

    @property
    def body(self) -> dict[str, Any]:
        """What is sent."""
        return {"error": self.error, "error_description": self.description}

    def response(self, status: int | None = None) -> JSONResponse:
        """The answer; some portals send refusals with another status."""
        return JSONResponse(self.body, status_code=status or self.status)


REFUSALS: Mapping[str, tuple[int, str]] = {
    "QUERY_LIMIT_EXCEEDED": (503, "Too many requests"),
    "OPERATION_TIME_LIMIT": (429, "Method is blocked due to operation time limit."),
    "OVERLOAD_LIMIT": (503, "REST API is blocked due to overload"),
    "expired_token": (401, "The access token provided has expired."),
    "invalid_token": (401, "Unable to get application by token"),
    "NO_AUTH_FOUND": (401, "Wrong authorization data"),
    "INVALID_CREDENTIALS": (401, "Invalid request credentials"),
    "insufficient_scope": (403, "The request requires higher privileges than provided by the webhook token"),
    "ACCESS_DENIED": (403, "REST API is available only on commercial plans"),
    "user_access_error": (403, "The user does not have access to the application"),
    "allowed_only_intranet_user": (403, "Action is allowed for intranet users only"),
    "authorization_error": (401, "Unable to authorize user"),
    "PAYMENT_REQUIRED": (401, "Payment required"),
    "APPLICATION_NOT_FOUND": (401, "Application not found"),
    "ERROR_OAUTH": (401, "Application not installed"),
    "METHOD_CONFIRM_WAITING": (401, "Waiting for confirmation"),
    "INVALID_REQUEST": (400, "Https required."),
    "ERROR_METHOD_NOT_FOUND": (404, "Method not found!"),
    "PORTAL_DELETED": (410, "Portal was deleted"),
    "INTERNAL_SERVER_ERROR": (500, "Internal server error"),
    "ERROR_UNEXPECTED_ANSWER": (500, "Server returned an unexpected response"),
    "ERROR_BATCH_LENGTH_EXCEEDED": (400, "Max batch length exceeded"),
    "ERROR_BATCH_METHOD_NOT_ALLOWED": (405, "Method is not allowed for batch usage"),
    "invalid_client": (401, "Invalid client"),
    "invalid_grant": (400, "Invalid authorization data was provided"),
    "invalid_request": (400, "Invalid request"),
}
"""Code → status and sentence."""


def refused(error: str) -> Refusal:
    """The refusal of this code."""
    status, description = REFUSALS[error]
    return Refusal(status, error, description)


def classic(description: str) -> Refusal:
    """As crm.lead.list and its like refuse parameters and rights: without a code."""
    return Refusal(400, "", description)


def invalid(description: str) -> Refusal:
    """As crm.item.list refuses parameters."""
    return Refusal(400, "INVALID_ARG_VALUE", description)
