"""When a request is made again: what passes by itself, after a pause, and not too often.

Of a poll's requests a fifth may be repetitions, and ten in any case; past that the poll
fails, and the next one goes on at its slice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta

from tenacity import RetryCallState, wait_exponential_jitter

from collector.plugin.errors import RateLimited, SourceError, TemporaryFailure
from collector.polling.throttle import PATIENCE

MOST_ATTEMPTS = 5
"""Of one request, the first included."""

FREE_RETRIES = 10
SHARE_OF_RETRIES = 5
"""One in so many requests may be a repetition."""

_pauses = wait_exponential_jitter(multiplier=0.5, max=30, jitter=1)


@dataclass
class Calls:
    """The requests of one poll."""

    requests: int = 0
    retries: int = 0

    @property
    def may_retry(self) -> bool:
        """Whether the budget holds another repetition."""
        return self.retries < max(FREE_RETRIES, self.requests // SHARE_OF_RETRIES)


_calls: ContextVar[Calls | None] = ContextVar("calls", default=None)


@contextmanager
def counted_calls() -> Iterator[Calls]:
    """All requests made meanwhile, by this task and those it starts, are one poll's."""
    calls = Calls()
    token = _calls.set(calls)
    try:
        yield calls
    finally:
        _calls.reset(token)


def current_calls(otherwise: Calls) -> Calls:
    """The present poll's, or where none runs the given ones."""
    return _calls.get() or otherwise


def worth_retrying(error: BaseException) -> bool:
    """Whether the same request may succeed soon."""
    match error:
        case TemporaryFailure():
            return error.retry
        case RateLimited():
            return error.retry_after is None or error.retry_after <= PATIENCE
    return False


def pause(state: RetryCallState) -> float:
    """Seconds before the next attempt: doubling, with jitter; a time that the vendor named is kept by the throttle."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, RateLimited) and error.retry_after is not None:
        return 0.0
    return float(_pauses(state))


def out_of_budget(error: SourceError, calls: Calls) -> TemporaryFailure:
    """The failure of a poll that has repeated too much."""
    told = f"{error}; given up, since {calls.retries} of this poll's {calls.requests} requests were repetitions already"
    return TemporaryFailure(told, retry=False)


def asked_pause(error: RateLimited, former: int) -> timedelta:
    """How long to leave a vendor alone that refused for the `former + 1`th time in a row."""
    if error.retry_after is not None:
        return error.retry_after
    seconds: int = min(60, 2**former)
    return timedelta(seconds=seconds)
