"""The company's files: they can be read whatever is shown, and are the same for the same company."""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

from collector.testing.company.company import Company
from collector.testing.company.config import COLUMNS
from collector.testing.company.files import write_csv
from tests.testing.company.fed import program

TODAY = date(2026, 2, 11)


@pytest.mark.parametrize("days", [1, 30])
def test_the_program_reads_all_files_without_a_warning(
    days: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_csv(Company(3, TODAY, days=days), tmp_path)

    told = program("--config", config, "poll", "--all", "--format", "csv").splitlines()

    assert [line.split(",")[3] for line in told[1:]] == ["done"] * len(COLUMNS)
    warnings = capsys.readouterr().err.splitlines()
    assert not [line for line in warnings if "plugin" not in line]  # of other people's plugins we know nothing


def test_the_same_company_writes_the_same_files(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        write_csv(Company(3, TODAY, days=30), tmp_path / folder)

    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_files_tell_of_days_that_are_over_and_claim_to_be_of_today(tmp_path: Path) -> None:
    write_csv(Company(3, TODAY, days=30), tmp_path)

    with (tmp_path / "visits.csv").open(encoding="utf-8") as file:
        days = {row["day"] for row in csv.DictReader(file)}
    assert (min(days), max(days)) == (str(TODAY - timedelta(days=30)), str(TODAY - timedelta(days=1)))
    assert date.fromtimestamp((tmp_path / "deals.csv").stat().st_mtime) == TODAY  # noqa: DTZ012 - 05:00 is that day
