"""The queue in which reports are made, and how long they are remembered."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

from starlette.responses import Response

from connectors.yandex_direct.simulator.answers import Refusal
from connectors.yandex_direct.simulator.asked import Asked

MOST_QUEUED = 5
REMEMBERED = timedelta(hours=5)


@dataclass
class Made:
    """One report; its figures are those of when it was asked for."""

    told: str
    text: str
    since: datetime
    ready_at: datetime | None
    """None: never."""
    times: int = 0
    """How often it was asked for before it was ready."""

    def is_ready(self, now: datetime) -> bool:
        """Whether it is finished."""
        return self.ready_at is not None and self.ready_at <= now


@dataclass
class Queue:
    """All reports of one advertiser; `takes` is how long one is made, None: for ever."""

    takes: timedelta | None = timedelta(seconds=1)
    retry_in: tuple[int, ...] = (1, 2, 1)
    """Seconds that it asks people to wait, by how often they came; the last one goes on."""
    reports: dict[str, Made] = field(default_factory=dict)

    def known(self, asked: Asked, now: datetime) -> Made | None:
        """The report of this name, if it was asked for within five hours.

        Raises:
            Refusal: the name is that of another report.
        """
        self.reports = {name: each for name, each in self.reports.items() if now - each.since < REMEMBERED}
        found = self.reports.get(asked.name)
        if found is not None and found.told != asked.told:
            raise Refusal(4000, "A report with this ReportName and other parameters exists already")
        return found

    def add(self, asked: Asked, text: str, now: datetime) -> Made:
        """Queue one.

        Raises:
            Refusal: there are too many.
        """
        if self.waiting(now) >= MOST_QUEUED:
            raise Refusal(9000, "No more than 5 reports can be in the queue")
        made = Made(asked.told, text, now, None if self.takes is None else now + self.takes)
        self.reports[asked.name] = made
        return made

    def waiting(self, now: datetime) -> int:
        """How many are being made."""
        return sum(not each.is_ready(now) for each in self.reports.values())

    def later(self, made: Made, now: datetime) -> Response:
        """That it is not ready: 201 the first time, then 202; each with its own wait."""
        made.times += 1
        seconds = self.retry_in[min(made.times, len(self.retry_in)) - 1]
        if made.ready_at is not None:
            seconds = max(1, min(seconds, ceil((made.ready_at - now).total_seconds())))
        headers = {"retryIn": str(seconds), "reportsInQueue": str(self.waiting(now))}
        return Response(status_code=201 if made.times == 1 else 202, headers=headers)
