"""Files on which the conformance suite tries this connector: facts of advertising, and a shop's orders."""

import os
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, ClassVar

from collector.testing.conformance import Ground

AT_REST_SECONDS = 3600.0
ROWS = 60
DAYS = 10


class _Files(Ground):
    """One file, written anew for each scene."""

    file: ClassVar[str]
    header: ClassVar[str]
    records_of_a_row: ClassVar[int] = 1
    exempt: ClassVar[Mapping[str, str]] = {}

    def row(self, number: int, day: date) -> str:
        """The cells of a row."""
        raise NotImplementedError

    def fill(self) -> None:
        self._write(range(ROWS))

    def empty(self) -> None:
        self._write(())

    def shrink(self) -> None:
        self._write(number for number in range(ROWS) if number % 3)

    def grow(self, records: int) -> None:
        self._write(range(records // self.records_of_a_row))

    def _write(self, numbers: Iterable[int]) -> None:
        today = self.clock.now().date()
        path = self.folder / self.file
        with path.open("w", encoding="utf-8") as target:
            target.write(self.header + "\n")
            target.writelines(self.row(n, today - timedelta(days=n % DAYS)) + "\n" for n in numbers)
        then = self.clock.now().timestamp() - AT_REST_SECONDS
        os.utime(path, (then, then))


class SpendFiles(_Files):
    """What campaigns cost, by day."""

    connector = "csv"
    name = "facts"
    file = "spend.csv"
    header = "date,campaign,cost,clicks"
    records_of_a_row = 2

    @property
    def settings(self) -> Mapping[str, Any]:
        """Those of a source that reads it."""
        return {
            "record": "fact",
            "path": "*.csv",
            "columns": {"day": "date", "campaign": "campaign", "spend": "cost", "clicks": "clicks"},
        }

    def row(self, number: int, day: date) -> str:
        """The cells of a row."""
        return f"{day},campaign {number // DAYS},{number}.50,{number % 7}"


class OrderFiles(_Files):
    """Orders that were paid."""

    connector = "csv"
    name = "deals"
    file = "orders.csv"
    header = "number,date,customer,amount"

    @property
    def settings(self) -> Mapping[str, Any]:
        """Those of a source that reads it."""
        return {
            "record": "deal",
            "path": "*.csv",
            "columns": {"id": "number", "closed_at": "date", "customer_id": "customer", "amount": "amount"},
            "constants": {"status": "won"},
        }

    def row(self, number: int, day: date) -> str:
        """The cells of a row."""
        return f"{number},{day},contact:{number % 17},{number}.90"
