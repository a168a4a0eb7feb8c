"""kill -9 at random instants of an import: the store ends as if nobody had been killed."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.polling.importer import dump, import_all

ROOT = Path(__file__).parents[2]


def importer(folder: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.polling.importer", str(folder)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def seconds_of_an_import(folder: Path) -> float:
    folder.mkdir()
    began = time.monotonic()
    with importer(folder) as process:
        told, _ = process.communicate()
    assert told == "done\n"
    return time.monotonic() - began


def killed_and_resumed(folder: Path, *, kills: int, seed: int) -> dict[str, list[tuple[object, ...]]]:
    """Start, kill, start again …; then let it come to its end."""
    chance = random.Random(seed)
    whole = seconds_of_an_import(folder.with_name("measured"))
    folder.mkdir()
    for _ in range(kills):
        with importer(folder) as process:
            try:
                process.wait(chance.uniform(0.3 * whole, whole))
            except subprocess.TimeoutExpired:
                process.kill()
            process.communicate()
    bench = import_all(folder)
    left = dump(bench.store)
    bench.store.close()
    return left


def expected(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    folder.mkdir()
    bench = import_all(folder)
    whole = dump(bench.store)
    bench.store.close()
    assert whole["hidden"] == [(0,)]
    assert whole["touched"] == [(0,)]
    assert len(whole["entities"]) > 2000
    return whole


@pytest.mark.parametrize("seed", range(2))
def test_a_killed_import_ends_as_one_that_was_never_killed(tmp_path: Path, seed: int) -> None:
    assert killed_and_resumed(tmp_path / "killed", kills=3, seed=seed) == expected(tmp_path / "whole")


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 140))
def test_two_hundred_kills_change_nothing(tmp_path: Path, seed: int) -> None:
    assert killed_and_resumed(tmp_path / "killed", kills=5, seed=seed) == expected(tmp_path / "whole")
