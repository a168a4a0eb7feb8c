"""Direct's refusals, word for word."""

from starlette.responses import JSONResponse, Response

TEXTS = {
    52: "Authorization server temporarily unavailable",
    53: "Authorization error",
    54: "No rights",
    56: "Method request limit exceeded",
    58: "Incomplete registration",
    152: "Not enough points",
    506: "Concurrent connection limit exceeded",
    513: "Login is not connected to Yandex Direct",
    1000: "Server temporarily unavailable",
    4000: "Invalid request parameters",
    8000: "Bad request",
    9000: "Report queue limit exceeded",
}
AS_TEXT = (4000, 9000)
"""Codes that come as texts; others are numbers."""


class Refusal(Exception):
    """An answer that refuses."""

    def __init__(self, code: int, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail

    def response(self, status: int = 400) -> Response:
        """As Direct writes it."""
        code = str(self.code) if self.code in AS_TEXT else self.code
        error = {
            "request_id": "8695244274068608442",
            "error_code": code,
            "error_string": TEXTS[self.code],
            "error_detail": self.detail,
        }
        return JSONResponse({"error": error}, status_code=status)
