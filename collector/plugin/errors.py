"""What can go wrong at a source, sorted by who acts.

A connector maps its vendor's refusals to these; the scheduler knows nothing else.
Each builds its message and carries the facts. Messages are shown to people and
logged: never put a secret, nor a URL that carries one, into them.
"""

from datetime import datetime, timedelta
from typing import ClassVar, Literal

Actor = Literal["user", "vendor", "us"]

EXCERPT_CHARACTERS = 200


class SourceError(Exception):
    """Something that a source did or lacks; the base of the taxonomy."""

    reason: ClassVar[str] = "error"
    """The label value on `kpi_collector_poll_failures_total`."""
    actor: ClassVar[Actor] = "us"
    """Who must do something: the user, the vendor (wait), or us (a defect)."""


class RateLimited(SourceError):
    """The vendor asks us to slow down; the same request will succeed later.

    `retry_after` None: it did not say when.
    """

    reason = "rate_limited"
    actor = "vendor"

    def __init__(self, retry_after: timedelta | None = None) -> None:
        told = "" if retry_after is None else f"; next try in {retry_after}"
        super().__init__(f"rate limit reached{told}")
        self.retry_after = retry_after


class QuotaExhausted(SourceError):
    """A quota is used up; nothing will be answered before `until`."""

    reason = "quota"
    actor = "vendor"

    def __init__(self, until: datetime) -> None:
        super().__init__(f"quota used up; it returns at {until.isoformat()}")
        self.until = until


class NotReady(SourceError):
    """The vendor is still making the answer; the same request will be answered later.

    The message says what is being made. `retry_after`: when the vendor wants to be asked again.
    """

    reason = "not_ready"
    actor = "vendor"

    def __init__(self, message: str, *, retry_after: timedelta) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class CredentialsExpired(SourceError):
    """The access token is out of date; a refresh may help, once."""

    reason = "credentials_expired"
    actor = "us"


class CredentialsRefused(SourceError):
    """Key, token or grant are not accepted; polling stops until they change."""

    reason = "credentials_refused"
    actor = "user"


class Forbidden(SourceError):
    """The credentials are good, but lack a right; say which one and where to give it."""

    reason = "forbidden"
    actor = "user"


class TemporaryFailure(SourceError):
    """The vendor or the way to it is broken for now.

    `retry` false: asking again at once would not help (a certificate that has expired).
    """

    reason = "temporary"
    actor = "vendor"

    def __init__(self, message: str, *, retry: bool = True) -> None:
        super().__init__(message)
        self.retry = retry


class BadResponse(SourceError):
    """An answer that is not what the contract says.

    `expected` and `where` are for people; `got` is cut to its first characters.
    """

    reason = "bad_response"
    actor = "us"

    def __init__(self, *, expected: str, where: str, got: object = None) -> None:
        excerpt = "" if got is None else f", got {str(got)[:EXCERPT_CHARACTERS]!r}"
        super().__init__(f"{where}: expected {expected}{excerpt}")
        self.expected = expected
        self.where = where


class NoFiles(SourceError):
    """A path or pattern matches no file; that is never the same as zero."""

    reason = "no_files"
    actor = "user"


class BadFile(SourceError):
    """A file cannot be read as configured; its former rows stay.

    `line` counts from 1, the header included; `column` is the file's own name for it.
    """

    reason = "bad_file"
    actor = "user"

    def __init__(self, *, part: str, fault: str, line: int | None = None, column: str | None = None) -> None:
        place = part + (f":{line}" if line is not None else "") + (f", column {column!r}" if column else "")
        super().__init__(f"{place}: {fault}")
        self.part = part
        self.line = line
        self.column = column
        self.fault = fault


class InvalidRecord(ValueError):
    """A record was built from values that it cannot hold (NaN, a naive instant, an empty id, …)."""


WAIT_REASONS = ("rate_limited", "quota", "not_ready")
"""Why a stream waits: the vendor has said when it will answer (again). That is no failure."""

FAILURE_REASONS = (
    "credentials_expired",
    "credentials_refused",
    "forbidden",
    "temporary",
    "bad_response",
    "no_files",
    "bad_file",
    "collapsed",
    "sweep_refused",
    "sweep_failed",
    "timeout",
    "store",
    "crashed",
    "error",
)
"""The closed list of `reason` on `kpi_collector_poll_failures_total`."""
