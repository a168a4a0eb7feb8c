"""THE PUBLIC API: what a connector imports, and all that it may import of us.

Versioned by `API_VERSION`; names in `__all__` keep their meaning within a major version.
"""

from collector.plugin.client import HttpClient, Json, Request, Response
from collector.plugin.connector import Connector, Cut, SourceContext, Stream, parts, stream, sweep
from collector.plugin.credentials import Grant, OAuth2, Token
from collector.plugin.discovery import API_VERSION
from collector.plugin.durations import Duration, format_duration, parse_duration
from collector.plugin.errors import (
    BadFile,
    BadResponse,
    CredentialsExpired,
    CredentialsRefused,
    Forbidden,
    InvalidRecord,
    NoFiles,
    NotReady,
    QuotaExhausted,
    RateLimited,
    SourceError,
    TemporaryFailure,
)
from collector.plugin.hookspecs import CommandGroup, MetricFamily, MetricView, hookimpl
from collector.plugin.limits import Concurrency, Quota, RateLimit
from collector.plugin.measure import Measure
from collector.plugin.records import (
    NOT_SET,
    RECORD_TYPES,
    Customer,
    Deal,
    Dimensions,
    Fact,
    Gone,
    Lead,
    Member,
    Post,
    Rate,
    Reading,
    Record,
    StageChange,
    as_json,
)
from collector.plugin.reports import PollReport
from collector.plugin.rereading import read_back_to
from collector.plugin.settings import Active, ConnectorSettings
from collector.plugin.window import Begins, Checkpoint, Instant, Part, Since, Untold, Window

__all__ = [
    "API_VERSION",
    "NOT_SET",
    "RECORD_TYPES",
    "Active",
    "BadFile",
    "BadResponse",
    "Begins",
    "Checkpoint",
    "CommandGroup",
    "Concurrency",
    "Connector",
    "ConnectorSettings",
    "CredentialsExpired",
    "CredentialsRefused",
    "Customer",
    "Cut",
    "Deal",
    "Dimensions",
    "Duration",
    "Fact",
    "Forbidden",
    "Gone",
    "Grant",
    "HttpClient",
    "Instant",
    "InvalidRecord",
    "Json",
    "Lead",
    "Measure",
    "Member",
    "MetricFamily",
    "MetricView",
    "NoFiles",
    "NotReady",
    "OAuth2",
    "Part",
    "PollReport",
    "Post",
    "Quota",
    "QuotaExhausted",
    "Rate",
    "RateLimit",
    "RateLimited",
    "Reading",
    "Record",
    "Request",
    "Response",
    "Since",
    "SourceContext",
    "SourceError",
    "StageChange",
    "Stream",
    "TemporaryFailure",
    "Token",
    "Untold",
    "Window",
    "as_json",
    "format_duration",
    "hookimpl",
    "parse_duration",
    "parts",
    "read_back_to",
    "stream",
    "sweep",
]
