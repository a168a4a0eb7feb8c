"""kill -9 at any step of an import: the store ends as if nobody had been killed.

A process kills itself before a step (an SQL statement or a commit) that is drawn anew each
time, so that no phase is too short to be hit; then another one goes on.
"""

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.polling.importer import dump, import_all

ROOT = Path(__file__).parents[2]

Dump = dict[str, list[tuple[object, ...]]]


def importer(folder: Path, fatal_step: int | None = None) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tests.polling.importer", str(folder)]
    command += [] if fatal_step is None else [str(fatal_step)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, Dump]:
    """How many steps an undisturbed import takes, and what it leaves."""
    folder = tmp_path_factory.mktemp("whole")
    steps = int(importer(folder).stdout)
    bench = import_all(folder)  # a second one finds nothing to do but to read again what may be restated
    left = dump(bench.store)
    bench.store.close()
    assert left["hidden"] == [(0,)]
    assert left["touched"] == [(0,)]
    assert len(left["entities"]) > 2000
    return steps, left


def killed_and_resumed(folder: Path, *, steps: int, kills: int, seed: int) -> Dump:
    """Start, die, start again …; then let it come to its end."""
    chance = random.Random(seed)
    for _ in range(kills):
        died = importer(folder, chance.randint(1, steps))
        assert died.returncode in (0, -signal.SIGKILL), died.stderr  # 0: fewer steps were left than drawn
    bench = import_all(folder)
    left = dump(bench.store)
    bench.store.close()
    return left


@pytest.mark.parametrize("seed", range(4))
def test_a_killed_import_ends_as_one_that_was_never_killed(tmp_path: Path, seed: int, whole: tuple[int, Dump]) -> None:
    steps, expected = whole
    assert killed_and_resumed(tmp_path, steps=steps, kills=2, seed=seed) == expected


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 200))
def test_two_hundred_kills_change_nothing(tmp_path: Path, seed: int, whole: tuple[int, Dump]) -> None:
    steps, expected = whole
    assert killed_and_resumed(tmp_path, steps=steps, kills=2, seed=seed) == expected
