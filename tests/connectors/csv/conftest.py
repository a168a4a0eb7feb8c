"""A folder of files and csv sources over it, at a fixed instant."""

import gzip
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collector.plugin import BadFile, Part, Record, SourceContext
from collector.vocabulary.measures import all_measures
from connectors.csv.plugin import Csv
from connectors.csv.settings import CsvSettings

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Desk:
    """Files, and what a csv source makes of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = NOW
        self.zone = "Europe/Moscow"
        self.dimensions: dict[str, str] = {}
        self.warnings: tuple[str, ...] = ()

    def write(self, name: str, text: str | bytes, *, age: float = 3600, packed: bool = False) -> Path:
        """A file that was last changed `age` seconds ago."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = text.encode() if isinstance(text, str) else text
        path.write_bytes(gzip.compress(data) if packed else data)
        self.age(path, age)
        return path

    def age(self, path: Path, seconds: float) -> None:
        then = (self.now - timedelta(seconds=seconds)).timestamp()
        os.utime(path, (then, then))

    def source(self, **settings: Any) -> Csv:
        """A csv source; the project has the currency RUB."""
        zone = ZoneInfo(self.zone)
        context = SourceContext(
            "default", "files", zone, "RUB", lambda: self.now, all_measures(), self.dimensions, str(self.folder)
        )
        client: Any = None  # files need none
        return Csv(CsvSettings.model_validate({"path": "*.csv", **settings}), context, client)

    def parts(self, **settings: Any) -> list[Part]:
        return self.source(**settings).list_parts()

    def read(self, text: str | bytes | None = None, **settings: Any) -> list[Any]:
        """All records of all files, after `text` has been written to a.csv."""
        if text is not None:
            self.write("a.csv", text)
        source = self.source(**settings)
        found: list[Record] = [record for part in source.list_parts() for record in source.read(part)]
        self.warnings = source.take_warnings()
        return found


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def spend() -> dict[str, Any]:
    """Settings of a file with a day, a campaign and its cost."""
    return {"record": "fact", "columns": {"day": "date", "campaign": "campaign", "spend": "cost"}}


@pytest.fixture
def purchases() -> dict[str, Any]:
    """Settings of a file with a date, a customer and an amount: won deals."""
    return {
        "record": "deal",
        "columns": {"closed_at": "date", "customer_id": "customer", "amount": "amount"},
        "constants": {"status": "won"},
    }


@pytest.fixture
def fault(desk: Desk) -> Callable[..., str]:
    """The sentence that a user reads of a file that cannot be read."""

    def sentence(text: str | bytes | None = None, **settings: Any) -> str:
        with pytest.raises(BadFile) as caught:
            desk.read(text, **settings)
        return str(caught.value)

    return sentence
