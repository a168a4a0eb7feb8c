"""How much of Metrica is asked for at once; less for some hours after it could not do it.

The vendor's advice where a report is too great or too complicated: fewer days, then a lower accuracy.
"""

from datetime import datetime, timedelta

ACCURACIES = ("full", "high", "medium", "low")
MOST = timedelta(days=3660)
EASED_FOR = timedelta(hours=6)


class Effort:
    """Of one counter."""

    def __init__(self) -> None:
        self._days = MOST
        self._accuracy = 0
        self._until: datetime | None = None

    def days(self, now: datetime) -> timedelta:
        """The most days of one request."""
        self._look(now)
        return self._days

    def accuracy(self, now: datetime) -> str:
        """How exact its answers shall be."""
        self._look(now)
        return ACCURACIES[self._accuracy]

    def ease(self, days: int, now: datetime) -> bool:
        """Less than a request of so many days from now on; whether there is less."""
        self._until = now + EASED_FOR
        if days > 1:
            self._days = timedelta(days=days // 2)
            return True
        self._days = timedelta(days=1)
        if self._accuracy + 1 == len(ACCURACIES):
            return False
        self._accuracy += 1
        return True

    def _look(self, now: datetime) -> None:
        if self._until is not None and now >= self._until:
            self._days, self._accuracy, self._until = MOST, 0, None
