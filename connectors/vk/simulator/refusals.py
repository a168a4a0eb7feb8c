"""VK's refusals: numbers and words, in a body with status 200."""

from collections.abc import Mapping
from typing import Any

from connectors.vk.simulator.asked import Asked

WORDS: Mapping[int, str] = {
    1: "Unknown error occurred",
    3: "Unknown method passed",
    5: "User authorization failed: invalid access_token (4).",
    6: "Too many requests per second",
    7: "Permission to perform this action is denied",
    8: "Invalid request: v (version) is required",
    9: "Flood control",
    10: "Internal server error",
    12: "Unable to compile code",
    13: "Runtime error occurred during code invocation",
    14: "Captcha needed",
    15: "Access denied: no access to call this method",
    17: "Validation required: please open redirect_uri in browser",
    18: "User was deleted or banned",
    19: "Content blocked",
    27: "Group authorization failed: method is unavailable with group auth.",
    28: "Application authorization failed",
    29: "Rate limit reached",
    30: "This profile is private",
    100: "One of the parameters specified was missing or invalid",
    125: "Invalid group id",
    150: "Invalid timestamp",
    203: "Access to group denied",
    210: "Access to wall's post denied",
    212: "Access to post comments denied",
    260: "Access to the groups list is denied due to the user's privacy settings",
    1117: "Access token has expired",
    3609: "Token extension required",
}
EXPIRED = "User authorization failed: access_token has expired."
MISSING = "User authorization failed: no access_token passed."
MEMBERS_ONLY = "Access denied: this wall available only for community members"
DISABLED = "Access denied: wall is disabled"

_CAPTCHA = {
    "redirect_uri": "https://id.vk.ru/not_robot_captcha?domain=vk.com&session_token=SAMPLE&variant=popup&blank=1",
    "remixstlid": 9069780000000000001,
    "captcha_sid": "575870000001",
    "is_refresh_enabled": False,
    "captcha_img": "https://vk.ru/captcha.php?sid=575870000001&s=1",
    "captcha_ts": 1788900000.995,
    "captcha_attempt": 1,
    "captcha_ratio": 2.6,
    "is_sound_captcha_available": False,
}
_BESIDE: Mapping[int, Mapping[str, Any]] = {
    14: _CAPTCHA,
    17: {"redirect_uri": "https://m.vk.ru/login.php?act=security_check&hash=sample"},
}


class Refusal(Exception):
    """A method is refused."""

    def __init__(self, code: int, words: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.words = words or WORDS[code]

    def body(self, asked: Asked) -> dict[str, Any]:
        """As it is answered; what was asked is told back, but never the token."""
        told = {**asked.params, "method": asked.method, "oauth": "1"}
        params = [{"key": key, "value": value} for key, value in told.items()]
        error = {"error_code": self.code, "error_msg": self.words, "request_params": params}
        return {"error": error | dict(_BESIDE.get(self.code, {}))}

    def among(self, method: str) -> dict[str, Any]:
        """As it is told of a call of a script."""
        return {"method": method, "error_code": self.code, "error_msg": self.words}


def missing(name: str) -> Refusal:
    """A parameter that is missing, or makes no sense."""
    return Refusal(100, f"{WORDS[100]}: {name} is undefined")
