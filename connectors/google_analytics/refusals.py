"""What Google's refusals mean: `{"error": {"code", "message", "status", "details"}}` → errors of the taxonomy."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from collector.plugin import (
    BadResponse,
    CredentialsRefused,
    Forbidden,
    Json,
    QuotaExhausted,
    RateLimited,
    Response,
    SourceError,
    TemporaryFailure,
)
from connectors.google_analytics.quotas import Quotas

CONCURRENT = timedelta(seconds=30)
ENABLE = "https://console.cloud.google.com/apis/library/analyticsdata.googleapis.com"
EXPLORER = "https://ga-dev-tools.google/ga4/dimensions-metrics-explorer/"

_FIELD = re.compile(r"Field (\S+) is not a valid (dimension|metric)")
_INCOMPATIBLE = re.compile(r"Please remove (.+?) to make the request compatible")
_PROJECT = re.compile(r"project (\d+)")


class Misconfigured(SourceError):
    """The property cannot be asked for what the settings say."""

    actor = "user"


class Refusals:
    """One source's. `account`: whom to give rights."""

    def __init__(self, property_id: str, account: Callable[[], str], quotas: Quotas) -> None:
        self._property, self._account, self._quotas = property_id, account, quotas

    def refusal(self, response: Response, now: datetime) -> SourceError | None:
        """The error that an answer is; None: go by the status."""
        if response.status < 400:
            return None
        error = _error(response)
        told = str(error.get("message") or "")
        match response.status:
            case 400:
                return self._not_so(told, response)
            case 403:
                return self._forbidden(error, told)
            case 404:
                return Forbidden(f"property {self._property}: there is none; its number stands under Property details")
            case 429:
                return self._used_up(response, now)
        if response.status >= 500:
            words = f"{response.where} answered {response.status}: {told[:200]}".rstrip(": ")
            return TemporaryFailure(words, retry=self._quotas.may_repeat(now))
        return None

    def _not_so(self, told: str, response: Response) -> SourceError:
        if found := _FIELD.search(told):
            name, kind = found.groups()
            return Misconfigured(
                f"property {self._property} has no {kind} {name}: correct `{kind}s` in the configuration, or register "
                f"it under Admin → Custom definitions ({told.split(' For a list')[0][:200]})"
            )
        if found := _INCOMPATIBLE.search(told):
            return Misconfigured(
                f"property {self._property}: {found[1]} does not go with the others of its report: take it out of "
                f"`metrics` or `dimensions`; {EXPLORER} shows what does"
            )
        if "API key not valid" in told:
            return CredentialsRefused(f"property {self._property}: {told[:200]}")
        return BadResponse(expected="a report", where=f"{response.where} answered 400", got=told or response.text)

    def _forbidden(self, error: Mapping[str, Json], told: str) -> SourceError:
        match _reason(error):
            case "SERVICE_DISABLED":
                project = found[1] if (found := _PROJECT.search(told)) else "of the credentials"
                return Forbidden(
                    f"the Google Analytics Data API is not enabled in the cloud project {project}: enable it at "
                    f"{ENABLE}, and wait some minutes"
                )
            case "ACCESS_TOKEN_SCOPE_INSUFFICIENT":
                return Forbidden(
                    f"property {self._property}: the token of {self._account()} lacks the scope analytics.readonly: "
                    "sign in again and agree to it"
                )
        return Forbidden(
            f"property {self._property}: {self._account()} may not read it, or there is no such property. Add it as "
            "Viewer under Admin → Property access management; property_id is the number, not the G-… of a stream"
        )

    def _used_up(self, response: Response, now: datetime) -> SourceError:
        spent = self._quotas.spent(response.text, now)
        return RateLimited(CONCURRENT) if spent is None else QuotaExhausted(spent.until)


def _error(response: Response) -> Mapping[str, Json]:
    """The `error` of a body, if it is one: a proxy's page is none."""
    try:
        body = response.json()
    except BadResponse:
        return {}
    body = body[0] if isinstance(body, list) and body else body
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _reason(error: Mapping[str, Json]) -> str:
    details = error.get("details")
    for each in details if isinstance(details, list) else ():
        if isinstance(each, dict) and each.get("reason"):
            return str(each["reason"])
    return ""
