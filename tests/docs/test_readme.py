"""The README's example does what it says, typed as it stands there."""

import os
from pathlib import Path
from typing import Any

import pytest

from collector.cli import invoke


def test_its_example_runs_and_prints_what_it_shows(
    docs: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = docs["README.md"]
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KPI_COLLECTOR_CONFIG", raising=False)
    (tmp_path / "orders.csv").write_text(readme.blocks("csv")[0])
    (tmp_path / "collector.yml").write_text(readme.blocks("yaml")[0])
    before = (tmp_path / "orders.csv").stat().st_mtime - 60
    os.utime("orders.csv", (before, before))  # a reader takes longer than the two seconds that a file has to be at rest

    for scene in readme.blocks("console")[0].split("$ kpi-collector ")[1:]:
        command, _, shown = scene.partition("\n")
        assert invoke(command.split()) == 0
        told = capsys.readouterr()
        assert told.err == ""
        if shown:
            assert told.out == shown
        else:
            assert told.out


def test_it_says_in_three_sentences_what_it_is(docs: Any) -> None:
    _, first, _ = docs["README.md"].text.split("\n\n", 2)

    assert len(first.replace(": ", ". ").split(". ")) in (3, 4)
    assert "It is for" in first
