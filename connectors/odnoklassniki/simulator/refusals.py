"""Refusals in the vendor's words. They come with status 200."""

from starlette.responses import JSONResponse, Response

_WORDS = {
    1: "UNKNOWN : Unknown error",
    2: "SERVICE : Service is temporary unavailable",
    3: "METHOD : Method {0} not found",
    4: "REQUEST : Invalid request",
    7: "ACTION_BLOCKED : Action is blocked",
    8: "FLOOD_BLOCKED : Execution is blocked due to flood",
    9: "IP_BLOCKED : Your IP is blocked",
    10: "PERMISSION_DENIED : User must grant an access to permission '{0}'",
    11: "LIMIT_REACHED : Limit reached",
    22: "NOT_ACTIVATED : User is not activated",
    24: "NOT_OWNER : User is not the owner",
    30: "NETWORK : Request is too big",
    31: "NETWORK_TIMEOUT : Request timed out",
    50: "NOT_ADMIN : User is not an administrator of the group",
    100: "PARAM : Missing required parameter {0}",
    101: "PARAM_API_KEY : Invalid application key",
    102: "PARAM_SESSION_EXPIRED : Session expired",
    103: "PARAM_SESSION_KEY : Invalid session key",
    104: "PARAM_SIGNATURE : Invalid signature",
    160: "PARAM_GROUP_ID : Invalid group id",
    200: "PARAM_PERMISSION : No permission",
    210: "PARAM_APPLICATION_DISABLED : Application is disabled",
    300: "NOT_FOUND : Object not found",
    451: "NOT_SESSION_METHOD : Method must not be called with a session",
    453: "SESSION_REQUIRED : Session key is required",
    456: "GROUP_RESTRICTION : Group is restricted",
    457: "UNAUTHORIZED_RESTRICTION : Not authorized",
    511: "IDS_BLOCKED : User is blocked",
    514: "IDS_SESSION_VERIFICATION_REQUIRED : Verification is required",
    900: "NO_SUCH_APP : No such application",
    5000: "INVALID_RESPONSE : Invalid response",
    9999: "SYSTEM : Critical system error",
}


class Refusal(Exception):
    """A request that is refused; `detail` is the parameter or permission that it is about."""

    def __init__(self, code: int, detail: str | None = None) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail

    def response(self) -> Response:
        """The answer."""
        detail = self.detail if self.code in (10, 100) else None
        told = _WORDS[self.code].format(self.detail or "")
        return JSONResponse({"error_code": self.code, "error_msg": told, "error_data": detail})
